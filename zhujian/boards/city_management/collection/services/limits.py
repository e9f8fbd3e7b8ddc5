"""Parameters of collection as the services use them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.utils import timezone

from zhujian.boards.city_management.collection.models import PatrolPlan
from zhujian.boards.city_management.collection.rules.tracks import Limits
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.parameters import selectors as parameters


def number(name: str, region_code: str = "", on: date | None = None) -> float:
    """A numeric parameter ``collection.<name>``."""
    return float(parameters.value(f"collection.{name}", on=on or timezone.localdate(), region=region_code).value)


def track_limits(region_code: str, on: date) -> Limits:
    """Thresholds of track points."""
    return Limits(number("track_accuracy", region_code, on), number("track_speed", region_code, on))


def patrol_days(region_code: str, on: date, plan: PatrolPlan | None = None) -> Mapping[str, int]:
    """Days between two visits by 管理等级: the region's, with what the beat's own plan says instead."""
    days = {
        str(key): int(value) for key, value in parameters.value("collection.patrol_days", on=on, region=region_code).value.items()
    }
    if plan is not None:
        days |= {level: own for level in ("1", "2", "3") if (own := getattr(plan, f"days_{level}"))}
    return days


def check_moment(at: datetime, region_code: str, field: str = "at") -> list[Reason]:
    """Reasons against a moment a device gives: in the future, or too long ago to be sent in."""
    now = timezone.now()
    if at > now + timedelta(seconds=number("clock_skew", region_code)):
        return [Reason("field.future", "手机时间快于平台时间，请校准手机时间后重试。", field)]
    days = int(number("backlog_days", region_code))
    if at < now - timedelta(days=days):
        return [Reason("field.too_old", f"这条记录已超过{days}天，不能再补传，请联系监督中心登记。", field)]
    return []
