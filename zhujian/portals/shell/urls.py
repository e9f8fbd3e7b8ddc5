"""Routes of the frame, mounted at the root."""

from django.urls import path

from zhujian.portals.shell import views

urlpatterns = [
    path("", views.root, name="root"),
    path("elder/", views.elder, name="shell_elder"),
    path("style/", views.style, name="shell_style"),
]
