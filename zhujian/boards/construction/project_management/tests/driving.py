"""Drives whole projects through the diagrams in memory, with an automatic decider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from zhujian.boards.construction.project_management import steps
from zhujian.foundation.workflow import engine, store
from zhujian.foundation.workflow.compiled import Compiled
from zhujian.foundation.workflow.diagram import Process, cached_process
from zhujian.foundation.workflow.handlers_api import Node
from zhujian.foundation.workflow.models import Definition

PROCESSES = Path(__file__).resolve().parents[1] / "processes"
WUHAN, YICHANG = "420100000000", "420500000000"
CITIES = ("", WUHAN, YICHANG)
CONDITIONS = (
    "in_approved_plan", "regional_assessed", "water_review", "energy_review", "other_assessment", "consultation_needed",
    "utilities_needed", "tender_required", "site_permits_needed", "volume_or_facade_change", "has_high_risk_works",
    "has_lifting_machines", "has_monitoring", "has_property_service", "pile_first",
)  # fmt: skip
BASE: dict[str, Any] = {
    **dict.fromkeys(CONDITIONS, False), "invest_type": "ENT", "object_kind": "BUILDING", "approval_mode": "FILING", "land_mode": "GRANTED",
    "nature": "NEW", "eia_class": "TABLE", "is_residential": False, "is_presale": False, "has_civil_defence": False,
    "fire_special": False, "ultra_limit": False, "low_risk": False, "is_large": True, "needs_permit": True,
    "beyond_design_life": False, "contract_wan": "8600", "gfa_m2": "58200", "permit_contract_floor": 30, "permit_area_floor": 300,
    "estimate_ratio": "1.10", "site_permits_needed": True, "volume_or_facade_change": True,
}  # fmt: skip
SITE = {"has_high_risk_works": True, "has_lifting_machines": True, "has_monitoring": True, "utilities_needed": True}
GOV = {
    "invest_type": "GOV",
    "approval_mode": "APPROVAL",
    "land_mode": "ALLOCATED",
    "tender_required": True,
    "estimate_wan": "20000",
}
TYPICAL: dict[str, dict[str, Any]] = {
    "T1": {**BASE, **SITE, **GOV, "fire_special": True, "energy_review": True, "water_review": True, "has_civil_defence": True},
    "T2": {**BASE, **GOV, "object_kind": "MUNI_LINE", "water_review": True, "consultation_needed": True},
    "T3": {**BASE, **SITE, "approval_mode": "VERIFICATION", "is_residential": True, "is_presale": True, "has_civil_defence": True,
           "has_property_service": True, "water_review": True, "other_assessment": True},
    "T4": {**BASE, "low_risk": True},
    "T5": {**BASE, "land_mode": "GRANTED_WITH_SCHEME"},
    "T6": {**BASE, "nature": "EXTENSION", "land_mode": "OWNED"},
}  # fmt: skip


@cache
def bundle(region: str) -> Compiled:
    """All processes and decisions as they serve `region`."""
    rows = []
    for path in sorted(PROCESSES.iterdir()):
        key, _, rest = path.stem.partition("@")
        own = PROCESSES / f"{key}@{region[:6]}{path.suffix}"
        chosen = None if rest else own if region and own.exists() else path
        if chosen is not None:
            rows.append(
                Definition(
                    key=key, kind=path.suffix[1:], xml=chosen.read_text(encoding="utf-8"), module="project_management", name=key
                )
            )
    return store.compile_definitions("project_lifecycle", rows)


def diagram(key: str, region: str = "") -> Process:
    """One diagram as it serves `region`."""
    own = PROCESSES / f"{key}@{region[:6]}.bpmn"
    path = own if region and own.exists() else PROCESSES / f"{key}.bpmn"
    return cached_process(path.read_text(encoding="utf-8"))


Decider = Callable[[Node, dict[str, Any], int], str | None]


class Drive:
    """One project's run. `decider(node, facts, visit)` may choose an outcome; None takes the ordinary one."""

    def __init__(self, facts: Mapping[str, Any], region: str = "", decider: Decider | None = None, *, until: str = "") -> None:
        self.facts = dict(facts)
        self.decider = decider or (lambda node, facts, visit: None)
        self.log: list[tuple[str, str, str]] = []  # (step, node, outcome)
        self.calls: list[tuple[str, str, str]] = []  # (call activity, step, result)
        self.visits: dict[tuple[tuple[str, ...], str], int] = {}
        self.run = engine.Run(bundle(region), self.facts, ended=self._ended)
        self.run.start()
        self.root = self.run.root
        self.until = until

    def _ended(self, part: engine.Part) -> dict[str, Any]:
        if part.path:
            self.calls.append((part.path[-1], part.step, part.result))
        return {}

    def waiting(self) -> list[engine.Opened]:
        """Open tasks, oldest first."""
        self.run.opened = [o for o in self.run.opened if o.task in o.part.ready]
        return self.run.opened

    def do(self, opened: engine.Opened, outcome: str) -> None:
        """Complete one task."""
        self.log.append((opened.node.step, opened.node.id, outcome))
        self.run.begun.clear()  # each task is an act of its own
        self.run.complete(opened.part, opened.task, outcome)

    def go(self, limit: int = 4000) -> Drive:
        """Go on until the project is extinct, or `until` (step or node) is the next open task."""
        for _ in range(limit):
            tasks = self.waiting()
            if not tasks:
                return self
            task = next((t for t in tasks if self.until not in (t.node.step, t.node.id)), None) if self.until else tasks[0]
            if task is None:
                return self
            key = (task.node.path, task.node.id)
            self.visits[key] = self.visits.get(key, 0) + 1
            self.do(task, self.decider(task.node, self.facts, self.visits[key]) or ordinary(task.node, self.visits[key]))
        raise AssertionError(f"no end after {limit} tasks: {self.log[-10:]}")

    @property
    def finished(self) -> bool:
        """Whether the whole process has ended."""
        return self.root.status == "finished"

    def steps(self) -> set[str]:
        """Steps that were done."""
        return {step for _, step, _ in self.calls if step} | {s for s, node, _ in self.log if node == "step_A02"}

    def nodes(self) -> set[str]:
        """Ids of the call activities that were done."""
        return {node for node, _, _ in self.calls}


