"""Where everything lies: a local plane in metres, the ground, a gently irregular grid of streets."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from math import cos, hypot, pi, radians, sin, sqrt

from zhujian.foundation.cim.generator.records import Position, Street

A, F = 6378137.0, 1 / 298.257222101  # ellipsoid of CGCS2000
E2 = F * (2 - F)
MAIN_EVERY = 3  # every third street is a main one
WIDTH = {"main": 28.0, "secondary": 18.0, "branch": 12.0}
VERGE = 11.0  # pavement and planting beside the kerb, metres
NAMES_EAST = (
    "关山大道",
    "珞喻路",
    "雄楚大道",
    "民族大道",
    "创业街",
    "软件园路",
    "高新大道",
    "光谷大道",
    "虎泉街",
    "邮科院路",
    "华光大道",
    "新竹路",
    "喻家湖路",
    "森林大道",
    "流芳路",
)
NAMES_NORTH = (
    "紫菘路",
    "明泽街",
    "保利路",
    "关南路",
    "佳园路",
    "财富路",
    "金融港路",
    "三星路",
    "大学园路",
    "神墩路",
    "汤逊路",
    "武大园路",
    "光谷街",
    "民院路",
    "长城路",
)


@dataclass(frozen=True)
class Plan:
    """One district. `columns` × `rows` junctions; `lon`, `lat` its south-west corner; `prefix` at most 3 characters, unique."""

    seed: int
    lon: float
    lat: float
    region_code: str = "420111000000"
    prefix: str = "00A"
    name: str = "示范片区"
    columns: int = 9
    rows: int = 9
    base_m: float = 24.0
    villages: float = 0.08  # share of blocks with small houses close together
    networks: tuple[str, ...] = ("WS", "YS", "JS", "TR", "RS", "GD", "DX")


class Frame:
    """Turns metres east and north of the corner into degrees; exact to a centimetre within a few kilometres."""

    def __init__(self, lon: float, lat: float) -> None:
        s = sin(radians(lat))
        w = sqrt(1 - E2 * s * s)
        self.lon, self.lat = lon, lat
        self.per_x = 180 / pi / (A / w * cos(radians(lat)))
        self.per_y = 180 / pi / (A * (1 - E2) / w**3)

    def degrees(self, x: float, y: float) -> Position:
        """Longitude and latitude, rounded to 1e-8 degrees (a millimetre)."""
        return round(self.lon + x * self.per_x, 8), round(self.lat + y * self.per_y, 8)


class Layout:
    """Junctions, ground and streets of a plan, in metres."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.chance = random.Random(plan.seed)  # noqa: S311 (a city, not a secret)
        self.frame = Frame(plan.lon, plan.lat)
        draw = self.chance.uniform
        xs, ys = [0.0], [0.0]
        for _ in range(plan.columns - 1):
            xs.append(xs[-1] + draw(150, 215))
        for _ in range(plan.rows - 1):
            ys.append(ys[-1] + draw(135, 190))
        bend, turn = draw(60, 110), draw(0, 2 * pi)
        # A common bend keeps neighbouring streets parallel; a little noise keeps them from being ruled lines.
        self.nodes = [
            [(x + 14 * sin(y / bend / 6 + turn) + draw(-4, 4), y + 14 * sin(x / bend / 6 + turn) + draw(-4, 4)) for y in ys]
            for x in xs
        ]
        self.size = xs[-1], ys[-1]
        self.waves = draw(0, 2 * pi), draw(0, 2 * pi)
        self.years = [[self.chance.randint(1992, 2023) for _ in ys] for _ in xs]

    def ground(self, x: float, y: float) -> float:
        """Elevation of the ground, metres: falls to the south-east, gently rolling."""
        first, second = self.waves
        return (
            self.plan.base_m
            - 0.0022 * (x - self.size[0])
            + 0.0018 * y
            + 0.35 * sin(x / 170 + first)
            + 0.3 * sin(y / 210 + second)
        )

    def grade(self, along_x: bool, index: int) -> str:
        """Rank of the street that runs east (`along_x`) in row `index`, or north in column `index`."""
        if index % MAIN_EVERY == 1:
            return "main"
        return "secondary" if index % MAIN_EVERY == 0 else "branch"

    def edges(self) -> list[tuple[bool, int, int]]:
        """(runs east, column, row) of every section, from its western or southern junction."""
        columns, rows = self.plan.columns, self.plan.rows
        east = [(True, i, j) for j in range(rows) for i in range(columns - 1)]
        return east + [(False, i, j) for i in range(columns) for j in range(rows - 1)]

    def ends(self, edge: tuple[bool, int, int]) -> tuple[Position, Position]:
        """The two junctions of a section, metres."""
        east, i, j = edge
        return self.nodes[i][j], self.nodes[i + east][j + (not east)]

    def built(self, edge: tuple[bool, int, int]) -> date:
        """The day a section was opened: all sections of one street in the same decade."""
        east, i, j = edge
        year = self.years[0][j] if east else self.years[i][0]
        return date(year, 1 + (i + 3 * j) % 12, 15)

    def streets(self) -> list[Street]:
        """All sections."""
        made = []
        for number, edge in enumerate(self.edges(), 1):
            east, i, j = edge
            (x1, y1), (x2, y2) = self.ends(edge)
            grade = self.grade(east, j if east else i)
            names = NAMES_EAST if east else NAMES_NORTH
            index = j if east else i
            name = names[index % len(names)] + ("" if index < len(names) else f"{index // len(names) + 1}段")
            lanes = {"main": 6, "secondary": 4, "branch": 2}[grade]
            line = (self.frame.degrees(x1, y1), self.frame.degrees(x2, y2))
            made.append(
                Street(number, name, grade, WIDTH[grade], lanes, line, round(hypot(x2 - x1, y2 - y1), 2), self.built(edge))
            )
        return made


__all__ = ["VERGE", "WIDTH", "Frame", "Layout", "Plan"]
