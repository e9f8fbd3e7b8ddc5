"""Routes of the CIM base platform; the one-map and the 3D page keep their own."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "cim"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("zhujian.foundation.cim.onemap.urls")),
    path("", include("zhujian.foundation.cim.scene.urls")),
]
