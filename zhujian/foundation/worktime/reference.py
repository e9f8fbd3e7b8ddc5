"""Loads the notices of ``data/holidays.toml``; idempotent, and never over what an official has entered."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

from zhujian.foundation.kernel import memory
from zhujian.foundation.worktime.models import CalendarDay, CalendarYear, OfficeHours

FILE = Path(__file__).parent / "data" / "holidays.toml"


def days_of(raw: dict) -> dict[date, tuple[str, str]]:
    """Days of one year's notice: day → (kind, name)."""
    days: dict[date, tuple[str, str]] = {}
    for holiday in raw["holidays"]:
        for step in range((holiday["to"] - holiday["from"]).days + 1):
            days[holiday["from"] + timedelta(days=step)] = (CalendarDay.Kind.HOLIDAY, holiday["name"])
    days.update({day: (CalendarDay.Kind.MAKE_UP, "调休上班") for day in raw["make_up"]})
    return days


def load() -> str:
    """Bring years, days and default hours in line with the file; a year an official has entered stays as it is."""
    file = tomllib.loads(FILE.read_text(encoding="utf-8"))
    kept = set(CalendarYear.objects.filter(official=True).values_list("year", flat=True))
    loaded = []
    for raw in file["year"]:
        year = raw["year"]
        if year in kept:
            continue
        days = days_of(raw)
        CalendarYear.objects.update_or_create(year=year, defaults={"notice": raw["notice"], "published": raw["published"]})
        mine = CalendarDay.objects.filter(region_code="", day__year=year, official=False)
        present = {row.day: row for row in mine}
        taken = set(CalendarDay.objects.filter(region_code="", day__year=year, official=True).values_list("day", flat=True))
        mine.exclude(day__in=days).delete()
        fresh = [
            CalendarDay(day=day, kind=kind, name=name, basis=raw["notice"])
            for day, (kind, name) in days.items()
            if day not in taken and (day not in present or (present[day].kind, present[day].name) != (kind, name))
        ]
        CalendarDay.objects.filter(pk__in=[present[row.day].pk for row in fresh if row.day in present]).delete()
        CalendarDay.objects.bulk_create(fresh)
        loaded.append(str(year))
    if not OfficeHours.objects.filter(region_code="").exists():
        OfficeHours.objects.bulk_create(OfficeHours(**raw) for raw in file["hours"])
    memory.forget()
    return f"已载入 {'、'.join(loaded)} 年节假日安排"
