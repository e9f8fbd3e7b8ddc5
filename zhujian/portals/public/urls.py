"""Routes of the public portal."""

from django.urls import path

from zhujian.portals.public import views

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path("progress/", views.progress, name="progress"),
    path("guides/", views.guides, name="guides"),
    path("guides/<str:step_id>/", views.guide, name="guide"),
]
