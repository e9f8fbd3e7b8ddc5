"""Routes of the audit log."""

from django.urls import path

from zhujian.foundation.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.records, name="records"),
    path("<int:pk>", views.record, name="record"),
    path("export.csv", views.export, name="export"),
    path("verify", views.verify, name="verify"),
]
