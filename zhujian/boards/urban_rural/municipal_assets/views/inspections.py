"""Pages of plans, dues and the overdue list; conditions of roads."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.boards.urban_rural.municipal_assets.forms.fields import add_reasons
from zhujian.boards.urban_rural.municipal_assets.forms.upkeep import (
    PlanForm,
    RecordForm,
    RegionSpecialForm,
    RoadConditionForm,
    SpecialForm,
)
from zhujian.boards.urban_rural.municipal_assets.models import InspectionDue, InspectionPlan, Road
from zhujian.boards.urban_rural.municipal_assets.rules import patrols
from zhujian.boards.urban_rural.municipal_assets.rules.upkeep import overdue_days
from zhujian.boards.urban_rural.municipal_assets.selectors import assets
from zhujian.boards.urban_rural.municipal_assets.services import inspections
from zhujian.boards.urban_rural.municipal_assets.services import plans as making
from zhujian.boards.urban_rural.municipal_assets.services.values import Values, choices, label
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.parameters import selectors as parameters

PLAN, DUE, CONDITION = "municipal_assets.inspection_plan", "municipal_assets.inspection_due", "municipal_assets.condition_record"
SHOWN = 100


def _rows(rows: list[InspectionDue]) -> list[dict[str, object]]:
    today = timezone.localdate()
    return [
        {
            "due": row,
            "kind": label("inspection_kind", row.kind),
            "patrol": label("patrol_class", row.patrol),
            "late": overdue_days(row.due_on, today),
            "asset": assets.url_of(row.resource, row.asset_id),
        }
        for row in rows
    ]


def _classes(today: date) -> list[dict[str, object]]:
    """How often each class is inspected, on what basis; how many plans, how many inspections overdue."""
    region = scope.current().region_code or "420000000000"
    values = Values(today, region)
    active = dict(InspectionPlan.objects.filter(active=True).values_list("patrol").annotate(number=Count("pk")))
    late = dict(InspectionDue.objects.filter(state="open", due_on__lt=today).values_list("patrol").annotate(number=Count("pk")))
    units = dict(InspectionPlan._meta.get_field("unit").choices or [])
    rows = []
    for one in patrols.CLASSES:
        table = values(one.parameter)
        first = patrols.intervals(one, table, grade="I", first=True)
        last = patrols.intervals(one, table)
        words = [
            f"{label('inspection_kind', kind)} {_every(first[kind], units)}"
            + (f"～{_every(last[kind], units)}" if last[kind] != first[kind] else "")
            for kind in last
        ]
        found = parameters.value(f"municipal_assets.{one.parameter}", on=today, region=region)
        rows.append({
            "code": one.code, "title": label("patrol_class", one.code), "words": "；".join(words), "basis": found.basis, "confidence": found.confidence,
            "plans": active.get(one.code, 0), "late": late.get(one.code, 0), "each": one.each,
        })  # fmt: skip
    return rows


def _every(interval: tuple[int, str], units: dict[object, object]) -> str:
    """``每 7 天``."""
    return f"每{interval[0]}{'个月' if interval[1] == 'month' else units[interval[1]]}"


@require_http_methods(["GET", "POST"])
@access(PLAN, "view")
def plans(request: HttpRequest) -> HttpResponse:
    """Coverage of the last 30 days, what is due next, and the form that makes plans by class."""
    asked = request.POST.get("act") == "special"
    form = PlanForm(None if asked else request.POST or None)
    event = RegionSpecialForm(request.POST if asked else None, prefix="event")
    if request.method == "POST":
        rights.require(PLAN, "plan")
        if asked and event.is_valid():
            count = inspections.do_special_region(event.cleaned_data["region_code"], cause=event.cleaned_data["cause"])
            messages.success(request, f"已安排 {count} 处特殊检测。" if count else "该区域的桥隧都已在等待特殊检测。")
            return redirect("municipal_assets:plans")
        if not asked and form.is_valid():
            data = form.cleaned_data
            made = making.do_plan(data["region_code"], starts_on=data["starts_on"], classes=data["classes"])
            with scope.system("生成巡查任务"):
                dues = inspections.make_dues()
            messages.success(
                request,
                f"新增 {made} 项巡查计划，生成 {dues} 项近期任务。"
                if made or dues
                else "所选类别的在用设施都已有计划，没有新增。",
            )
            return redirect("municipal_assets:plans")
    today = timezone.localdate()
    region = scope.current().region_code or "420000000000"
    cover = inspections.coverage(region, today - timedelta(days=30), today)
    waiting = InspectionDue.objects.filter(state="open")
    context = {
        "form": form, "event": event, "cover": cover, "classes": _classes(today),
        "late": waiting.filter(due_on__lt=today).count(), "plans": InspectionPlan.objects.filter(active=True).count(),
        "rows": _rows(list(waiting.filter(due_on__gte=today).order_by("due_on", "id")[:30])), "may_plan": rights.allowed(PLAN, "plan"),
    }  # fmt: skip
    return render(request, "municipal_assets/plans.html", context, status=422 if form.is_bound or event.is_bound else 200)


@require_GET
@access(DUE, "view")
def overdue(request: HttpRequest) -> HttpResponse:
    """Inspections whose day has passed, longest first."""
    today = timezone.localdate()
    rows = InspectionDue.objects.filter(state="open", due_on__lt=today)
    known = dict(choices("patrol_class", today))
    counts = {code: number for code, number in rows.values_list("patrol").annotate(number=Count("pk")) if code}
    asked = request.GET.get("patrol", "")
    if asked in known:
        rows = rows.filter(patrol=asked)
    shown = list(rows.order_by("due_on", "id")[: SHOWN + 1])
    classes = [(code, title, counts[code]) for code, title in known.items() if code in counts]
    context = {"rows": _rows(shown[:SHOWN]), "more": len(shown) > SHOWN, "classes": classes, "asked": asked}
    return render(request, "municipal_assets/overdue.html", context)


@require_http_methods(["GET", "POST"])
@access(DUE, "view")
def due_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One inspection: the field form while it is open, its record afterwards."""
    found = InspectionDue.objects.select_related("plan").filter(pk=pk).first()
    if found is None:
        raise NotFound("due.not_found", "没有找到这项巡查任务，可能不在您的管辖范围内。")
    may_record = found.state == "open" and rights.allowed(DUE, "record")
    form = RecordForm(request.POST or None, request.FILES or None, walk=not found.asset_id) if may_record else None
    if request.method == "POST":
        rights.require(DUE, "record")
        if form is None:
            raise Refusal("due.done", "这项巡查已经登记过结果。")
        if form.is_valid():
            data = form.cleaned_data
            try:
                _, order = inspections.do_record(
                    found.pk,
                    done_on=data["done_on"],
                    result=data["result"],
                    note=data["note"],
                    photos=data["photos"],
                    place=form.place(),
                    code=data.get("code", ""),
                )
            except Refusal as refusal:
                add_reasons(form, refusal.reasons)
            else:
                messages.success(request, f"已登记，并生成工单 {order.number}。" if order else "已登记检查结果。")
                return redirect("municipal_assets:due", found.pk)
    context = {
        "due": found, "form": form, "kind": label("inspection_kind", found.kind), "state": label("due_state", found.state),
        "result": label("inspection_result", found.result), "cause": label("special_cause", found.cause),
        "late": overdue_days(found.due_on, timezone.localdate()) if found.state == "open" else 0, "asset": assets.url_of(found.resource, found.asset_id),
        "photos": list(found.photos.all()),
    }  # fmt: skip
    return render(request, "municipal_assets/due.html", context, status=422 if form is not None and form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@access(PLAN, "plan")
def special(request: HttpRequest, resource: str, pk: int) -> HttpResponse:
    """Ask for a special inspection after an event."""
    key = f"municipal_assets.{resource}"
    what = assets.about(key, pk)
    form = SpecialForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = inspections.do_special(key, pk, cause=form.cleaned_data["cause"])
        messages.success(request, f"已安排特殊检测，应于 {made.due_on} 前完成。")
        return redirect("municipal_assets:due", made.pk)
    context = {
        "form": form,
        "title": "安排特殊检测",
        "what": what.label,
        "back": assets.url_of(key, pk),
        "note": "超重车辆通过、撞击、洪水、地震等之后应及时检查。",
    }
    return render(request, "municipal_assets/asset_act.html", context, status=422 if form.is_bound else 200)


@require_POST
@access(PLAN, "plan")
def cancel_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """End a plan."""
    inspections.do_cancel_plan(pk)
    messages.success(request, "计划已停止，未完成的任务已取消。")
    return redirect("municipal_assets:plans")


@require_http_methods(["GET", "POST"])
@access(CONDITION, "record")
def road_condition(request: HttpRequest, pk: int) -> HttpResponse:
    """Register a road's PCI, RQI or lit rate."""
    road = Road.objects.filter(pk=pk).first()
    if road is None:
        raise NotFound("road.not_found", "没有找到这条道路，可能不在您的管辖范围内。")
    form = RoadConditionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = inspections.do_measure_road(
                road.pk, index=data["index"], value=data["value"] or Decimal(0), measured_on=data["measured_on"], measured_by=data["measured_by"],
                lit=data["lit"], due=data["due"],
            )  # fmt: skip
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            messages.success(request, f"已登记：{label('condition_index', made.index)} {made.value}，{made.grade}。")
            return redirect(assets.url_of("municipal_assets.road", road.pk))
    context = {
        "form": form, "title": "登记状况检测", "what": road.name or road.code, "back": assets.url_of("municipal_assets.road", road.pk),
        "note": "等级按道路等级和检测当日有效的参数评定，参数版本随记录保存。",
    }  # fmt: skip
    return render(request, "municipal_assets/asset_act.html", context, status=422 if form.is_bound else 200)
