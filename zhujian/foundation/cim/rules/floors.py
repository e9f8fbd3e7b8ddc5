"""楼盘表: units of a building from a template of its floors, and the sums that must agree (housing.md §2.1). Pure.

Floors have no 0: 1 is the ground floor, -1 the first below. Room numbers: ``1203`` = floor 12, room 3; ``B2-07`` below ground.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from zhujian.foundation.kernel.errors import Reason

CENT = Decimal("0.01")
NUMBERINGS = {
    "through": "整层连续编号（101、102、103…）",
    "entrance": "各单元分别编号（1单元101、2单元101…）",
    "serial": "流水编号（1、2、3…）",
}
MOST = 9999


@dataclass(frozen=True)
class Template:
    """Floors `first` to `last` (without `skip`) with `per_floor` units at each of `entrances` entrances.

    `areas`: gross m² of the units of one entrance, in order, repeated when there are fewer than units; `inner_ratio`: inner over gross area
    (0: unknown). `numbering`: a key of `NUMBERINGS`.
    """

    first: int
    last: int
    entrances: int
    per_floor: int
    use: str
    areas: tuple[Decimal, ...] = ()
    inner_ratio: Decimal = Decimal(0)
    numbering: str = "through"
    skip: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Room:
    """One unit as the template gives it; `number` is the four digits its house code should carry (0: any)."""

    floor: int
    entrance: str
    room_no: str
    use: str
    area_m2: Decimal | None
    inner_area_m2: Decimal | None
    door_order: int
    number: int


def floors(first: int, last: int) -> list[int]:
    """Floors from `first` to `last` without 0."""
    return [floor for floor in range(first, last + 1) if floor]


def template_reasons(template: Template, floors_above: int | None, floors_below: int) -> list[Reason]:
    """Why the template cannot be built: order of floors, more floors than the building, nothing or too much to make."""
    found = []
    if not template.first or not template.last or template.first > template.last:
        return [Reason("template.floors", "起始层应不高于终止层，且没有0层（地下一层为-1）。", "first")]
    if floors_above is not None and template.last > floors_above:
        found.append(Reason("template.above", f"终止层高于本幢的地上层数（{floors_above}层），请核对。", "last"))
    if template.first < -floors_below:
        found.append(Reason("template.below", f"起始层低于本幢的地下层数（{floors_below}层），请核对。", "first"))
    if not 1 <= template.per_floor <= 200 or not 1 <= template.entrances <= 30:
        found.append(Reason("template.rooms", "单元数应为1至30，每单元每层户数应为1至200。", "per_floor"))
    elif len(floors(template.first, template.last)) * template.entrances * template.per_floor > MOST:
        found.append(Reason("template.many", f"一幢房屋最多编{MOST}户，请分别登记为几幢，或减少户数。", "per_floor"))
    if template.numbering not in NUMBERINGS:
        found.append(Reason("template.numbering", "请选择编号规则。", "numbering"))
    if any(area <= 0 for area in template.areas):
        found.append(Reason("template.area", "户面积应大于0。", "areas"))
    if not 0 <= template.inner_ratio <= 1:
        found.append(Reason("template.inner", "得房率应在0和1之间。", "inner_ratio"))
    return found


def room_no(floor: int, order: int) -> str:
    """``1203`` above ground, ``B2-07`` below."""
    return f"{floor}{order:02d}" if floor > 0 else f"B{-floor}-{order:02d}"


def code_number(floor: int, order: int) -> int:
    """Four digits of the house code that tell floor and room (0302: floor 3, room 2; 91xx: first below); 0 where they do not fit."""
    if not 1 <= order <= 99:
        return 0
    if 1 <= floor <= 89:
        return floor * 100 + order
    return 9000 - floor * 100 + order if -9 <= floor <= -1 else 0


def expand(template: Template) -> list[Room]:
    """Every unit, floor by floor from below, entrance by entrance. The template must have no `template_reasons`."""
    made: list[Room] = []
    for floor in floors(template.first, template.last):
        if floor in template.skip:
            continue
        order = 0
        for entrance in range(1, template.entrances + 1):
            for place in range(1, template.per_floor + 1):
                order += 1
                area = template.areas[(place - 1) % len(template.areas)] if template.areas else None
                inner = (area * template.inner_ratio).quantize(CENT, ROUND_HALF_UP) if area and template.inner_ratio else None
                no = {"through": room_no(floor, order), "entrance": room_no(floor, place), "serial": str(len(made) + 1)}[
                    template.numbering
                ]
                name = f"{entrance}单元" if template.entrances > 1 else ""
                made.append(Room(floor, name, no, template.use, area, inner, order, code_number(floor, order)))
    return made


def split_area(total: Decimal, parts: int) -> list[Decimal]:
    """`total` m² in `parts` equal shares of whole hundredths that add up exactly (largest remainder)."""
    cents = int((total / CENT).to_integral_value(ROUND_HALF_UP))
    least, more = divmod(cents, parts)
    return [CENT * (least + (number < more)) for number in range(parts)]


def area_reasons(building_m2: Decimal | None, units_m2: Sequence[Decimal | None], tolerance_m2: Decimal) -> list[Reason]:
    """Σ gross area of the units = gross area of the building within `tolerance_m2` (housing.md §2.1: ±0.5); unknown areas are named."""
    if not units_m2:
        return []
    unknown = sum(1 for area in units_m2 if area is None)
    if unknown:
        return [Reason("area.unknown", f"有{unknown}户没有建筑面积，合计无法与全幢核对，请补充。", "area_m2")]
    if building_m2 is None:
        return [Reason("area.building", "本幢没有建筑面积，请按测绘成果补充后核对。", "area_m2")]
    total = sum((area for area in units_m2 if area is not None), Decimal(0))
    if abs(total - building_m2) > tolerance_m2:
        text = f"各户建筑面积合计 {total:,.2f} ㎡，与全幢 {building_m2:,.2f} ㎡相差 {abs(total - building_m2):,.2f} ㎡，超过允许的 {tolerance_m2:g} ㎡，请核对测绘成果。"
        return [Reason("area.sum", text, "area_m2")]
    return []


def shared_reasons(rows: Iterable[tuple[str, Decimal | None, Decimal | None]]) -> list[Reason]:
    """Units whose inner area is larger than their gross area; `rows`: (room, gross, inner)."""
    return [
        Reason("area.inner", f"{room}：套内面积大于建筑面积，请核对。", "inner_area_m2")
        for room, gross, inner in rows
        if gross and inner and inner > gross
    ]


__all__ = [
    "NUMBERINGS", "Room", "Template", "area_reasons", "code_number", "expand", "floors", "room_no", "shared_reasons", "split_area", "template_reasons",
]  # fmt: skip
