"""A BPMN or DMN file read safely into plain values: nodes, flows and ``zj:`` attributes, for lint, diff, pages and engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from defusedxml import ElementTree as SafeTree
from defusedxml.common import DefusedXmlException
from lxml import etree

from zhujian.foundation.workflow.dmn import Decision, Rule

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
ZJ = "urn:zhujian:bpmn:1"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
MAX_BYTES = 2_000_000
TASKS = ("userTask", "manualTask", "task", "callActivity", "subProcess", "businessRuleTask", "serviceTask", "scriptTask",
         "sendTask", "receiveTask", "transaction", "adHocSubProcess")  # fmt: skip
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway")
EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
NODES = frozenset((*TASKS, *GATEWAYS, *EVENTS))


class Unreadable(ValueError):
    """The bytes are no safe, well-formed diagram; the message says why, in Chinese."""


@dataclass(frozen=True)
class Flow:
    """A sequence flow; `condition` is None on a default or unconditional one."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str | None = None


@dataclass(frozen=True)
class Item:
    """A flow node. `inside` is the id of the process or embedded sub-process that holds it; `event` its definition's kind."""

    id: str
    kind: str
    name: str
    inside: str
    zj: dict[str, str]
    documentation: str = ""
    called: str = ""
    decision: str = ""
    default: str = ""
    attached_to: str = ""
    event: str = ""
    error: str = ""
    interrupting: bool = True
    loop: str = ""
    script: str = ""


@dataclass(frozen=True)
class Process:
    """One process of a diagram with everything inside it."""

    id: str
    name: str
    executable: bool
    items: dict[str, Item]
    flows: dict[str, Flow]
    foreign: tuple[tuple[str, str], ...] = ()  # (element id, "{namespace}name") of unknown extensions
    process_count: int = 1
    zj: dict[str, str] = field(default_factory=dict)

    @property
    def calls(self) -> tuple[str, ...]:
        """Keys of the called processes."""
        return tuple(sorted({i.called for i in self.items.values() if i.called}))

    @property
    def decisions(self) -> tuple[str, ...]:
        """Keys of the decisions used."""
        return tuple(sorted({i.decision for i in self.items.values() if i.decision}))

    def outgoing(self, node: str) -> list[Flow]:
        """Flows leaving `node`."""
        return [f for f in self.flows.values() if f.source == node]


def safe_root(xml: bytes | str) -> etree._Element:
    """Root element of `xml`; refuses DTDs, entities, foreign encodings and files over `MAX_BYTES`."""
    raw = xml.encode() if isinstance(xml, str) else bytes(xml)
    if len(raw) > MAX_BYTES:
        raise Unreadable(f"文件超过 {MAX_BYTES // 1_000_000} MB，请检查是否选错了文件")
    try:
        SafeTree.fromstring(raw, forbid_dtd=True)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
        return etree.fromstring(raw, parser)
    except DefusedXmlException:
        raise Unreadable("文件含有 DTD 或实体声明，出于安全不予接收，请用流程编辑器重新导出") from None
    except (SafeTree.ParseError, etree.XMLSyntaxError, ValueError, LookupError):
        raise Unreadable("文件不是格式正确的 XML，请用流程编辑器重新导出") from None


def is_decision(root: etree._Element) -> bool:
    """Whether the file is a DMN file."""
    return etree.QName(root).localname == "definitions" and "/DMN/" in (etree.QName(root).namespace or "")


def own(element: etree._Element) -> dict[str, str]:
    """``zj:`` attributes of `element`, without the namespace."""
    prefix = f"{{{ZJ}}}"
    return {str(k)[len(prefix) :]: str(v).strip() for k, v in element.attrib.items() if str(k).startswith(prefix)}


