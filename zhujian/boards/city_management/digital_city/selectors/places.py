"""Geocoding: address → ranked candidates with their level; point → nearest address and unit grid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point, Polygon
from django.db.models import Case, Q, Value, When
from django.utils import timezone

from zhujian.boards.city_management.digital_city.models import Place
from zhujian.boards.city_management.digital_city.rules import addresses
from zhujian.boards.city_management.digital_city.selectors import grid_at
from zhujian.foundation.kernel.scope import region_range
from zhujian.foundation.kernel.valid_time import present
from zhujian.foundation.regions import selectors as regions

READ_MOST = 400  # places read for one question
NEAR = 0.003  # degrees, some 300 m: farther away an address says nothing of a point


@dataclass(frozen=True)
class Answer:
    """One candidate; degrees CGCS2000. `level` is one of `rules.addresses.LEVELS`, `score` from 0 to 100."""

    level: str
    score: int
    address: str
    lon: float
    lat: float
    grid_code: str = ""
    place_id: int | None = None

    @property
    def level_label(self) -> str:
        """The level in words: 门牌, 街巷 …"""
        return addresses.WORDS[self.level]

    def json(self) -> dict[str, Any]:
        """For programs."""
        return {"level": self.level, "level_label": self.level_label, "score": self.score, "address": self.address, "lon": self.lon,
                "lat": self.lat, "grid": self.grid_code, "place": self.place_id}  # fmt: skip


def find(text: str, *, region_code: str = "", limit: int = 10, on: date | None = None) -> list[Answer]:
    """Where an address or a name may be, best first; a region alone answers when nothing nearer does.

    `region_code` narrows to what lies below it. What is only known by its street is answered as such, never as a door.
    """
    asked = addresses.parse(text)
    if not asked.text:
        return []
    rows = Place.objects.filter(present(on or timezone.localdate()))
    if region_code:
        low, high = region_range(region_code)
        rows = rows.filter(region_code__gte=low, region_code__lt=high)
    words = Q()
    if asked.street:
        words |= Q(address__icontains=asked.street)
    name = asked.rest or ("" if asked.street else asked.text)
    if len(name) >= 2:
        words |= Q(name__icontains=name) | Q(aliases__contains=[name]) | Q(address__icontains=name)
    found = []
    # A long street has more doors than are read for one question: the door that was asked for comes first.
    door = (
        Case(When(address__icontains=f"{asked.street}{asked.number}号", then=0), default=1)
        if asked.street and asked.number
        else Value(1)
    )
    for place in rows.filter(words).order_by(door, "id")[:READ_MOST] if words else []:
        answer = addresses.match(asked, addresses.parse(place.address), [place.name, *place.aliases], place.kind)
        if answer:
            found.append(
                Answer(answer.level, answer.score, place.address, place.location.x, place.location.y, place.grid_code, place.pk)
            )
    found.sort(key=lambda one: (addresses.LEVELS.index(one.level), -one.score, one.address))
    return found[:limit] or _region(asked)


def _region(asked: addresses.Address) -> list[Answer]:
    """The middle of the division that is named; a town has no outline here and answers with its county's."""
    division = next(iter(regions.find(asked.region or asked.text)), None)
    if division is None:
        return []
    boxes = (regions.box(one) for one in [division.code, *(up.code for up in reversed(regions.ancestors(division.code)))])
    box = next((one for one in boxes if one), None)
    if box is None:
        return []
    return [Answer("region", 20, regions.full_name(division.code), (box[0] + box[2]) / 2, (box[1] + box[3]) / 2)]


@dataclass(frozen=True)
class Nearby:
    """What is at a point."""

    address: str
    metres: float | None
    grid_code: str


def at(lon: float, lat: float, on: date | None = None) -> Nearby:
    """The nearest standard address within some 300 m and the unit grid of a point; empty where there is none."""
    day = on or timezone.localdate()
    box = (lon - NEAR, lat - NEAR, lon + NEAR, lat + NEAR)
    here = Point(lon, lat, srid=4490)
    area = Polygon.from_bbox(box)
    area.srid = 4490
    near = (
        Place.objects.filter(present(day), location__bboverlaps=area)
        .annotate(away=Distance("location", here))
        .order_by("away")
        .first()
    )
    grid = grid_at(lon, lat, day)
    return Nearby(near.address if near else "", near.away.m if near else None, grid.code if grid else "")
