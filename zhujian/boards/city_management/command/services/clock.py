"""A case's clock of disposal as it is stored on the case (a district's own on `LevelClock`); the arithmetic is `rules.clock`.

`due` and `yellow_at` are stored with the version of the calendar they were computed by: a light is a comparison. Open cases are computed
anew only on purpose (`do_recompute`), which leaves a line in the log.
"""

from __future__ import annotations

import logging
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from zhujian.boards.city_management.command.rules import clock as rules
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.handlers_api import OwnClock
from zhujian.foundation.workflow.services.clocks import limit_from_parameter
from zhujian.foundation.worktime import selectors as worktime
from zhujian.foundation.worktime.rules import CalendarMissing, Limit, deadline

if TYPE_CHECKING:
    from zhujian.boards.city_management.command.models import Case, LevelClock

log = logging.getLogger("zhujian.command")
NODES = ("department", "handle", "confirm")


def of(case: Case | LevelClock) -> rules.Clock | None:
    """The clock; None before the case was dispatched, or when its condition sets no limit."""
    if case.clock_start is None or not case.limit_text:
        return None
    return rules.Clock(
        timezone.localtime(case.clock_start), limits.read(case.limit_text), case.extra, rules.pauses_from(case.pauses), case.paused_at,
        case.pause_kind,
    )  # fmt: skip


def put(case: Case | LevelClock, clock: rules.Clock | None, now: datetime) -> None:
    """Store a clock with the moments that follow from it. Without next year's calendar the work goes on, without a date."""
    from zhujian.boards.city_management.command.services.record import change

    if clock is None:
        return
    due = yellow = None
    version = ""
    try:
        calendar = worktime.calendar(case.region_code)
        left = Fraction(str(parameters.value("command.yellow_left", on=timezone.localdate(now), region=case.region_code).value))
        due, yellow = rules.due(clock, calendar), rules.yellow_at(clock, calendar, left)
        version = calendar.version
        used = int(rules.used(clock, calendar, now).total_seconds())
        late = int(rules.overdue(clock, calendar, now).total_seconds())
        change(case, used_s=used, overdue_s=case.overdue_earlier_s + late)
    except CalendarMissing as missing:
        log.warning("case %s: %s", case.number, missing)
    if due is not None and due >= now:
        change(case, overdue_told=False)  # told again when it runs out again
    change(
        case, clock_start=clock.start, extra=clock.extra, pauses=rules.pauses_for_storage(clock.pauses), paused_at=clock.paused_at,
        pause_kind=clock.kind, due=due, yellow_at=yellow, calendar_version=version,
    )  # fmt: skip


def start(case: Case, now: datetime) -> None:
    """Begin (or begin anew) to count: from now, or from registering where the city says so and it is the first time."""
    rule = parameters.value("command.clock_start", on=timezone.localdate(now), region=case.region_code).value
    begin = case.registered_at if rule == "register" and not case.dispatches and case.registered_at else now
    if case.limit_text:
        put(case, rules.afresh(timezone.localtime(begin), limits.read(case.limit_text)), now)


def stop(case: Case | LevelClock, now: datetime, kind: str) -> None:
    """Stop the clock; nothing when there is none or it stands still."""
    found = of(case)
    if found is not None and found.paused_at is None:
        put(case, rules.pause(found, timezone.localtime(now), kind), now)


def go_on(case: Case | LevelClock, now: datetime) -> None:
    """Carry on with what is left; nothing when there is none or it runs."""
    found = of(case)
    if found is not None and found.paused_at is not None:
        put(case, rules.resume(found, timezone.localtime(now)), now)


def snapshot(case: Case | LevelClock, now: datetime) -> tuple[int | None, int | None]:
    """(used, remaining) in seconds of the clock's own kind of time at `now`; remaining below zero when overdue; (None, None) without one."""
    found = of(case)
    if found is None or case.due is None:
        return None, None
    at = case.closed_at or now
    try:
        calendar = worktime.calendar(case.region_code)
        return (
            int(rules.used(found, calendar, at).total_seconds()),
            int(rules.remaining(found, calendar, at).total_seconds()),
        )
    except CalendarMissing:
        return None, None


def until(name: str, row: Any, start: datetime) -> datetime | None:
    """When the limit of parameter ``command.<name>``, begun at `start` where `row` is, is used up; None while that cannot be known."""
    limit = limit_from_parameter(f"command.{name}", row)
    if limit is None:
        return None
    try:
        return deadline(timezone.localtime(start), Limit(limit.amount, limit.unit), worktime.calendar(row.region_code))  # type: ignore[arg-type]
    except CalendarMissing:
        return None


def shown(case: Case) -> OwnClock:
    """The clock as the case's tasks show it."""
    return OwnClock(case.due, case.yellow_at, case.paused_at)


def show(case: Case, instance_id: int) -> None:
    """Let the open tasks of disposal show the clock as it now stands."""
    workflow.show_clock(instance_id, NODES, shown(case))
