"""应用维护: everything an official changes without a release, with its present state, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.boards.city_management.command.selectors import roster
from zhujian.boards.city_management.digital_city.models import Condition, Responsibility
from zhujian.foundation.classification import selectors as classes
from zhujian.foundation.classification.models import ClassItem
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.parameters.rules import display, pick
from zhujian.foundation.parameters.units import unit_label
from zhujian.foundation.workflow.models import Definition
from zhujian.foundation.worktime import selectors as worktime

LISTS = (
    "command.source", "command.direct_source", "command.refuse_reason", "command.return_reason", "command.satisfaction", "command.shift",
    "command.intake_field", "command.intake_required", "command.node_label", "command.phrase",
)  # fmt: skip
PROCESS = "city_case"


@dataclass
class Card:
    """One thing that is kept here: what it decides, how it stands, where it is changed."""

    title: str
    icon: str
    what: str
    facts: list[tuple[str, str]]
    links: list[tuple[str, str]]
    warning: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)


def links(*wanted: tuple[str, str, str, str]) -> list[tuple[str, str]]:
    """Title and address of those the viewer may use: (title, route or path, resource, action)."""
    return [
        (title, to if to.startswith("/") else reverse(to))
        for title, to, resource, action in wanted
        if rights.allowed(resource, action)
    ]


@require_GET
@access("command.maintain", "view")
def maintain(request: HttpRequest) -> HttpResponse:
    """The page."""
    today = timezone.localdate()
    region = scope.current().region_code
    cards = [
        _classes(today, region),
        _conditions(today),
        _lists(today),
        _calendar(today),
        _roster(),
        _bodies(),
        _posts(),
        _process(region),
    ]
    return render(
        request,
        "command/maintain.html",
        {"cards": cards, "values": _values(today, region), "can_change": rights.allowed("parameters.parameter", "change")},
    )


def _classes(today: date, region: str) -> Card:
    scheme = classes.scheme(today)
    own = ClassItem.objects.filter(scheme=scheme).exclude(region_code="").count()
    number = ClassItem.objects.filter(scheme=scheme, region_code="").count()
    return Card("部件事件分类", "layers", "大类、小类及城市扩展小类；新旧版本按对照表换算。",
                [("现行标准", scheme.title), ("国家小类", f"{number} 个"), ("城市扩展", f"{own} 个")],
                links(("维护小类", "/r/classification/class_item/", "classification.class_item", "view"),
                      ("新旧对照", "/r/classification/mapping/", "classification.mapping", "view")))  # fmt: skip


def _conditions(today: date) -> Card:
    rows = Condition.objects.filter(valid_from__lte=today)
    own, newest = rows.exclude(region_code="").count(), rows.order_by("-valid_from").values_list("valid_from", flat=True).first()
    return Card("立案条件与处置时限", "clock", "每个小类在什么情况下立案、多长时间处置、怎样算办好；从某日起施行，不改旧案。",
                [("通用条件", f"{rows.filter(region_code='').count()} 条"), ("本地条件", f"{own} 条"), ("最近施行", newest.isoformat() if newest else "—")],
                links(("维护条件与时限", "/r/digital_city/condition/", "digital_city.condition", "view")))  # fmt: skip


def _lists(today: date) -> Card:
    known = {listing.key for listing in parameters.listings()}
    found = [key for key in LISTS if key in known]
    shown = links(
        *(
            (parameters.listing(key).title, reverse("parameters:code_list", args=[key]), "parameters.code_list", "view")
            for key in found
        )
    )
    number = sum(len(parameters.code_list(key, today)) for key in found)
    facts = [("代码表", f"{len(found)} 张"), ("现行代码", f"{number} 个")]
    return Card(
        "表单、名称与代码", "list", "登记表有哪些栏目、哪些必填、各环节怎样称呼；不予受理和回退的原因、常用语。", facts, shown
    )


def _calendar(today: date) -> Card:
    missing = worktime.missing_years(today)
    warning = f"尚未录入 {'、'.join(map(str, missing))} 年节假日安排，涉及的时限算不出来，请尽快录入。" if missing else ""
    loaded = worktime.years()
    return Card("工作日历与作息时间", "calendar", "节假日、调休和每天的办公时段，决定工作时、工作日时限怎样走。",
                [("已录入", "、".join(map(str, loaded[-3:])) + " 年" if loaded else "—")],
                links(("维护工作日历", "worktime:year", "worktime.calendar", "view")), warning)  # fmt: skip


def _roster() -> Card:
    now = roster.on_duty()
    names = "、".join(f"{row.role_title} {row.name}" for row in now[:4])
    return Card("值班表", "people", "坐席、值班长、派遣和带班领导的班次；值班大屏据此显示在岗力量。",
                [("现在在班", names + (f" 等 {len(now)} 人" if len(now) > 4 else "") if now else "没有排班")],
                links(("维护值班表", "/r/command/duty_roster/", "command.duty_roster", "view"), ("排一个班", "/r/command/duty_roster/new/", "command.duty_roster", "create"),
                      ("监督员排班", "/r/collection/duty/", "collection.duty", "view")),
                "" if now else "现在没有人在班，请补排。")  # fmt: skip


def _bodies() -> Card:
    rows = Responsibility.objects.filter(valid_to=None)
    number, last = rows.count(), rows.filter(role="last_resort").exists()
    return Card("责任主体", "house", "每类问题在每个区域由谁养护、归谁所有、谁主管；都没有登记时由兜底单位接。", [("现行登记", f"{number} 项")],
                links(("维护责任主体", "/r/digital_city/responsibility/", "digital_city.responsibility", "view")),
                "" if last else "没有登记兜底单位：责任不清的案件会没有去处。")  # fmt: skip


def _posts() -> Card:
    return Card("单位、岗位与权限", "shield", "谁是受理员、派遣员、处置单位经办；岗位能做什么由权限矩阵公布。", [("监督与指挥", "两个机构，同一案件不由同一人经办")],
                links(("单位", "identity_organisations", "identity.organisation", "view"), ("岗位与授权", "identity_posts", "identity.post", "view"),
                      ("权限矩阵", "access_matrix", "identity.matrix", "view")))  # fmt: skip


def _process(region: str) -> Card:
    rows = Definition.objects.filter(key=PROCESS, status="published").defer("xml").order_by("-region_code")
    own = next((row for row in rows if row.region_code and region.startswith(row.region_code[:4])), None)
    row = own or next((row for row in rows if not row.region_code), None)
    facts = [("现行版本", f"第 {row.number} 版{'（本地）' if row.region_code else '（全省）'}" if row else "—")]
    if row and row.published_at:
        facts.append(("发布", timezone.localtime(row.published_at).strftime("%Y-%m-%d")))
    shown = links(
        (
            "流程图与版本",
            reverse("workflow:definition", args=[row.pk]) if row else "workflow:definitions",
            "workflow.definition",
            "view",
        )
    )
    if row and rights.allowed("workflow.definition", "change"):
        shown.append(("修改本地流程", reverse("workflow:definition_edit", args=[row.pk])))
    return Card("案件流程", "flow", "环节、先后、由谁办理；改动形成新版本，在办案件仍按原版本办完。", facts, shown)


def _values(today: date, region: str) -> list[dict[str, Any]]:
    """Every parameter of the loop as in force here today."""
    found = []
    for key in sorted(key for key in parameters.keys() if key.startswith("command.")):  # noqa: SIM118
        versions = parameters.versions(key)
        now = pick(versions, today, region) or versions[-1]
        found.append({
            "key": key, "title": now.title, "value": display(now.kind, now.value), "unit": unit_label(now.unit), "local": bool(now.region),
            "basis": now.basis, "since": now.valid_from,
        })  # fmt: skip
    return found
