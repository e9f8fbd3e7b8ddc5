"""The pipe network as a graph: nodes (pipe points) and lines (pipe lines), which way water runs, who is beside whom.

Pure and plain Python: a hundred thousand lines load and answer in seconds. Lengths in metres, coordinates in a plane in metres,
elevations in metres of the 1985 datum, diameters in millimetres. Line and node ids are those of the register.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import pi, sqrt

STORM, SEWAGE, COMBINED = "YS", "WS", "HS"
GRAVITY = frozenset({"PS", STORM, SEWAGE, COMBINED})


@dataclass(frozen=True, slots=True)
class Node:
    """A pipe point. `ground`: elevation of the ground; `depth`: depth of its well as measured; `name` is what people call it.

    `edge`: pipes outside what was loaded join it; `sink`: an outlet, pump or plant drains it; `station`: any facility stands here.
    """

    id: int
    kind: str
    x: float
    y: float
    feature: str = ""
    attachment: str = ""
    ground: float | None = None
    depth: float | None = None
    name: str = ""
    edge: bool = False
    sink: bool = False
    station: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A pipe line from `start` to `end`; None where the register names no point. `flow`: 1 start→end, -1 end→start, 0 unknown.

    `ends`: (x, y) of the drawn line's first and last vertex; `length` in metres; `pressure` as registered, empty for gravity pipes.
    """

    id: int
    kind: str
    start: int | None
    end: int | None
    start_invert: float | None = None
    end_invert: float | None = None
    diameter_mm: float | None = None
    width_mm: float | None = None
    height_mm: float | None = None
    flow: int = 0
    pressure: str = ""
    length: float = 0.0
    ends: tuple[tuple[float, float], tuple[float, float]] | None = None
    name: str = ""

    @property
    def gravity(self) -> bool:
        """Whether water runs in it by its slope alone."""
        return self.kind in GRAVITY and not self.pressure

    @property
    def size_mm(self) -> float | None:
        """Diameter; for a box the diameter of a circle of equal area."""
        if self.diameter_mm:
            return self.diameter_mm
        if self.width_mm and self.height_mm:
            return sqrt(4 * self.width_mm * self.height_mm / pi)
        return None

    @property
    def rise_mm(self) -> float | None:
        """Inner height of the section: what lies between invert and crown."""
        return self.diameter_mm or self.height_mm


def directed(line: Line, least_fall: float) -> tuple[int, int] | None:
    """(upstream node, downstream node) of a line; by its inverts when no direction is registered; None when unknown.

    A fall below `least_fall` metres decides nothing.
    """
    if line.start is None or line.end is None:
        return None
    if line.flow > 0:
        return line.start, line.end
    if line.flow < 0:
        return line.end, line.start
    if line.start_invert is None or line.end_invert is None or abs(line.start_invert - line.end_invert) < least_fall:
        return None
    return (line.start, line.end) if line.start_invert > line.end_invert else (line.end, line.start)


class Network:
    """Nodes and lines with their neighbours. Lines whose points are missing or unknown stay in `lines` but join nothing."""

    def __init__(self, nodes: Iterable[Node], lines: Iterable[Line], *, least_fall: float = 0.0) -> None:
        self.nodes: dict[int, Node] = {node.id: node for node in nodes}
        self.lines: dict[int, Line] = {line.id: line for line in lines}
        self.least_fall = least_fall

    @cached_property
    def touching(self) -> dict[int, list[Line]]:
        """Lines at each node, whatever way they run; a loop stands once."""
        found: dict[int, list[Line]] = {}
        for line in self.lines.values():
            for node in {line.start, line.end}:
                if node is not None:
                    found.setdefault(node, []).append(line)
        return found

    @cached_property
    def direction(self) -> dict[int, tuple[int, int]]:
        """(upstream, downstream) of each line whose direction is known."""
        found = {}
        for line in self.lines.values():
            if (ends := directed(line, self.least_fall)) is not None:
                found[line.id] = ends
        return found

    @cached_property
    def leaving(self) -> dict[int, list[tuple[int, int]]]:
        """node → (line, next node) downstream."""
        found: dict[int, list[tuple[int, int]]] = {}
        for line, (up, down) in self.direction.items():
            found.setdefault(up, []).append((line, down))
        return found

    @cached_property
    def entering(self) -> dict[int, list[tuple[int, int]]]:
        """node → (line, next node) upstream."""
        found: dict[int, list[tuple[int, int]]] = {}
        for line, (up, down) in self.direction.items():
            found.setdefault(down, []).append((line, up))
        return found

    @cached_property
    def beside(self) -> dict[int, list[tuple[int, int]]]:
        """node → (line, other node), for networks under pressure."""
        found: dict[int, list[tuple[int, int]]] = {}
        for line in self.lines.values():
            if line.start is not None and line.end is not None:
                found.setdefault(line.start, []).append((line.id, line.end))
                found.setdefault(line.end, []).append((line.id, line.start))
        return found

    def ends_of(self, line: Line) -> Iterator[int]:
        """The line's registered nodes."""
        for node in (line.start, line.end):
            if node is not None:
                yield node


def cycles(leaving: Mapping[int, list[tuple[int, int]]]) -> list[list[int]]:
    """Nodes that can be reached from themselves, one sorted list per knot (Tarjan, without recursion)."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    held: set[int] = set()
    stack: list[int] = []
    found: list[list[int]] = []
    for root in leaving:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        stack.append(root)
        held.add(root)
        work = [(root, iter(leaving.get(root, ())))]
        while work:
            node, rest = work[-1]
            for _, after in rest:
                if after not in number:
                    number[after] = low[after] = len(number)
                    stack.append(after)
                    held.add(after)
                    work.append((after, iter(leaving.get(after, ()))))
                    break
                if after in held:
                    low[node] = min(low[node], number[after])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    knot = []
                    while True:
                        member = stack.pop()
                        held.discard(member)
                        knot.append(member)
                        if member == node:
                            break
                    if len(knot) > 1 or any(after == node for _, after in leaving.get(node, ())):
                        found.append(sorted(knot))
    return found
