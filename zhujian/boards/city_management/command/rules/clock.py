"""The clock of disposal: one clock through assigning, disposing and feeding back, stopped and carried on as the standard says.

Source: GB/T 30428.8-2020; urban-management.md §1.6 (computation 1–5), §2.2. The clock starts when the department receives the case. It
stands still while the case is suspended (挂账), awaits its check after feedback (核查), or is back with the dispatcher (回退); sent to the
same department again it runs on, sent to another it begins anew. Rework carries on with what is left. At the deadline is in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from zhujian.foundation.worktime.rules import OFFICE, Calendar, Limit, Pause, Unit, deadline, local, share_used, time_used

SUSPENDED, CHECK, RETURNED = "suspended", "check", "returned"


@dataclass(frozen=True)
class Clock:
    """A running or stopped clock. `extra`: units added by extensions; `pauses`: stretches taken out; `paused_at`: stands still since."""

    start: datetime
    limit: Limit
    extra: int = 0
    pauses: tuple[Pause, ...] = ()
    paused_at: datetime | None = None
    kind: str = ""

    @property
    def whole(self) -> Limit:
        """The limit with its extensions."""
        return Limit(self.limit.amount + self.extra, self.limit.unit)

    def running(self, now: datetime) -> tuple[Pause, ...]:
        """All pauses as at `now`, the present one included."""
        if self.paused_at is None:
            return self.pauses
        return (*self.pauses, Pause(self.paused_at, max(now, self.paused_at), self.kind))


def due(clock: Clock, calendar: Calendar) -> datetime:
    """When the limit is used up. A clock that stands still shows when it would have been, had it run on."""
    return deadline(clock.start, clock.whole, calendar, clock.pauses)


def yellow_at(clock: Clock, calendar: Calendar, left: Fraction) -> datetime:
    """From when at most the share `left` of the limit remains."""
    return share_used(clock.start, clock.whole, calendar, 1 - left, clock.pauses)


def pause(clock: Clock, now: datetime, kind: str) -> Clock:
    """Stop the clock; one that stands still already keeps standing from when it stopped."""
    if clock.paused_at is not None:
        return clock
    return replace(clock, paused_at=max(now, clock.start), kind=kind)


def resume(clock: Clock, now: datetime) -> Clock:
    """Let the clock run on with what is left."""
    if clock.paused_at is None:
        return clock
    end = max(now, clock.paused_at)
    pauses = (*clock.pauses, Pause(clock.paused_at, end, clock.kind)) if end > clock.paused_at else clock.pauses
    return replace(clock, pauses=pauses, paused_at=None, kind="")


def afresh(now: datetime, limit: Limit) -> Clock:
    """A new clock: another department, or the next stage."""
    return Clock(now, limit)


def extend(clock: Clock, amount: int) -> Clock:
    """Add `amount` units to the limit (延期)."""
    return replace(clock, extra=clock.extra + amount)


def unit_of_running(clock: Clock) -> Unit:
    """In what time the clock runs: office hours, or day and night."""
    return "working_hour" if clock.limit.unit in OFFICE else "hour"


def used(clock: Clock, calendar: Calendar, now: datetime) -> timedelta:
    """How long it has run: office time for 工作时 and 工作日, else natural time. Never negative."""
    return time_used(clock.start, unit_of_running(clock), calendar, max(now, clock.start), clock.running(now))


def remaining(clock: Clock, calendar: Calendar, now: datetime) -> timedelta:
    """What is left, or below zero how long it is overdue, on the same kind of time. A stopped clock's rest does not change."""
    end = due(clock, calendar)
    at = local(clock.paused_at or now)
    if at <= end:
        return time_used(at, unit_of_running(clock), calendar, end) if end > at else timedelta()
    return -overdue(clock, calendar, now)


def overdue(clock: Clock, calendar: Calendar, now: datetime) -> timedelta:
    """How long over the deadline, on the same kind of time (scenario 10); zero at the deadline itself."""
    end = due(clock, calendar)
    at = local(clock.paused_at or now)
    if at <= end:
        return timedelta()
    return time_used(end, unit_of_running(clock), calendar, at, clock.pauses)


def light(end: datetime | None, yellow: datetime | None, paused_at: datetime | None, now: datetime) -> str:
    """green, yellow, red; grey while the clock stands still; empty without a date."""
    if end is None:
        return ""
    if paused_at is not None:
        return "red" if paused_at > end else "grey"
    if now > end:
        return "red"
    return "yellow" if yellow is not None and now >= yellow else "green"


def pauses_from(stored: Sequence[Sequence[str]]) -> tuple[Pause, ...]:
    """Pauses as they are stored: ``[from, to, kind]``, moments in ISO 8601."""
    return tuple(Pause(datetime.fromisoformat(start), datetime.fromisoformat(end), kind) for start, end, kind in stored)


def pauses_for_storage(pauses: Sequence[Pause]) -> list[list[str]]:
    """The reverse of `pauses_from`; only ended pauses."""
    return [[p.start.isoformat(), p.end.isoformat(), p.kind] for p in pauses if p.end is not None]
