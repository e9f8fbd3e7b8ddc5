"""Gives a diagram without drawing information one, so that every process can be shown and edited: layered, left to right."""

from __future__ import annotations

from functools import lru_cache

from lxml import etree

from zhujian.foundation.workflow.diagram import DI, GATEWAYS, Item, Process, read_process, safe_root

DC = "http://www.omg.org/spec/DD/20100524/DC"
DDI = "http://www.omg.org/spec/DD/20100524/DI"
COLUMN, ROW = 170, 110


@lru_cache(maxsize=128)
def with_layout(xml: str) -> str:
    """`xml`, with a ``BPMNDiagram`` added when it has none."""
    root = safe_root(xml)
    if root.find(f"{{{DI}}}BPMNDiagram") is not None:
        return xml
    process = read_process(root)
    places = _places(process)
    diagram = etree.SubElement(root, f"{{{DI}}}BPMNDiagram", id="diagram")
    plane = etree.SubElement(diagram, f"{{{DI}}}BPMNPlane", id="plane", bpmnElement=process.id)
    for node, (x, y) in places.items():
        item = process.items[node]
        width, height = size(item)
        shape = etree.SubElement(plane, f"{{{DI}}}BPMNShape", id=f"{node}_shape", bpmnElement=node)
        if item.kind == "subProcess":
            shape.set("isExpanded", "false")
        etree.SubElement(shape, f"{{{DC}}}Bounds", x=str(x), y=str(y), width=str(width), height=str(height))
    for flow in process.flows.values():
        if flow.source in places and flow.target in places:
            edge = etree.SubElement(plane, f"{{{DI}}}BPMNEdge", id=f"{flow.id}_edge", bpmnElement=flow.id)
            for x, y in _line(process, places, flow.source, flow.target):
                etree.SubElement(edge, f"{{{DDI}}}waypoint", x=str(x), y=str(y))
    return etree.tostring(root, encoding="unicode")


def size(item: Item) -> tuple[int, int]:
    """Width and height of a node as bpmn-js draws it."""
    if item.kind in GATEWAYS:
        return 50, 50
    return (36, 36) if item.kind.endswith("Event") else (120, 70)


def _places(process: Process) -> dict[str, tuple[int, int]]:
    """Top left corners of the nodes directly in the process: column by longest way from the start, row by order of meeting."""
    inside = {k: i for k, i in process.items.items() if i.inside == process.id}
    column: dict[str, int] = {}
    ways = {k: [f.target for f in process.outgoing(k) if f.target in inside] for k in inside}
    for key, item in inside.items():
        if item.attached_to in ways:
            ways[item.attached_to].append(key)

    def visit(node: str, depth: int, trail: frozenset[str]) -> None:
        if node in trail or depth <= column.get(node, -1) or depth > len(inside):
            return
        column[node] = depth
        for target in ways[node]:
            visit(target, depth + 1, trail | {node})

    for key, item in inside.items():
        if item.kind == "startEvent":
            visit(key, 0, frozenset())
    for key in inside:
        column.setdefault(key, 0)
    rows: dict[int, int] = {}
    places = {}
    for key in sorted(inside, key=lambda k: column[k]):
        item = inside[key]
        row = rows.get(column[key], 0)
        rows[column[key]] = row + 1
        width, height = size(item)
        places[key] = (160 + column[key] * COLUMN + (120 - width) // 2, 100 + row * ROW + (70 - height) // 2)
    for key, item in inside.items():
        if item.attached_to in places:
            x, y = places[item.attached_to]
            places[key] = (x + 80, y + 52)
    return places


def _line(process: Process, places: dict[str, tuple[int, int]], source: str, target: str) -> list[tuple[int, int]]:
    (sx, sy), (tx, ty) = places[source], places[target]
    (sw, sh), (_, th) = size(process.items[source]), size(process.items[target])
    start, stop = (sx + sw, sy + sh // 2), (tx, ty + th // 2)
    if stop[0] <= start[0]:  # backwards: go below
        low = max(y for _, y in places.values()) + 110
        tw = size(process.items[target])[0]
        return [(sx + sw // 2, sy + sh), (sx + sw // 2, low), (tx + tw // 2, low), (tx + tw // 2, ty + th)]
    if start[1] == stop[1]:
        return [start, stop]
    middle = stop[0] - 25
    return [start, (middle, start[1]), (middle, stop[1]), stop]
