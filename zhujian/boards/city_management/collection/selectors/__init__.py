"""What other modules read: who is on duty where, the nearest of them, coverage of a place and period."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from zhujian.boards.city_management.collection.models import Shift
from zhujian.boards.city_management.collection.rules import coverage as rules
from zhujian.boards.city_management.collection.rules.tracks import Fix, metres
from zhujian.foundation.kernel.scope import region_range
from zhujian.foundation.parameters import selectors as parameters


@dataclass(frozen=True)
class OnDuty:
    """An inspector at work. `lon`, `lat`, `seen` are None until a first position; `fresh` = seen lately enough to be relied on."""

    account: int
    name: str
    shift: int
    beat: str
    lon: float | None
    lat: float | None
    seen: datetime | None
    fresh: bool


def _shifts(region_code: str) -> QuerySet[Shift]:
    low, high = region_range(region_code)
    return (
        Shift.objects.filter(ended_at=None, region_code__gte=low, region_code__lt=high)
        .select_related("beat")
        .order_by("inspector_name", "pk")
    )


def on_duty(region_code: str) -> list[OnDuty]:
    """Inspectors on duty in a region, by name, as far as the actor may see."""
    now = timezone.now()
    limit = int(parameters.value("collection.fresh_minutes", on=timezone.localdate(now), region=region_code).value)
    return [_said(shift, now - timedelta(minutes=limit)) for shift in _shifts(region_code)]


def _said(shift: Shift, since: datetime) -> OnDuty:
    at = shift.last_location
    fresh = at is not None and shift.last_at is not None and shift.last_at >= since
    lon, lat = (at.x, at.y) if at is not None else (None, None)
    beat = shift.beat.code if shift.beat else ""
    return OnDuty(shift.inspector_id, shift.inspector_name, shift.pk, beat, lon, lat, shift.last_at, fresh)


def nearest_on_duty(lon: float, lat: float, region_code: str, *, exclude: Collection[int] = ()) -> OnDuty | None:
    """The inspector on duty nearest to a place with a fresh position; None when there is none."""
    here = Fix(0, lon, lat, 0)
    found = [one for one in on_duty(region_code) if one.fresh and one.account not in exclude]
    return min(found, key=lambda one: (metres(here, Fix(0, one.lon or 0, one.lat or 0, 0)), one.account), default=None)


def coverage(region_code: str, first: date, last: date) -> rules.Coverage:
    """Visited and planned grids of all shifts of a region from `first` to `last`, both included."""
    low, high = region_range(region_code)
    rows = Shift.objects.filter(region_code__gte=low, region_code__lt=high, day__range=(first, last))
    return rules.total(
        rules.Coverage(visited, planned) for visited, planned in rows.values_list("visited_count", "planned_count")
    )
