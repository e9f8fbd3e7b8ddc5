"""A small province for the tests of this module: offices of three cities, a developer, firms, and projects walked to where they are needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from zhujian.boards.construction.project_management.demo.walk import Walker
from zhujian.boards.construction.project_management.forms.steps import stage_of
from zhujian.boards.construction.project_management.models import Project, StepRecord
from zhujian.boards.construction.project_management.services.registration import do_register
from zhujian.foundation.identity import testing as people
from zhujian.foundation.identity.models import Account, Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.workflow.models import Task

OFFICES = ("DRC", "NRP", "EEB", "WRB", "HUD", "CAD", "QSS", "HRS", "UMB", "UCA", "RED", "PTC", "CHK", "UTL", "GOV")
WUCHANG, XILING, FANCHENG = "420106000000", "420502000000", "420606000000"
CITY = {WUCHANG: "420100", XILING: "420500", FANCHENG: "420600"}
BUILDING: dict[str, Any] = {
    "invest_type": "ENT", "object_kind": "BUILDING", "approval_mode": "FILING", "land_mode": "GRANTED", "nature": "NEW",
    "eia_class": "TABLE", "category": "01", "gfa_m2": Decimal(58200), "total_investment_wan": Decimal(32000), "conditions": [],
}  # fmt: skip
GOV = {"invest_type": "GOV", "approval_mode": "APPROVAL", "land_mode": "ALLOCATED", "conditions": ["tender_required"]}
KINDS: dict[str, dict[str, Any]] = {
    "T1": {**GOV, "fire_special": True, "has_civil_defence": True},
    "T2": {**GOV, "object_kind": "MUNI_LINE", "gfa_m2": None, "length_m": Decimal(2400), "category": "02"},
    "T3": {"is_residential": True, "is_presale": True, "has_civil_defence": True,
           "conditions": ["utilities_needed", "tender_required", "has_high_risk_works", "site_permits_needed"]},
    "T4": {"low_risk": True, "usage": "310", "gfa_m2": Decimal(9600), "eia_class": "REGISTRATION"},
    "T5": {"land_mode": "GRANTED_WITH_SCHEME"},
    "T6": {"nature": "EXTENSION", "land_mode": "OWNED", "conditions": ["volume_or_facade_change"]},
}  # fmt: skip


@dataclass
class World:
    """People by what they do, and ways to make projects."""

    region: str
    developer: Account
    orgs: dict[str, Organisation]
    officials: dict[str, Account] = field(default_factory=dict)

    @property
    def firm(self) -> Organisation:
        """The developer's firm."""
        return Organisation.objects.get(posts__account=self.developer)

    def register(self, kind: str = "T3", **values: Any) -> Project:
        """A project of a type, registered by the developer."""
        firm = self.firm
        base = {
            **BUILDING,
            "name": f"{kind} 测试项目",
            "region_code": self.region,
            "developer_code": firm.code,
            "developer_name": firm.name,
        }
        with scope.acting(people.scope_of(self.developer)):
            project = do_register({**base, **KINDS[kind], **values})
        assert project.type_code == kind
        return project

    def walker(self, project: Project, choose: Callable[[Task], str] | None = None) -> Walker:
        """Somebody to walk the project on."""
        return Walker(project, self.orgs, choose)

    def to_stage(self, stage: str, kind: str = "T4", **values: Any) -> Walker:
        """A new project walked to the first task of a stage."""
        walker = self.walker(self.register(kind, **values))
        walker.run(until=lambda task: stage_of(task) >= stage)
        return walker

    def as_(self, name: str) -> Any:
        """Act as the official for an authority."""
        return scope.acting(people.scope_of(self.officials[name]))


def make_world(region: str = WUCHANG) -> World:
    """Offices of one city with everybody who is needed, a developer and firms."""
    city = CITY[region]
    with scope.system("test"):
        officials = {
            authority: people.make_official(city, authority, ("reviewer", "approver", "supervisor"), name=f"{authority}承办")
            for authority in OFFICES
        }
        officials["GSC"] = people.make_official(city, "GSC", ("window",), name="窗口受理")
        if not Organisation.objects.filter(region_code="420000000000", authorities=["HUD"]).exists():
            people.make_official("420000", "HUD", ("reviewer", "approver"), name="省厅承办")
        developer = people.make_enterprise(name=f"江城置业{city}有限公司")
        names = ("contractor", "supervisor", "designer", "surveyor", "other")
        accounts = {name: people.make_enterprise(name=f"湖北{name}{city}工程有限公司") for name in names}
        orgs = {name: Organisation.objects.get(posts__account=account) for name, account in accounts.items()}
    return World(region, developer, orgs, {**officials, **accounts})


def open_task(walker: Walker, step: str, node: str = "") -> Task:
    """The open task of a step (and node); fails with what is open instead."""
    for task in walker.open():
        if task.step == step and node in ("", task.node):
            return task
    raise AssertionError(f"no open task {step} {node}: {[(t.step, t.node) for t in walker.open()]}")


def is_open(walker: Walker, step: str, node: str = "") -> bool:
    """Whether a step (and node) has an open task."""
    return any(task.step == step and node in ("", task.node) for task in walker.open())


def run_to(walker: Walker, step: str, node: str) -> Task:
    """Walk until this task is open, leaving it open; every other task is done."""
    walker.run(until=lambda task: task.step == step and task.node == node)
    return open_task(walker, step, node)


def status_of(project: Project, step: str) -> str:
    """State of the last round of a step."""
    with scope.system("test"):
        return (
            StepRecord.objects.filter(project=project, step=step).order_by("-round").values_list("status", flat=True).first()
            or ""
        )


def codes_of(refusal: Refusal) -> set[str]:
    """Codes of a refusal's reasons; every one must speak Chinese and end as a sentence."""
    for reason in refusal.reasons:
        assert any("\u4e00" <= char <= "\u9fff" for char in reason.message), reason
    return {reason.code for reason in refusal.reasons}