def read_process(root: etree._Element) -> Process:
    """The (single executable) process of a BPMN file; raises `Unreadable`."""
    if etree.QName(root).namespace != BPMN:
        raise Unreadable("文件不是 BPMN 2.0 流程图，请用流程编辑器重新导出")
    processes = root.findall(f"{{{BPMN}}}process")
    if not processes:
        raise Unreadable("文件里没有流程（process）")
    chosen = next((p for p in processes if p.get("isExecutable", "true") == "true"), processes[0])
    errors = {e.get("id"): e.get("errorCode") or e.get("id") for e in root.findall(f"{{{BPMN}}}error")}
    items: dict[str, Item] = {}
    flows: dict[str, Flow] = {}
    foreign: list[tuple[str, str]] = []
    for element in chosen.iter(etree.Element):
        name = etree.QName(element)
        here = _nearest_id(element)
        for attribute in element.attrib:
            space = etree.QName(attribute).namespace
            if (
                space not in (None, ZJ, BPMN)
                and "XMLSchema-instance" not in (space or "")
                and str(attribute) != f"{{{CAMUNDA}}}decisionRef"
            ):
                foreign.append((here, str(attribute)))
        if name.namespace not in (BPMN, DI):
            foreign.append((here, str(element.tag)))
        elif name.localname == "sequenceFlow":
            condition = element.find(f"{{{BPMN}}}conditionExpression")
            text = None if condition is None else (condition.text or "").strip()
            flow = Flow(
                element.get("id", ""), element.get("sourceRef", ""), element.get("targetRef", ""), element.get("name") or "", text
            )
            flows[flow.id] = flow
        elif name.localname in NODES:
            item = _item(element, name.localname, errors)
            items[item.id] = item
    return Process(
        chosen.get("id", ""), chosen.get("name") or chosen.get("id", ""), chosen.get("isExecutable", "true") == "true",
        items, flows, tuple(foreign), len(processes), own(chosen),
    )  # fmt: skip


def _nearest_id(element: etree._Element | None) -> str:
    while element is not None:
        if element.get("id"):
            return element.get("id")
        element = element.getparent()
    return ""


def _item(element: etree._Element, kind: str, errors: dict) -> Item:
    parent = element.getparent()
    event, error = "", ""
    for child in element:
        local = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if local.endswith("EventDefinition"):
            event = local.removesuffix("EventDefinition")
            error = errors.get(child.get("errorRef"), "") if event == "error" else ""
    loop = next(
        (
            n
            for n in ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
            if element.find(f"{{{BPMN}}}{n}") is not None
        ),
        "",
    )
    if loop and element.find(f"{{{BPMN}}}{loop}/{{{BPMN}}}loopCardinality") is not None:
        loop = "cardinality"
    documentation = element.find(f"{{{BPMN}}}documentation")
    zj = own(element)
    return Item(
        id=element.get("id", ""), kind=kind, name=element.get("name") or "", inside=parent.get("id", "") if parent is not None else "",
        zj=zj, documentation="" if documentation is None else (documentation.text or "").strip(),
        called=element.get("calledElement", "") if kind == "callActivity" else "",
        decision=(zj.get("decision") or element.get(f"{{{CAMUNDA}}}decisionRef", "")) if kind == "businessRuleTask" else "",
        default=element.get("default", ""), attached_to=element.get("attachedToRef", ""), event=event, error=error,
        interrupting=element.get("cancelActivity", "true") == "true", loop=loop,
        script=element.findtext(f"{{{BPMN}}}script") or "",
    )  # fmt: skip


def read_decision(root: etree._Element) -> Decision:
    """The decision table of a DMN file; raises `Unreadable`."""
    space = etree.QName(root).namespace
    decisions = root.findall(f"{{{space}}}decision")
    if len(decisions) != 1:
        raise Unreadable("一个决策文件只放一张决策表，请拆开后分别上传")
    table = decisions[0].find(f"{{{space}}}decisionTable")
    if table is None:
        raise Unreadable("文件里没有决策表（decisionTable）")
    inputs, outputs, rules = [], [], []
    for element in table.findall(f"{{{space}}}input"):
        expression = (element.findtext(f"{{{space}}}inputExpression/{{{space}}}text") or "").strip()
        inputs.append((element.get("label") or expression, expression))
    for element in table.findall(f"{{{space}}}output"):
        outputs.append((element.get("label") or element.get("name", ""), element.get("name") or element.get("label", "")))
    for element in table.findall(f"{{{space}}}rule"):
        cells = [
            tuple((c.findtext(f"{{{space}}}text") or "").strip() for c in element.findall(f"{{{space}}}{k}Entry"))
            for k in ("input", "output")
        ]
        if len(cells[0]) != len(inputs) or len(cells[1]) != len(outputs):
            raise Unreadable(f"决策表的规则 {element.get('id', '')} 列数与表头不一致")
        rules.append(Rule(element.get("id", ""), cells[0], cells[1], (element.findtext(f"{{{space}}}description") or "").strip()))
    return Decision(
        decisions[0].get("id", ""), decisions[0].get("name") or decisions[0].get("id", ""),
        table.get("hitPolicy", "UNIQUE").upper(), tuple(inputs), tuple(outputs), tuple(rules),
    )  # fmt: skip


@lru_cache(maxsize=256)
def cached_process(xml: str) -> Process:
    """`read_process` of stored text."""
    return read_process(safe_root(xml))


@lru_cache(maxsize=256)
def cached_decision(xml: str) -> Decision:
    """`read_decision` of stored text."""
    return read_decision(safe_root(xml))
