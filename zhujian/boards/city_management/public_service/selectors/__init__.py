"""What other modules and the pages may read of the public service."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point, Polygon
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from zhujian.boards.city_management.public_service.models import CallBack, ServiceAttribute, Submission
from zhujian.boards.city_management.public_service.rules import call_back as rules
from zhujian.boards.city_management.public_service.rules.georeport import Attribute
from zhujian.boards.city_management.public_service.services import limits
from zhujian.boards.city_management.public_service.services.call_backs import levels
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.masking import mask_address

ENDED = ("closed", "refused")


@dataclass(frozen=True)
class Near:
    """One problem nearby as anybody may see it: no person, no words of the reporter, no photo, no number."""

    title: str
    stage: str
    stage_text: str
    place: str
    on: date
    lon: float
    lat: float
    metres: int
    reports: int


def nearby(lon: float, lat: float) -> list[Near]:
    """Problems reported lately around a point (degrees CGCS2000), nearest first; several reports of one case are one line."""
    radius, day = limits.number("nearby_metres"), timezone.now() - timedelta(days=limits.number("nearby_days"))
    here = Point(lon, lat, srid=4490)
    north = radius / 110_000
    area = Polygon.from_bbox((lon - north * 2.5, lat - north, lon + north * 2.5, lat + north))
    area.srid = 4490
    with scope.system("公开查看附近的问题"):
        rows = list(
            Submission.objects.filter(shown=True, received_at__gte=day, location__bboverlaps=area)
            .exclude(stage=Submission.Stage.REFUSED)
            .annotate(away=Distance("location", here))
            .order_by("away", "pk")[: limits.number("nearby_most") * 3]
        )
    found: dict[str, list[Submission]] = {}
    for row in rows:
        if row.away.m <= radius:  # type: ignore[attr-defined]
            found.setdefault(row.case_no or f"#{row.pk}", []).append(row)
    return [_near(group) for group in list(found.values())[: limits.number("nearby_most")]]


def _near(group: list[Submission]) -> Near:
    row = group[0]
    return Near(
        row.class_name or "待分类的问题", row.stage, row.get_stage_display(), mask_address(row.address), timezone.localdate(row.received_at),
        round(row.location.x, 5), round(row.location.y, 5), round(row.away.m), len(group),  # type: ignore[attr-defined]
    )  # fmt: skip


def mine(*, account: int | None = None, phone_hash: str = "", numbers: Iterable[str] = (), key: str = "") -> list[Submission]:
    """Submissions of an account, of a proven phone, of a WeChat `key`, or of receipts already shown in this session; newest first."""
    asked = Q(number__in=list(numbers))
    if account:
        asked |= Q(parties__contains=[f"person:{account}"])
    if phone_hash:
        asked |= Q(phone_hash=phone_hash)
    if key:
        asked |= Q(parties__contains=[key])
    with scope.system("查看本人上报"):
        return list(Submission.objects.filter(asked).select_related("call_back", "follow_of").order_by("-id")[:100])


def attributes(kind: str, class_code: str) -> list[Attribute]:
    """Further questions of a service, in order; those for all, for the major class and for the class itself."""
    rows = ServiceAttribute.objects.filter(kind=kind, class_code__in=["", class_code[:2], class_code]).order_by("order", "pk")
    return [
        Attribute(row.code, row.datatype, row.required, row.description, number, row.variable, row.hint,
                  tuple((str(key), str(name)) for key, name in row.options))
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip


def with_attributes() -> set[tuple[str, str]]:
    """(kind, code or beginning) for which there are further questions."""
    return set(ServiceAttribute.objects.values_list("kind", "class_code"))


# Satisfaction ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """Satisfaction of one group: `key` as stored, counts by level, the rate with numerator and denominator."""

    key: str
    counts: dict[int, int]
    rate: rules.Rate
    follow_ups: int


def asked_between(start: date, end: date, region_code: str = "") -> QuerySet[CallBack]:
    """Call-backs started on the days from `start` to `end`, both included, of a region; what the reader may see."""
    first = timezone.make_aware(datetime.combine(start, time.min))
    last = timezone.make_aware(datetime.combine(end + timedelta(days=1), time.min))
    rows = CallBack.objects.filter(asked_at__gte=first, asked_at__lt=last)
    if region_code:
        low, high = scope.region_range(region_code)
        rows = rows.filter(region_code__gte=low, region_code__lt=high)
    return rows


def satisfaction(start: date, end: date, region_code: str = "", by: str = "") -> list[Line]:
    """群众满意率 of a period: one line, or one for each `unit`, `class_name` or `county_key`, most answers first.

    (非常满意 + 满意 [+ 基本满意]) ÷ valid answers. Counted by when a reporter was asked, so that a past period stays as it was but for
    answers still coming in.
    """
    if by not in ("", "unit", "class_name", "county_key"):
        raise ValueError(by)
    good = levels("satisfied", region_code)
    groups: dict[str, dict[int | None, int]] = {}
    follow: dict[str, int] = {}
    names = (by,) if by else ()
    rows: Iterable[dict[str, Any]] = (
        asked_between(start, end, region_code)
        .order_by()
        .values(*names, "level")
        .annotate(n=Count("pk"), f=Count("follow_up", distinct=True))
    )
    for row in rows:
        key = row[by] if by else ""
        level = row["level"]
        counts = groups.setdefault(key, {})
        counts[level] = counts.get(level, 0) + row["n"]
        follow[key] = follow.get(key, 0) + row["f"]
    if not by and not groups:
        groups[""] = {}
    lines = [
        Line(
            key,
            {level: counts.get(level, 0) for level in rules.RATED}
            | {rules.NOT_RATED: counts.get(None, 0) + counts.get(rules.NOT_RATED, 0)},
            rules.rate(counts, good),
            follow.get(key, 0),
        )
        for key, counts in groups.items()
    ]
    return sorted(lines, key=lambda line: (-line.rate.denominator, line.key))


def to_call(region_code: str = "") -> QuerySet[CallBack]:
    """Reporters to be called now: those who left a phone, waiting and due, longest waiting first."""
    now = timezone.now()
    rows = CallBack.objects.filter(state=CallBack.State.WAITING, next_at__lte=now, due_at__gte=now).exclude(
        submission__phone_hash=""
    )
    if region_code:
        low, high = scope.region_range(region_code)
        rows = rows.filter(region_code__gte=low, region_code__lt=high)
    return rows.select_related("submission").order_by("due_at", "pk")


__all__ = [
    "ENDED", "Line", "Near", "asked_between", "attributes", "mine", "nearby", "satisfaction", "to_call", "with_attributes",
]  # fmt: skip
