"""Routes of the module."""

from django.urls import path

from zhujian.boards.construction.project_management.views import permits, project, register, steps

app_name = "project_management"
urlpatterns = [
    path("register/", register.register, name="register"),
    path("<int:pk>/", project.project, name="project"),
    path("<int:pk>/firm/", permits.firm, name="firm"),
    path("steps/<int:pk>/", steps.step, name="step"),
    path("permits/<int:pk>/", permits.permit, name="permit"),
    path("permits/<int:pk>/request/<slug:kind>/", permits.request_page, name="permit_request"),
    *(path(f"permits/<int:pk>/{key}/", permits.act_view(key), name=f"permit_{key}") for key in permits.ACTS),
]
