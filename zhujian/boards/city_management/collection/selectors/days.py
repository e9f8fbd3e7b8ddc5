"""A day of patrols by beat; the points of one shift."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count

from zhujian.boards.city_management.collection.models import Shift, TrackPoint
from zhujian.boards.city_management.collection.rules import coverage as rules
from zhujian.boards.city_management.collection.selectors import beats
from zhujian.boards.city_management.digital_city.models import CompositeGrid

LINE_MOST = 20_000  # points of one shift that are drawn
LINE = """
SELECT ST_AsGeoJSON(ST_SimplifyPreserveTopology(ST_MakeLine(location ORDER BY at), 0.00002), 6), count(*) FROM (
  SELECT location, at FROM collection_trackpoint WHERE shift_id = %s AND state = 0 ORDER BY at LIMIT %s) p
"""


@dataclass(frozen=True)
class BeatDay:
    """A beat on a day: its shifts and what all of them together visited of what any of them had to."""

    beat: CompositeGrid
    shifts: list[Shift]
    coverage: rules.Coverage


def by_beat(day: date) -> list[BeatDay]:
    """Every beat that the actor may see, also those nobody patrolled. Two shifts on one beat count a grid once."""
    shifts: dict[int, list[Shift]] = {}
    for shift in Shift.objects.filter(day=day, beat__isnull=False).order_by("started_at"):
        shifts.setdefault(shift.beat_id or 0, []).append(shift)
    found = []
    for beat in beats.visible(day):
        own = shifts.get(beat.pk, [])
        due = {code for shift in own for code in shift.planned}
        seen = {code for shift in own for code in shift.visited}
        found.append(BeatDay(beat, own, rules.coverage(due, seen)))
    return found


def verdicts(shift_id: int) -> list[tuple[int, int]]:
    """(verdict, how many points) of a shift."""
    rows = TrackPoint.objects.filter(shift_id=shift_id).values("state").annotate(number=Count("pk")).order_by("state")
    return [(row["state"], row["number"]) for row in rows]


def line_of(shift_id: int) -> dict[str, Any] | None:
    """GeoJSON of the counting points in order of time; None with fewer than two."""
    with connection.cursor() as cursor:
        cursor.execute(LINE, [shift_id, LINE_MOST])
        shape, number = cursor.fetchone()
    return json.loads(shape) if number > 1 else None
