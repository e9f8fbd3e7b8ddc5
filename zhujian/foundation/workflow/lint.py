"""What is wrong with a process or decision before it may be published: pure, each finding a code, a sentence, an element.

Errors stop publishing; warnings (``level="warn"``) are shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from zhujian.foundation.workflow import dmn
from zhujian.foundation.workflow.diagram import GATEWAYS, Item, Process
from zhujian.foundation.workflow.handlers_api import outcomes
from zhujian.foundation.workflow.safe_eval import Unsafe, parse

ATTRIBUTES = frozenset((
    "step", "role", "authority", "party", "form", "limit", "shadow-limit", "outcomes", "mandatory", "kind", "clock", "decision",
    "action", "result", "stage", "title", "board", "note",
))  # fmt: skip
SUPPORTED = frozenset((
    "startEvent", "endEvent", "userTask", "manualTask", "callActivity", "subProcess", "businessRuleTask", "serviceTask",
    "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "intermediateCatchEvent", "intermediateThrowEvent",
    "boundaryEvent",
))  # fmt: skip
EVENTS = {
    "startEvent": {""}, "endEvent": {"", "error", "terminate"}, "boundaryEvent": {"timer", "error"},
    "intermediateCatchEvent": {"timer"}, "intermediateThrowEvent": {""},
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One finding: `level` is error or warn."""

    code: str
    message: str
    element: str = ""
    level: str = "error"


@dataclass(frozen=True)
class Known:
    """What a definition may refer to. None: not checked (the register is not at hand)."""

    roles: Collection[str] | None = None
    authorities: Collection[str] | None = None
    forms: Collection[str] | None = None
    limits: Collection[str] | None = None
    processes: Collection[str] = field(default_factory=tuple)
    decisions: Collection[str] = field(default_factory=tuple)


def lint(process: Process, known: Known, default: Process | None = None) -> list[Finding]:
    """All findings about `process`; `default` is the provincial definition a city's variant must respect."""
    found = [*_shape(process), *_reach(process), *_flows(process), *_items(process, known)]
    if default is not None:
        found += _kept(process, default)
    return found


def _shape(process: Process) -> Iterable[Finding]:
    if not process.executable:
        yield Finding("bpmn.executable", "流程没有标记为可执行（isExecutable）。", process.id)
    if process.process_count > 1:
        yield Finding("bpmn.single", "一个文件只放一个流程，请拆开后分别上传。", process.id)
    if process.zj.keys() - ATTRIBUTES:
        yield Finding("bpmn.attribute", f"不认识的扩展属性：{'、'.join(sorted(process.zj.keys() - ATTRIBUTES))}。", process.id)
    for element, name in process.foreign:
        yield Finding("bpmn.foreign", f"含有平台不支持的扩展“{name}”，请删除。", element)
    insides = {process.id, *(i.id for i in process.items.values() if i.kind == "subProcess")}
    for inside in sorted(insides):
        starts = [i for i in process.items.values() if i.kind == "startEvent" and i.inside == inside]
        if len(starts) != 1:
            yield Finding("bpmn.start", f"应有且只有一个开始事件，现有 {len(starts)} 个。", inside)
        if not any(i.kind == "endEvent" and i.inside == inside for i in process.items.values()):
            yield Finding("bpmn.end", "缺少结束事件。", inside)
    for item in process.items.values():
        label = item.name or item.id
        if not item.id:
            yield Finding("bpmn.id", f"“{label}”没有标识（id）。", "")
        if item.kind not in SUPPORTED:
            yield Finding("bpmn.unsupported", f"“{label}”的类型（{item.kind}）不受支持；脚本任务不允许使用。", item.id)
        elif item.event not in EVENTS.get(item.kind, {""}):
            yield Finding("bpmn.event", f"“{label}”的事件类型（{item.event}）不受支持。", item.id)
        if item.script:
            yield Finding("bpmn.script", f"“{label}”含有脚本，不允许使用。", item.id)
        if item.loop and item.loop != "cardinality":
            yield Finding("bpmn.loop", f"“{label}”的多实例须写明数量（loopCardinality）。", item.id)


def _edges(process: Process) -> dict[str, list[str]]:
    edges: dict[str, list[str]] = {i: [] for i in process.items}
    for flow in process.flows.values():
        edges.setdefault(flow.source, []).append(flow.target)
    for item in process.items.values():
        if item.attached_to:
            edges.setdefault(item.attached_to, []).append(item.id)
    return edges


def _walk(starts: Iterable[str], edges: dict[str, list[str]]) -> set[str]:
    seen, waiting = set(), list(starts)
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += edges.get(node, [])
    return seen


