"""Buildings near a shape, for modules that ask whom something concerns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.db.models import Count, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from zhujian.foundation.cim.models import Building
from zhujian.foundation.kernel import geo
from zhujian.foundation.kernel.valid_time import present

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Near:
    """A building, its distance in metres, and how many units it has today."""

    building: Building
    metres: float
    units: int


def near(shape: GEOSGeometry, metres: float, *, limit: int, on: date | None = None) -> list[Near]:
    """Visible buildings within `metres` of `shape` (EPSG:4490) on the day `on` (default today), nearest first, at most `limit`."""
    day = on or timezone.localdate()
    degrees = geo.degrees_of(metres, shape.centroid.y)
    away = RawSQL("ST_Distance(outline::geography, ST_GeomFromEWKB(%s)::geography)", [bytes(shape.ewkb)])
    today = Q(units__planned=False, units__valid_from__lte=day) & (Q(units__valid_to=None) | Q(units__valid_to__gt=day))
    rows = (
        Building.objects.filter(present(day), outline__dwithin=(shape, degrees))
        .annotate(away=away, unit_count=Count("units", filter=today))
        .filter(away__lte=metres)
        .order_by("away", "id")[:limit]
    )
    return [Near(row, float(row.away), row.unit_count) for row in rows]


OUTLINES = """
SELECT p.n, b.ring FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS p(lon, lat, n) CROSS JOIN LATERAL (
  SELECT ST_AsGeoJSON(ST_ExteriorRing(d.geom), 6) AS ring FROM cim_building t, ST_Dump(t.outline) d
   WHERE t.outline && ST_Expand(ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4490), %s)
     AND NOT t.planned AND t.valid_from <= %s AND (t.valid_to IS NULL OR t.valid_to > %s)
   ORDER BY t.outline <-> ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4490), t.id LIMIT %s) b
"""


def outlines(places: Sequence[tuple[float, float]], metres: float, *, limit: int, on: date | None = None) -> list[list[Ring]]:
    """For each place (degrees CGCS2000) the outer rings of the nearest visible buildings in a box of `metres` to every side; one statement."""
    found: list[list[Ring]] = [[] for _ in places]
    if not places:
        return found
    day = on or timezone.localdate()
    degrees = max(geo.degrees_of(metres, lat) for _, lat in places)
    lons, lats = [lon for lon, _ in places], [lat for _, lat in places]
    with connection.cursor() as cursor:
        cursor.execute(OUTLINES, [lons, lats, degrees, day, day, limit])
        for number, ring in cursor.fetchall():
            found[number - 1].append([(x, y) for x, y, *_ in json.loads(ring)["coordinates"]])
    return found
