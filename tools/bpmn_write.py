"""Writes a laid-out process as BPMN 2.0 with its diagram interchange."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

Points = list[tuple[int, int]]
NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zj="urn:zhujian:bpmn:1"'
)


def write(drawing: Any) -> str:
    """BPMN 2.0 text of a drawing (`description`, `nodes`, `edges`, `lanes`)."""
    d = drawing.description
    key = d["key"]
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<bpmn:definitions {NAMESPACES} id="definitions_{key}" targetNamespace="urn:zhujian:process">',
    ]
    if drawing.lanes:
        out.append(f'  <bpmn:collaboration id="collaboration_{key}">')
        out.append(f'    <bpmn:participant id="pool_{key}" name={quoteattr(d["name"])} processRef="{key}"/>')
        out.append("  </bpmn:collaboration>")
    out.append(f'  <bpmn:process id="{key}" name={quoteattr(d["name"])} isExecutable="true"{_attributes(d.get("zj", {}))}>')
    if d.get("doc"):
        out.append(f"    <bpmn:documentation>{escape(d['doc'])}</bpmn:documentation>")
    if drawing.lanes:
        out.append(f'    <bpmn:laneSet id="lanes_{key}">')
        for lane, _, members in drawing.lanes:
            out.append(f'      <bpmn:lane id="lane_{lane["id"]}" name={quoteattr(lane["name"])}>')
            out += [f"        <bpmn:flowNodeRef>{n.id}</bpmn:flowNodeRef>" for n in members]
            out.append("      </bpmn:lane>")
        out.append("    </bpmn:laneSet>")
    for node in drawing.nodes:
        out += _node(drawing, node)
    for edge in drawing.edges:
        out += _flow(edge)
    out.append("  </bpmn:process>")
    out += _diagram(drawing, key)
    out.append("</bpmn:definitions>\n")
    return "\n".join(out)


def _node(drawing: Any, node: Any) -> list[str]:
    name = f" name={quoteattr(node.name)}" if node.name else ""
    called = f' calledElement="{node.called}"' if node.called else ""
    default = next((f' default="{e.id}"' for e in drawing.edges if e.source is node and e.default), "")
    zj = {k: v for k, v in node.zj.items() if not k.startswith("_")}
    inner = [f"      <bpmn:documentation>{escape(node.doc)}</bpmn:documentation>"] if node.doc else []
    inner += [f"      <bpmn:incoming>{e.id}</bpmn:incoming>" for e in drawing.edges if e.target is node]
    inner += [f"      <bpmn:outgoing>{e.id}</bpmn:outgoing>" for e in drawing.edges if e.source is node]
    return [
        f'    <bpmn:{node.kind} id="{node.id}"{name}{called}{default}{_attributes(zj)}>',
        *inner,
        f"    </bpmn:{node.kind}>",
    ]


def _diagram(drawing: Any, key: str) -> list[str]:
    out = [f'  <bpmndi:BPMNDiagram id="diagram_{key}">']
    plane = f"collaboration_{key}" if drawing.lanes else key
    out.append(f'    <bpmndi:BPMNPlane id="plane_{key}" bpmnElement="{plane}">')
    if drawing.lanes:
        x, y, width, _ = drawing.lanes[0][1]
        height = sum(box[3] for _, box, _ in drawing.lanes)
        out += _shape(f"pool_{key}", (x - 30, y, width + 30, height), None, ' isHorizontal="true"')
        for lane, box, _ in drawing.lanes:
            out += _shape(f"lane_{lane['id']}", box, None, ' isHorizontal="true"')
    for node in drawing.nodes:
        marker = ' isMarkerVisible="true"' if node.kind == "exclusiveGateway" else ""
        out += _shape(node.id, (node.x, node.y, *node.size), node.label, marker)
    for edge in drawing.edges:
        out.append(f'      <bpmndi:BPMNEdge id="{edge.id}_di" bpmnElement="{edge.id}">')
        out += [f'        <di:waypoint x="{x}" y="{y}"/>' for x, y in _simple(edge.points)]
        if edge.label and edge.label_box:
            out.append("        <bpmndi:BPMNLabel>" + _bounds(edge.label_box) + "</bpmndi:BPMNLabel>")
        out.append("      </bpmndi:BPMNEdge>")
    return [*out, "    </bpmndi:BPMNPlane>", "  </bpmndi:BPMNDiagram>"]


def _simple(points: Points) -> Points:
    """Points without those that lie on the line between their neighbours."""
    kept: Points = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and ((kept[-2][0] == kept[-1][0] == point[0]) or (kept[-2][1] == kept[-1][1] == point[1])):
            kept.pop()
        kept.append(point)
    return kept


def _attributes(zj: dict[str, str]) -> str:
    return "".join(f" zj:{name}={quoteattr(str(value))}" for name, value in zj.items() if value not in ("", None))


def _flow(edge: Any) -> list[str]:
    name = f" name={quoteattr(edge.label)}" if edge.label else ""
    head = f'    <bpmn:sequenceFlow id="{edge.id}"{name} sourceRef="{edge.source.id}" targetRef="{edge.target.id}"'
    if edge.condition is None:
        return [head + "/>"]
    test = (
        f'      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(edge.condition)}</bpmn:conditionExpression>'
    )
    return [head + ">", test, "    </bpmn:sequenceFlow>"]


def _bounds(box: tuple[int, int, int, int]) -> str:
    return f'<dc:Bounds x="{box[0]}" y="{box[1]}" width="{box[2]}" height="{box[3]}"/>'


def _shape(id: str, box: tuple[int, int, int, int], label: tuple[int, int, int, int] | None, extra: str) -> list[str]:
    out = [f'      <bpmndi:BPMNShape id="{id}_di" bpmnElement="{id}"{extra}>', "        " + _bounds(box)]
    if label:
        out.append("        <bpmndi:BPMNLabel>" + _bounds(label) + "</bpmndi:BPMNLabel>")
    return [*out, "      </bpmndi:BPMNShape>"]
