"""Routes of the one map, mounted by the room under ``/cim/``."""

from django.urls import path

from zhujian.foundation.cim.onemap import views

urlpatterns = [
    path("map/", views.page, name="map"),
    path("map/search.json", views.search_json, name="map_search"),
    path("map/times.json", views.times_json, name="map_times"),
    path("map/pdf/", views.pdf, name="map_pdf"),
    path("map/feature/<str:module>/<str:name>/<int:pk>.json", views.feature_json, name="map_feature"),
    path("map/classes/<str:module>/<str:name>/<str:field>.json", views.classes_json, name="map_classes"),
    path("basemap/<str:name>/CGCS2000/<int:z>/<int:x>/<int:y>", views.basemap_geographic, name="basemap_geographic"),
    path("basemap/<str:name>/<int:z>/<int:x>/<int:y>", views.basemap, name="basemap"),
]
