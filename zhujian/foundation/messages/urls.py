"""Routes of the message centre."""

from django.urls import path

from zhujian.foundation.messages import views

app_name = "messages"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("read-all/", views.read_all, name="read_all"),
    path("<int:pk>/", views.message, name="message"),
]
