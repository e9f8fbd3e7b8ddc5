"""Routes: pages for people; ``v1`` for other platforms."""

from django.urls import path

from zhujian.boards.city_management.data_reporting.views import api, pages

app_name = "data_reporting"
urlpatterns = [
    path("", pages.home, name="home"),
    path("peers/<int:pk>/", pages.peer, name="peer"),
    path("peers/<int:pk>/reconcile/", pages.reconcile_day, name="reconcile"),
    path("datasets/<int:pk>/", pages.dataset, name="dataset"),
    path("outgoing/<int:pk>/", pages.outgoing, name="outgoing"),
    path("outgoing/<int:pk>/mend/", pages.mend, name="mend"),
    path("batches/<int:pk>/resend/", pages.resend, name="resend"),
    path("records/<int:pk>/", pages.record, name="record"),
    path("v1/batches", api.batches, name="batches"),
    path("v1/reconciliation", api.reconciliation, name="reconciliation"),
    path("v1/reconciliation/lines", api.lines, name="lines"),
]
