"""Routes of the module."""

from django.urls import path

from zhujian.boards.city_management.command.views import acts, case, desk, home, intake, lists, maintain, photos, screens, work

app_name = "command"
urlpatterns = [
    path("", home.home, name="home"),
    path("find/", home.find, name="find"),
    path("desk/", desk.desk, name="desk"),
    path("desk/next/", desk.following, name="desk_next"),
    path("desk/today/", desk.today, name="desk_today"),
    path("desk/take/", desk.take, name="desk_take"),
    path("desk/conditions/", desk.conditions, name="conditions"),
    path("desk/<int:pk>/", desk.opened, name="desk_report"),
    path("desk/<int:pk>/earlier/", desk.earlier, name="desk_earlier"),
    path("desk/<int:pk>/near.geojson", screens.near_cases, name="near_cases"),
    path("desk/<int:pk>/<slug:name>/", desk.act, name="desk_act"),
    path("intake/", intake.intake, name="intake"),
    path("todo/", work.todo, name="todo"),
    path("tasks/<int:pk>/", work.task, name="task"),
    path("cases/", lists.cases, name="cases"),
    path("cases/<int:pk>/", case.case, name="case"),
    *(path(f"cases/<int:pk>/{name}/", acts.view_of(name), name=f"act_{name}") for name in acts.ACTS),
    path("reports/<int:pk>/", case.report, name="report"),
    path("photos/<int:pk>/<slug:size>", photos.photo, name="photo"),
    path("wall/", screens.wall, name="wall"),
    path("wall/cases.geojson", screens.wall_cases, name="wall_cases"),
    path("wall/people.geojson", screens.wall_people, name="wall_people"),
    path("leader/", screens.leader, name="leader"),
    path("rules/", screens.rules, name="rules"),
    path("maintain/", maintain.maintain, name="maintain"),
]
