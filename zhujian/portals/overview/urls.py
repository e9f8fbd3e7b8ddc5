"""Routes of the overview."""

from django.urls import path

from zhujian.portals.overview import views

app_name = "overview"
urlpatterns = [
    path("", views.home, name="home"),
    path("screen/", views.screen, name="screen"),
    path("rules/", views.rules, name="rules"),
]