def _reach(process: Process) -> Iterable[Finding]:
    edges = _edges(process)
    back: dict[str, list[str]] = {}
    for source, targets in edges.items():
        for target in targets:
            back.setdefault(target, []).append(source)
    reached = _walk((i.id for i in process.items.values() if i.kind == "startEvent"), edges)
    ends = _walk((i.id for i in process.items.values() if i.kind == "endEvent"), back)
    for item in process.items.values():
        label = item.name or item.id
        if item.id not in reached:
            yield Finding("bpmn.unreachable", f"从开始事件到不了“{label}”，请补上连线或删除。", item.id)
        elif item.id not in ends:
            yield Finding("bpmn.endless", f"从“{label}”走不到结束事件，请补上连线。", item.id)


def _flows(process: Process) -> Iterable[Finding]:
    for flow in process.flows.values():
        if flow.source not in process.items or flow.target not in process.items:
            yield Finding("bpmn.flow", "连线的起点或终点不存在。", flow.id)
            continue
        source = process.items[flow.source]
        if flow.condition is not None:
            if source.kind not in ("exclusiveGateway", "inclusiveGateway"):
                yield Finding(
                    "bpmn.condition.place", f"条件只能写在排他或包容网关的连线上（“{source.name or source.id}”不是）。", flow.id
                )
            try:
                parse(flow.condition)
            except Unsafe as error:
                yield Finding("bpmn.condition", f"{error}。", flow.id)
    for item in process.items.values():
        out = process.outgoing(item.id)
        label = item.name or item.id
        if item.kind in ("exclusiveGateway", "inclusiveGateway") and len(out) > 1:
            if item.default not in {f.id for f in out}:
                yield Finding("bpmn.default", f"网关“{label}”没有默认连线，条件都不满足时流程会停住，请设置默认连线。", item.id)
            for flow in out:
                if flow.id != item.default and not flow.condition:
                    yield Finding(
                        "bpmn.condition.missing", f"网关“{label}”到“{flow.name or flow.target}”的连线没有条件。", flow.id
                    )
                if flow.id == item.default and flow.condition:
                    yield Finding("bpmn.default.condition", f"网关“{label}”的默认连线不应再写条件。", flow.id)
        elif item.kind not in GATEWAYS and len(out) > 1:
            yield Finding("bpmn.split", f"“{label}”有多条出线，请用网关分开。", item.id)


def _items(process: Process, known: Known) -> Iterable[Finding]:
    for item in process.items.values():
        label = item.name or item.id
        if extra := item.zj.keys() - ATTRIBUTES:
            yield Finding("bpmn.attribute", f"“{label}”有不认识的扩展属性：{'、'.join(sorted(extra))}。", item.id)
        if item.kind == "userTask" and not item.name:
            yield Finding("bpmn.name", "人工任务没有名称。", item.id)
        yield from _referred(item, label, known)
        if item.kind == "callActivity":
            if not item.called:
                yield Finding("bpmn.called", f"“{label}”没有指定被调用的流程。", item.id)
            elif item.called not in known.processes:
                yield Finding("bpmn.called", f"“{label}”调用的流程 {item.called} 没有已发布的版本。", item.id)
        if item.kind == "businessRuleTask" and item.decision not in known.decisions:
            yield Finding("bpmn.decision", f"“{label}”使用的决策 {item.decision or '（未填写）'} 没有已发布的版本。", item.id)
        if item.kind == "serviceTask" and not item.zj.get("action"):
            yield Finding("bpmn.action", f"自动任务“{label}”没有写明动作（zj:action）。", item.id)
        codes = [o.code for o in outcomes(item.zj.get("outcomes", ""))]
        if len(codes) != len(set(codes)):
            yield Finding("bpmn.outcomes", f"“{label}”的结论代码重复。", item.id)
        if item.zj.get("clock") and item.zj["clock"] not in codes:
            yield Finding("bpmn.clock", f"“{label}”起算时限的结论 {item.zj['clock']} 不在结论列表中。", item.id)


def _referred(item: Item, label: str, known: Known) -> Iterable[Finding]:
    checks = (
        ("role", known.roles, "角色"), ("authority", known.authorities, "职能部门"), ("form", known.forms, "表单"),
        ("limit", known.limits, "时限参数"), ("shadow-limit", known.limits, "时限参数"),
    )  # fmt: skip
    for name, register, title in checks:
        value = item.zj.get(name)
        if value and register is not None and value not in register:
            yield Finding(f"bpmn.{name}", f"“{label}”的{title} {value} 不存在，请核对。", item.id)


def _kept(process: Process, default: Process) -> Iterable[Finding]:
    """Mandatory steps of the provincial definition must be in the variant, still mandatory and with the same authority."""
    here = {i.zj.get("step") or i.id: i for i in process.items.values()}
    for item in default.items.values():
        if item.zj.get("mandatory") != "true":
            continue
        mine = here.get(item.zj.get("step") or item.id) or process.items.get(item.id)
        label = item.name or item.id
        if mine is None:
            yield Finding("variant.mandatory", f"省级流程规定的必经环节“{label}”被删除了，请恢复。", item.id)
        elif mine.zj.get("mandatory") != "true":
            yield Finding("variant.mandatory.mark", f"必经环节“{label}”的必经标记被去掉了，请恢复。", mine.id)
        elif mine.kind != item.kind:
            yield Finding("variant.mandatory.kind", f"必经环节“{label}”的类型被改变了，请恢复。", mine.id)


