"""Routes of the module."""

from django.urls import path

from zhujian.boards.city_management.evaluation.views import boards, campaigns, public, runs

app_name = "evaluation"
urlpatterns = [
    path("", boards.board, name="board"),
    path("targets/<str:code>/", boards.target, name="target"),
    path("indicators/<int:pk>/", boards.indicator, name="indicator"),
    path("rows/", boards.detail, name="rows"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/compare/<int:other>/", runs.compare, name="compare"),
    path("campaigns/new/", campaigns.start, name="campaign_start"),
    path("campaigns/<int:pk>/", campaigns.campaign, name="campaign"),
    path("cities/<int:pk>/", campaigns.city, name="city"),
    path("cities/<int:pk>/draw/", campaigns.draw, name="draw"),
    path("cities/<int:pk>/survey/", campaigns.open_survey, name="survey_open"),
    path("filings/<int:pk>/", campaigns.filing, name="filing"),
    path("points/<int:pk>/", campaigns.point, name="point"),
    path("survey/<str:token>/", public.survey, name="survey"),
    path("published/<str:number>/", public.published, name="published"),
]
