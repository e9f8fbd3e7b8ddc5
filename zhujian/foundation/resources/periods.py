"""Valid time of a resource whose rows are versions of a thing: what ``stage`` and ``datetime`` in an address ask for.

Without either, the present (现状): what is true today and not merely planned. ``datetime`` is a day, an instant or an interval as
OGC API Features understands it (both ends included, ``..`` open); instants count as their day in China.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.valid_time import ValidTime, present, stage
from zhujian.foundation.resources.query import Condition

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

STAGES = {"present": "现状", "history": "历史", "planned": "规划", "all": "全部"}
TAGS = {"present": "ok", "history": "muted", "planned": "info"}
PARAMETERS = ("stage", "datetime")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def timed(resource: Resource) -> bool:
    """Whether rows of `resource` are versions (`kernel.valid_time.ValidTime`)."""
    return issubclass(resource.model, ValidTime)


def parse_interval(text: str) -> tuple[date | None, date | None]:
    """First and last day that ``datetime`` names, None where open. Refusal ``filter.datetime`` when it names none.

    Source: OGC 17-069r4 7.15.4 (``/req/core/fc-time-definition``); an empty end is open like ``..``.
    """
    parts = text.strip().split("/")
    if len(parts) == 1:
        day = _day(parts[0])
        return day, day
    if len(parts) != 2:
        raise _unreadable()
    low, high = (None if part in ("", "..") else _day(part) for part in parts)
    if low and high and low > high:
        raise Refusal("filter.datetime", "时间段的开始晚于结束，请把两个日期对调。", "datetime")
    return low, high


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if _INSTANT.fullmatch(text):
            # Python reads at most six digits of a second; more say nothing about the day.
            short = re.sub(r"(\.\d{6})\d+", r"\1", text.upper()).replace("Z", "+00:00")
            return datetime.fromisoformat(short).astimezone(timezone.get_current_timezone()).date()
    except (ValueError, OverflowError):
        pass
    raise _unreadable()


def _unreadable() -> Refusal:
    return Refusal(
        "filter.datetime",
        "时间应写成日期（2026-01-31）、时刻（2026-01-31T08:00:00Z）或用斜杠隔开的时间段（2020-01-01/..）。",
        "datetime",
    )


def valid_time_condition(resource: Resource, params: Mapping[str, Any], *, on: date | None = None) -> Condition | None:
    """Rows (alias ``t``) that ``stage`` and ``datetime`` in `params` ask for; None when all do or rows are no versions.

    `on` is today unless told. ``datetime`` alone gives what was true then, and for a time to come also what is planned for it;
    with ``stage`` only that stage of it. Refusal ``filter.stage`` or ``filter.datetime`` when one cannot be understood.
    """
    if not timed(resource):
        return None
    on = on or timezone.localdate()
    wanted = str(params.get("stage") or "").strip()
    moment = str(params.get("datetime") or "").strip()
    if wanted and wanted not in STAGES:
        raise Refusal("filter.stage", "时态只有现状（present）、历史（history）、规划（planned）和全部（all）。", "stage")
    if not moment:
        return _of_stage(wanted or "present", on)
    low, high = parse_interval(moment)
    parts = [_of_stage(wanted, on, within=True) if wanted else _facts(on, high), _meets(low, high)]
    found = [part for part in parts if part]
    return (" AND ".join(f"({sql})" for sql, _ in found), [value for _, values in found for value in values]) if found else None


def present_condition(resource: Resource, on: date | None = None) -> Condition | None:
    """Rows that are true today; None when rows are no versions."""
    return valid_time_condition(resource, {}, on=on)


def _meets(low: date | None, high: date | None) -> Condition | None:
    """Half-open rows that meet the closed interval."""
    parts: list[str] = []
    values: list[Any] = []
    if high:
        parts.append('t."valid_from" <= %s')
        values.append(high)
    if low:
        parts.append('(t."valid_to" IS NULL OR t."valid_to" > %s)')
        values.append(low)
    return (" AND ".join(parts), values) if parts else None


def _facts(on: date, high: date | None) -> Condition | None:
    """What happened; for a time that reaches beyond today also what is planned."""
    return None if high is None or high > on else ('NOT t."planned"', [])


def _of_stage(name: str, on: date, *, within: bool = False) -> Condition | None:
    """Rows of a stage, as `kernel.valid_time.stage` tells it on the day `on`; `within` a given time the present means facts."""
    if name == "present" and within:
        return 'NOT t."planned"', []
    if name == "present":
        return 'NOT t."planned" AND t."valid_from" <= %s AND (t."valid_to" IS NULL OR t."valid_to" > %s)', [on, on]
    if name == "history":
        return 'NOT t."planned" AND t."valid_to" <= %s', [on]
    if name == "planned":
        return 't."planned" OR t."valid_from" > %s', [on]
    return None


def present_rows(model: type[models.Model], found: models.QuerySet) -> models.QuerySet:
    """Rows of `found` that are true today, when `model` has versions."""
    return found.filter(present(timezone.localdate())) if issubclass(model, ValidTime) else found


@dataclass(frozen=True)
class Version:
    """One version of a thing on its detail page."""

    pk: int
    start: date
    end: date | None
    stage: str
    label: str
    tag: str
    current: bool


def versions(record: models.Model) -> list[Version]:
    """Every visible version of the thing that `record` is a version of, newest first; none for a thing without versions."""
    if not isinstance(record, ValidTime):
        return []
    today = timezone.localdate()
    rows = type(record)._default_manager.filter(feature_id=record.feature_id).order_by("-valid_from", "-pk")  # type: ignore[attr-defined]
    found = []
    for pk, start, end, planned in rows.values_list("pk", "valid_from", "valid_to", "planned")[:100]:
        name = stage(start, end, planned, today)
        found.append(Version(pk, start, end, name, STAGES[name], TAGS[name], pk == record.pk))
    return found
