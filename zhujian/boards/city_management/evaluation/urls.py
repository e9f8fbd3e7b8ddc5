"""Routes of the module."""

from django.urls import path

from zhujian.boards.city_management.evaluation.views import boards, runs

app_name = "evaluation"
urlpatterns = [
    path("", boards.board, name="board"),
    path("targets/<str:code>/", boards.target, name="target"),
    path("indicators/<int:pk>/", boards.indicator, name="indicator"),
    path("rows/", boards.detail, name="rows"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/compare/<int:other>/", runs.compare, name="compare"),
]
