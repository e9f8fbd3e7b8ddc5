"""Routes of 智能辅助."""

from __future__ import annotations

from django.urls import path

from zhujian.boards.city_management.advice import views

app_name = "advice"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("ask/", views.ask, name="ask"),
    path("models/<int:pk>/", views.model, name="model"),
    path("models/<int:pk>/use/", views.use, name="use"),
    path("models/<int:pk>/retire/", views.retire, name="retire"),
]
