"""How a case ends: closed, void, duplicate, forced. Whatever the way, everybody who reported is answered."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, Extension, Report, Suspension
from zhujian.boards.city_management.command.services import clock, errands, levels, record
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Refusal
from zhujian.foundation.workflow import services as workflow

STATES = {"normal": "closed", "void": "void", "duplicate": "duplicate", "forced": "forced"}
ANSWERS = {
    "normal": "您上报的问题（案件{number}）已处置完毕，经现场核查通过，现已结案。感谢您的支持。",
    "void": "您上报的问题（案件{number}）经核实不予立案：{reason}",
    "forced": "您上报的问题（案件{number}）已作结案处理：{reason}",
}
EARLY = ("verifying", "to_register", "to_dispatch")
LATE = ("dispatched", "handling", "dept_confirm", "to_check", "checking", "to_close")


def finish(case: Case, kind: str, reason: str, now: datetime) -> None:
    """Bring a case (locked) to its end: state, clock, requests that no longer matter, answers."""
    from zhujian.boards.city_management.command.services.acceptance import answer

    clock.stop(case, now, "closed")
    levels.hold(case, now, "closed", ended=True)
    record.change(
        case, state=STATES[kind], close_kind=kind, close_reason=reason[:300], closed_at=now, closed_by=scope.current().actor_id,
        holder_org="", holder_account=None, holder_role="", task=None, suspended=False,
    )  # fmt: skip
    errands.dropped(case, now)
    for request in (
        *Extension.objects.filter(case=case, state__in=("department", "centre")),
        *Suspension.objects.filter(case=case, state__in=("asked", "running")),
    ):
        request.state = "ended" if request.state == "running" else "lapsed"
        request.version += 1
        request.save(update_fields=["state", "version", "updated_at"])
    reports = list(Report.objects.select_for_update().filter(case=case))
    if kind == "void":
        for report in reports:
            report.state, report.reason = Report.State.REFUSED, reason[:300]
            report.save_version(report.version, fields=["state", "reason"])
    if kind in ANSWERS:
        answer(reports, ANSWERS[kind].format(number=case.number, reason=reason))


def end_early(case: Case, kind: str, action: str, reason: str, now: datetime, *, role: str) -> Case:
    """End a case (locked, in a system scope) otherwise than through its process, which stops."""
    if not reason.strip():
        raise Refusal("case.reason", "请写明理由，理由将留痕并答复上报人。", "reason")
    before = case.state
    instance = workflow.lock_subject(case.subject)
    finish(case, kind, reason.strip(), now)
    record.step(case, action, now=now, before=before, role=role, opinion=reason)
    record.save(case)
    if instance is not None:
        workflow.do_terminate(instance.pk, reason=reason)
    record.prove(kind, case, reason=reason)
    record.tell("void" if kind != "forced" else "closed", case, now, close_kind=kind, reason=reason)
    return case


@transaction.atomic
def do_void(case_id: int, reason: str) -> Case:
    """Void a case that has not reached a department (shift leader): not to be filed after all (作废)."""
    who, now = scope.current(), timezone.now()
    record.visible_case(case_id)
    with scope.system("案件作废"):
        case = record.lock(case_id)
        record.require_role(who, case, "shift_leader", authority="UMS")
        levels.require_accepting(who, case.region_code)
        if case.state not in EARLY:
            raise Conflict("case.void_state", "案件已经派遣，不能作废；确需结束的请使用强制结案。")
        return end_early(case, "void", "void", reason, now, role="shift_leader")


@transaction.atomic
def do_force_close(case_id: int, reason: str) -> Case:
    """Close a case without its check (强制结案), by a shift leader who had no hand in it, with a reason that stays on record."""
    who, now = scope.current(), timezone.now()
    record.visible_case(case_id)
    with scope.system("强制结案"):
        case = record.lock(case_id)
        record.require_role(who, case, "shift_leader", authority="UMS")
        levels.require_accepting(who, case.region_code)
        if case.state not in LATE:
            raise Conflict("case.force_state", "案件还没有派遣，请使用作废；已经结束的不必再结案。")
        if who.actor_id in {*case.reporters, *case.command_side, *case.disposing_side}:
            raise NotAllowed("case.force_own", "您上报、派遣或处置过这件案件，不能由您强制结案，请由其他值班长办理。")
        return end_early(case, "forced", "force_close", reason, now, role="shift_leader")
