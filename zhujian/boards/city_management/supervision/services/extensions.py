"""More time for a unit: asked for before the deadline, decided by the issuer."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.supervision.models import Extension, UnitTask
from zhujian.boards.city_management.supervision.rules import tasks as rules
from zhujian.boards.city_management.supervision.services import records
from zhujian.boards.city_management.supervision.services.tasks import due_of, note
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, refuse_if
from zhujian.foundation.workflow import subjects


@transaction.atomic
def do_ask(unit_id: int, *, days: int, reason: str) -> Extension:
    """Ask for `days` more working days."""
    records.demand("unit_task", "handle")
    unit = records.locked(UnitTask, unit_id, "项承办任务")
    if records.own_office().code != unit.org_code:
        raise NotAllowed("supervision.not_unit", "只有承办单位可以申请延期。")
    reason = records.needed(reason, "reason", "请写明申请延期的理由。")
    open_one = Extension.objects.filter(unit=unit, state="open").exists()
    most = records.number("most_extensions", unit.region_code)
    refuse_if(
        rules.extension_reasons(
            unit.state, timezone.now(), unit.due, granted=unit.extended, most=most, pending=open_one, days=days
        )
    )
    asked = Extension.objects.create(
        unit=unit,
        days=days,
        reason=reason[:500],
        region_code=unit.region_code,
        parties=unit.parties,
        created_by=scope.current().actor_id,
    )
    note(unit, "申请延期", unit.state, f"{days}个工作日：{reason}")
    records.tell(
        [unit.issuer_code],
        title=f"延期申请：{unit.title}",
        body=f"{unit.org_name}申请延期{days}个工作日。",
        link=f"/supervision/units/{unit.pk}/",
    )
    return asked


@transaction.atomic
def do_decide(extension_id: int, *, grant: bool, opinion: str = "") -> Extension:
    """Grant or refuse; the new date counts from the old one on the unit's working calendar."""
    records.demand("task", "review")
    asked = records.locked(Extension, extension_id, "份延期申请")
    unit = records.locked(UnitTask, asked.unit_id, "项承办任务")
    records.require_issuer(unit.issuer_code)
    if asked.state != Extension.State.OPEN:
        raise Conflict("supervision.extend.decided", "这份延期申请已经审核过。")
    if not grant:
        opinion = records.needed(opinion, "opinion", "不同意延期的，请写明理由。")
    asked.state = Extension.State.GRANTED if grant else Extension.State.REFUSED
    asked.opinion, asked.decided_at, asked.decided_by = opinion.strip()[:500], timezone.now(), scope.current().actor_name
    asked.save_version(asked.version, fields=["state", "opinion", "decided_at", "decided_by"])
    if grant and unit.due is not None:
        unit.due, unit.yellow_at = due_of(unit.due, asked.days, unit.region_code)
        unit.extended += 1
        unit.save_version(unit.version, fields=["due", "yellow_at", "extended"])
        subjects.set_due(unit.key, ("arrange", "handle"), unit.due, unit.yellow_at)
    note(unit, "同意延期" if grant else "不同意延期", unit.state, opinion)
    records.prove("supervision.extended", unit, {"number": unit.number, "days": asked.days, "granted": grant})
    records.tell(
        [unit.org_code],
        title=f"延期{'已同意' if grant else '未获同意'}：{unit.title}",
        body=opinion,
        link=f"/supervision/units/{unit.pk}/",
    )
    return asked
