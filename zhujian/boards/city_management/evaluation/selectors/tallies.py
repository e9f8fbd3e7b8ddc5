"""Counting: all named counts of all targets of a region in a period, one statement per source; and the rows behind each number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from zhujian.boards.city_management.evaluation.rules.periods import Period
from zhujian.boards.city_management.evaluation.selectors import counts, events
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

# Kind of a step by node and action of the process `city_case`.
WHAT = """CASE WHEN node IN ('dispatch', 'district') AND action = 'dispatch' THEN 'dispatch' WHEN node = 'department' AND action = 'return' THEN 'return'
  WHEN node = 'check' AND action = 'check:fail' OR node = 'close' AND action = 'rework' THEN 'rework' ELSE '' END"""
WRONG = "node = 'department' AND action = 'return' AND detail ->> 'reason_code' = 'not_mine'"
LOOK_AHEAD = 31  # days after the period within which a department may still send back what was not its own
ACTIONS = ["dispatch", "return", "check:fail", "rework"]
SOURCES = {
    "report": events.REPORT, "case": events.CASE, "step": events.STEP.format(what=WHAT, wrong=WRONG, near=events.COUNTY),
    "errand": events.ERRAND.format(near=events.COUNTY),
    "deviation": events.DEVIATION,
}  # fmt: skip
# The same over the CTE `cases`, which one statement about everything reads only once.
SHARED = {
    "report": events.REPORT_SHARED, "case": events.CASE_SHARED, "step": events.STEP_SHARED.format(what=WHAT, wrong=WRONG, near="{near}"),
    "errand": events.ERRAND_SHARED, "deviation": events.DEVIATION,
}  # fmt: skip
WORK_MEM = "128MB"  # a month of a large city fits without being written aside
# target → (column of the reduced rows, which rows have it)
PLACES = {
    "county": ("left(place, 6) || '000000'", "substr(place, 5, 2) <> '00'"),
    "street": ("left(place, 9) || '000'", "substr(place, 7, 3) <> '000'"),
    "community": ("place", "substr(place, 10, 3) <> '000'"),
    "grid": ("grid_code", "grid_code <> ''"),
}
COLUMNS = {
    **{name: f"CASE WHEN {test} THEN {column} END" for name, (column, test) in PLACES.items()}, "org": "nullif(org_code, '')",
    "inspector": "inspector", "acceptor": "acceptor", "dispatcher": "dispatcher",
}  # fmt: skip
TARGETS = tuple(COLUMNS)
DIMENSIONS = {
    "report": ("county", "street", "community", "grid", "inspector", "acceptor"),
    "case": ("county", "street", "community", "grid", "org", "acceptor", "dispatcher"),
    "step": ("county", "street", "community", "grid", "org", "dispatcher"),
    "errand": ("county", "street", "community", "grid", "inspector"),
    "deviation": ("county", "street", "community", "grid", "org", "inspector", "acceptor"),
}


@dataclass(frozen=True)
class Window:
    """A region and a period, as the statements take them. `until` is the moment up to which things were known."""

    region_code: str
    period: Period
    until: datetime
    values: dict[str, Any] = field(compare=False)


Tallies = dict[str, dict[str, dict[str, int]]]


def window(region_code: str, period: Period, *, now: datetime | None = None) -> Window:
    """The window of a region (12 digits: province, city or county) and a period; a running period ends now."""
    now = now or timezone.now()
    zone = timezone.get_default_timezone()
    start, end = (datetime.combine(day, time.min, zone) for day in (period.start, period.end))

    def value(name: str) -> Any:
        return parameters.value(f"evaluation.{name}", on=period.start, region=region_code).value

    below = counties(region_code)
    names = ("inspector_sources", "public_sources", "satisfied", "unrated")
    values = {
        "start": start, "end": min(end, max(start, now)), "until": min(now, end + timedelta(days=LOOK_AHEAD)), "earlier": start - timedelta(days=events.EARLIER_DAYS),
        "counties": below, "cities": cities(below) if _wide(region_code) else [], "first_day": period.start,
        "last_day": period.end, "frequent": int(value("frequent_cases")), "actions": ACTIONS, **{name: list(value(name)) for name in names},
    }  # fmt: skip
    return Window(region_code, period, now, values)


def counties(region_code: str) -> list[str]:
    """Six-digit keys under which rows of a region may stand: its counties', and its own."""
    division = regions.region(region_code)
    found = {region_code[:6]}
    if division is not None and division.level in ("province", "city", "grouping"):
        for below in regions.children(region_code):
            found.add(below.code[:6])
            if division.level == "province":
                found |= {one.code[:6] for one in regions.children(below.code)}
    return sorted(found)


