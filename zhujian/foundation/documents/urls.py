"""Routes of documents and files."""

from django.urls import path

from zhujian.foundation.documents import views

app_name = "documents"
urlpatterns = [
    path("files/<int:pk>", views.download, name="file"),
    path("<int:pk>", views.detail, name="document"),
    path("verify/<str:token>", views.verify, name="verify"),
]
