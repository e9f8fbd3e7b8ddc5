"""Lays out a process written as nested blocks, or as a grid with lanes, and writes BPMN 2.0 with complete diagram interchange.

    python tools/bpmn_layout.py description.json > process.bpmn

A description is ``{"key", "name", "doc"?, "zj"?, "flow": [...]}`` with these blocks, left to right:

* ``{"task": id, "name", "kind"?: "userTask" | "callActivity" | "businessRuleTask" | "serviceTask", "called"?, "zj"?, "doc"?}``
* ``{"all": [[...], ...]}`` parallel branches that are all done before it goes on
* ``{"one": [{"if": condition or null, "label", "flow": [...]}, ...], "name"}`` exactly one branch; null is the default
* ``{"any": [{"if", "label", "flow"}, ...], "name"}`` every branch whose condition holds, none being allowed
* ``{"repeat": [...], "while": condition, "label", "done", "name"}`` do, then again while the condition holds

or ``{"lanes": [{"id", "name"}], "nodes": [{"id", "kind", "lane", "col", …}], "edges": [{"from", "to", "if"?, "label"?, "via"?}]}``.
Tasks are 100×80, lines run at right angles, labels stand beside their lines. Used once for a new diagram; afterwards the
.bpmn file itself is the source and is edited in the browser.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import Any

from bpmn_write import write

TASK = (100, 80)
GATE = (50, 50)
EVENT = (36, 36)
GAP = 50  # between neighbours
ROW = 30  # between branches
EM = 12  # width of a Chinese character in a label
SIZES = {"startEvent": EVENT, "endEvent": EVENT, "exclusiveGateway": GATE, "parallelGateway": GATE, "inclusiveGateway": GATE}
Points = list[tuple[int, int]]


@dataclass
class Node:
    """A drawn node; `x`, `y` its top left corner, `label` the box of a name that stands outside."""

    id: str
    kind: str
    name: str = ""
    zj: dict[str, str] = field(default_factory=dict)
    doc: str = ""
    called: str = ""
    x: int = 0
    y: int = 0
    label: tuple[int, int, int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return SIZES.get(self.kind, TASK)

    @property
    def middle(self) -> tuple[int, int]:
        """Centre."""
        return self.x + self.size[0] // 2, self.y + self.size[1] // 2

    @property
    def right(self) -> int:
        """Right edge."""
        return self.x + self.size[0]

    @property
    def bottom(self) -> int:
        """Lower edge."""
        return self.y + self.size[1]


@dataclass
class Edge:
    """A drawn sequence flow."""

    source: Node
    target: Node
    points: Points
    condition: str | None = None
    label: str = ""
    label_box: tuple[int, int, int, int] | None = None
    default: bool = False

    @property
    def id(self) -> str:
        """Stable id."""
        return f"{self.source.id}__{self.target.id}"


@dataclass
class Extent:
    """Room a block needs: its width and how far it reaches above and below its axis."""

    width: int
    up: int
    down: int


def text_width(text: str) -> int:
    """Width of a one-line label."""
    return sum(EM if ord(char) > 0x2E7F else 7 for char in text) + 4


class Drawing:
    """Nodes and edges of one process, placed block by block."""

    def __init__(self, description: dict[str, Any]) -> None:
        self.description = description
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.lanes: list[tuple[dict[str, Any], tuple[int, int, int, int], list[Node]]] = []
        self._names: dict[str, int] = {}
        if "lanes" in description:
            self._grid()
        else:
            self._blocks()

    # -- blocks ---------------------------------------------------------------------------------------------------------

    def _blocks(self) -> None:
        flow = self.description["flow"]
        room = self._extent(flow)
        axis = 60 + room.up
        start = self._add(Node("start", "startEvent", self.description.get("begin", "开始"), x=160, y=axis - 18))
        self._below(start)
        first_in, last, x = self._sequence(flow, start.right + GAP, axis)
        end = self._add(
            Node(
                "end",
                "endEvent",
                self.description.get("finish", "结束"),
                dict(self.description.get("end_zj", {})),
                x=x + GAP,
                y=axis - 18,
            )
        )
        self._below(end)
        self._straight(start, first_in)
        self._straight(last, end)

    def _id(self, stem: str) -> str:
        self._names[stem] = self._names.get(stem, 0) + 1
        return f"{stem}_{self._names[stem]}"

    def _add(self, node: Node) -> Node:
        self.nodes.append(node)
        return node

    def _below(self, node: Node) -> None:
        if node.name:
            width = text_width(node.name)
            node.label = (node.middle[0] - width // 2, node.bottom + 4, width, 14)

    def _above(self, node: Node) -> None:
        if node.name:
            width = text_width(node.name)
            node.label = (node.middle[0] - width // 2, node.y - 22, width, 14)

    def _extent(self, flow: list[dict[str, Any]]) -> Extent:
        if not flow:
            return Extent(0, 10, 10)
        parts = [self._extent_of(block) for block in flow]
        return Extent(sum(p.width for p in parts) + GAP * (len(parts) - 1), max(p.up for p in parts), max(p.down for p in parts))

    def _extent_of(self, block: dict[str, Any]) -> Extent:
        if "task" in block:
            return Extent(TASK[0], TASK[1] // 2, TASK[1] // 2)
        if "repeat" in block:
            inner = self._extent(block["repeat"])
            exit_label = max(0, text_width(block.get("done", "")) - 10)
            return Extent(inner.width + 2 * (GATE[0] + GAP) + exit_label, max(inner.up, 40) + 45, max(inner.down, 45))
        branches = self._branches(block)
        rooms = [self._extent(b["flow"]) for b in branches]
        wide = max(r.width for r in rooms) + self._lead(block)
        down = rooms[0].down + sum(r.up + r.down + ROW for r in rooms[1:])
        return Extent(wide + 2 * GATE[0] + GAP, max(rooms[0].up, 50), down)

    def _branches(self, block: dict[str, Any]) -> list[dict[str, Any]]:
        if "all" in block:
            return [{"if": None, "label": "", "flow": flow} for flow in block["all"]]
        if "any" in block:
            return [*block["any"], {"if": None, "label": block.get("none", "均不需要"), "flow": []}]
        one: list[dict[str, Any]] = block["one"]
        return one

    def _lead(self, block: dict[str, Any]) -> int:
        """Gap after the split, wide enough for the longest branch label."""
        return max([GAP, *(text_width(b["label"]) + 40 for b in self._branches(block) if b["label"])])

    def _sequence(self, flow: list[dict[str, Any]], x: int, axis: int) -> tuple[Node, Node, int]:
        first: Node | None = None
        last: Node | None = None
        for block in flow:
            begin, finish, x_end = self._place(block, x, axis)
            if last is not None:
                self._straight(last, begin, *self._after(last))
            first, last = first or begin, finish
            x = x_end + GAP
        assert first is not None and last is not None
        return first, last, x - GAP

    def _after(self, node: Node) -> tuple[str | None, str, bool]:
        """Label and default mark of the way on from a loop's exit gateway."""
        return (None, node.zj.pop("_done", ""), True) if "_done" in node.zj else (None, "", False)

    def _place(self, block: dict[str, Any], x: int, axis: int) -> tuple[Node, Node, int]:
        if "task" in block:
            node = Node(
                block["task"], block.get("kind", "userTask"), block["name"], dict(block.get("zj", {})), block.get("doc", ""),
                block.get("called", ""), x, axis - TASK[1] // 2,
            )  # fmt: skip
            return self._add(node), node, node.right
        if "repeat" in block:
            return self._repeat(block, x, axis)
        return self._split(block, x, axis)

    def _repeat(self, block: dict[str, Any], x: int, axis: int) -> tuple[Node, Node, int]:
        stem = block.get("id") or self._id("again")
        merge = self._add(Node(f"{stem}_in", "exclusiveGateway", x=x, y=axis - 25))
        first, last, inner_end = self._sequence(block["repeat"], merge.right + GAP, axis)
        test = self._add(Node(f"{stem}_out", "exclusiveGateway", block.get("name", ""), x=inner_end + GAP, y=axis - 25))
        if test.name:
            width = text_width(test.name)
            test.label = (test.middle[0] - width // 2, test.bottom + 6, width, 14)
        test.zj["_done"] = block.get("done", "")
        self._straight(merge, first)
        self._straight(last, test, *self._after(last))
        top = axis - max(self._extent(block["repeat"]).up, 40) - 30
        points = [(test.middle[0], test.y), (test.middle[0], top), (merge.middle[0], top), (merge.middle[0], merge.y)]
        label = block.get("label", "")
        width = text_width(label)
        box = (test.middle[0] - width - 10, top - 17, width, 14) if label else None
        self.edges.append(Edge(test, merge, points, block["while"], label, box))
        return merge, test, test.right + max(0, text_width(block.get("done", "")) - 10)

    def _split(self, block: dict[str, Any], x: int, axis: int) -> tuple[Node, Node, int]:
        kind = {"all": "parallelGateway", "any": "inclusiveGateway", "one": "exclusiveGateway"}[
            next(k for k in ("all", "any", "one") if k in block)
        ]
        stem = block.get("id") or self._id({"parallelGateway": "all", "inclusiveGateway": "any", "exclusiveGateway": "one"}[kind])
        branches = self._branches(block)
        rooms = [self._extent(b["flow"]) for b in branches]
        lead = self._lead(block)
        split = self._add(Node(f"{stem}_split", kind, block.get("name", ""), x=x, y=axis - 25))
        self._above(split)
        join_x = split.right + lead + max(r.width for r in rooms) + GAP
        join = Node(f"{stem}_join", kind, x=join_x, y=axis - 25)
        y = axis
        for number, (branch, room) in enumerate(zip(branches, rooms, strict=True)):
            if number:
                y += rooms[number - 1].down + ROW + room.up
            default = branch["if"] is None and kind != "parallelGateway"
            condition = branch["if"] if not default else None
            start = (split.right, axis) if not number else (split.middle[0], split.bottom)
            lead_in: Points = [start] if not number else [start, (split.middle[0], y)]
            out: Points = [(join.x, axis)] if not number else [(join.middle[0], y), (join.middle[0], join.bottom)]
            label = branch["label"]
            box = ((split.right if not number else split.middle[0] + 8) + 5, y - 18, text_width(label), 14) if label else None
            if not branch["flow"]:
                self.edges.append(Edge(split, join, [*lead_in, *out], condition, label, box, default))
                continue
            first, last, end = self._sequence(branch["flow"], split.right + lead, y)
            self.edges.append(Edge(split, first, [*lead_in, (first.x, y)], condition, label, box, default))
            _, done, is_default = self._after(last)
            self.edges.append(Edge(last, join, [(last.right, y), *out], None, done, self._done_box(last, done), is_default))
        self._add(join)
        return split, join, join.right

    def _done_box(self, node: Node, label: str) -> tuple[int, int, int, int] | None:
        return (node.right + 5, node.middle[1] - 18, text_width(label), 14) if label else None

    def _straight(self, source: Node, target: Node, condition: str | None = None, label: str = "", default: bool = False) -> None:
        if not label and "_done" in source.zj:
            condition, label, default = self._after(source)
        points = [(source.right, source.middle[1]), (target.x, target.middle[1])]
        self.edges.append(Edge(source, target, points, condition, label, self._done_box(source, label), default))

    # -- grid with lanes ---------------------------------------------------------------------------------------------------

    def _grid(self) -> None:
        d = self.description
        column, left, top = d.get("column", 150), 190, 80
        columns = max(n["col"] for n in d["nodes"]) + 1
        width = columns * column + 60
        known: dict[str, Node] = {}
        for lane in d["lanes"]:
            height = lane.get("height", 140)
            members = [n for n in d["nodes"] if n["lane"] == lane["id"]]
            drawn = []
            for raw in members:
                node = Node(
                    raw["id"], raw.get("kind", "userTask"), raw.get("name", ""), dict(raw.get("zj", {})), raw.get("doc", "")
                )
                node.x = left + 30 + int((raw["col"] + 0.5) * column) - node.size[0] // 2
                node.y = top + height // 2 + raw.get("dy", 0) - node.size[1] // 2
                (self._below if node.kind.endswith("Event") else self._above)(node) if node.kind in SIZES else None
                known[node.id] = node
                drawn.append(self._add(node))
            self.lanes.append((lane, (left, top, width, height), drawn))
            top += height
        for raw in d["edges"]:
            source, target = known[raw["from"]], known[raw["to"]]
            points, box = self._route(source, target, raw.get("via", ""), raw.get("label", ""), raw.get("shift", 0))
            default = (
                raw.get("if") is None
                and source.kind == "exclusiveGateway"
                and sum(e["from"] == source.id for e in d["edges"]) > 1
            )
            self.edges.append(Edge(source, target, points, raw.get("if"), raw.get("label", ""), box, default))

    def _route(self, a: Node, b: Node, via: str, label: str, shift: int) -> tuple[Points, tuple[int, int, int, int] | None]:
        (ax, ay), (bx, by) = a.middle, b.middle
        width = text_width(label)
        if via in ("up-over", "down-under"):  # along a channel above or below both, for ways back
            level = (min(a.y, b.y) - 18 - shift) if via == "up-over" else (max(a.bottom, b.bottom) + 16 + shift)
            ys = (a.y, b.y) if via == "up-over" else (a.bottom, b.bottom)
            return [(ax, ys[0]), (ax, level), (bx, level), (bx, ys[1])], (
                min(ax, bx) + abs(ax - bx) // 2 - width // 2,
                level - 16,
                width,
                14,
            )
        if via == "vertical-side":  # leave up or down, enter from the side
            start = (ax, a.y if by < ay else a.bottom)
            side = b.x if bx > ax else b.right
            return [start, (ax, by), (side, by)], (ax + 6, a.bottom + 10 if by > ay else a.y - 24, width, 14)
        if via == "side-vertical":  # leave sideways, enter from above or below
            start = (a.right if bx > ax else a.x, ay)
            enter = b.y if by > ay else b.bottom
            return [start, (bx, ay), (bx, enter)], (start[0] + 6 if bx > ax else start[0] - width - 6, ay - 18, width, 14)
        if ax == bx:
            return [(ax, a.bottom if by > ay else a.y), (bx, b.y if by > ay else b.bottom)], (
                ax + 6,
                a.bottom + 10 if by > ay else a.y - 24,
                width,
                14,
            )
        if ay == by:
            forward = bx > ax
            return [(a.right if forward else a.x, ay), (b.x if forward else b.right, by)], (
                (a.right + 5) if forward else a.x - width - 5, ay - 18, width, 14,
            )  # fmt: skip
        mid = (a.right + b.x) // 2 + shift
        return [(a.right, ay), (mid, ay), (mid, by), (b.x, by)], (a.right + 5, ay - 18, width, 14)


def draw(description: dict[str, Any]) -> str:
    """BPMN 2.0 text of a description."""
    return write(Drawing(description))


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as stream:
        sys.stdout.write(draw(json.load(stream)))
