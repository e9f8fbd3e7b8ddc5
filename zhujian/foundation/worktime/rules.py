"""Time limits as the law counts them. Pure: a calendar and times in, times out; every time aware, counted in Asia/Shanghai.

Sources: 行政许可法 (办理期限), 民法典 §200–204 (计算期间), construction.md §1.3, urban-management.md §3. In short:

* The day something starts is day 0; day 1 is the next (working) day. A limit in days, months or years ends with the last second
  of its last day; a limit in hours ends at an instant. Done at the deadline is done in time.
* `working_day` skips days off, `calendar_day` counts every day and is not moved by holidays, `month` and `year` end on the same
  day of a later month, or on its last day. `working_hour` runs only inside office hours, `hour` and `minute` day and night.
* `office_day` is a working day by the clock: n days' worth of office hours, so that with equal days it ends at the same time of
  day n working days later (the 工作日 of case limits, urban-management.md §1.6).
* A pause (special procedure) takes whole days out of a limit in days: the day it begins is not its day, the day it ends is,
  just as for the limit itself. From a limit in hours it takes the time itself. Overlapping pauses count once.
* A year whose arrangement of holidays is not loaded is refused (`CalendarMissing`), never guessed.
"""

from __future__ import annotations

import calendar as month_lengths
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

from zhujian.foundation.kernel.errors import Refusal

CHINA = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
END_OF_DAY = time(23, 59, 59, 999999)

Unit = Literal["working_day", "calendar_day", "working_hour", "office_day", "hour", "minute", "month", "year"]
Light = Literal["green", "yellow", "red", "grey"]
UNITS: dict[str, str] = {
    "working_day": "个工作日", "calendar_day": "日", "working_hour": "个工作时", "hour": "小时", "month": "个月", "year": "年",
    "office_day": "个工作日", "minute": "分钟",
}  # fmt: skip
OFFICE: frozenset[str] = frozenset({"working_hour", "office_day"})  # run inside office hours
CLOCK: frozenset[str] = OFFICE | {"hour", "minute"}  # end at an instant


class CalendarMissing(Refusal):
    """No holiday arrangement is loaded for `year`: whether a day is worked is unknown until it is."""

    def __init__(self, year: int) -> None:
        self.year = year
        message = f"尚未录入{year}年节假日安排，无法推算期限，请在“工作日历”录入国务院办公厅通知。"
        super().__init__("worktime.calendar_missing", message)


@dataclass(frozen=True)
class Limit:
    """`amount` (whole, not negative) of `unit`."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        """Refuse what is no limit: a slip in a module's parameters, not an input (ValueError)."""
        if self.unit not in UNITS:
            raise ValueError(f"no unit {self.unit!r}")
        if self.amount < 0 or int(self.amount) != self.amount:
            raise ValueError("a limit is a whole number, not negative")

    def __str__(self) -> str:
        """As people say it: ``20个工作日``."""
        return f"{self.amount}{UNITS[self.unit]}"


@dataclass(frozen=True)
class Pause:
    """Time that does not count: a special procedure from `start` to `end` (None = still going on)."""

    start: datetime
    end: datetime | None = None
    kind: str = ""


@dataclass(frozen=True)
class Hours:
    """Office hours: `segments` of clock times on `weekdays` (Monday = 0), in a season of two (month, day), both within.

    `layer`: 0 for the region's own, more for those of the levels above, which count on days that the nearer ones do not cover.
    """

    segments: tuple[tuple[time, time], ...]
    weekdays: frozenset[int] = frozenset(range(5))
    season: tuple[tuple[int, int], tuple[int, int]] = ((1, 1), (12, 31))
    valid_from: date = date.min
    valid_to: date = date.max
    layer: int = 0

    def cover(self, day: date) -> bool:
        """Whether these hours count on `day`: valid then (`valid_to` no longer), and its season; a season may span New Year."""
        if not self.valid_from <= day < self.valid_to:
            return False
        first, last = self.season
        now = (day.month, day.day)
        return first <= now <= last if first <= last else now >= first or now <= last


@dataclass(frozen=True)
class Calendar:
    """One region's working calendar. `years`: those whose holidays are known; `version` names the state of the data."""

    years: frozenset[int]
    holidays: frozenset[date]
    make_up: frozenset[date]
    hours: tuple[Hours, ...] = ()
    region: str = ""
    version: str = ""
    names: dict[date, str] = field(default_factory=dict, compare=False)

    def is_working(self, day: date) -> bool:
        """Whether `day` is a working day. CalendarMissing when its year is not loaded."""
        if day.year not in self.years:
            raise CalendarMissing(day.year)
        return day in self.make_up or (day.weekday() < 5 and day not in self.holidays)

    def segments(self, day: date) -> list[tuple[datetime, datetime]]:
        """Office hours of `day`, in order; none on a day off. A make-up day keeps the hours of a Monday to Friday it replaces."""
        if not self.is_working(day):
            return []
        weekday = 0 if day in self.make_up else day.weekday()
        covering = [hours for hours in self.hours if hours.cover(day)]
        nearest = min((hours.layer for hours in covering), default=0)
        return sorted(
            (datetime.combine(day, start, CHINA), datetime.combine(day, end, CHINA))
            for hours in covering
            if hours.layer == nearest and weekday in hours.weekdays
            for start, end in hours.segments
        )

    def next_working(self, day: date) -> date:
        """`day` itself when it is worked, else the next day that is."""
        while not self.is_working(day):
            day += DAY
        return day


