"""Times in CQL2: days, instants, intervals, and their fifteen relations (OGC 21-065r2, 7.7).

A day beside an instant is the whole day in China; among days only, days are compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from zhujian.foundation.ogc.cql2.text import wrong

if TYPE_CHECKING:
    from zhujian.foundation.ogc.cql2.translate import Piece

ZONE = "Asia/Shanghai"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
# a: first operand, b: second; s: start, e: end. Instants have equal ends.
RELATIONS = {
    "t_after": "a.s > b.e", "t_before": "a.e < b.s", "t_contains": "a.s < b.s AND a.e > b.e", "t_disjoint": "a.e < b.s OR a.s > b.e",
    "t_during": "a.s > b.s AND a.e < b.e", "t_equals": "a.s = b.s AND a.e = b.e", "t_finishedby": "a.s < b.s AND a.e = b.e",
    "t_finishes": "a.s > b.s AND a.e = b.e", "t_intersects": "a.s <= b.e AND a.e >= b.s", "t_meets": "a.e = b.s", "t_metby": "a.s = b.e",
    "t_overlappedby": "a.s > b.s AND a.s < b.e AND a.e > b.e", "t_overlaps": "a.s < b.s AND a.e > b.s AND a.e < b.e",
    "t_startedby": "a.s = b.s AND a.e > b.e", "t_starts": "a.s = b.s AND a.e < b.e",
}  # fmt: skip


class Span(NamedTuple):
    """Start and end, None where open; `whole` is False for an instant."""

    start: Piece | None
    end: Piece | None
    interval: bool


def literal(raw: Any, kind: str = "") -> Piece:
    """A day or an instant (`kind` when it must be the one or the other)."""
    from zhujian.foundation.ogc.cql2.translate import Piece

    try:
        if isinstance(raw, str) and kind != "timestamp" and _DAY.fullmatch(raw):
            return Piece("%s::date", (date.fromisoformat(raw),), "date", raw)
        if isinstance(raw, str) and kind != "date" and _INSTANT.fullmatch(raw):
            return Piece("%s::timestamptz", (datetime.fromisoformat(raw.replace("Z", "+00:00")),), "timestamp", raw)
    except ValueError:
        pass
    raise wrong("时间应写成 DATE('2026-01-31') 或 TIMESTAMP('2026-01-31T08:00:00Z')，且确有这一天。", str(raw))


def as_instant(part: Piece, *, last: bool = False) -> Piece:
    """A day as the instant it begins, or with `last` the last one it holds; an instant as it is."""
    from zhujian.foundation.ogc.cql2.translate import Piece

    if part.kind != "date":
        return part
    day = f"({part.sql} + 1)" if last else part.sql
    made = f"({day}::timestamp AT TIME ZONE '{ZONE}')"
    return Piece(f"({made} - interval '1 microsecond')" if last else made, part.params, "timestamp")


def span(part: Piece, end: Callable[[Any], Piece | None]) -> Span:
    """An operand of a temporal relation; `end` reads the ends of an interval."""
    if part.kind == "interval":
        start, stop = (end(raw) for raw in part.literal)
        return Span(start, stop, True)
    if part.kind == "text" and part.literal is not None:
        part = literal(part.literal)
    if part.kind not in ("date", "timestamp"):
        raise wrong("时间运算的参数应为日期、时刻、INTERVAL 或日期属性。")
    return Span(part, part, False)


def relation(name: str, first: Span, second: Span) -> tuple[str, tuple[Any, ...]]:
    """SQL and parameters of one relation between two spans."""
    ends = [one for one in (*first[:2], *second[:2]) if one]
    kind = "timestamp" if any(one.kind == "timestamp" for one in ends) else "date"
    sides = {f"{who}.{side}": _side(one, side, kind) for who, one in (("a", first), ("b", second)) for side in ("s", "e")}
    words: list[str] = []
    params: list[Any] = []
    for word in RELATIONS[name].split():
        if word in sides:
            sql, values = sides[word]
            words.append(sql)
            params += values
        else:
            words.append(word)
    return "(" + " ".join(words) + ")", tuple(params)


def _side(one: Span, side: str, kind: str) -> tuple[str, tuple[Any, ...]]:
    part = one.start if side == "s" else one.end
    typed = "timestamptz" if kind == "timestamp" else "date"
    open_end = f"'{'-' if side == 's' else ''}infinity'::{typed}"
    if part is None:
        return open_end, ()
    if kind == "timestamp":
        part = as_instant(part, last=side == "e")
    # An empty end of a period is open (still true); an empty day by itself stays unknown and matches nothing.
    return (f"coalesce({part.sql}, {open_end})" if one.interval else part.sql), part.params
