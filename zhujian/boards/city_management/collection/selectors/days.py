"""A day of patrols by beat; the points of one shift."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.gis.geos import LineString
from django.db import connection
from django.db.models import Count

from zhujian.boards.city_management.collection.models import Shift, TrackPoint
from zhujian.boards.city_management.collection.rules import coverage as rules
from zhujian.boards.city_management.collection.rules import tracks
from zhujian.boards.city_management.collection.selectors import beats
from zhujian.boards.city_management.collection.services import limits
from zhujian.boards.city_management.digital_city.models import CompositeGrid

POINTS_MOST = 20_000  # points of one shift that are looked at: more than one every three seconds for 14 hours
FIXES = """
SELECT extract(epoch FROM at)::float8, ST_X(location), ST_Y(location), accuracy FROM collection_trackpoint
WHERE shift_id = %s AND state = 0 ORDER BY at LIMIT %s
"""
THIN = 0.00002  # degrees, some two metres: what a screen cannot show


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


def fixes(shift_id: int) -> list[tracks.Fix]:
    """The counting points in order of time."""
    with connection.cursor() as cursor:
        cursor.execute(FIXES, [shift_id, POINTS_MOST])
        return [tracks.Fix(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Drawn:
    """A track as it is drawn: GeoJSON lines where it was seen, straight ones over each gap between two of them, and all gaps."""

    lines: list[dict[str, Any]]
    bridges: list[tuple[tracks.Gap, dict[str, Any]]]
    gaps: list[tracks.Gap]


def drawn(shift: Shift) -> Drawn:
    """The track of a shift in stretches, thinned to what a screen shows."""
    points = fixes(shift.pk)
    most = limits.number("track_gap", shift.region_code, shift.day)
    parts = tracks.stretches(points, most)
    bridges = [(tracks.Gap(a[-1].at, b[0].at), _line([a[-1], b[0]])) for a, b in zip(parts, parts[1:], strict=False)]
    end = shift.ended_at.timestamp() if shift.ended_at else None
    holes = tracks.gaps(points, most, start=shift.started_at.timestamp(), end=end)
    return Drawn([_line(part) for part in parts if len(part) > 1], bridges, holes)


def _line(part: list[tracks.Fix]) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(
        LineString([(fix.lon, fix.lat) for fix in part]).simplify(THIN, preserve_topology=True).geojson
    )
    return {**line, "coordinates": [[round(x, 6), round(y, 6)] for x, y in line["coordinates"]]}


def forgotten(shift: Shift) -> bool:
    """Whether the points of a shift are no longer kept, while what they counted is."""
    return shift.valid_points + shift.dropped_points > 0 and not TrackPoint.objects.filter(shift_id=shift.pk).exists()