def local(moment: datetime) -> datetime:
    """`moment` in China's time. A naive time is a ValueError: it has no place."""
    if moment.tzinfo is None:
        raise ValueError("times must be aware")
    return moment.astimezone(CHINA)


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month (民法典 §202)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, month_lengths.monthrange(year, month + 1)[1]))


def _merged(pauses: Iterable[Pause], now: datetime | None) -> list[tuple[datetime, datetime]]:
    """Pauses as disjoint intervals in order; an open one lasts until `now`, or has taken nothing yet when `now` is None."""
    spans = sorted((local(p.start), local(p.end or now or p.start)) for p in pauses)
    merged: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _paused_day(day: date, spans: list[tuple[datetime, datetime]]) -> bool:
    return any(start.date() < day <= end.date() for start, end in spans)


def _day_counts(day: date, unit: str, calendar: Calendar, spans: list[tuple[datetime, datetime]]) -> bool:
    return (unit != "working_day" or calendar.is_working(day)) and not _paused_day(day, spans)


def _days(start: datetime, limit: Limit) -> int:
    """How many days a limit in days, months or years has."""
    if limit.unit in ("month", "year"):
        first = local(start).date()
        return (add_months(first, limit.amount * (12 if limit.unit == "year" else 1)) - first).days
    return int(limit.amount)


def _running(
    start: datetime, unit: str, calendar: Calendar, spans: list[tuple[datetime, datetime]], until: date = date.max
) -> Iterator[tuple[datetime, datetime]]:
    """Intervals in which an hour limit runs, from `start` to the end of the day `until`."""
    moment = local(start)
    day = moment.date()
    while day <= until:
        whole = [(datetime.combine(day, time.min, CHINA), datetime.combine(day + DAY, time.min, CHINA))]
        for first, last in calendar.segments(day) if unit in OFFICE else whole:
            begin = max(first, moment)
            for pause_start, pause_end in spans:
                if pause_end <= begin or pause_start >= last:
                    continue
                if pause_start > begin:
                    yield begin, pause_start
                begin = pause_end
            if begin < last:
                yield begin, last
        day += DAY


def _one(unit: str, moment: datetime, calendar: Calendar) -> timedelta:
    """How long one `unit` of a clock limit lasts on the day of `moment`."""
    if unit == "office_day":
        return sum((last - first for first, last in calendar.segments(moment.date())), timedelta())
    return MINUTE if unit == "minute" else HOUR


def deadline(
    start: datetime, limit: Limit, calendar: Calendar, pauses: Iterable[Pause] = (), *, now: datetime | None = None
) -> datetime:
    """When `limit`, started at `start`, is used up; see the module's head for the rules.

    A pause still open has taken the time until `now` (nothing yet when `now` is None). CalendarMissing when a working day must
    be told from a day off in a year that is not loaded.
    """
    spans = _merged(pauses, now)
    if limit.unit in CLOCK:
        return _clock_moment(start, Fraction(limit.amount), limit.unit, calendar, spans)
    day = local(start).date()
    count = _days(start, limit)
    while count:
        day += DAY
        count -= _day_counts(day, limit.unit, calendar, spans)
    return datetime.combine(day, END_OF_DAY, CHINA)


