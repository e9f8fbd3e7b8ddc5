"""Routes of the enterprise hall."""

from django.urls import path

from zhujian.portals.enterprise import views

app_name = "enterprise"
urlpatterns = [
    path("", views.home, name="home"),
    path("projects/", views.projects, name="projects"),
]