def ordinary(node: Node, visit: int) -> str:
    """The outcome of an ordinary project: everything approved, every loop entered once and closed."""
    if node.process == "loop_item" and node.id == "enter":
        return "submit" if visit == 1 else "close"
    if node.process == "supervision_item" and node.id == "inspect":
        return {1: "rectify", 2: "clean"}.get(visit, "close")
    return node.outcomes[0].code


def stage_graph(key: str, region: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Diagram of a stage without its ways back: (successors, step of each ordinary call activity)."""
    process = diagram(key, region)
    after: dict[str, list[str]] = {i: [] for i in process.items}
    for flow in process.flows.values():
        if not (flow.source.endswith("_out") and flow.target.endswith("_in")):
            after[flow.source].append(flow.target)
    calls = {i.id: i.zj["step"] for i in process.items.values() if i.called and i.called != "promise_item"}
    return after, calls


def stage_limit_days(drive: Drive, stage: str, region: str, limits: Mapping[str, tuple[int, str]]) -> int:
    """Promised working days of a stage as this project went through it: longest path over what was done."""
    from zhujian.boards.construction.project_management import rules

    catalogue = steps.load(region)
    after, calls = stage_graph(f"stage_{stage.lower()}", region)
    done = drive.nodes()
    days = {}
    for node, step in calls.items():
        key = catalogue.limit_key(step, drive.facts["project_type"], drive.facts).removeprefix("project_management.")
        if node in done and catalogue[step].on_clock and key and limits[key][1] == "working_day":
            days[node] = limits[key][0]
    return rules.longest_path(after, days)[0]
