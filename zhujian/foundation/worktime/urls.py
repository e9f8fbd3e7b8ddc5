"""Routes of the working calendars."""

from django.urls import path

from zhujian.foundation.worktime import views

app_name = "worktime"
urlpatterns = [
    path("", views.year, name="year"),
    path("enter/", views.enter_year, name="enter"),
    path("day/", views.set_day, name="day"),
    path("hours/", views.set_hours, name="hours"),
]
