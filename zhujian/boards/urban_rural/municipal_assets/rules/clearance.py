"""净距: how far two buried pipes lie from each other, sideways and in height, and what GB 50289 asks of them. Pure.

A pipe near the other is a circle (or box) round a point: horizontal distance between centre lines, elevation of its invert there,
inner height and width. Metres; diameters in millimetres. Every rule is symmetric in the two pipes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Section:
    """A pipe where it is nearest to the other: its class for the table, invert elevation there (None: unknown), width, height."""

    group: str
    invert: float | None
    width_mm: float
    height_mm: float

    @property
    def top(self) -> float | None:
        """Elevation of the crown."""
        return None if self.invert is None else self.invert + self.height_mm / 1000


@dataclass(frozen=True)
class Clearance:
    """Net distances in metres (negative: they overlap) and what the table asks; None where unknown or not asked.

    `crosses`: in plan the pipes cross, so the vertical distance decides; else the horizontal one. `short_m`: how much is missing.
    """

    crosses: bool
    horizontal: float
    vertical: float | None
    need_horizontal: float | None
    need_vertical: float | None
    short_m: float | None

    @property
    def judged(self) -> bool:
        """Whether there was a demand and a value to hold against it."""
        return self.short_m is not None


def pressure_class(mpa: float | None, classes: Sequence[Mapping[str, Any]]) -> str:
    """Pressure class of a gas pipe by its design pressure (GB 50028): rows ``{upto, class}`` from low to high, `upto` included except
    where the row says ``open``; empty when the pressure is unknown."""
    if mpa is None:
        return ""
    for row in classes:
        if mpa < float(row["upto"]) or (mpa == float(row["upto"]) and not row.get("open")):
            return str(row["class"])
    return ""


def group_of(
    kind: str, groups: Mapping[str, Any], *, pressure: str = "", diameter_mm: float | None = None, buried: str = ""
) -> str:
    """Class of a pipe in the tables of GB 50289: by kind, for gas by pressure class, for water by diameter, for cables by duct.

    `groups`: kind → class, or rows taken in order: ``{by: "pressure" | "buried", of: [codes], group}``, ``{by: "diameter", upto, group}``.
    The last row takes what is left, values that are unknown included, so the strictest class stands there. Empty: no such kind.
    """
    rows = groups.get(kind, "")
    if isinstance(rows, str):
        return rows
    for row in rows:
        if row.get("by") == "diameter" and diameter_mm is not None and diameter_mm <= float(row["upto"]):
            return str(row["group"])
        if row.get("by") in ("pressure", "buried") and (pressure if row["by"] == "pressure" else buried) in row["of"]:
            return str(row["group"])
    return str(rows[-1]["group"])


def demanded(one: str, two: str, table: Sequence[Sequence[Any]]) -> float | None:
    """Distance that the table ``[[class, class, metres], …]`` asks between two classes, in whatever order they are named.

    A row for ``gas`` serves ``gas_low`` too; the more exact row wins. None when the table says nothing.
    """
    known = {frozenset((str(first), str(second))): float(metres) for first, second, metres in table}
    broad_one, broad_two = one.partition("_")[0], two.partition("_")[0]
    for pair in ((one, two), (one, broad_two), (broad_one, two), (broad_one, broad_two)):
        if (metres := known.get(frozenset(pair))) is not None:
            return metres
    return None


def clearance(
    one: Section, two: Section, *, centre_m: float, crosses: bool,
    horizontal: Sequence[Sequence[Any]], vertical: Sequence[Sequence[Any]],
) -> Clearance:  # fmt: skip
    """Net distances between two pipes and what is missing to the demand.

    `centre_m`: horizontal distance of the centre lines where they are nearest. Pipes that cross or lie above each other are judged by
    the vertical table, others by the horizontal one (GB 50289-2016 4.1.9, 4.1.14).
    """
    side = centre_m - (one.width_mm + two.width_mm) / 2000
    crosses = crosses or side < 0
    gap = vertical_gap(one, two)
    need_side, need_gap = demanded(one.group, two.group, horizontal), demanded(one.group, two.group, vertical)
    have, need = (gap, need_gap) if crosses else (side, need_side)
    short = None if have is None or need is None else max(0.0, round(need - have, 6))
    return Clearance(crosses, side, gap, need_side, need_gap, short)


def vertical_gap(one: Section, two: Section) -> float | None:
    """Free height between the lower pipe's crown and the upper one's invert; negative when they overlap; None when unknown."""
    if one.invert is None or two.invert is None:
        return None
    assert one.top is not None and two.top is not None
    return max(one.invert - two.top, two.invert - one.top)


def invert_at(start: float | None, end: float | None, fraction: float) -> float | None:
    """Invert at `fraction` (0–1) of a line that falls evenly between its ends; the known end when only one is."""
    if start is None or end is None:
        return start if end is None else end
    return start + (end - start) * min(1.0, max(0.0, fraction))