def cities(counties_: Sequence[str]) -> list[str]:
    """The city keys (see `ScopedModel`) that the county keys stand under."""
    return sorted({key if key[2:4] == "90" else key[:4] for key in counties_})


def _wide(region_code: str) -> bool:
    """Whether a region is made of whole cities."""
    division = regions.region(region_code)
    return division is not None and division.level in ("province", "city", "grouping")


def tally(where: Window, targets: Sequence[str] = TARGETS) -> Tallies:
    """Counts of every target: target → code → count → number; the whole region under ``city`` with its own code.

    Every known target of a kind has all counts: what nobody did is 0, so that a ratio over it is 「—」.
    """
    found: Tallies = {name: defaultdict(_zeros) for name in ("city", *targets)}
    found["city"][where.region_code]  # there even when nothing happened
    sql, own, names = statement(targets, wide=bool(where.values["cities"]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('work_mem'), set_config('work_mem', %s, true)", [WORK_MEM])
        before = cursor.fetchone()[0]
        cursor.execute(sql, where.values)
        for source, mask, key, numbers in cursor.fetchall():
            axes = own[source]
            whole = 2 ** len(axes) - 1
            if mask == whole:
                target, key = "city", where.region_code
            else:  # the only one that was grouped by
                target = axes[len(axes) - (whole ^ mask).bit_length()]
            if key is not None:
                found[target][key].update(zip(names[source], numbers, strict=True))
        cursor.execute("SELECT set_config('work_mem', %s, true)", [before])
    return {name: dict(rows) for name, rows in found.items()}


def _zeros() -> dict[str, int]:
    return dict.fromkeys(counts.BY_CODE, 0)


def statement(targets: Sequence[str], *, wide: bool) -> tuple[str, dict[str, list[str]], dict[str, list[str]]]:
    """(SQL, per source: targets of its grouping sets, and its counts). Composed of the module's own constants only.

    Rows: source, the bits of ``grouping()``, the target's code, its counts as an array. `wide`: the region is made of whole cities.
    """
    near = events.CITY if wide else events.COUNTY
    with_, selects = [f"cases AS MATERIALIZED ({events.CASES.format(near=near)})"], []
    own, names = {}, {}
    for source, text in SHARED.items():
        axes = own[source] = [name for name in targets if name in DIMENSIONS[source]]
        named = counts.of_source(source)
        names[source] = [count.code for count in named]
        flags = ", ".join(f"({count.where}) AS {count.code}" for count in named)
        columns = "".join(f", ({COLUMNS[name]})::text AS t_{name}" for name in axes)
        rows_ = text.replace("{near}", near)
        with_.append(f"k_{source} AS MATERIALIZED (SELECT {flags}{columns} FROM ({rows_}) rows)")  # noqa: S608
        keys = [f"t_{name}" for name in axes]
        grouping = f"grouping({', '.join(keys)})" if keys else "0"
        sums = ", ".join(f"count(*) FILTER (WHERE {code})" for code in names[source])
        sets = ", ".join(["()", *(f"({key})" for key in keys)])
        selects.append(
            f"SELECT '{source}', {grouping}, coalesce({', '.join([*keys, 'NULL::text'])}), ARRAY[{sums}] "  # noqa: S608
            f"FROM k_{source} GROUP BY GROUPING SETS ({sets})"
        )
    return f"WITH {', '.join(with_)} {' UNION ALL '.join(selects)}", own, names


@dataclass(frozen=True)
class Rows:
    """Rows behind a number: ids of its source, newest first, and the key of the next page."""

    source: str
    ids: tuple[int, ...]
    following: int | None


def rows(where: Window, count: str, target: str, code: str, *, before: int | None = None, most: int = 50) -> Rows:
    """The rows that the count `count` of one target is made of, a page of `most`; KeyError for a count or target there is not."""
    named = counts.BY_CODE[count]
    values = {**where.values, "before": before or 2**62, "most": most + 1, "code": code}
    sql = (
        f"SELECT rows.id FROM ({SOURCES[named.source]}) rows WHERE ({named.where}) AND {_aimed(named.source, target)} "  # noqa: S608
        "AND rows.id < %(before)s ORDER BY rows.id DESC LIMIT %(most)s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        ids = [row[0] for row in cursor.fetchall()]
    return Rows(named.source, tuple(ids[:most]), ids[most - 1] if len(ids) > most else None)


def keep_rows(where: Window, run_id: int) -> None:
    """Store the ids behind every count of the region with a run, one statement per source: they never leave the database."""
    for source, text in SOURCES.items():
        named = counts.of_source(source)
        flags = ", ".join(f"({count.where}) AS {count.code}" for count in named)
        lists = ", ".join(
            f"coalesce(array_agg(id ORDER BY id) FILTER (WHERE {count.code}), '{{}}') AS {count.code}" for count in named
        )
        pairs = ", ".join(f"('{count.code}', a.{count.code})" for count in named)
        sql = (
            f"WITH k AS MATERIALIZED (SELECT id, {flags} FROM ({text}) rows), a AS (SELECT {lists} FROM k) "  # noqa: S608
            f"INSERT INTO evaluation_frozenrows (run_id, count, ids) SELECT %(run)s, v.name, v.ids FROM a, LATERAL (VALUES {pairs}) v(name, ids)"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, {**where.values, "run": run_id})


def _aimed(source: str, target: str) -> str:
    if target == "city":
        return "true"
    if target not in DIMENSIONS[source]:
        return "false"
    return f"({COLUMNS[target]})::text = %(code)s"


def frozen_rows(source: str, ids: Iterable[int], where: Window, target: str, code: str) -> list[int]:
    """Those of the frozen `ids` that still belong to the target by their own place, body and people."""
    sql = f"SELECT rows.id FROM ({_plain(source)}) rows WHERE rows.id = ANY(%(ids)s) AND {_aimed(source, target)} ORDER BY 1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": list(ids), "code": code, **where.values})
        return [row[0] for row in cursor.fetchall()]


def _plain(source: str) -> str:
    """The source without its period: frozen ids need none."""
    return {
        "case": "SELECT c.id, coalesce(nullif(c.community, ''), c.region_code) AS place, c.grid_code, c.org_code, NULL::bigint AS inspector, "
        "c.accepted_by AS acceptor, c.dispatched_by AS dispatcher FROM command_case c",
        "report": "SELECT r.id, coalesce(nullif(r.community, ''), r.region_code) AS place, r.grid_code, NULL::text AS org_code, "
        "r.reporter AS inspector, r.taken_by AS acceptor, NULL::bigint AS dispatcher FROM command_report r",
        "step": "SELECT s.id, coalesce(nullif(c.community, ''), c.region_code) AS place, c.grid_code, c.org_code, NULL::bigint AS inspector, "
        "NULL::bigint AS acceptor, s.actor AS dispatcher FROM command_casestep s JOIN command_case c ON c.id = s.case_id",
        "errand": "SELECT e.id, coalesce(nullif(c.community, ''), e.region_code) AS place, c.grid_code, NULL::text AS org_code, e.inspector, "
        "NULL::bigint AS acceptor, NULL::bigint AS dispatcher FROM command_errand e JOIN command_case c ON c.id = e.case_id",
        "deviation": "SELECT d.id, d.region_code AS place, d.grid_code, d.org_code, d.person AS inspector, d.person AS acceptor, "
        "NULL::bigint AS dispatcher FROM evaluation_deviation d",
    }[source]  # fmt: skip