def _clock_moment(
    start: datetime, left: Fraction, unit: str, calendar: Calendar, spans: list[tuple[datetime, datetime]]
) -> datetime:
    """When `left` units of a clock limit are used up."""
    if unit in OFFICE and not calendar.hours:
        raise Refusal("worktime.hours_missing", "本地区尚未设置上下班时间，请在“工作日历”中补充后再计算工作时。")
    if not left and unit not in OFFICE:
        return local(start)
    for first, last in _running(start, unit, calendar, spans):
        one = _one(unit, first, calendar)
        worth = Fraction((last - first) // MICROSECOND, one // MICROSECOND)
        if left <= worth:
            return first + round(left * (one // MICROSECOND)) * MICROSECOND
        left -= worth
    raise ValueError("the calendar has no end")  # pragma: no cover  (`_running` goes on until the calendar is missing)


def share_used(
    start: datetime,
    limit: Limit,
    calendar: Calendar,
    share: Fraction,
    pauses: Iterable[Pause] = (),
    *,
    now: datetime | None = None,
) -> datetime:
    """When the `share` (0 to 1) of a clock limit is used, to the microsecond. ValueError for a limit in days, months or years."""
    if limit.unit not in CLOCK:
        raise ValueError("only a limit by the clock has moments")
    return _clock_moment(start, limit.amount * share, limit.unit, calendar, _merged(pauses, now))


def time_used(start: datetime, unit: Unit, calendar: Calendar, now: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
    """How long a clock limit of `unit` has run from `start` to `now`: inside office hours for office units, else all time."""
    if unit not in CLOCK:
        raise ValueError("only a limit by the clock runs by the second")
    total = timedelta()
    if unit in OFFICE and not calendar.hours:
        return total
    moment = local(now)
    for first, last in _running(local(start), unit, calendar, _merged(pauses, now), moment.date()):
        total += max(timedelta(), min(last, moment) - first)
    return total


@dataclass(frozen=True)
class Progress:
    """How far a limit has run at a moment. `total`, `used` and `remaining` are in `unit`: days for limits in days, months and
    years, hours for limits in hours, else the limit's own unit; `remaining` is negative when overdue. `used` + `remaining` = `total`.
    """

    total: Fraction
    used: Fraction
    unit: str
    deadline: datetime
    now: datetime
    few_days_left: bool = False
    paused: bool = False

    @property
    def remaining(self) -> Fraction:
        """What is left; below zero when overdue."""
        return self.total - self.used

    @property
    def ratio(self) -> Fraction:
        """Share used; 1 for a limit of nothing."""
        return self.used / self.total if self.total else Fraction(1)

    @property
    def overdue(self) -> bool:
        """Past the deadline; at the deadline is in time."""
        return self.now > self.deadline


def progress(
    start: datetime, limit: Limit, calendar: Calendar, now: datetime, pauses: Iterable[Pause] = (), *, near: int = 1
) -> Progress:
    """Amount used and left at `now`. `near`: how many working days left make `few_days_left` (limits in days only).

    On day n of a limit in days, n are used: on its last day nothing is left, and it is still in time.
    """
    pauses = tuple(pauses)
    spans = _merged(pauses, now)
    begin, moment = local(start), local(now)
    due = deadline(start, limit, calendar, pauses, now=now)
    paused = any(local(p.start) <= moment and (p.end is None or moment < local(p.end)) for p in pauses)
    if limit.unit in CLOCK:
        used_time = _used(begin, moment, limit.unit, calendar, spans)
        shown = "hour" if limit.unit == "working_hour" else limit.unit
        return Progress(Fraction(limit.amount), used_time, shown, due, moment, paused=paused)
    used, day = 0, begin.date()
    while day < moment.date():
        day += DAY
        used += _day_counts(day, limit.unit, calendar, spans)
    few = moment <= due and _few_working_days(moment.date(), due.date(), calendar, near)
    return Progress(Fraction(_days(start, limit)), Fraction(used), "day", due, moment, few, paused)


def _used(begin: datetime, moment: datetime, unit: str, calendar: Calendar, spans: list[tuple[datetime, datetime]]) -> Fraction:
    if unit in OFFICE and not calendar.hours:
        return Fraction(0)
    total = Fraction(0)
    for first, last in _running(begin, unit, calendar, spans, moment.date()):
        spent = max(timedelta(), min(last, moment) - first)
        total += Fraction(spent // MICROSECOND, _one(unit, first, calendar) // MICROSECOND)
    return total


def _few_working_days(today: date, last: date, calendar: Calendar, near: int) -> bool:
    """Whether at most `near` working days lie after `today` up to `last`; looks no further than it must."""
    count, day = 0, today
    while day < last and count <= near:
        day += DAY
        count += calendar.is_working(day)
    return count <= near


def remaining(start: datetime, limit: Limit, calendar: Calendar, now: datetime, pauses: Iterable[Pause] = ()) -> Fraction:
    """What is left of `limit` at `now` (days or hours, see `Progress`); negative when overdue."""
    return progress(start, limit, calendar, now, pauses).remaining


def light(state: Progress, *, used_ratio: Fraction | Decimal | float) -> Light:
    """Traffic light (construction.md §1.3 rule 6): grey while paused; red when overdue; yellow when few working days are left
    (`near` of `progress`) or at least `used_ratio` is used; else green.
    """
    if state.paused:
        return "grey"
    if state.overdue:
        return "red"
    return "yellow" if state.few_days_left or state.ratio >= Fraction(str(used_ratio)) else "green"


def extended(start: datetime, limit: Limit, more: Limit, calendar: Calendar, pauses: Iterable[Pause] = ()) -> datetime:
    """Deadline after an approved extension of the same unit (+10 working days …), counted on from the first limit."""
    if limit.unit != more.unit:
        raise ValueError("an extension has the unit of its limit")
    return deadline(start, Limit(limit.amount + more.amount, limit.unit), calendar, pauses)


def working_days_between(first: date, last: date, calendar: Calendar) -> int:
    """Working days after `first` up to and with `last`."""
    return sum(calendar.is_working(first + DAY * step) for step in range(1, (last - first).days + 1))


def stricter(*deadlines: datetime) -> datetime:
    """The earlier of a city's deadline and the statutory one kept as its shadow."""
    return min(deadlines)
