"""A believable province of projects: some walked through the real process, many imported as history."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.gis.geos import Point
from django.utils import timezone

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.demo import names
from zhujian.boards.construction.project_management.demo.walk import Walker
from zhujian.boards.construction.project_management.forms.steps import stage_of
from zhujian.boards.construction.project_management.models import Project
from zhujian.boards.construction.project_management.services.imports import complete
from zhujian.boards.construction.project_management.services.registration import do_register
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Organisation, Post
from zhujian.foundation.kernel import scope
from zhujian.foundation.regions.models import Region
from zhujian.foundation.workflow.models import Task

HISTORY = 600
BASE: dict[str, Any] = {"category": "01", "object_kind": "BUILDING", "nature": "NEW",
                        "planned_start": date(2026, 3, 1), "planned_end": date(2028, 6, 30)}  # fmt: skip
HOUSING = {**BASE, "invest_type": "ENT", "approval_mode": "FILING", "land_mode": "GRANTED", "eia_class": "REGISTRATION", "usage": "100",
           "is_residential": True, "is_presale": True, "has_civil_defence": True}  # fmt: skip
PUBLIC = {
    **BASE,
    "invest_type": "GOV",
    "approval_mode": "APPROVAL",
    "land_mode": "ALLOCATED",
    "eia_class": "TABLE",
    "fire_special": True,
    "usage": "240",
}
LINE = {**BASE, "invest_type": "GOV", "approval_mode": "APPROVAL", "land_mode": "ALLOCATED", "eia_class": "TABLE", "object_kind": "MUNI_LINE", "category": "02", "usage": "520"}  # fmt: skip
FACTORY = {
    **BASE,
    "invest_type": "ENT",
    "approval_mode": "FILING",
    "land_mode": "GRANTED",
    "eia_class": "REGISTRATION",
    "low_risk": True,
    "usage": "310",
}
FITOUT = {
    **BASE,
    "invest_type": "ENT",
    "approval_mode": "FILING",
    "land_mode": "OWNED",
    "eia_class": "EXEMPT",
    "nature": "FIT_OUT",
    "usage": "220",
}


@dataclass(frozen=True)
class Show:
    """One project to look at: where it stands (`stop` = first stage that stays open; empty = whole life)."""

    name: str
    region: str
    developer: str
    values: dict[str, Any]
    stop: str
    gfa: int
    invest: int
    at: tuple[float, float]
    address: str
    conditions: tuple[str, ...] = field(
        default=(
            "utilities_needed",
            "tender_required",
            "has_high_risk_works",
            "has_lifting_machines",
            "site_permits_needed",
            "has_property_service",
        )
    )


SHOWS = (
    Show("武昌滨江国际社区一期", "420106000000", "湖北楚源置业有限公司", HOUSING, "P4", 86_400, 68_000, (114.3185, 30.5732), "武昌区临江大道96号"),
    Show("武昌区妇幼保健院新院区", "420106000000", "武汉市城建项目建设管理有限公司", PUBLIC, "P1", 42_300, 39_800, (114.3312, 30.5348), "武昌区白沙洲大道215号"),
    Show("东湖路片区排水管网改造", "420106000000", "武汉市城建项目建设管理有限公司", LINE, "P2", 0, 12_600, (114.3620, 30.5560), "武昌区东湖路"),
    Show("洪山光电标准厂房二期", "420111000000", "武汉江汉朝阳房地产开发有限公司", FACTORY, "P3", 9_600, 7_200, (114.4011, 30.4987), "洪山区民族大道88号"),
    Show("西陵云集商业街装修改造", "420502000000", "宜昌峡江城市投资有限公司", FITOUT, "P5", 6_800, 2_100, (111.2865, 30.7011), "西陵区云集路42号"),
    Show("夷陵峡口冷链物流仓储", "420506000000", "宜昌夷陵产业园开发有限公司", FACTORY, "P6", 8_900, 6_300, (111.3267, 30.7708), "夷陵区发展大道131号"),
    Show("西陵旧厂区公寓（已拆除）", "420502000000", "宜昌峡江城市投资有限公司", HOUSING, "", 12_000, 5_400, (111.3009, 30.7120), "西陵区夷陵大道9号"),
)  # fmt: skip


def load() -> str:
    """Load both kinds; returns what there is."""
    firms = {firm.name: firm for firm in Organisation.objects.filter(kind="enterprise")}
    for show in SHOWS:
        _walk(show, firms)
    history = _history([(f.code, f.name) for f in firms.values() if "DEV" in f.trades])
    return f"{len(SHOWS)} 个在办项目，{history} 个历史项目"


def _team(region: str) -> dict[str, Organisation]:
    """Firms of the city for the fields of the steps' forms."""
    rows = list(Organisation.objects.filter(kind="enterprise").order_by("id"))

    def one(trade: str) -> Organisation:
        near = [f for f in rows if trade in f.trades and f.region_code[:4] == region[:4]]
        return (near or [f for f in rows if trade in f.trades])[0]

    return {
        "contractor": one("CON"), "winner": one("CON"), "supervisor": one("SUP"), "designer": one("DES"), "surveyor": one("SUR"),
        "lab": one("LAB"), "property_company": one("PMC"), "other": one("LAB"),
    }  # fmt: skip


def _walk(show: Show, firms: dict[str, Organisation]) -> None:
    developer = firms[show.developer]
    post = Post.objects.filter(organisation=developer).select_related("account", "organisation").order_by("id")[0]
    values = {
        **show.values, "name": show.name, "region_code": show.region, "developer_code": developer.code, "developer_name": developer.name,
        "gfa_m2": Decimal(show.gfa) or None, "total_investment_wan": Decimal(show.invest), "address": show.address, "conditions": list(show.conditions),
        "location": Point(*show.at, srid=4490),
    }  # fmt: skip
    with scope.acting(identity.scope_for(post.account, post)):
        project = do_register(values)
    order = list(steps.STAGES)

    def beyond(task: Task) -> bool:
        return bool(show.stop) and order.index(stage_of(task)) >= order.index(show.stop) and task.node not in EARLY

    Walker(project, _team(show.region)).run(until=beyond)


EARLY = frozenset({"step_A02", "application_P1", "application_P2", "application_P3", "application_P4", "application_P5"})


def _history(developers: list[tuple[str, str]]) -> int:
    """Projects of earlier years, spread over the province, as a data administrator would import them."""
    today = timezone.localdate()
    counties = list(Region.objects.filter(level="county", valid_to__isnull=True).values_list("code", "name"))
    rows = []
    for values in names.projects(counties, developers, HISTORY, today):
        age = (today - values["planned_start"]).days
        status, stage = _state(age, (values["planned_end"] - values["planned_start"]).days)
        rows.append(Project(**values, type_code="T3", status=status, stage=stage, parties=[f"org:{values['developer_code']}"]))
    complete(Project.objects.bulk_create(rows))
    return len(rows)


def _state(age: int, length: int) -> tuple[str, str]:
    """State and stage of a project `age` days after its planned start, with `length` days planned."""
    if age < -120:
        return "approval", "P1"
    if age < -40:
        return "approval", "P2"
    if age < 0:
        return "approval", "P3"
    if age < length:
        return "building", "P4"
    return ("accepted", "P5") if age < length + 120 else ("in_use", "P6")
