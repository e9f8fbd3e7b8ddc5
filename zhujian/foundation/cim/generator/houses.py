"""Blocks of land and the buildings on them: use by place, height by use, rows that never overlap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import hypot
from typing import NamedTuple

from zhujian.foundation.cim.generator.plan import VERGE, WIDTH, Layout
from zhujian.foundation.cim.generator.records import House, Position

# use -> (storey height m, floors least, floors most, structure, per floor)
USES = {
    "10": (3.0, 6, 33, "2", 2), "20": (4.5, 2, 6, "2", 6), "30": (3.9, 8, 38, "2", 8), "40": (7.5, 1, 3, "1", 1), "45": (9.0, 1, 1, "1", 1),
    "61": (3.9, 3, 6, "2", 6), "62": (3.9, 5, 18, "2", 10), "63": (5.0, 1, 4, "2", 2), "50": (3.3, 2, 5, "2", 1), "90": (3.3, 1, 3, "3", 1),
    "village": (3.2, 2, 6, "3", 1),
}  # fmt: skip
COMPOUNDS = (
    "光谷花园",
    "关山新村",
    "保利华庭",
    "当代雅居",
    "万科嘉苑",
    "清江苑",
    "金地华府",
    "丽岛公寓",
    "曙光星城",
    "锦绣龙城",
    "学府佳园",
    "南湖雅园",
)
VILLAGES = ("茅店村", "关山村", "曙光村", "新店村", "流芳村", "长岭村", "吴家湾", "升华村")
PLACES = {
    "20": "商业广场",
    "30": "科创中心",
    "40": "产业园",
    "45": "物流园",
    "61": "实验学校",
    "62": "人民医院",
    "63": "文体中心",
    "50": "停车楼",
    "90": "服务站",
}


class Block(NamedTuple):
    """A block of land: number, its corner junction, use of the land and its four inner corners (south-west first, counter-clockwise)."""

    number: int
    column: int
    row: int
    land: str
    corners: tuple[Position, Position, Position, Position]
    built: int


def blocks(layout: Layout) -> Iterator[Block]:
    """Blocks between the streets: offices and shops in the middle, homes around, works at the edge, a park here and there."""
    plan, chance = layout.plan, layout.chance
    middle = (plan.columns - 2) / 2, (plan.rows - 2) / 2
    for j in range(plan.rows - 1):
        for i in range(plan.columns - 1):
            number = j * (plan.columns - 1) + i + 1
            away = hypot((i - middle[0]) / max(middle[0], 1), (j - middle[1]) / max(middle[1], 1))
            roll = chance.random()
            if number % 13 == 6:
                land = "park"
            elif number % 17 == 4:
                land = "61"
            elif number % 29 == 11:
                land = "62"
            elif number % 31 == 20:
                land = "63"
            elif roll < plan.villages:
                land = "village"
            elif away < 0.45:
                land = "30" if roll < 0.45 else "20" if roll < 0.75 else "10"
            elif away < 1.05:
                land = "10" if roll < 0.86 else "20"
            else:
                land = "40" if roll < 0.5 else "45" if roll < 0.65 else "10"
            built = chance.randint(1988, 2024)
            yield Block(number, i, j, land, _inner(layout, i, j), built)


def _inner(layout: Layout, i: int, j: int) -> tuple[Position, Position, Position, Position]:
    """Corners of the block inside kerb, pavement and a strip of green."""
    west = WIDTH[layout.grade(False, i)] / 2 + VERGE + 4
    east = WIDTH[layout.grade(False, i + 1)] / 2 + VERGE + 4
    south = WIDTH[layout.grade(True, j)] / 2 + VERGE + 4
    north = WIDTH[layout.grade(True, j + 1)] / 2 + VERGE + 4
    nodes = layout.nodes
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = nodes[i][j], nodes[i + 1][j], nodes[i + 1][j + 1], nodes[i][j + 1]
    return (ax + west, ay + south), (bx - east, by + south), (cx - east, cy - north), (dx + west, dy - north)


def _mix(corners: tuple[Position, Position, Position, Position], u: float, v: float) -> Position:
    """The point at (u, v) of the unit square laid onto the block: what does not overlap in the square does not overlap on the ground."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    return (
        (1 - v) * ((1 - u) * ax + u * bx) + v * ((1 - u) * dx + u * cx),
        (1 - v) * ((1 - u) * ay + u * by) + v * ((1 - u) * dy + u * cy),
    )


