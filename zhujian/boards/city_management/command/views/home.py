"""数字城管 as nine places (the nine standard subsystems), each with what waits there; and finding one thing by its number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from zhujian.boards.city_management.command import figures
from zhujian.boards.city_management.command.models import Case, Report
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound
from zhujian.foundation.kernel.middleware import reading

Link = tuple[str, str, str, str]  # title, route or path, resource, action


@dataclass(frozen=True)
class Place:
    """One of the nine: what it is for, which links it has (the first one that may be used is its door), which figures it shows."""

    title: str
    icon: str
    what: str
    links: tuple[Link, ...]
    figures: tuple[str, ...] = ()


PLACES = (
    Place("监管数据无线采集", "phone", "监督员巡查上报、核实核查，处置人员现场处置；离线可用。", (
        ("采集终端", "collection:app", "collection.field", "use"), ("巡查监管", "collection:patrol", "collection.shift", "watch"),
        ("巡查计划", "/r/collection/patrol_plan/", "collection.patrol_plan", "view"), ("排班表", "/r/collection/duty/", "collection.duty", "view"),
        ("值班记录", "/r/collection/shift/", "collection.shift", "view"), ("我的现场任务", "command:todo", "command.todo", "view"),
    ), ("verifying",)),
    Place("监督中心受理", "bell", "接听、登记、分类、立案；核实、核查、结案；回访。", (
        ("受理台", "command:desk", "command.desk", "use"), ("电话登记", "command:intake", "command.desk", "use"),
        ("上报记录", "/r/command/report/", "command.report", "view"), ("热线工单", "/r/public_service/work_order/", "public_service.work_order", "view"),
        ("回访", "public_service:call_backs", "public_service.call_back", "answer"),
    ), ("waiting", "to_close")),
    Place("协同工作", "flow", "派遣、处置、反馈的全过程；延期、挂账、督办、申诉。", (
        ("我的待办", "command:todo", "command.todo", "view"), ("在办案件", "command:cases", "command.case", "view"),
        ("挂账台账", "/r/command/suspension/", "command.suspension", "view"), ("督办", "/r/command/supervision/", "command.supervision", "view"),
        ("延期", "/r/command/extension/", "command.extension", "view"), ("申诉", "/r/command/appeal/", "command.appeal", "view"),
        ("流程图", "workflow:definitions", "workflow.definition", "view"),
    ), ("to_dispatch", "handling")),
    Place("地理编码", "place", "由地址找位置，由位置找标准地址和单元网格。", (
        ("地理编码", "digital_city:geocode", "digital_city.place", "view"), ("地名地址", "/r/digital_city/place/", "digital_city.place", "view"),
    )),
    Place("监督指挥", "screen", "值班大屏、移动值班：案件、时限、力量一屏掌握。", (
        ("值班大屏", "command:wall", "command.wall", "view"), ("移动值班", "command:leader", "command.wall", "view"),
        ("统计口径", "command:rules", "command.wall", "view"),
    ), ("overdue", "yellow")),
    Place("综合评价", "chart", "按区域、部门、岗位评价，逐项可查到案件。", (
        ("评价看板", "evaluation:board", "evaluation.board", "view"), ("评价指标", "/r/evaluation/indicator/", "evaluation.indicator", "view"),
        ("冻结结果", "evaluation:runs", "evaluation.run", "view"), ("满意率", "public_service:satisfaction", "public_service.satisfaction", "view"),
    )),
    Place("应用维护", "settings", "类别、条件、时限、表单、班次、日历、岗位、流程，改了就生效。", (
        ("应用维护", "command:maintain", "command.maintain", "view"), ("值班表", "/r/command/duty_roster/", "command.duty_roster", "view"),
        ("立案条件与时限", "/r/digital_city/condition/", "digital_city.condition", "view"),
    )),
    Place("基础数据资源管理", "data", "单元网格、部件、地名地址、责任主体和底图。", (
        ("单元网格", "/r/digital_city/grid/", "digital_city.grid", "view"), ("责任网格", "/r/digital_city/composite_grid/", "digital_city.composite_grid", "view"),
        ("责任主体", "/r/digital_city/responsibility/", "digital_city.responsibility", "view"),
        ("部件事件分类", "/r/classification/class_item/", "classification.class_item", "view"), ("一张图", "cim:map", "cim.map", "view"),
    )),
    Place("数据交换", "share", "向省级、国家平台推送六类数据，逐条回执，逐日对账。", (
        ("数据交换", "data_reporting:home", "data_reporting.peer", "view"),
    )),
)  # fmt: skip


@dataclass
class Shown:
    """A place as its visitor sees it."""

    title: str
    icon: str
    what: str
    url: str
    links: list[tuple[str, str]] = field(default_factory=list)
    now: list[dict[str, Any]] = field(default_factory=list)


def usable(links: Iterable[Link]) -> list[tuple[str, str]]:
    """Title and address of the links the visitor may follow, each title once."""
    found: dict[str, str] = {}
    for title, target, resource, action in links:
        if title in found or not rights.allowed(resource, action):
            continue
        try:
            found[title] = target if target.startswith("/") else reverse(target)
        except NoReverseMatch:
            continue
    return list(found.items())


@reading
@require_GET
@access("command.home", "view")
def home(request: HttpRequest) -> HttpResponse:
    """The nine places; a door that one may not open is named, but leads nowhere."""
    counted = figures.live()
    shown = []
    for place in PLACES:
        links = usable(place.links)
        now = [one for key in place.figures if (one := figures.line(key, counted)) and one["rows"]]
        shown.append(Shown(place.title, place.icon, place.what, links[0][1] if links else "", links, now if links else []))
    return render(request, "command/home.html", {"places": shown})


@require_GET
@access("command.home", "view")
def find(request: HttpRequest) -> HttpResponse:
    """The page of a case or a report by its number."""
    number = "".join(request.GET.get("number", "").split())[:20]
    if number:
        case = Case.objects.filter(number=number).only("pk").first()
        if case is not None:
            return redirect("command:case", case.pk)
        report = Report.objects.filter(number=number).only("pk").first() if rights.allowed("command.report", "view") else None
        if report is not None:
            return redirect("command:report", report.pk)
    raise NotFound("command.number", "没有找到这个编号的案件或上报，请核对后再查；也可能不在您的管辖范围内。")
