"""Routes of parameters and code lists."""

from django.urls import path

from zhujian.foundation.parameters import views

app_name = "parameters"
urlpatterns = [
    path("", views.index, name="list"),
    path("code-lists/", views.code_lists, name="code_lists"),
    path("code-lists/<str:key>/", views.code_list, name="code_list"),
    path("code-lists/<str:key>/<int:item_id>/end/", views.end_code, name="end_code"),
    path("withdraw/<int:version_id>/", views.withdraw, name="withdraw"),
    path("<str:key>/", views.detail, name="detail"),
    path("<str:key>/change/", views.change, name="change"),
    path("<str:key>/end/<str:region>/", views.end, name="end"),
]
