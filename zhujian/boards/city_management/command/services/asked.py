"""延期 and 挂账: asked for by the department, decided by others, and what they do to the clock."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, Extension, Suspension
from zhujian.boards.city_management.command.rules import clock as clocks
from zhujian.boards.city_management.command.rules import decisions
from zhujian.boards.city_management.command.services import clock, levels, record
from zhujian.boards.city_management.command.services.record import parameter
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.foundation.documents import services as documents
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.workflow import services as workflow

SYSTEM_REASON = "挂账到期自动恢复"


def require_department(who: scope.Scope, case: Case, *roles: str) -> None:
    """Refuse whoever does not act for the body that has the case."""
    if not case.org_code or not record.acts_for(who, case.org_code, *roles):
        raise NotAllowed("case.not_yours", "只有案件的主办单位可以办理这一步。")


def amount_of(text: str | int, limit_text: str) -> int:
    """How many units of the case's limit ``2H`` is; Refusal when it is in another unit than the limit."""
    if isinstance(text, int):
        return text
    asked, own = limits.read(text), limits.read(limit_text)
    if asked.unit != own.unit:
        raise Refusal("extension.unit", f"延期量的单位应与处置时限{limits.words(limit_text)}一致。", "amount")
    return asked.amount


@transaction.atomic
def do_extend_request(case_id: int, *, amount: str | int, reason: str, form: File | None = None) -> Extension:
    """Ask for more time, before the deadline (scenario 8). `amount`: ``2H``, or units of the limit.

    What crew asks for the department's desk agrees first; what the desk asks for goes to the centre at once.
    """
    who, now = scope.current(), timezone.now()
    record.visible_case(case_id)
    with scope.system("申请延期"):
        case = record.lock(case_id)
        require_department(who, case, "department_desk", "crew")
        units = amount_of(amount, case.limit_text) if case.limit_text else 0
        whole = limits.read(case.limit_text).amount if case.limit_text else 0
        found = decisions.check_extension(
            state=case.state, suspended=case.suspended, due=case.due, now=now, approved=case.extensions,
            pending=Extension.objects.filter(case=case, state__in=("department", "centre")).exists(),
            most=int(parameter("extension_most", case.region_code)), amount=units,
            longest=int(whole * parameter("extension_share", case.region_code)), sealed_form=form is not None,
        )  # fmt: skip
        if not reason.strip():
            found.append(Reason("extension.reason", "请写明延期的理由。", "reason"))
        refuse_if(found)
        desk = bool(who.roles & {"department_desk", "firm_agent"})
        kept = (
            documents.store(form, allowed=("pdf", "jpeg", "png"), region_code=case.region_code, parties=case.parties)
            if form
            else None
        )
        made = Extension.objects.create(
            case=case, amount=units, reason=reason.strip()[:500], form=kept, due_before=case.due, asked_at=now, asked_by=who.actor_id,
            asked_by_name=who.actor_name, asked_org=who.org_name, state="centre" if desk else "department",
            department_by=who.actor_id if desk else None, department_by_name=who.actor_name if desk else "", department_at=now if desk else None,
            region_code=case.region_code, parties=case.parties, created_by=who.actor_id,
        )  # fmt: skip
        record.step(case, "extend_request", now=now, role="department_desk" if desk else "crew", opinion=reason, amount=units)
    return made


@transaction.atomic
def do_extend_decide(extension_id: int, agree: bool, opinion: str = "") -> Extension:
    """Decide on an extension: first the department's desk, then the dispatcher or shift leader; a second one the leader.

    Agreed at both levels, the limit grows by what was asked and the deadline follows.
    """
    who, now = scope.current(), timezone.now()
    with scope.system("审批延期"):
        asked = _request(Extension, extension_id)
        case = record.lock(asked.case_id)
        asked.refresh_from_db()
        if asked.state not in ("department", "centre"):
            raise Conflict("extension.decided", f"这份延期申请{asked.get_state_display()}，不能再审批。")
        if not agree and not opinion.strip():
            raise Refusal("extension.opinion", "不同意的请写明理由。", "opinion")
        if asked.state == "department":
            require_department(who, case, "department_desk")
            if asked.asked_by == who.actor_id:
                raise NotAllowed("extension.own", "不能审批自己提出的申请，请由本单位其他人员审核。")
            asked.department_by, asked.department_by_name, asked.department_at = who.actor_id, who.actor_name, now
            asked.state = "centre" if agree else "refused"
        else:
            roles = ("leader",) if case.extensions else ("dispatcher", "shift_leader")
            record.require_role(who, case, *roles)
            levels.require_city(who, case)
            if who.actor_id in (asked.asked_by, asked.department_by):
                raise NotAllowed("extension.own", "不能审批自己提出或审核过的申请，请由其他人员审批。")
            asked.decided_by, asked.decided_by_name, asked.decided_at = who.actor_id, who.actor_name, now
            asked.state = "approved" if agree else "refused"
        asked.opinion = opinion.strip()[:500]
        if asked.state == "approved":
            _extend(case, asked, now)
        asked.version += 1
        asked.save()
        record.step(case, f"extend_{asked.state}", now=now, role=_first(who, "department_desk", "dispatcher", "shift_leader", "leader"), opinion=opinion,
                    amount=asked.amount)  # fmt: skip
        record.save(case)
    return asked


def _extend(case: Case, asked: Extension, now: Any) -> None:
    found = clock.of(case)
    if found is None or case.state not in decisions.WITH_DEPARTMENT:
        raise Conflict("extension.state", "案件已不在处置阶段，延期申请已失效。")
    clock.put(case, clocks.extend(found, asked.amount), now)
    levels.extend(case, asked.amount, now)
    record.change(case, extensions=case.extensions + 1, overdue_told=False)
    asked.due_after = case.due
    _show(case)
    record.prove("extended", case, amount=asked.amount, due=case.due.isoformat() if case.due else None, reason=asked.reason)


