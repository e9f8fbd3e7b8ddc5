"""Routes of the OGC interface and the coordinate tools; mounted under ``/ogc/``."""

from django.urls import path

from zhujian.foundation.ogc import views
from zhujian.foundation.ogc.coordinates import views as coordinates

app_name = "ogc"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("conformance", views.conformance_page, name="conformance"),
    path("api", views.api, name="api"),
    path("collections", views.collection_list, name="collections"),
    path("collections/<str:key>", views.collection, name="collection"),
    path("collections/<str:key>/queryables", views.queryable_list, name="queryables"),
    path("collections/<str:key>/items", views.item_list, name="items"),
    path("collections/<str:key>/items/<int:pk>", views.item, name="item"),
    path("collections/<str:key>/tiles", views.tileset_list, name="tilesets"),
    path("collections/<str:key>/tiles/<str:grid>", views.tileset, name="tileset"),
    path("collections/<str:key>/tiles/<str:grid>/<int:z>/<int:row>/<int:col>", views.tile, name="tile"),
    path("tileMatrixSets", views.matrix_sets, name="matrix_sets"),
    path("tileMatrixSets/<str:grid>", views.matrix_set, name="matrix_set"),
    path("coordinates/", coordinates.page, name="coordinates"),
    path("coordinates/convert", coordinates.convert_api, name="convert"),
]
