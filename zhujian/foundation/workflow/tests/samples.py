"""Small diagrams for tests, written as nodes and flows."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from zhujian.foundation.workflow import store
from zhujian.foundation.workflow.models import Definition

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zj="urn:zhujian:bpmn:1" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" targetNamespace="urn:zhujian:test">'
)


def bpmn(key: str, nodes: list[str], flows: list[tuple], *, extra: str = "", name: str = "") -> str:
    """`nodes` are elements without namespace prefix, `flows` (source, target[, condition]); ids of flows are source_target."""
    body = "".join(nodes)
    for source, target, *condition in flows:
        inner = f"<bpmn:conditionExpression>{escape(condition[0])}</bpmn:conditionExpression>" if condition else ""
        body += f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'
    return f'{HEAD}{extra}<bpmn:process id="{key}" name={quoteattr(name or key)} isExecutable="true">{body}</bpmn:process></bpmn:definitions>'


def start(id: str = "s") -> str:
    return f'<bpmn:startEvent id="{id}"/>'


def end(id: str = "e", **zj: str) -> str:
    return f'<bpmn:endEvent id="{id}"{_zj(zj)}/>'


def user(id: str, **zj: str) -> str:
    return f'<bpmn:userTask id="{id}" name="办理{id}"{_zj({"role": "reviewer", "authority": "HUD", **zj})}/>'


def party(id: str, code: str = "DEV", **zj: str) -> str:
    return f'<bpmn:userTask id="{id}" name="申请{id}"{_zj({"party": code, **zj})}/>'


def call(id: str, called: str, inner: str = "", **zj: str) -> str:
    return f'<bpmn:callActivity id="{id}" name="环节{id}" calledElement="{called}"{_zj(zj)}>{inner}</bpmn:callActivity>'


def xor(id: str, default: str = "") -> str:
    return f'<bpmn:exclusiveGateway id="{id}"' + (f' default="{default}"' if default else "") + "/>"


def both(id: str) -> str:
    return f'<bpmn:parallelGateway id="{id}"/>'


def _zj(attributes: dict[str, str]) -> str:
    return "".join(f" zj:{name.replace('_', '-')}={quoteattr(value)}" for name, value in attributes.items() if value)


YESNO = "pass:同意|reject:不予同意"

SIMPLE = bpmn("t_simple", [start(), user("a", outcomes=YESNO), user("b"), end()], [("s", "a"), ("a", "b"), ("b", "e")])

CHOICE = bpmn(
    "t_choice", [start(), user("a", outcomes=YESNO), xor("x", "x_no"), user("yes"), user("no"), end()],
    [("s", "a"), ("a", "x"), ("x", "yes", "outcome == 'pass' and gfa >= 300"), ("x", "no"), ("yes", "e"), ("no", "e")],
)  # fmt: skip

PARALLEL = bpmn(
    "t_parallel", [start(), both("f"), user("p1", step="P1", outcomes=YESNO), user("p2", step="P2", outcomes=YESNO), both("j"), user("last"), end()],
    [("s", "f"), ("f", "p1"), ("f", "p2"), ("p1", "j"), ("p2", "j"), ("j", "last"), ("last", "e")],
)  # fmt: skip

LOOP = bpmn(
    "t_loop", [start(), party("apply"), user("review", outcomes="pass:同意|supplement:补正"), xor("x", "x_e"), end()],
    [("s", "apply"), ("apply", "review"), ("review", "x"), ("x", "apply", "outcome == 'supplement'"), ("x", "e")],
)  # fmt: skip

APPROVAL = bpmn(
    "t_approval",
    [
        start(), party("apply"), user("accept", role="window", outcomes="accept:受理|supplement:要求补正", clock="accept"),
        xor("x1", "x1_review"), user("review", outcomes=YESNO), user("decide", role="approver", outcomes=YESNO), xor("x2", "x2_ok"),
        '<bpmn:endEvent id="refused"><bpmn:errorEventDefinition errorRef="E1"/></bpmn:endEvent>', end("ok", result="pass"),
    ],
    [
        ("s", "apply"), ("apply", "accept"), ("accept", "x1"), ("x1", "apply", "outcome == 'supplement'"), ("x1", "review"),
        ("review", "decide"), ("decide", "x2"), ("x2", "refused", "outcome == 'reject'"), ("x2", "ok"),
    ],
    extra='<bpmn:error id="E1" errorCode="reject"/>',
)  # fmt: skip

STAGE = bpmn(
    "t_stage", [start(), both("f"), call("c1", "t_approval", step="C01", authority="HUD"),
     '<bpmn:boundaryEvent id="no1" attachedToRef="c1"><bpmn:errorEventDefinition errorRef="E1"/></bpmn:boundaryEvent>',
     call("c2", "t_approval", step="C02", authority="NRP"),
     '<bpmn:boundaryEvent id="no2" attachedToRef="c2"><bpmn:errorEventDefinition errorRef="E1"/></bpmn:boundaryEvent>',
     both("j"), end()],
    [("s", "f"), ("f", "c1"), ("f", "c2"), ("no1", "c1"), ("no2", "c2"), ("c1", "j"), ("c2", "j"), ("j", "e")],
    extra='<bpmn:error id="E1" errorCode="reject"/>',
)  # fmt: skip

MAIN = bpmn(
    "t_main",
    [start(), '<bpmn:businessRuleTask id="kind" name="类型" zj:decision="t_kind"/>', xor("x", "x_e"), call("p1", "t_stage"), user("close"), end()],
    [("s", "kind"), ("kind", "x"), ("x", "p1", "project_type in ['T1', 'T3']"), ("x", "e"), ("p1", "close"), ("close", "e")],
)  # fmt: skip

DMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:t">
<decision id="t_kind" name="项目类型"><decisionTable id="dt" hitPolicy="FIRST">
<input id="i1" label="投资"><inputExpression id="ie1" typeRef="string"><text>invest</text></inputExpression></input>
<input id="i2" label="面积"><inputExpression id="ie2" typeRef="number"><text>gfa</text></inputExpression></input>
<output id="o1" label="类型" name="project_type" typeRef="string"/>
<rule id="r1"><inputEntry id="c11"><text>"GOV","SOE"</text></inputEntry><inputEntry id="c12"><text>-</text></inputEntry><outputEntry id="c13"><text>"T1"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="c21"><text></text></inputEntry><inputEntry id="c22"><text>[300..10000]</text></inputEntry><outputEntry id="c23"><text>"T3"</text></outputEntry></rule>
<rule id="r3"><inputEntry id="c31"><text>-</text></inputEntry><inputEntry id="c32"><text>&gt; 10000</text></inputEntry><outputEntry id="c33"><text>"T9"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""

ALL = {
    "t_simple": SIMPLE, "t_choice": CHOICE, "t_parallel": PARALLEL, "t_loop": LOOP, "t_approval": APPROVAL, "t_stage": STAGE,
    "t_main": MAIN, "t_kind": DMN,
}  # fmt: skip


def publish(*xmls: str, region: str = "") -> list[Definition]:
    """Publish diagrams straight into the table (the lint has its own tests)."""
    rows = []
    for xml in xmls:
        kind, key, name, calls, decisions = store.read(xml)
        had = Definition.objects.filter(key=key, region_code=region)
        had.filter(status="published").update(status="retired")
        rows.append(Definition.objects.create(
            key=key, kind=kind, region_code=region, number=had.count() + 1, name=name, module="workflow", xml=xml, sha=store.sha_of(xml),
            calls=calls, decisions=decisions, status="published",
        ))  # fmt: skip
    return rows


def compiled(*xmls: str, root: str) -> object:
    """A bundle without database."""
    rows = []
    for xml in xmls:
        kind, key, name, calls, decisions = store.read(xml)
        rows.append(Definition(key=key, kind=kind, name=name, xml=xml, calls=calls, decisions=decisions))
    return store.compile_definitions(root, rows)
