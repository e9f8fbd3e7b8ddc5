"""Buildings near a shape, for modules that ask whom something concerns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Count, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from zhujian.foundation.cim.models import Building
from zhujian.foundation.kernel import geo
from zhujian.foundation.kernel.valid_time import present


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