def _show(case: Case) -> None:
    instance = workflow.lock_subject(case.subject)
    if instance is not None:
        clock.show(case, instance.pk)


def _request(model: Any, pk: int) -> Any:
    found = model.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("request.absent", "没有找到这份申请，可能不在您的管辖范围内。")
    return found


def _first(who: scope.Scope, *roles: str) -> str:
    return next((role for role in roles if role in who.roles), "")


@transaction.atomic
def do_suspend_request(case_id: int, *, until: date, plan: str, reason: str) -> Suspension:
    """Ask to suspend a case that cannot be dealt with now (挂账): with a plan and a date, once."""
    who, now = scope.current(), timezone.now()
    record.visible_case(case_id)
    with scope.system("申请挂账"):
        case = record.lock(case_id)
        require_department(who, case, "department_desk")
        refuse_if(decisions.check_suspension(
            state=case.state, had=Suspension.objects.filter(case=case).exclude(state__in=("refused", "lapsed")).exists(), until=until,
            today=timezone.localdate(now), longest_days=int(parameter("suspension_days", case.region_code)), plan=plan, reason=reason,
        ))  # fmt: skip
        made = Suspension.objects.create(
            case=case, plan=plan.strip()[:500], until=until, reason=reason.strip()[:500], state="asked", asked_at=now, asked_by=who.actor_id,
            asked_by_name=who.actor_name, asked_org=who.org_name, region_code=case.region_code, parties=case.parties, created_by=who.actor_id,
        )  # fmt: skip
        record.step(case, "suspend_request", now=now, role="department_desk", opinion=reason, until=str(until))
    return made


@transaction.atomic
def do_suspend_decide(suspension_id: int, agree: bool, opinion: str = "") -> Suspension:
    """Decide on a suspension (shift leader or leader). From now on the clock stands still and nobody works on the case."""
    who, now = scope.current(), timezone.now()
    with scope.system("审批挂账"):
        asked = _request(Suspension, suspension_id)
        case = record.lock(asked.case_id)
        asked.refresh_from_db()
        record.require_role(who, case, "shift_leader", "leader")
        levels.require_city(who, case)
        if asked.state != "asked":
            raise Conflict("suspension.decided", f"这份挂账申请{asked.get_state_display()}，不能再审批。")
        if who.actor_id == asked.asked_by:
            raise NotAllowed("suspension.own", "不能审批自己提出的申请。")
        if not agree and not opinion.strip():
            raise Refusal("suspension.opinion", "不同意的请写明理由。", "opinion")
        if agree and case.state not in ("dispatched", "handling"):
            raise Conflict("suspension.state", "案件已不在待处置、处置中，不能挂账。")
        asked.state = "running" if agree else "refused"
        asked.decided_by, asked.decided_by_name, asked.decided_at, asked.opinion = (
            who.actor_id,
            who.actor_name,
            now,
            opinion.strip()[:500],
        )
        role = _first(who, "shift_leader", "leader")
        if agree:
            asked.started_at = now
            clock.stop(case, now, clocks.SUSPENDED)
            levels.hold(case, now, clocks.SUSPENDED)
            record.change(case, suspended=True, suspended_until=asked.until)
        asked.version += 1
        asked.save()
        record.step(case, "suspend" if agree else "suspend_refused", now=now, role=role, opinion=opinion, until=str(asked.until))
        record.save(case)
        if agree:
            instance = workflow.lock_subject(case.subject)
            assert instance is not None, "an open case has a process"
            workflow.do_suspend(instance.pk, reason=f"挂账至{asked.until}：{asked.reason}")
            record.prove("suspended", case, until=str(asked.until), plan=asked.plan)
            record.tell("suspended", case, now, until=str(asked.until))
    return asked


@transaction.atomic
def do_resume(case_id: int, opinion: str = "") -> Case:
    """End a suspension: the clock runs on with what was left (scenario 7). By the department, a shift leader, a leader, or by date."""
    who, now = scope.current(), timezone.now()
    if not who.is_system:
        record.visible_case(case_id)
    with scope.system("恢复办理"):
        case = record.lock(case_id)
        if not who.is_system and not (case.org_code and record.acts_for(who, case.org_code, "department_desk")):
            record.require_role(who, case, "shift_leader", "leader")
        if not case.suspended:
            raise Conflict("case.not_suspended", "案件没有挂账，不需要恢复。")
        asked = Suspension.objects.select_for_update().get(case=case, state="running")
        asked.state, asked.ended_at, asked.ended_how = "ended", now, "auto" if who.is_system else "person"
        asked.version += 1
        asked.save()
        clock.go_on(case, now)
        levels.carry_on(case, now)
        record.change(case, suspended=False, suspended_until=None)
        record.step(case, "resume", now=now, role=_first(who, "department_desk", "shift_leader", "leader"), opinion=opinion)
        record.save(case)
        instance = workflow.lock_subject(case.subject)
        assert instance is not None, "an open case has a process"
        workflow.do_resume(instance.pk, reason=opinion or SYSTEM_REASON)
        clock.show(case, instance.pk)
        record.prove("resumed", case, how=asked.ended_how)
        record.tell("resumed", case, now)
    return case


def resume_due(limit: int = 200) -> int:
    """Suspended cases whose date has come are taken up again; how many. For the worker."""
    today = timezone.localdate()
    due = (
        Case.objects.filter(suspended=True, suspended_until__lte=today)
        .order_by("suspended_until", "id")
        .values_list("pk", flat=True)[:limit]
    )
    for pk in due:
        do_resume(pk, SYSTEM_REASON)
    return len(due)
