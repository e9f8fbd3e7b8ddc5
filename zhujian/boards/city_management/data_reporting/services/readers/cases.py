"""案件 with their logs, and 案件统计: what was counted on each day in each county, as 综合评价 counts it, and by class."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.command.selectors.feed import feed
from zhujian.boards.city_management.command.selectors.statistics import by_class
from zhujian.boards.city_management.data_reporting.rules.schema import Schema, business_key
from zhujian.boards.city_management.data_reporting.services import schemas
from zhujian.boards.city_management.data_reporting.services.sources import Row, kept, register
from zhujian.boards.city_management.evaluation.rules.periods import containing
from zhujian.boards.city_management.evaluation.selectors import tallies
from zhujian.foundation.kernel.canonical import moment


def cases(schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """Registered cases with their transition logs; a full look goes back as far as reconciliation does. Cases are never deleted."""
    since = timezone.now() - timedelta(days=schemas.number("reconcile_days")) if ids is None else None
    for case, steps in feed(prefix, ids=ids, since=since):
        times = {
            "registeredAt": case.registered_at,
            "dispatchedAt": case.dispatched_at,
            "due": case.due,
            "handledAt": case.handled_at,
            "closedAt": case.closed_at,
        }
        payload = {
            "number": case.number, "kind": case.kind, "classCode": case.class_code, "className": case.class_name, "componentCode": case.component_code,
            "source": case.source, "description": case.description, "address": case.address, "grid": case.grid_code, "regionCode": case.region_code,
            "geometry": json.loads(case.location.json), "state": case.state, "organisation": case.org_code, "organisationName": case.org_name,
            "limit": case.limit_text, "closeKind": case.close_kind, "reworks": case.reworks, "returns": case.returns, "reports": case.report_count,
            "satisfaction": case.satisfaction, **{name: moment(at) for name, at in times.items() if at},
            "steps": [
                {"at": moment(s.at), "action": s.action, "from": s.from_state, "to": s.to_state, "role": s.role, "organisation": s.org_code, "used": s.used_s}
                for s in steps
            ],
        }  # fmt: skip
        yield Row(case.number, case.region_code, kept(payload), case.updated_at, case.pk)


# -- 案件统计 ------------------------------------------------------------------------------------------------------------------


def number_of(day: date) -> int:
    """A day as the id under which its figures are looked up again: 20251107."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_of(number: int) -> date:
    """The day that `number_of` wrote."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def lately() -> list[int]:
    """Yesterday and today: what is counted there still moves every hour."""
    today = timezone.localdate()
    return [number_of(today - timedelta(days=1)), number_of(today)]


def statistics(schema: Schema, prefix: str, ids: list[int] | None) -> Iterator[Row]:
    """One record per day and county with cases: the named counts of GB/T 30428.4 (as 综合评价 counts them), and counts of each class.

    A day that has ended may still change for a while (appeals, what was wrongly dispatched): a full look counts the last days anew.
    """
    today = timezone.localdate()
    span = schemas.number("statistics_days")
    days = [day_of(n) for n in ids] if ids is not None else [today - timedelta(days=n) for n in range(span, -1, -1)]
    region = prefix.ljust(12, "0")
    for day in days:
        if day > today:
            continue
        window = tallies.window(region, containing("day", day))
        classes = by_class(window.values["counties"], window.values["start"], window.values["end"])
        counted = tallies.tally(window, ("county",))["county"]
        for county in sorted({*counted, *classes}):
            payload: dict[str, Any] = {
                "period": day.isoformat(), "regionCode": county, "counts": counted.get(county, {}), "classes": classes.get(county, []),
            }  # fmt: skip
            yield Row(business_key(schema, payload), county, kept(payload), None, number_of(day))


register("case", cases, tables={"command_case": None}, lasting=True)
register("case_statistics", statistics, lately=lately, lasting=True)
