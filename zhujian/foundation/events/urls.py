"""Routes of the event bus."""

from django.urls import path

from zhujian.foundation.events import views

app_name = "events"
urlpatterns = [
    path("", views.deliveries, name="deliveries"),
    path("<int:pk>/replay/", views.replay, name="replay"),
]
