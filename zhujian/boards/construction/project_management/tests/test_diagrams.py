"""The diagrams and tables themselves: lint-free, drawn completely, in line with the step files."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.steps import loader
from zhujian.boards.construction.project_management.tests.driving import CITIES, PROCESSES, diagram
from zhujian.foundation.workflow import lint
from zhujian.foundation.workflow.diagram import cached_decision, cached_process

DIAGRAMS = sorted(PROCESSES.glob("*.bpmn"))
TABLES = sorted(PROCESSES.glob("*.dmn"))
SPACE = {
    "b": "http://www.omg.org/spec/BPMN/20100524/MODEL", "d": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC", "di": "http://www.omg.org/spec/DD/20100524/DI",
}  # fmt: skip


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda p: p.stem)
def test_diagram_has_no_findings(path):
    key, _, region = path.stem.partition("@")
    default = diagram(key) if region else None
    known = lint.Known(
        roles={"window", "reviewer", "approver"}, authorities=set(steps.AUTHORITIES), forms={"stage_application", "step", "review", "permit_request"},
        limits={loader.PREFIX + k for k in loader.parameter_keys()}, processes={p.stem for p in DIAGRAMS}, decisions={p.stem for p in TABLES},
    )  # fmt: skip
    process = cached_process(path.read_text(encoding="utf-8"))
    assert lint.lint(process, known, default) == []
    assert process.id == key


@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.stem)
def test_decision_has_no_findings(path):
    decision = cached_decision(path.read_text(encoding="utf-8"))
    assert lint.lint_decision(decision) == []
    assert decision.policy == "FIRST"
    assert decision.id == path.stem.partition("@")[0]


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda p: p.stem)
def test_diagram_is_drawn_completely_without_overlaps(path):
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    process = cached_process(path.read_text(encoding="utf-8"))
    shapes = {}
    for shape in root.iter(f"{{{SPACE['d']}}}BPMNShape"):
        box = shape.find("dc:Bounds", SPACE)
        shapes[shape.get("bpmnElement")] = tuple(int(float(box.get(k))) for k in ("x", "y", "width", "height"))
    assert set(process.items) <= set(shapes)
    boxes = [(k, shapes[k]) for k in process.items]
    for number, (one, (x, y, w, h)) in enumerate(boxes):
        kind = process.items[one].kind
        assert (w, h) == ((36, 36) if kind.endswith("Event") else (50, 50) if kind.endswith("Gateway") else (100, 80)), one
        for other, (x2, y2, w2, h2) in boxes[number + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y, f"{one} overlaps {other}"
    edges = {e.get("bpmnElement"): e for e in root.iter(f"{{{SPACE['d']}}}BPMNEdge")}
    assert set(edges) == set(process.flows)
    for edge in edges.values():
        points = [(int(p.get("x")), int(p.get("y"))) for p in edge.iterfind("di:waypoint", SPACE)]
        assert len(points) >= 2
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in zip(points, points[1:], strict=False)), edge.get("id")


@pytest.mark.parametrize("region", CITIES)
def test_diagrams_agree_with_the_step_files(region):
    catalogue = steps.load(region)
    drawn: dict[str, str] = {}
    for stage in steps.STAGES:
        for item in diagram(f"stage_{stage.lower()}", region).items.values():
            if step := item.zj.get("step"):
                drawn.setdefault(step, stage)
                if item.called and not item.id.startswith("redo"):
                    assert item.name.startswith(step), item.id
    separate = {s.id for s in catalogue if s.enabled and not s.merge_into}
    assert set(drawn) == separate
    elsewhere = {"C09": "P4"}
    assert {k: v for k, v in drawn.items() if v != catalogue[k].stage} == elsewhere
