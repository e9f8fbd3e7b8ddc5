"""Routes of field collection: the app's shell and files, its JSON, the officials' pages."""

from django.urls import path

from zhujian.boards.city_management.collection.views import api, app, pages, work

app_name = "collection"
urlpatterns = [
    path("app/", app.shell, name="app"),
    path("app/sw.js", app.worker, name="worker"),
    path("app/manifest.webmanifest", app.manifest, name="manifest"),
    path("api/session", api.session, name="session"),
    path("api/shift/start", api.shift_start, name="shift_start"),
    path("api/shift/end", api.shift_end, name="shift_end"),
    path("api/track", api.track, name="track"),
    path("api/today", api.today, name="today"),
    path("api/classes", api.classes, name="classes"),
    path("api/near", api.near, name="near"),
    path("api/messages", api.messages, name="messages"),
    path("api/messages/read", api.messages_read, name="messages_read"),
    path("api/report", work.report, name="report"),
    path("api/reports", work.reports, name="reports"),
    path("api/tasks", work.tasks, name="tasks"),
    path("api/tasks/<int:pk>", work.task, name="task"),
    path("patrol/", pages.patrol, name="patrol"),
    path("patrol/beats.geojson", pages.beats_geojson, name="beats_geojson"),
    path("patrol/people.geojson", pages.people_geojson, name="people_geojson"),
    path("shifts/<int:pk>/", pages.track, name="track_page"),
    path("shifts/<int:pk>/track.geojson", pages.track_geojson, name="track_geojson"),
    path("shifts/<int:pk>/grids.geojson", pages.grids_geojson, name="grids_geojson"),
]
