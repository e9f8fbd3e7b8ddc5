"""Routes of certificates: one certificate for those who may see it, public verification."""

from django.urls import path

from zhujian.foundation.certificates import views

app_name = "certificates"
urlpatterns = [
    path("<int:pk>/", views.certificate, name="certificate"),
    path("verify", views.verify_form, name="verify_form"),
    path("verify/<str:identifier>", views.verify, name="verify"),
]
