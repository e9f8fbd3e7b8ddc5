"""Routes of the module."""

from django.urls import include, path

app_name = "municipal_assets"
urlpatterns = [
    path("", include("zhujian.boards.urban_rural.municipal_assets.views.routes")),
]
