"""Inspection plans by class, the dues they make, and what inspectors find (§8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.gis.geos import Point
from django.core.files.base import File
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import (
    Bridge,
    ConditionRecord,
    InspectionDue,
    InspectionPlan,
    Tunnel,
    WorkOrder,
)
from zhujian.boards.urban_rural.municipal_assets.rules import condition, upkeep
from zhujian.boards.urban_rural.municipal_assets.selectors import assets
from zhujian.boards.urban_rural.municipal_assets.services import orders, plans
from zhujian.boards.urban_rural.municipal_assets.services.values import Values, choices, label
from zhujian.foundation.documents import services as documents
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Reason, refuse_if
from zhujian.foundation.kernel.scope import region_range
from zhujian.foundation.kernel.valid_time import present
from zhujian.foundation.messages import services as messages

BRIDGE = "municipal_assets.bridge"
PLANNED: dict[str, type[Bridge] | type[Tunnel]] = {BRIDGE: Bridge, "municipal_assets.tunnel": Tunnel}
MOST_PHOTOS = 9


def _in_use(model: type[Any], region_code: str) -> Any:
    low, high = region_range(region_code)
    return model.objects.filter(
        present(timezone.localdate()), region_code__gte=low, region_code__lt=high, status="in_use"
    ).order_by("id")


@transaction.atomic
def do_special_region(region_code: str, *, cause: str) -> int:
    """After a flood or an earthquake: a special inspection of every bridge and tunnel in use that does not wait for one; how many."""
    made = 0
    for resource, model in PLANNED.items():
        waiting = set(
            InspectionDue.objects.filter(resource=resource, kind="special", state="open").values_list("asset_id", flat=True)
        )
        for one in _in_use(model, region_code):
            if one.pk not in waiting:
                do_special(resource, one.pk, cause=cause)
                made += 1
    return made


@transaction.atomic
def make_dues(today: date | None = None) -> int:
    """Job: give every active plan its next due when that lies within the planning time and none is open; how many were made."""
    day = today or timezone.localdate()
    made = []
    plans = InspectionPlan.objects.filter(active=True).annotate(
        last=Max("dues__done_on", filter=Q(dues__state="done")), waiting=Max("dues__due_on", filter=Q(dues__state="open"))
    )
    ahead: dict[str, int] = {}
    for plan in plans.filter(waiting=None).order_by("id").iterator(chunk_size=2000):
        region = plan.region_code[:4]
        if region not in ahead:
            ahead[region] = int(Values(day, plan.region_code)("plan_ahead_days"))
        due = upkeep.after(plan.last or plan.starts_on, plan.every, plan.unit)
        if due <= day + timedelta(days=ahead[region]):
            made.append(
                InspectionDue(
                    plan=plan, resource=plan.resource, asset_id=plan.asset_id, label=plan.label, kind=plan.kind, due_on=due, org_code=plan.org_code,
                    org_name=plan.org_name, region_code=plan.region_code, parties=plan.parties, patrol=plan.patrol,
                )
            )  # fmt: skip
    InspectionDue.objects.bulk_create(made, batch_size=1000, ignore_conflicts=True)
    return len(made)


@transaction.atomic
def do_special(resource: str, asset_id: int, *, cause: str) -> InspectionDue:
    """Ask for a special inspection after an event (overload, collision, flood, earthquake)."""
    refuse_if(
        []
        if cause in dict(choices("special_cause", timezone.localdate()))
        else [Reason("due.cause", "请选择特殊检测的原因。", "cause")]
    )
    what = assets.about(resource, asset_id)
    values = Values(timezone.localdate(), what.region_code)
    due = timezone.localdate() + timedelta(days=int(values("special_days")))
    made = InspectionDue.objects.create(
        **what.columns, kind="special", due_on=due, cause=cause, org_code=what.maintainer_org, org_name=what.maintainer_name,
        created_by=scope.current().actor_id,
    )  # fmt: skip
    _tell("inspection.special", made, {"cause": cause, "due": str(due)})
    return made


def remind(today: date | None = None) -> int:
    """Job: tell the body in charge, once, of each inspection that is overdue since today; how many people were told."""
    day = today or timezone.localdate()
    late = InspectionDue.objects.filter(state="open", due_on=day - timedelta(days=1)).exclude(org_code="").order_by("id")
    told = 0
    for due in late.iterator(chunk_size=500):
        told += messages.send(
            [f"org:{due.org_code}"], title=f"巡查超期：{due.label} {label('inspection_kind', due.kind)}",
            body=f"应于 {due.due_on} 前完成，现已超期，请尽快检查并登记结果。", link=f"/municipal-assets/dues/{due.pk}/", level="warn",
            dedupe=f"due-late:{due.pk}",
        )  # fmt: skip
    return told


def check_record(due: InspectionDue, *, done_on: date, result: str, note: str, photos: int, code: str = "") -> list[Reason]:
    """Reasons against a record of an inspection; `code`: which facility of a whole area the defect is at."""
    found = []
    if due.state != "open":
        return [Reason("due.done", "这项巡查已经登记过结果，请刷新页面。")]
    if done_on > timezone.localdate():
        found.append(Reason("due.date", "检查日期不能晚于今天。", "done_on"))
    if result not in dict(choices("inspection_result", timezone.localdate())):
        found.append(Reason("due.result", "请选择检查结果。", "result"))
    if result in ("repair", "danger") and not note.strip():
        found.append(Reason("due.note", "请写明发现的问题，将随工单转给养护单位。", "note"))
    if result in ("repair", "danger") and not photos:
        found.append(Reason("due.photos", "发现问题请至少拍一张照片。", "photos"))
    if due.asset_id == 0 and result in ("repair", "danger") and not code.strip():
        found.append(Reason("due.code", "请填写有问题的那处设施的编码，工单将派到这处设施。", "code"))
    if photos > MOST_PHOTOS:
        found.append(Reason("due.photos", f"最多 {MOST_PHOTOS} 张照片。", "photos"))
    return found


@transaction.atomic
def do_record(
    due_id: int, *, done_on: date, result: str, note: str, photos: Iterable[File] = (), place: Point | None = None, code: str = ""
) -> tuple[InspectionDue, WorkOrder | None]:
    """Register what an inspection found; what needs repair becomes a work order, in a walk that of the facility `code` names."""
    due = InspectionDue.objects.select_for_update(of=("self",)).filter(pk=due_id).first()
    if due is None:
        raise NotFound("due.not_found", "没有找到这项巡查任务，可能不在您的管辖范围内。")
    files = list(photos)
    refuse_if(check_record(due, done_on=done_on, result=result, note=note, photos=len(files), code=code))
    asset_id = due.asset_id or (plans.facility_of(due, code) if result in ("repair", "danger") else 0)
    stored = documents.receive(files, allowed=("jpeg", "png"), region_code=due.region_code, parties=due.parties)
    due.state, due.done_on, due.result, due.note, due.geom = "done", done_on, result, note.strip()[:600], place
    due.done_name = scope.current().actor_name
    due.version += 1
    due.save()
    due.photos.set(stored)
    _tell(
        "inspection.done", due, {"result": result, "on": str(done_on), "overdue_days": upkeep.overdue_days(due.due_on, done_on)}
    )
    if result not in ("repair", "danger"):
        return due, None
    for upload in files:
        upload.seek(0)
    order = orders.do_report(
        due.resource,
        asset_id,
        kind=plans.order_kind(due),
        text=note,
        urgent=result == "danger",
        source="inspection",
        source_id=due.pk,
        photos=files,
        place=place,
    )
    return due, order


@transaction.atomic
def do_cancel_plan(plan_id: int) -> InspectionPlan:
    """End a plan; its open dues are cancelled."""
    plan = InspectionPlan.objects.select_for_update().filter(pk=plan_id, active=True).first()
    if plan is None:
        raise Conflict("plan.ended", "这项计划已经停止，请刷新页面。")
    plan.active = False
    plan.save_version(plan.version, fields=["active"])
    InspectionDue.objects.filter(plan=plan, state="open").update(state="cancelled")
    return plan


def coverage(region_code: str, first: date, last: date) -> upkeep.Coverage:
    """How many of the inspections that fell due in a period were done, and on time, as far as the reader sees them."""
    low, high = region_range(region_code)
    rows = InspectionDue.objects.filter(region_code__gte=low, region_code__lt=high, due_on__range=(first, last)).exclude(
        state="cancelled"
    )
    return upkeep.coverage(rows.values_list("due_on", "done_on"))


@transaction.atomic
def do_measure_road(
    road_id: int,
    *,
    index: str,
    value: Decimal,
    measured_on: date,
    measured_by: str,
    lit: int | None = None,
    due: int | None = None,
) -> ConditionRecord:
    """Keep a road's PCI or RQI with its grade by the road's class; or its 亮灯率 (`lit` of `due` lamps)."""
    from zhujian.boards.urban_rural.municipal_assets.models import Road

    what = assets.about("municipal_assets.road", road_id)
    road = Road.objects.select_for_update().get(pk=road_id)
    values = Values(measured_on, road.region_code)
    if measured_on > timezone.localdate():
        refuse_if([Reason("condition.date", "检测日期不能晚于今天。", "measured_on")])
    detail: dict[str, object] = {}
    if index == "LIT":
        target = Decimal(str(values("lit_rate_target")[road.grade]))
        if lit is None or not due or not 0 <= lit <= due:
            refuse_if([Reason("condition.lit", "请填写应亮灯数和实亮灯数，实亮不能多于应亮。", "lit")])
        rate = condition.lit_rate(int(lit or 0), int(due or 0), target)
        value, detail = rate.percent or Decimal(0), {"lit": lit, "due": due, "target": str(target)}
        grade, scale, standard = ("不达标" if rate.short else "达标"), None, "CJJ 89-2012"
    else:
        most = Decimal(100) if index == "PCI" else Decimal(5)
        if index not in ("PCI", "RQI") or not 0 <= value <= most:
            refuse_if([Reason("condition.value", f"数值应在 0～{most} 之间。", "value")])
        grade = condition.graded(value, values(f"{index.lower()}_cuts")[road.grade])
        scale, standard = condition.common_scale(grade, values("road_scale")), "CJJ 36-2016"
    made = ConditionRecord.objects.create(
        **what.columns, index=index, value=value, grade=grade, condition=scale, measured_on=measured_on, measured_by=measured_by,
        standard=standard, parameters=values.versions, detail=detail, created_by=scope.current().actor_id,
    )  # fmt: skip
    if scale is not None and (road.condition_on is None or road.condition_on <= measured_on):
        road.condition, road.condition_on = scale, measured_on
        road.condition_original = f"{standard} {index} {value} {grade}级"
        road.version += 1
        road.save()
    subject = f"municipal_assets.condition_record:{made.pk}"
    facts = {
        "index": index,
        "value": str(value),
        "grade": grade,
        "parameters": values.versions,
        "of": label("condition_index", index),
    }
    events.publish("condition.recorded", subject=subject, region_code=made.region_code, parties=made.parties, payload=facts)
    evidence.record("condition.recorded", object_id=subject, region_code=made.region_code, parties=made.parties, payload=facts)
    return made


def _tell(name: str, due: InspectionDue, payload: dict[str, object]) -> None:
    subject = f"municipal_assets.inspection_due:{due.pk}"
    events.publish(name, subject=subject, region_code=due.region_code, parties=due.parties, payload=payload)
    evidence.record(name, object_id=subject, region_code=due.region_code, parties=due.parties, payload=payload)
