"""Data that leaves the platform: exports, interfaces, tiles. A module may put a gate before its registers (secret or sensitive data).

Looking at a page or its map is no release; taking rows away is. A gate sees what is to leave and either refuses with the way to ask, or
lets it out with a stamp: a mark that stands in what is taken away, and how exact its coordinates may be. Without a gate nothing changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from zhujian.foundation.kernel import scope

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource
    from zhujian.foundation.resources.query import Condition, Query

Box = tuple[float, float, float, float]
EXACT = 9  # decimals of a degree that leave a coordinate as it is
KILOMETRES = 111.32  # of one degree of latitude
AROUND = 0.025  # kilometres


@dataclass(frozen=True)
class Outflow:
    """What is to leave: how (`export`, `api`, `items`, `ogc`, `tiles`), rows, their box in degrees (None without a place), file format."""

    resource: Resource
    way: str
    rows: int
    box: Box | None
    form: str = ""

    @property
    def area_km2(self) -> float:
        """Area of the box with `AROUND` on each side: a row of pipes along one street is no place of no size."""
        if self.box is None:
            return 0.0
        west, south, east, north = self.box
        across = (east - west) * KILOMETRES * math.cos(math.radians((south + north) / 2))
        return (across + 2 * AROUND) * ((north - south) * KILOMETRES + 2 * AROUND)


@dataclass(frozen=True)
class Stamp:
    """What released data carries: `mark` (a sentence), `number` (short, for headers), decimals of a degree its coordinates keep."""

    mark: str
    number: str
    places: int = EXACT


Gate = Callable[[Outflow], Stamp | None]
_gates: dict[str, Gate] = {}
_stamp: ContextVar[Stamp | None] = ContextVar("zj_release", default=None)


def add_gate(key: str, gate: Gate) -> None:
    """Put `gate` before the register `key`; the same key again replaces it."""
    _gates[key] = gate


def gated(resource: Resource) -> bool:
    """Whether something stands before this register."""
    return resource.key in _gates


def current() -> Stamp | None:
    """The stamp of what is being written now."""
    return _stamp.get()


def program() -> bool:
    """Whether a program of somebody's reads (with an access token): what it reads leaves."""
    return bool(scope.current().extra.get("program"))


@contextmanager
def let_out(
    resource: Resource, way: str, *, query: Query | None = None, extra: list[Condition] | None = None, limit: int = 0, box: Box | None = None,
    form: str = "",
) -> Iterator[Stamp | None]:  # fmt: skip
    """Ask the gate and write the block under its stamp. Either `query` with `limit` says what leaves, or a `box` (tiles).

    Refusals are the gate's. What a background act of the platform itself reads does not leave.
    """
    gate = _gates.get(resource.key)
    if gate is None or scope.current().is_system:
        yield None
        return
    rows, found = (0, box) if query is None else measured(query, extra or [], limit)
    stamp = gate(Outflow(resource, way, rows, found, form))
    token = _stamp.set(stamp)
    try:
        yield stamp
    finally:
        _stamp.reset(token)


def measured(query: Query, extra: list[Condition], limit: int) -> tuple[int, Box | None]:
    """(rows, box in degrees) of at most `limit` rows."""
    shape = query.resource.shape
    column = f"t.{shape.column}" if shape else "NULL::geometry"
    where, params = query.where(extra)
    sql = (
        "SELECT n, ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b) FROM (SELECT count(*) AS n, ST_Extent(g) AS b "  # noqa: S608
        f'FROM (SELECT {column} AS g FROM {query.resource.table} t WHERE {where} ORDER BY t."id" DESC LIMIT {limit:d}) s) x'
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    if row is None:
        return 0, None
    return int(row[0]), None if row[1] is None else (row[1], row[2], row[3], row[4])


def column(sql: str) -> str:
    """The geometry `sql` as exact as what is being written may be: rounded to the stamp's decimals of a degree."""
    stamp = _stamp.get()
    if stamp is None or stamp.places >= EXACT:
        return sql
    step = f"1e-{stamp.places:d}"
    # Snapping may make a short line vanish; then its own points are rounded one by one.
    return f"coalesce(ST_SnapToGrid({sql}, {step}), ST_QuantizeCoordinates({sql}, {stamp.places:d}))"


def marked(answer: Any) -> Any:
    """An HTTP answer that says under which number it was let out."""
    stamp = _stamp.get()
    if stamp is not None:
        answer["X-Release"] = stamp.number
        answer["Cache-Control"] = "no-store, private"
    return answer


__all__ = ["Outflow", "Stamp", "add_gate", "column", "current", "gated", "let_out", "marked", "measured", "program"]
