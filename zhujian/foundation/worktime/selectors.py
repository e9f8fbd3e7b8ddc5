"""What other modules read: a region's working calendar, and deadlines and lights with the thresholds in force."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from zhujian.foundation.kernel.memory import Memory
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.parameters.rules import covering
from zhujian.foundation.worktime import rules
from zhujian.foundation.worktime.models import CalendarDay, CalendarYear, OfficeHours


@dataclass(frozen=True)
class _Tables:
    years: frozenset[int]
    days: dict[str, dict[date, tuple[str, str]]]
    hours: dict[str, tuple[rules.Hours, ...]]
    built: dict[str, rules.Calendar] = field(default_factory=dict)


def hours_of(row: OfficeHours) -> rules.Hours:
    """Office hours of one row as the rules take them."""
    segments = tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in row.segments)
    season = tuple((int(text[:2]), int(text[3:])) for text in (row.season_from, row.season_to))
    return rules.Hours(segments, frozenset(row.weekdays), (season[0], season[1]), row.valid_from, row.valid_to or date.max)


def _read() -> _Tables:
    days: dict[str, dict[date, tuple[str, str]]] = {}
    for region, day, kind, name in CalendarDay.objects.values_list("region_code", "day", "kind", "name"):
        days.setdefault(region, {})[day] = (kind, name)
    hours: dict[str, list[rules.Hours]] = {}
    for row in OfficeHours.objects.order_by("region_code", "valid_from", "id"):
        hours.setdefault(row.region_code, []).append(hours_of(row))
    return _Tables(
        frozenset(CalendarYear.objects.values_list("year", flat=True)), days, {key: tuple(rows) for key, rows in hours.items()}
    )


_TABLES = Memory("worktime", _read)


def calendar(region: str = "") -> rules.Calendar:
    """The working calendar of `region` (12 digits, '' = the country): national arrangement, with nearer regions' own days and
    the office hours of the nearest region that has some on a day. `version` changes with the data; keep it with a stored deadline.
    """
    tables = _TABLES.get()
    found = tables.built.get(region)
    if found is None:
        found = tables.built[region] = _build(tables, region)
    return found


def _build(tables: _Tables, region: str) -> rules.Calendar:
    days: dict[date, tuple[str, str]] = {}
    regions = covering(region)
    for code in reversed(regions):
        days.update(tables.days.get(code, {}))
    hours = tuple(replace(one, layer=layer) for layer, code in enumerate(regions) for one in tables.hours.get(code, ()))
    facts = (sorted(tables.years), sorted((day, kind) for day, (kind, _) in days.items()), hours)
    return rules.Calendar(
        years=tables.years,
        holidays=frozenset(day for day, (kind, _) in days.items() if kind == "holiday"),
        make_up=frozenset(day for day, (kind, _) in days.items() if kind == "make_up"),
        hours=hours, region=region, version=hashlib.sha256(repr(facts).encode()).hexdigest()[:12],
        names={day: name for day, (_, name) in days.items()},
    )  # fmt: skip


def years() -> list[int]:
    """Years whose arrangement is loaded, in order."""
    return sorted(_TABLES.get().years)


def missing_years(today: date) -> list[int]:
    """Years that deadlines may soon fall in and that are not loaded: this year, and from November on the next.

    The State Council's notice usually comes in November; pages warn with what this returns.
    """
    wanted = [today.year, today.year + 1] if today.month >= 11 else [today.year]
    loaded = _TABLES.get().years
    return [year for year in wanted if year not in loaded]


def state(
    start: datetime, limit: rules.Limit, now: datetime, *, region: str = "", pauses: Iterable[rules.Pause] = ()
) -> tuple[rules.Progress, rules.Light]:
    """Progress and traffic light of a running limit at `now`, with the region's calendar and the thresholds in force that day."""
    day = rules.local(now).date()
    near = parameters.value("worktime.light_few_days", on=day, region=region).value
    ratio = parameters.value("worktime.light_used_ratio", on=day, region=region).value
    progress = rules.progress(start, limit, calendar(region), now, pauses, near=near)
    return progress, rules.light(progress, used_ratio=ratio)