def bypassed(process: Process, default: Process) -> Iterable[Finding]:
    """Warn of mandatory steps that can be walked around in the variant although they could not in the default."""
    for item in default.items.values():
        mine = process.items.get(item.id)
        if (
            item.zj.get("mandatory") == "true"
            and mine is not None
            and _avoidable(process, mine.id)
            and not _avoidable(default, item.id)
        ):
            yield Finding("variant.bypass", f"存在绕过必经环节“{item.name or item.id}”的路径，请检查连线。", mine.id)


def _avoidable(process: Process, node: str) -> bool:
    inside = process.items[node].inside
    edges = {k: [t for t in v if t != node] for k, v in _edges(process).items() if k != node}
    starts = [i.id for i in process.items.values() if i.kind == "startEvent" and i.inside == inside]
    ends = {i.id for i in process.items.values() if i.kind == "endEvent" and i.inside == inside and i.event == ""}
    return bool(_walk(starts, edges) & ends)


def lint_decision(decision: dmn.Decision) -> list[Finding]:
    """All findings about a decision table."""
    found = [Finding("dmn.cell", f"{message}。", element) for element, message in dmn.problems(decision)]
    if decision.policy not in ("UNIQUE", "FIRST", "ANY", "COLLECT", "RULE ORDER"):
        found.append(Finding("dmn.policy", f"命中策略 {decision.policy} 不受支持。", decision.id))
    if not decision.rules:
        found.append(Finding("dmn.empty", "决策表没有规则。", decision.id))
    if not decision.outputs or any(not name for _, name in decision.outputs):
        found.append(Finding("dmn.output", "决策表的输出列没有名称。", decision.id))
    return found


@dataclass(frozen=True)
class Change:
    """One difference between two processes, in words. `kind`: added, removed or changed."""

    kind: str
    element: str
    message: str


KINDS = {
    "userTask": "任务",
    "callActivity": "环节",
    "subProcess": "子流程",
    "businessRuleTask": "决策",
    "serviceTask": "自动任务",
}
NAMES = {
    "step": "环节代码", "role": "角色", "authority": "职能部门", "party": "承办方", "form": "表单", "limit": "时限", "shadow-limit": "法定时限",
    "outcomes": "可选结论", "mandatory": "必经", "kind": "类型", "clock": "起算结论", "decision": "决策", "action": "动作", "result": "结果",
}  # fmt: skip


def diff(old: Process, new: Process) -> list[Change]:
    """Differences from `old` to `new`: nodes and flows added, removed, changed."""
    found = []
    for key, item in new.items.items():
        if key not in old.items:
            found.append(Change("added", key, f"新增{KINDS.get(item.kind, '节点')}“{item.name or key}”"))
    for key, item in old.items.items():
        word = KINDS.get(item.kind, "节点")
        other = new.items.get(key)
        if other is None:
            found.append(Change("removed", key, f"删除{word}“{item.name or key}”"))
            continue
        if other.name != item.name:
            found.append(Change("changed", key, f"{word}“{item.name or key}”改名为“{other.name or key}”"))
        if other.kind != item.kind:
            found.append(Change("changed", key, f"“{item.name or key}”的类型由{item.kind}改为{other.kind}"))
        if other.called != item.called:
            found.append(
                Change(
                    "changed",
                    key,
                    f"“{item.name or key}”改为调用流程 {other.called or '（无）'}（原为 {item.called or '（无）'}）",
                )
            )
        for name in sorted(item.zj.keys() | other.zj.keys()):
            was, now = item.zj.get(name, ""), other.zj.get(name, "")
            if was != now:
                found.append(
                    Change("changed", key, f"“{item.name or key}”的{NAMES.get(name, name)}由“{was or '无'}”改为“{now or '无'}”")
                )
    return found + _diff_flows(old, new)


def _diff_flows(old: Process, new: Process) -> list[Change]:
    def named(process: Process, node: str) -> str:
        item = process.items.get(node)
        return (item.name or item.id) if item else node

    def index(process: Process) -> dict[tuple[str, str], str | None]:
        return {(f.source, f.target): f.condition for f in process.flows.values()}

    before, after = index(old), index(new)
    found = [Change("added", s, f"新增连线“{named(new, s)}”→“{named(new, t)}”") for s, t in after.keys() - before.keys()]
    found += [Change("removed", s, f"删除连线“{named(old, s)}”→“{named(old, t)}”") for s, t in before.keys() - after.keys()]
    for pair in before.keys() & after.keys():
        if before[pair] != after[pair]:
            words = f"“{named(old, pair[0])}”→“{named(old, pair[1])}”的条件由“{before[pair] or '无'}”改为“{after[pair] or '无'}”"
            found.append(Change("changed", pair[0], words))
    return sorted(found, key=lambda c: (c.kind, c.message))
