"""What other modules read: the grid of a point, findings about a partition, conditions and limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from zhujian.boards.city_management.digital_city.models import Condition, Grid
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.boards.city_management.digital_city.selectors.partitions import (
    Fault,
    Partition,
    area_for,
    check,
    partition,
    tolerance,
)
from zhujian.foundation.classification.models import ClassItem
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel import prepared
from zhujian.foundation.worktime.rules import Limit

__all__ = [
    "Fault", "Found", "Partition", "area_for", "check", "codes_ever", "conditions", "grid_at", "inspectors", "limit_of", "overlaps", "partition", "tolerance",
]  # fmt: skip

PRESENT = "valid_from <= %s AND (valid_to IS NULL OR valid_to > %s) AND NOT planned"
# The box first: under row-level security only its operator may use an index. A point on a boundary belongs to the smallest code.
# Materialized: a plan made for any point must not walk all codes in order until one fits.
AT = f"""
WITH here AS MATERIALIZED (SELECT id, code FROM digital_city_grid WHERE boundary && ST_SetSRID(ST_MakePoint(%s, %s), 4490)
AND ST_Intersects(boundary, ST_SetSRID(ST_MakePoint(%s, %s), 4490)) AND {PRESENT})
SELECT id, code FROM here ORDER BY code LIMIT 1
"""  # noqa: S608
OVERLAPS = f"""
SELECT code, ST_Area(ST_Intersection(boundary, s.g)::geography) FROM digital_city_grid, (SELECT ST_SetSRID(%s::geometry, 4490) AS g) s
WHERE boundary && s.g AND ST_Relate(boundary, s.g, '2********') AND {PRESENT} ORDER BY code
"""  # noqa: S608


@dataclass(frozen=True)
class Found:
    """The grid of a point."""

    id: int
    code: str


def grid_at(lon: float, lat: float, on: date | None = None) -> Found | None:
    """The unit grid of a CGCS2000 point (degrees) on a day; on a shared boundary the smallest code (pitfall 9)."""
    day = on or timezone.localdate()
    with connection.cursor() as cursor, prepared.statements():
        cursor.execute(AT, [lon, lat, lon, lat, day, day])
        row = cursor.fetchone()
    return Found(*row) if row else None


def overlaps(shape: GEOSGeometry, on: date) -> list[tuple[str, float]]:
    """Present grids whose inside meets that of `shape`, with the shared area in m²."""
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS, [bytes(shape.wkb), on, on])
        return cursor.fetchall()


def codes_ever(community: str) -> list[str]:
    """Every code ever given in a community (12 digits), retired ones included."""
    return list(Grid.objects.filter(community=community).values_list("code", flat=True))


def inspectors(region_code: str) -> list[Account]:
    """Inspectors of the supervision centre nearest to a place, by name."""
    centre = identity.organisation_for("UMS", region_code)
    return identity.people_with("inspector", centre.pk) if centre is not None else []


def conditions(item: ClassItem, region_code: str = "", on: date | None = None) -> list[Condition]:
    """Filing conditions of a class in force on a day: the county's or city's own where there are any, else the common ones."""
    day = on or timezone.localdate()
    rows = list(
        Condition.objects.filter(item=item, valid_from__lte=day)
        .filter(Q(valid_to=None) | Q(valid_to__gt=day))
        .order_by("number", "stage")
    )
    places = [region_code[:6] + "0" * 6, region_code[:4] + "0" * 8, ""] if region_code else [""]
    for place in places:
        if own := [row for row in rows if row.region_code == place]:
            return own
    return []


def limit_of(condition: Condition) -> Limit:
    """The limit of disposal of one condition."""
    return limits.read(condition.limit)
