"""核实 and 核查 errands: who is sent, handing one on, and what happens when the time is up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, Errand
from zhujian.boards.city_management.command.services import levels, record
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Refusal
from zhujian.foundation.messages import services as messages
from zhujian.foundation.workflow import services as workflow

NODES = {"verify": Errand.Kind.VERIFY, "check": Errand.Kind.CHECK}


def barred(case: Case) -> set[int]:
    """Who may not be sent: whoever reported it, dispatched it or had a hand in its disposal."""
    return {*case.reporters, *case.command_side, *case.disposing_side}


def check_inspector(case: Case, account: int, node: str = "check") -> None:
    """Refuse somebody who is no inspector of the centre that does the step, or may not go."""
    centre = levels.supervision_centre(case, node)
    staff = {one.pk for one in identity.people_with("inspector", centre.pk)} if centre else set()
    if account not in staff:
        raise Refusal("errand.inspector", "请选择本监督中心的在岗监督员。", "inspector")
    if account in barred(case):
        raise Refusal("errand.barred", "该监督员上报或参与过这件案件，不能由其核实、核查，请另选一人。", "inspector")


def opened(case: Case, task: Any, how: str, now: datetime) -> Errand:
    """An errand goes with its task; the inspector is told."""
    first = case.reports.order_by("id").first()
    made = Errand.objects.create(
        case=case, report=first, kind=NODES[task.node], inspector=task.assignee, inspector_name=task.assignee_name, chosen_by=how,
        sent_at=now, due=task.due, task=task.pk, region_code=case.region_code, created_by=scope.current().actor_id,
    )  # fmt: skip
    if task.assignee:
        messages.send(
            [f"person:{task.assignee}"], title=f"{made.get_kind_display()}任务：{case.class_name}",
            body=f"{case.address or case.grid_code}，请于{_clock(task.due)}前完成。", link=f"/workflow/tasks/{task.pk}/",
            dedupe=f"command.errand:{made.pk}",
        )  # fmt: skip
    return made


def _clock(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%H:%M") if moment else "时限"


def done(task: Any, outcome: str, data: Mapping[str, Any], now: datetime) -> None:
    """The errand of a completed task is done."""
    who = scope.current()
    lon, lat = data.get("lon"), data.get("lat")
    place = Point(float(lon), float(lat), srid=4490) if lon not in (None, "") and lat not in (None, "") else None
    for errand in Errand.objects.select_for_update().filter(task=task.pk, done_at=None):
        errand.inspector, errand.inspector_name = who.actor_id, who.actor_name
        errand.done_at, errand.result, errand.opinion, errand.location = (
            now,
            outcome,
            str(data.get("comment") or "")[:1000],
            place,
        )
        errand.version += 1
        errand.save()


def dropped(case: Case, now: datetime) -> None:
    """The case has ended otherwise: its open errands are off."""
    Errand.objects.filter(case=case, done_at=None).update(done_at=now, result="off", updated_at=now)


@transaction.atomic
def do_reassign(errand_id: int, inspector: int, reason: str) -> Errand:
    """Hand an open errand to another inspector (shift leader or acceptor)."""
    who = scope.current()
    with scope.system("改派核实核查任务"):
        errand = Errand.objects.filter(pk=errand_id).first()
        if errand is None:
            raise NotFound("errand.absent", "没有找到这项任务，可能不在您的管辖范围内。")
        case = record.lock(errand.case_id)
        record.require_role(who, case, "shift_leader", "acceptor", authority="UMS")
        errand.refresh_from_db()
        if errand.done_at is not None or errand.task is None:
            raise Conflict("errand.done", "这项任务已经完成，不能改派。")
        check_inspector(case, inspector, errand.kind)
        task = workflow.do_transfer(errand.task, account=inspector, reason=reason)
        now = timezone.now()
        errand.inspector, errand.inspector_name, errand.chosen_by = inspector, task.assignee_name, "named"
        errand.version += 1
        errand.save()
        record.change(case, holder_account=inspector)
        record.step(case, "reassign", now=now, node=task.node, opinion=reason, receiver=task.assignee_name)
        record.save(case)
    return errand


def escalate(limit: int = 200) -> int:
    """Errands whose time is up: the shift leaders are told once; how many. For the worker."""
    now = timezone.now()
    rows = (
        Errand.objects.select_for_update(skip_locked=True)
        .filter(done_at=None, escalated_at=None, due__lt=now)
        .order_by("due")[:limit]
    )
    count = 0
    for errand in rows:
        case = errand.case
        centre = levels.supervision_centre(case, errand.kind)
        if centre is not None:
            messages.send(
                [f"org:{centre.code}"], roles=("shift_leader",), level="warn", title=f"{errand.get_kind_display()}超时：{case.number}",
                body=f"{errand.inspector_name or '尚无人领取'}，{case.address or case.grid_code}。请催办或改派。",
                link=f"/workflow/tasks/{errand.task}/" if errand.task else "", dedupe=f"command.errand.late:{errand.pk}",
            )  # fmt: skip
        errand.escalated_at = now
        errand.version += 1
        errand.save(update_fields=["escalated_at", "version", "updated_at"])
        count += 1
    return count
