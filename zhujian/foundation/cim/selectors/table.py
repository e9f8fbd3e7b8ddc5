"""楼盘表 of one building as pages draw it, and what does not agree in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from zhujian.foundation.cim import selectors
from zhujian.foundation.cim.models import Building, Unit
from zhujian.foundation.cim.rules import floors
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import registry

WIDE = 24  # more rooms on a floor than this are shown one after the other, not in columns


@dataclass(frozen=True)
class Cell:
    """One unit in the table; `unit` None: nothing stands there."""

    unit: Unit | None = None
    use: str = ""
    url: str = ""


@dataclass
class Row:
    """One floor: its label and its cells in the order of the part's columns."""

    floor: int
    label: str
    cells: list[Cell] = field(default_factory=list)


@dataclass
class Part:
    """The floors above or below the ground. `heads`: (entrance, how many columns); `wide`: too many rooms for columns."""

    title: str
    heads: list[tuple[str, int]]
    rows: list[Row]
    wide: bool


@dataclass
class Table:
    """Everything of the page: parts from the top down, how many units and m² of each use."""

    parts: list[Part]
    uses: list[tuple[str, str, int, Decimal]]  # code, label, units, gross m²
    count: int
    area_m2: Decimal
    reasons: list[Reason]


def floor_label(floor: int) -> str:
    """``12层`` or ``地下1层``."""
    return f"{floor}层" if floor > 0 else f"地下{-floor}层"


def floor_table(building: Building, on: date | None = None) -> Table:
    """The table of a building with one query for its units."""
    day = on or timezone.localdate()
    units = list(selectors.units(building, on))
    labels = {unit.use: parameters.code_label("cim.unit_use", unit.use) for unit in units}
    parts = []
    above = [unit for unit in units if unit.floor > 0]
    below = [unit for unit in units if unit.floor < 0]
    if above:
        parts.append(_part("地上", above, range(max(building.floors_above or 0, above[0].floor), 0, -1), labels))
    if below:
        parts.append(_part("地下", below, range(-1, min(-building.floors_below, below[-1].floor) - 1, -1), labels))
    by_use: dict[str, list[Unit]] = {}
    for unit in units:
        by_use.setdefault(unit.use, []).append(unit)
    uses = [
        (use, labels[use], len(rows), sum((unit.area_m2 or Decimal(0) for unit in rows), Decimal(0))) for use, rows in sorted(by_use.items())
    ]  # fmt: skip
    return Table(parts, uses, len(units), sum((area for *_, area in uses), Decimal(0)), area_reasons(building, units, day))


def _part(title: str, units: list[Unit], levels: range, labels: dict[str, str]) -> Part:
    """Rooms of a named entrance stand in its columns; floors without entrances (shops, garages) fill the columns from the left."""
    named = sorted({(unit.door_order, unit.entrance) for unit in units if unit.entrance}, key=lambda one: one)
    place = {column: number for number, column in enumerate(named)}
    by_floor: dict[int, list[Unit]] = {level: [] for level in levels}
    for unit in sorted(units, key=lambda one: (one.door_order, one.room_no)):
        by_floor.setdefault(unit.floor, []).append(unit)
    width = max([len(named), *(sum(1 for unit in found if not unit.entrance) for found in by_floor.values())])
    wide = width > WIDE
    rows = []
    for level in levels:
        cells = [] if wide else [Cell() for _ in range(width)]
        free = iter(range(width))
        for unit in by_floor[level]:
            cell = Cell(unit, labels[unit.use], registry.url_for(unit))
            if wide:
                cells.append(cell)
                continue
            at = place[unit.door_order, unit.entrance] if unit.entrance else next((n for n in free if cells[n].unit is None), -1)
            if at < 0 or cells[at].unit is not None:  # a floor with both sorts of rooms may need more than its columns
                cells.append(cell)
            else:
                cells[at] = cell
        rows.append(Row(level, floor_label(level), cells))
    heads: list[tuple[str, int]] = []
    for _, entrance in named if not wide else ():
        if heads and heads[-1][0] == entrance:
            heads[-1] = (entrance, heads[-1][1] + 1)
        else:
            heads.append((entrance, 1))
    if heads and width > len(named):
        heads.append(("", width - len(named)))
    return Part(title, heads, rows, wide)


def area_reasons(building: Building, units: list[Unit], on: date) -> list[Reason]:
    """Sums of areas that do not agree, and units larger inside than outside."""
    if building.valid_to is not None:
        return []
    tolerance = parameters.value("cim.area_tolerance", on=on, region=building.region_code).value
    found = floors.area_reasons(building.area_m2, [unit.area_m2 for unit in units], Decimal(str(tolerance)))
    return found + floors.shared_reasons((unit.room_no, unit.area_m2, unit.inner_area_m2) for unit in units)


@dataclass(frozen=True)
class Overlap:
    """Another building on the same ground and how many m² they share."""

    pk: int
    name: str
    code: str
    area_m2: float


# Both outlines are made valid first: an import of long ago may hold one that is not.
OVERLAPS = """
SELECT id, name, code, area FROM (
  SELECT o.id, o.name, o.code, ST_Area(ST_Intersection(ST_MakeValid(b.outline), ST_MakeValid(o.outline))::geography) AS area
    FROM cim_building b JOIN cim_building o ON o.outline && b.outline AND o.feature_id <> b.feature_id
   WHERE b.id = %s AND o.valid_to IS NULL AND NOT o.planned AND o.valid_from <= %s) AS found
 WHERE area > %s ORDER BY area DESC LIMIT 20
"""


def overlaps(building: Building, on: date | None = None) -> list[Overlap]:
    """Present buildings whose outline shares more ground with this one than the tolerance allows."""
    if building.valid_to is not None or building.planned:
        return []
    day = on or timezone.localdate()
    tolerance = parameters.value("cim.overlap_tolerance", on=day, region=building.region_code).value
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS, [building.pk, day, float(tolerance)])
        return [Overlap(pk, name, code, float(area)) for pk, name, code, area in cursor.fetchall()]


__all__ = ["Cell", "Overlap", "Part", "Row", "Table", "area_reasons", "floor_label", "floor_table", "overlaps"]
