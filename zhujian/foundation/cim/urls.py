"""Routes of the CIM base platform; the one-map and the 3D page keep their own."""

from django.urls import URLPattern, URLResolver, include, path

from zhujian.foundation.cim.views import buildings, cityjson, orphans

app_name = "cim"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("zhujian.foundation.cim.onemap.urls")),
    path("", include("zhujian.foundation.cim.scene.urls")),
    path("orphans/", orphans.report, name="orphans"),
    path("orphans/export/", orphans.export, name="orphans_export"),
    path("cityjson/", cityjson.upload, name="cityjson"),
    path("buildings/<int:pk>/table/", buildings.floor_table, name="table"),
    path("buildings/<int:pk>/units/", buildings.add_units, name="add_units"),
    path("buildings/<int:pk>/version/", buildings.new_version, name="version"),
    path("buildings/<int:pk>/retire/", buildings.retire, name="retire"),
]
