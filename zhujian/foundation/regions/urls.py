"""Routes of the divisions."""

from django.urls import path

from zhujian.foundation.regions import views

app_name = "regions"
urlpatterns = [
    path("", views.browse, name="browse"),
    path("children.json", views.children, name="children"),
    path("point.json", views.point, name="point"),
    path("boundaries/<str:code>.geojson", views.boundaries, name="boundaries"),
    path("<str:code>/", views.browse, name="region"),
    path("<str:code>/retire/", views.retire, name="retire"),
]
