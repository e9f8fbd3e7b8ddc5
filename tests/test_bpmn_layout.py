"""The layout tool writes diagrams that the engine reads and that nothing overlaps in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import bpmn_layout
import pytest

from zhujian.foundation.workflow.diagram import read_process, safe_root

TOOL = Path(bpmn_layout.__file__)
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"


def task(id: str, **more) -> dict:
    return {"task": id, "name": f"办理{id}", **more}


NESTED = {
    "key": "nested", "name": "嵌套", "doc": "说明 <带尖括号> & 符号",
    "flow": [
        task("a", zj={"role": "reviewer"}),
        {"all": [
            [task("b"), {"one": [{"if": None, "label": "需要", "flow": [task("c")]}, {"if": "skip_c", "label": "不需要", "flow": []}], "name": "要吗？"}],
            [{"repeat": [task("d")], "while": 'outcome == "again"', "label": "再来", "done": "够了", "name": "还有？"}],
            [{"any": [{"if": "x", "label": "甲", "flow": [task("e")]}, {"if": "y", "label": "很长的一个条件名称", "flow": [task("f"), task("g")]}]}],
        ]},
        task("h", kind="callActivity", called="other"),
    ],
}  # fmt: skip
LANES = {
    "key": "lanes", "name": "泳道", "lanes": [{"id": "a", "name": "申请人"}, {"id": "b", "name": "窗口", "height": 200}],
    "nodes": [
        {"id": "start", "lane": "a", "col": 0, "kind": "startEvent", "name": "开始"}, {"id": "again", "lane": "a", "col": 1, "kind": "exclusiveGateway"},
        {"id": "apply", "lane": "a", "col": 2, "name": "申请"}, {"id": "accept", "lane": "b", "col": 3, "name": "受理"},
        {"id": "ok", "lane": "b", "col": 4, "kind": "exclusiveGateway"}, {"id": "end", "lane": "b", "col": 5, "kind": "endEvent", "name": "结束"},
    ],
    "edges": [
        {"from": "start", "to": "again"}, {"from": "again", "to": "apply"}, {"from": "apply", "to": "accept", "via": "side-vertical"},
        {"from": "accept", "to": "ok"}, {"from": "ok", "to": "end", "label": "受理"},
        {"from": "ok", "to": "again", "if": 'outcome == "return"', "label": "退回", "via": "down-under", "shift": 18},
    ],
}  # fmt: skip


@pytest.mark.parametrize("description", [NESTED, LANES], ids=["nested", "lanes"])
def test_drawing_is_complete_readable_and_free_of_overlaps(description):
    xml = bpmn_layout.draw(description)
    process = read_process(safe_root(xml))
    assert process.id == description["key"]
    root = ElementTree.fromstring(xml)
    boxes = {}
    for shape in root.iter(f"{DI}BPMNShape"):
        bounds = shape.find(f"{DC}Bounds")
        boxes[shape.get("bpmnElement")] = [int(bounds.get(k)) for k in ("x", "y", "width", "height")]
    assert set(process.items) <= set(boxes)
    assert {e.get("bpmnElement") for e in root.iter(f"{DI}BPMNEdge")} == set(process.flows)
    placed = [boxes[i] for i in process.items]
    for number, (x, y, w, h) in enumerate(placed):
        assert all(x + w <= a or a + c <= x or y + h <= b or b + d <= y for a, b, c, d in placed[number + 1 :])
    for item in process.items.values():
        if item.kind in ("exclusiveGateway", "inclusiveGateway") and len(process.outgoing(item.id)) > 1:
            assert item.default in process.flows
            assert process.flows[item.default].condition is None


def test_command_line_reads_json_and_prints_bpmn(tmp_path):
    path = tmp_path / "d.json"
    path.write_text(json.dumps(NESTED, ensure_ascii=False), encoding="utf-8")
    done = subprocess.run([sys.executable, str(TOOL), str(path)], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout == bpmn_layout.draw(NESTED)
