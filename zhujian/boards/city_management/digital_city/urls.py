"""Routes of the base data: geocoding, checking a partition, splitting and merging grids."""

from __future__ import annotations

from django.urls import path

from zhujian.boards.city_management.digital_city.views import composites, geocode, grids

app_name = "digital_city"
urlpatterns = [
    path("geocode/", geocode.geocode, name="geocode"),
    path("geocode/points.geojson", geocode.points, name="geocode_points"),
    path("partition/", grids.partition, name="partition"),
    path("partition.geojson", grids.faults, name="partition_faults"),
    path("grids/<int:pk>/split/", grids.split, name="split"),
    path("composites/<int:pk>/", composites.composite, name="composite"),
    path("grids/merge/", grids.merge, name="merge"),
]
