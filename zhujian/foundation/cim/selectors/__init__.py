"""What other modules may read of buildings, under the reader's scope."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db.models import QuerySet
from django.utils import timezone

from zhujian.foundation.cim.models import Building, Link, Unit
from zhujian.foundation.kernel.errors import NotFound
from zhujian.foundation.kernel.valid_time import present


def get(pk: int) -> Building:
    """One version of a building in the viewer's scope; NotFound when there is none."""
    found = Building.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("cim.building.not_found", "没有找到这幢房屋，可能不在您的管辖范围内。")
    return found


def building(code: str, on: date | None = None) -> Building | None:
    """The building with this 房屋代码 as it was on the day `on` (default today), else its last version; None when unknown."""
    day = on or timezone.localdate()
    rows = Building.objects.filter(code=code, planned=False)
    return rows.filter(present(day)).first() or rows.order_by("-valid_from", "-id").first()


def versions(one: Building) -> QuerySet[Building]:
    """Every version of the building, newest first."""
    return Building.objects.filter(feature_id=one.feature_id).order_by("-valid_from", "-id")


def newest(one: Building) -> Building:
    """The row that units and links of the building hang on: the open version, else the last."""
    rows = Building.objects.filter(feature_id=one.feature_id, planned=False)
    return rows.filter(valid_to=None).first() or rows.order_by("-valid_from", "-id").first() or one


def units(one: Building, on: date | None = None) -> QuerySet[Unit]:
    """Units of the building on the day `on` (default: as of now, or as they were last when it is gone), from the top floor down."""
    rows = Unit.objects.filter(building__feature_id=one.feature_id)
    if on is not None or one.valid_to is None:
        rows = rows.filter(present(on or timezone.localdate()))
    elif one.valid_to:
        rows = rows.filter(valid_from__lt=one.valid_to).exclude(valid_to__lt=one.valid_to)
    return rows.order_by("-floor", "entrance", "door_order", "room_no")


def at(lon: float, lat: float, on: date | None = None) -> Building | None:
    """The building that stands on the point (CGCS2000 degrees, longitude first) on the day `on`; the smallest when several overlap."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return None
    day = on or timezone.localdate()
    rows = Building.objects.filter(present(day), outline__intersects=Point(lon, lat, srid=4490)).order_by("id")[:10]
    return min(rows, key=lambda one: one.outline.area, default=None)


def by_project(code: str, on: date | None = None) -> QuerySet[Building]:
    """Buildings of the project with this national code on the day `on` (default today), planned ones included."""
    day = on or timezone.localdate()
    rows = Building.objects.filter(project_code=code)
    return (rows.filter(present(day)) | rows.filter(planned=True, valid_to=None)).order_by("code", "id")


def projects_on_map(codes: Iterable[str]) -> set[str]:
    """Those of the project codes that some building names, planned, present or gone."""
    return set(Building.objects.filter(project_code__in=list(codes)).values_list("project_code", flat=True))


def features_on_map(ids: Iterable[UUID]) -> set[UUID]:
    """Those of the feature ids that some version of a building has."""
    return set(Building.objects.filter(feature_id__in=list(ids)).values_list("feature_id", flat=True))


def links(one: Building, kind: str = "") -> QuerySet[Link]:
    """What the building is tied to, of one kind or of all."""
    rows = Link.objects.filter(building__feature_id=one.feature_id).order_by("kind", "target")
    return rows.filter(kind=kind) if kind else rows
