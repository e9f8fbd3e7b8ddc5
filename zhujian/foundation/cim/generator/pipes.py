"""Networks under the streets: sewers that fall to one outlet, pipes under pressure that close into loops, ducts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import ceil, hypot

from zhujian.foundation.cim.generator.houses import Block
from zhujian.foundation.cim.generator.plan import Layout
from zhujian.foundation.cim.generator.records import House, PipeLine, PipePoint, Position

# Where each kind lies in the cross-section: metres north-east of the street's middle (the same for both directions, so that they meet).
OFFSET = {"JS": -6.5, "TR": -9.0, "YS": -2.5, "WS": 2.5, "RS": 6.5, "GD": 9.0, "DX": 11.5}
# diameter -> least slope (GB 50014: plastic and concrete sewers); the wider, the flatter
LEAST_SLOPE = {300: 0.003, 400: 0.002, 500: 0.0015, 600: 0.0012, 800: 0.001, 1000: 0.0008, 1200: 0.0007, 1500: 0.0006}
MOST_SLOPE = 0.02
SEWER = {"WS": (3.0, 1.9), "YS": (2.2, 1.3)}  # depth aimed at, depth of a head
# metres of sewer upstream, up to which a diameter serves
REACH = {
    "WS": ((700, 300), (1800, 400), (3500, 500), (7000, 600), (14000, 800), (1e9, 1000)),
    "YS": ((200, 400), (600, 500), (1300, 600), (2600, 800), (5000, 1000), (10000, 1200), (1e9, 1500)),
}
COVER_OF = {"JS": 1.1, "TR": 1.0, "RS": 1.3, "GD": 0.8, "DX": 0.8}  # soil above the pipe, metres
LEAST_COVER = 0.7
Arrival = tuple[str, float, float]  # well, invert, metres of sewer upstream


class Network:
    """One kind of pipe of a district while it grows: points and lines by code."""

    def __init__(self, layout: Layout, kind: str) -> None:
        self.layout, self.kind = layout, kind
        self.points: dict[str, PipePoint] = {}
        self.lines: list[PipeLine] = []
        self.metres: dict[str, Position] = {}

    def place(self, node: tuple[int, int]) -> Position:
        """Where this kind passes a junction, metres."""
        x, y = self.layout.nodes[node[0]][node[1]]
        return x + OFFSET[self.kind], y + OFFSET[self.kind]

    def point(
        self,
        x: float,
        y: float,
        feature: str,
        attachment: str,
        invert: float,
        size_m: float,
        *,
        well: bool,
        users: int = 0,
        block: int = 0,
    ) -> str:
        """Add a point; returns its code."""
        code = f"{self.kind}{self.layout.plan.prefix}{len(self.points) + 1:06d}"
        ground = round(self.layout.ground(x, y), 3)
        depth = round(ground - invert, 3) if well else 0.0
        self.points[code] = PipePoint(
            code, self.kind, self.layout.frame.degrees(x, y), feature, attachment, ground, round(invert + size_m, 3), invert, depth,
            "round" if well else "", users, block,
        )  # fmt: skip
        self.metres[code] = (x, y)
        return code

    def lower(self, code: str, invert: float) -> None:
        """A pipe leaves or arrives lower than the point knew: its bottom and well follow."""
        old = self.points[code]
        if invert < old.bottom_m:
            depth = round(old.ground_m - invert, 3) if old.well_depth_m else 0.0
            self.points[code] = old._replace(bottom_m=invert, well_depth_m=depth)

    def turn(self, code: str, feature: str, attachment: str | None = None) -> None:
        """Say what the point has become as more pipes meet there."""
        old = self.points[code]
        self.points[code] = old._replace(feature=feature, attachment=old.attachment if attachment is None else attachment)

    def join(
        self,
        start: str,
        end: str,
        inverts: tuple[float, float],
        *,
        diameter: int = 0,
        box: tuple[int, int] = (0, 0),
        material: str,
        pressure: str,
        buried: str,
        flow: int,
        built: date,
    ) -> None:
        """Add a line between two points."""
        (x1, y1), (x2, y2) = self.metres[start], self.metres[end]
        length = hypot(x2 - x1, y2 - y1)
        code = f"{self.kind}L{self.layout.plan.prefix}{len(self.lines) + 1:06d}"
        self.lines.append(
            PipeLine(
                code, self.kind, start, end, (self.points[start].at, self.points[end].at), *inverts, diameter, *box, material, pressure, buried,
                flow, round((inverts[0] - inverts[1]) / length, 5), round(length, 2), built,
            )
        )  # fmt: skip


def _between(a: Position, b: Position, part: float) -> Position:
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part


class Sewer(Network):
    """Storm or foul water by gravity: rows flow east, the last column flows south, each section north of a row is a branch of it."""

    def build(self, connect: list[tuple[Block, int]]) -> None:
        """Lay everything. `connect`: blocks of land with their households, each led into the nearest well of its southern street."""
        plan = self.layout.plan
        last = plan.columns - 1
        self.aim, self.head_depth = SEWER[self.kind]
        self.wells: dict[tuple[bool, int, int], list[str]] = {}
        self.junctions: dict[tuple[int, int], str] = {}
        trunk: Arrival | None = None
        for j in range(plan.rows - 1, -1, -1):
            row: Arrival | None = None
            for i in range(plan.columns):
                arriving = [row] if row else []
                if i < last and j < plan.rows - 1:
                    arriving.append(self._branch(i, j))
                if i == last and trunk:
                    arriving.append(trunk)
                here, invert, above = self._meet((i, j), arriving)
                if i < last:
                    row = self._run((True, i, j), here, invert, above, (i + 1, j))
                elif j > 0:
                    trunk = self._run((False, i, j - 1), here, invert, above, (i, j - 1))
                else:
                    self._outlet(here, invert, self.size(above))
        for block, users in connect:
            self._connect(block, users)

    def _branch(self, i: int, j: int) -> Arrival:
        """The section that comes down to row `j` in column `i`: begins at a head below the junction in the north."""
        top, end = self.place((i, j + 1)), self.place((i, j))
        x, y = _between(top, end, 14 / hypot(end[0] - top[0], end[1] - top[1]))
        invert = round(self.layout.ground(x, y) - self.head_depth, 3)
        head = self.point(x, y, "起点", "检查井", invert, self.size(0) / 1000, well=True)
        return self._run((False, i, j), head, invert, 0.0, (i, j))

    def _meet(self, node: tuple[int, int], arriving: list[Arrival]) -> Arrival:
        """The well of a junction, the invert with which the pipe leaves it, and what lies upstream."""
        if not arriving:
            x, y = self.place(node)
            invert = round(self.layout.ground(x, y) - self.head_depth, 3)
            return self.point(x, y, "起点", "检查井", invert, self.size(0) / 1000, well=True), invert, 0.0
        here = arriving[0][0]
        self.turn(here, {1: "转折点", 2: "三通"}.get(len(arriving), "四通"))
        return here, min(one[1] for one in arriving), sum(one[2] for one in arriving)

    def size(self, above: float) -> int:
        """Diameter in millimetres with so many metres of sewer upstream."""
        return next(size for reach, size in REACH[self.kind] if above <= reach)

    def _run(self, edge: tuple[bool, int, int], start: str, invert: float, above: float, node: tuple[int, int]) -> Arrival:
        """Wells at most 40 m apart from `start` to the junction `node`; returns its well, the arriving invert and the metres upstream."""
        begin, end = self.metres[start], self.place(node)
        whole = hypot(end[0] - begin[0], end[1] - begin[1])
        steps = ceil(whole / 40)
        length = whole / steps
        wells = [start]
        size = self.size(above)
        for step in range(1, steps + 1):
            x, y = _between(begin, end, step / steps)
            ground = self.layout.ground(x, y)
            slope = min(MOST_SLOPE, max(LEAST_SLOPE[size], (invert - (ground - self.aim)) / length))
            shallow = ground - LEAST_COVER - size / 1000  # never nearer to the ground than the soil above it demands
            arrive = round(min(invert - slope * length, shallow), 3)
            code = self.junctions.get(node, "") if step == steps else ""
            if code:
                self.lower(code, arrive)
            else:
                code = self.point(x, y, "直线点", "检查井", arrive, size / 1000, well=True)
            if step == steps:
                self.junctions[node] = code
            material = "HDPE双壁波纹管" if size <= 600 else "钢筋混凝土管"
            self.join(wells[-1], code, (invert, arrive), diameter=size, material=material, pressure="gravity", buried="direct", flow=1,
                      built=self.layout.built(edge))  # fmt: skip
            wells.append(code)
            invert = arrive
        self.wells[edge] = wells
        return wells[-1], invert, above + whole

    def _outlet(self, here: str, invert: float, size: int) -> None:
        """The last pipe, to the works or into the river."""
        x, y = self.metres[here]
        arrive = round(invert - max(LEAST_SLOPE[size], 0.001) * hypot(45, 45), 3)
        foul = self.kind == "WS"
        code = self.point(
            x + 45,
            y - 45,
            "进水口" if foul else "出水口",
            "污水处理厂" if foul else "排放口",
            arrive,
            size / 1000,
            well=False,
        )
        self.join(here, code, (invert, arrive), diameter=size, material="钢筋混凝土管", pressure="gravity", buried="direct", flow=1,
                  built=self.layout.built((False, self.layout.plan.columns - 1, 0)))  # fmt: skip
        self.outlet = code

    def _connect(self, block: Block, users: int) -> None:
        """The connection of a block to a well of the street in its south: from just inside the land."""
        wells = self.wells[(True, block.column, block.row)]
        (ax, ay), (bx, by) = block.corners[:2]
        mx, my = (ax + bx) / 2, (ay + by) / 2
        well = min(wells, key=lambda code: hypot(self.metres[code][0] - mx, self.metres[code][1] - my))
        x, y = mx + (self.metres[well][0] - mx) * 0.25, my
        bottom = self.points[well].bottom_m
        length = hypot(x - self.metres[well][0], y - self.metres[well][1])
        start = round(max(self.layout.ground(x, y) - self.head_depth, bottom + 0.003 * length), 3)
        end = round(max(bottom, start - MOST_SLOPE * length), 3)  # where the well lies deeper, the water drops inside it
        size = 300
        inlet = self.kind == "YS"
        code = self.point(
            x,
            y,
            "起点",
            "雨水口" if inlet else "化粪池",
            start,
            size / 1000,
            well=True,
            users=0 if inlet else users,
            block=block.number,
        )
        self.join(code, well, (start, end), diameter=size, material="HDPE双壁波纹管", pressure="gravity", buried="direct", flow=1,
                  built=date(block.built, 6, 1))  # fmt: skip


def pressed(layout: Layout, kind: str, connect: list[tuple[Block, int]]) -> Network:
    """A looped network under pressure (JS, TR, RS) or a duct (GD, DX); ducts and heat follow only main streets."""
    net = Network(layout, kind)
    main_only = kind in ("RS", "GD", "DX")
    duct = kind in ("GD", "DX")
    edges = [e for e in layout.edges() if not main_only or layout.grade(e[0], e[2] if e[0] else e[1]) == "main"]
    nodes: dict[tuple[int, int], str] = {}
    degree: dict[str, int] = {}
    middle: dict[tuple[bool, int, int], str] = {}

    def size_of(edge: tuple[bool, int, int]) -> int:
        grade = layout.grade(edge[0], edge[2] if edge[0] else edge[1])
        return {"JS": {"main": 400, "secondary": 300, "branch": 200}, "TR": {"main": 250, "secondary": 160, "branch": 110},
                "RS": {"main": 300}}[kind][grade] if not duct else 0  # fmt: skip

    def invert_at(x: float, y: float, size_m: float) -> float:
        return round(layout.ground(x, y) - COVER_OF[kind] - size_m, 3)

    def add(x: float, y: float, feature: str, attachment: str, size_m: float, **more: int) -> str:
        well = duct or attachment in ("阀门井", "水表井", "放散管")
        return net.point(x, y, feature, attachment, invert_at(x, y, size_m), size_m, well=well, **more)

    material = {"JS": "球墨铸铁管", "TR": "PE管", "RS": "保温钢管", "GD": "玻璃钢管", "DX": "PVC管"}[kind]
    pressure = {"JS": "0.3MPa", "TR": "中压A", "RS": "1.0MPa"}.get(kind, "")
    for edge in edges:
        east, i, j = edge
        size = size_of(edge)
        size_m = size / 1000 if size else 0.3
        for node in ((i, j), (i + east, j + (not east))):
            if node not in nodes:
                nodes[node] = add(*net.place(node), "转折点", "人孔" if duct else "", size_m)
        first, last = nodes[i, j], nodes[i + east, j + (not east)]
        chain = [first]
        a, b = net.metres[first], net.metres[last]
        whole = hypot(b[0] - a[0], b[1] - a[1])
        if duct:
            parts = [(step / 3, "直线点", "人孔") for step in (1, 2)]
        elif kind == "JS":
            parts = [
                (10 / whole, "阀门", "阀门井"),
                (0.35, "三通", "消火栓"),
                (0.5, "三通", ""),
                (1 - 10 / whole, "阀门", "阀门井"),
            ]
        else:
            parts = [(12 / whole, "阀门", "阀门井"), (0.5, "三通", ""), (1 - 12 / whole, "直线点", "")]
        for part, feature, attachment in parts:
            code = add(*_between(a, b, part), feature, attachment, size_m)
            chain.append(code)
            if part == 0.5:
                middle[edge] = code
        chain.append(last)
        for start, end in zip(chain, chain[1:], strict=False):
            net.join(start, end, (net.points[start].bottom_m, net.points[end].bottom_m), diameter=size, box=(600, 400) if duct else (0, 0), material=material, pressure=pressure,
                     buried="pipe" if duct else "direct", flow=0, built=layout.built(edge))  # fmt: skip
            for code in (start, end):
                degree[code] = degree.get(code, 0) + 1
    for code in nodes.values():
        net.turn(code, {1: "起点", 2: "转折点", 3: "三通"}.get(degree[code], "四通"))
    for block, users in connect:
        _serve(net, block, users, middle.get((True, block.column, block.row)), add)
    served = {line.start for line in net.lines if line.flow == 1}
    for code in middle.values():
        if code not in served:
            net.turn(code, "直线点")
    return net


def _serve(net: Network, block: Block, users: int, tee: str | None, add: Callable[..., str]) -> None:
    """A block's meter (JS), pressure box (TR) or heat exchanger (RS) on a service pipe from the street in its south."""
    if tee is None:
        return
    kinds = {
        "JS": ("水表井", 150, "球墨铸铁管", "0.3MPa"),
        "TR": ("调压箱", 63, "PE管", "中压A"),
        "RS": ("换热站", 150, "保温钢管", "1.0MPa"),
    }
    attachment, size, material, pressure = kinds[net.kind]
    (ax, ay), (bx, by) = block.corners[:2]
    mx, my = (ax + bx) / 2, (ay + by) / 2
    tx, _ = net.metres[tee]
    code = add(mx + (tx - mx) * 0.5, my + 1.0, "终点", attachment, size / 1000, users=users, block=block.number)
    net.join(tee, code, (net.points[tee].bottom_m, net.points[code].bottom_m), diameter=size, material=material, pressure=pressure, buried="direct",
             flow=1, built=date(block.built, 6, 1))  # fmt: skip


def households(houses: list[House]) -> dict[int, int]:
    """Households of each block of land."""
    found: dict[int, int] = {}
    for house in houses:
        rooms = house.doors * house.per_floor * house.floors_above if house.use == "10" else 1
        found[house.block] = found.get(house.block, 0) + rooms
    return found


__all__ = ["Network", "Sewer", "households", "pressed"]
