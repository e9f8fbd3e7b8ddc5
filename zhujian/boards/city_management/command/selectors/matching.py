"""Open cases that a report may be about, and closed ones that it may happen again after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.gis.geos import Polygon
from django.db import connection
from django.utils import timezone

from zhujian.boards.city_management.command.models import OPEN, Case, Report
from zhujian.boards.city_management.command.rules.reports import same_thing
from zhujian.foundation.parameters import selectors as parameters

MOST = 10
# The box first: under row-level security only its operator may use an index. Degrees are stretched so that the box holds the circle.
NEAR = """
SELECT id, number, kind, class_code, component_code, description, state,
  ST_Distance(location::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490)::geography) AS metres
FROM command_case WHERE state = ANY(%(open)s) AND kind = %(kind)s AND class_code = %(code)s
AND location && ST_Expand(ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490), %(dx)s, %(dy)s)
UNION
SELECT id, number, kind, class_code, component_code, description, state,
  ST_Distance(location::geography, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490)::geography)
FROM command_case WHERE state = ANY(%(open)s) AND class_code = %(code)s AND %(component)s <> '' AND component_code = %(component)s
ORDER BY metres LIMIT 50
"""
BETWEEN = "SELECT ST_Distance(%s::geography, %s::geography)"


@dataclass(frozen=True)
class Candidate:
    """An open case that may be the same; `score` 0 to 100, distance in metres."""

    case_id: int
    number: str
    state: str
    description: str
    distance_m: float
    score: int


def radius(region_code: str) -> float:
    """R of a place in metres."""
    return float(parameters.value("command.duplicate_radius", on=timezone.localdate(), region=region_code).value)


def metres(report: Report, case: Case) -> float:
    """How far a report and a case are apart on the ellipsoid."""
    with connection.cursor() as cursor:
        cursor.execute(BETWEEN, [report.location.ewkt, case.location.ewkt])
        return float(cursor.fetchone()[0])


def candidates(report: Report, *, kind: str = "", class_code: str = "") -> list[Candidate]:
    """Open cases of the same minor class at the same component or within R, most alike first; none before a class is known.

    `kind`, `class_code`: what the acceptor thinks it is, when the report does not say.
    """
    kind, class_code = kind or report.kind, class_code or report.class_code
    if not kind or not class_code:
        return []
    reach = radius(report.region_code)
    where = {
        "lon": report.location.x, "lat": report.location.y, "open": list(OPEN), "kind": kind, "code": class_code,
        "component": report.component_code, "dx": reach / 80_000, "dy": reach / 110_000,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(NEAR, where)
        rows = cursor.fetchall()
    found = []
    for pk, number, other_kind, other_class, component, description, state, away in rows:
        score = same_thing(
            kind=kind, class_code=class_code, component_code=report.component_code, other_kind=other_kind, other_class=other_class,
            other_component=component, distance_m=away, radius_m=reach,
        )  # fmt: skip
        if score and pk != report.case_id:
            found.append(Candidate(pk, number, state, description, away, score))
    return sorted(found, key=lambda one: (-one.score, one.distance_m, one.case_id))[:MOST]


def closed_before(report: Report, *, class_code: str = "") -> list[Case]:
    """Cases of the same class closed here lately: the report may be a re-occurrence (反复发生), filed as a new linked case."""
    code = class_code or report.class_code
    if not code:
        return []
    reach = radius(report.region_code)
    days = int(parameters.value("command.recur_days", on=timezone.localdate(), region=report.region_code).value)
    since = timezone.now() - timedelta(days=days)
    x, y, dx, dy = report.location.x, report.location.y, reach / 80_000, reach / 110_000
    box = Polygon.from_bbox((x - dx, y - dy, x + dx, y + dy))
    box.srid = 4490
    rows = Case.objects.filter(
        state__in=("closed", "forced"), class_code=code, closed_at__gte=since, location__bboverlaps=box
    ).order_by("-closed_at")[:20]
    return [one for one in rows if metres(report, one) <= reach]
