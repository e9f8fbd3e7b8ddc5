"""Routes of the workbench."""

from django.urls import path

from zhujian.portals.workbench import views

app_name = "workbench"
urlpatterns = [
    path("", views.home, name="home"),
    path("counters/", views.counters, name="counters"),
    path("search/", views.search, name="search"),
]
