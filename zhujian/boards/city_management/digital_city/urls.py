"""Routes of the module."""

from django.urls import path

from zhujian.boards.city_management.digital_city import views

app_name = "digital_city"
urlpatterns = [
    path("geocode/", views.geocode, name="geocode"),
]