# land -> (columns, rows of plots, share of a plot that is built across and deep)
PLOTS = {
    "10": (3, 4, 0.86, 0.5), "village": (9, 7, 0.8, 0.74), "20": (3, 3, 0.82, 0.74), "30": (3, 3, 0.62, 0.58), "40": (2, 3, 0.88, 0.78), "45": (2, 2, 0.9, 0.8),
    "61": (3, 4, 0.78, 0.4), "62": (3, 3, 0.76, 0.5), "63": (2, 2, 0.7, 0.62),
}  # fmt: skip


def houses(layout: Layout, found: list[Block]) -> list[House]:
    """Every building of the district."""
    chance, frame = layout.chance, layout.frame
    made: list[House] = []
    for block in found:
        if block.land == "park":
            continue
        across, deep, wide, thick = PLOTS[block.land]
        storey, least, most, structure, per_floor = USES[block.land]
        top = chance.randint((least + most) // 2, most) if chance.random() < 0.6 else least + chance.randint(0, 5)
        title = _title(block)
        street = layout.plan.name
        order = 0
        for row in range(deep):
            for column in range(across):
                if chance.random() < 0.07:
                    continue  # a yard
                order += 1
                use, floors = "10" if block.land == "village" else block.land, max(least, min(most, top + chance.randint(-2, 2)))
                if block.land == "10" and row in (0, deep - 1) and column == 0:
                    use, floors = "20", chance.randint(1, 3)  # shops at the corner
                elif block.land == "10" and order == 9:
                    use, floors = "90", chance.randint(1, 2)
                height_of = storey if use == block.land else USES[use][0]
                w, t = wide * chance.uniform(0.9, 1.0), thick * chance.uniform(0.85, 1.05)
                u0, v0 = (column + (1 - w) / 2) / across, (row + (1 - t) / 2) / deep
                u1, v1 = u0 + w / across, v0 + t / deep
                square = [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
                if use in ("20", "61", "62") and chance.random() < 0.4:  # an L
                    um, vm = u0 + (u1 - u0) * 0.45, v0 + (v1 - v0) * 0.5
                    square = [(u0, v0), (u1, v0), (u1, vm), (um, vm), (um, v1), (u0, v1)]
                ring = [_mix(block.corners, u, v) for u, v in square]
                footprint = _area(ring)
                cx, cy = sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
                height = round(floors * height_of + chance.choice((0.6, 0.9, 1.2)), 2)
                below = 0 if floors < 7 and use != "62" else chance.randint(1, 3) if use == "30" else 1
                doors, rooms = (1, 1) if block.land == "village" else _doors(use, ring, per_floor)
                day = date(min(2025, block.built + order // 9), 1 + order % 12, 1 + (block.number * 7 + order) % 28)
                outline = tuple(frame.degrees(x, y) for x, y in (*ring, ring[0]))
                made.append(
                    House(
                        len(made) + 1, block.number, f"{title}{order}栋", f"{street}{block.number}号地块", use,
                        "3" if floors <= 6 and block.built < 2000 and use == "10" else structure if use == block.land else USES[use][3], floors, below, height,
                        round(layout.ground(cx, cy), 2), round(footprint, 2), round(footprint * floors, 2), day, outline, frame.degrees(cx, cy),
                        doors, rooms,
                    )
                )  # fmt: skip
    return made


def _title(block: Block) -> str:
    if block.land == "village":
        return f"{VILLAGES[block.number % len(VILLAGES)]}{block.number}组"
    if block.land == "10":
        return f"{COMPOUNDS[block.number % len(COMPOUNDS)]}{block.number // len(COMPOUNDS) + 1}期"
    return f"{PLACES[block.land]}{block.number}号院"


def _doors(use: str, ring: list[Position], per_floor: int) -> tuple[int, int]:
    """Entrances and rooms of each on a floor: an entrance of homes for each 18 m of front."""
    front = hypot(ring[1][0] - ring[0][0], ring[1][1] - ring[0][1])
    return (max(1, int(front // 18)), per_floor) if use == "10" else (1, per_floor)


def _area(ring: list[Position]) -> float:
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


__all__ = ["Block", "blocks", "houses"]
