"""督办, overdue marks, and 申诉."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.command.models import OPEN, Appeal, Case, Supervision
from zhujian.boards.city_management.command.rules import decisions
from zhujian.boards.city_management.command.services import clock, record
from zhujian.boards.city_management.command.services.asked import require_department
from zhujian.boards.city_management.command.services.record import parameter
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.messages import services as messages

LEVEL_ROLES = {"1": ("superviser", "leader"), "2": ("superviser", "leader"), "3": ("leader",)}
TO_DEPARTMENT = ("department_desk", "firm_agent")


def _supervise(case: Case, level: str, trigger: str, text: str, now: datetime) -> Supervision:
    """Write a supervision of a locked case; the state of the case does not change."""
    who = scope.current()
    made = Supervision.objects.create(
        case=case, level=level, trigger=trigger, text=text[:500], at=now, by=who.actor_id, by_name=who.actor_name, to_org=case.org_code,
        due=clock.until(f"supervise_reply_{level}", case, now), region_code=case.region_code, parties=case.parties, created_by=who.actor_id,
    )  # fmt: skip
    record.change(case, supervise_level=max(level, case.supervise_level))
    record.step(case, "supervise", now=now, role="superviser" if trigger == "person" else "", opinion=text, receiver=case.org_name, level=level,
                trigger=trigger)  # fmt: skip
    if case.org_code:
        messages.send(
            [f"org:{case.org_code}"], roles=TO_DEPARTMENT, level="warn", title=f"{made.get_level_display()}：{case.number}", body=text,
            link=f"/workflow/tasks/{case.task}/" if case.task else "", dedupe=f"command.supervision:{made.pk}",
        )  # fmt: skip
    return made


@transaction.atomic
def do_supervise(case_id: int, level: str, text: str) -> Supervision:
    """Supervise an open case (督办): 1 一般, 2 重点 by the inspector of the command centre, 3 by the leader. It has its own reply limit."""
    who, now = scope.current(), timezone.now()
    record.visible_case(case_id)
    with scope.system("督办"):
        case = record.lock(case_id)
        if level not in LEVEL_ROLES:
            raise Refusal("supervise.level", "请选择督办级别。", "level")
        record.require_role(who, case, *LEVEL_ROLES[level])
        if not case.is_open:
            raise Conflict("supervise.closed", "案件已经结束，不能督办。")
        if not text.strip():
            raise Refusal("supervise.text", "请写明督办要求。", "text")
        with scope.acting(who):
            name = who.actor_name
        made = _supervise(case, level, "person", text.strip(), now)
        record.save(case)
        record.prove("supervised", case, level=level, text=text, by=name)
    return made


def by_rule(case: Case, now: datetime, *, overdue: bool = False) -> Supervision | None:
    """Supervise a locked case when a rule calls for it and it is not supervised yet."""
    found = decisions.supervision_due(
        level=case.supervise_level, overdue=overdue, reworks=case.reworks, rework_from=int(parameter("supervise_reworks", case.region_code)),
        reports=case.report_count, reports_from=int(parameter("supervise_reports", case.region_code)), source=case.source,
    )  # fmt: skip
    return _supervise(case, "1", found[0], found[1], now) if found else None


@transaction.atomic
def do_reply_supervision(supervision_id: int, text: str) -> Supervision:
    """The department's reply to a supervision."""
    who, now = scope.current(), timezone.now()
    with scope.system("回复督办"):
        made = Supervision.objects.filter(pk=supervision_id).first()
        if made is None:
            raise NotFound("supervise.absent", "没有找到这条督办，可能不在您的管辖范围内。")
        case = record.lock(made.case_id)
        made.refresh_from_db()
        require_department(who, case, "department_desk")
        if made.replied_at is not None:
            raise Conflict("supervise.replied", "这条督办已经回复。")
        if not text.strip():
            raise Refusal("supervise.reply", "请写明办理情况和完成时间。", "text")
        made.replied_at, made.replied_by_name, made.reply = now, who.actor_name, text.strip()[:500]
        made.version += 1
        made.save()
        record.step(case, "supervise_reply", now=now, role="department_desk", opinion=text)
    return made


def mark_overdue(limit: int = 500) -> int:
    """Open cases whose clock has just run out: the department is told, and the case is supervised by rule. How many. For the worker."""
    now = timezone.now()
    rows = (
        Case.objects.filter(state__in=OPEN, due__lt=now, paused_at=None, overdue_told=False)
        .order_by("due")
        .values_list("pk", flat=True)[:limit]
    )
    count = 0
    for pk in rows:
        case = record.lock(pk)
        if case.overdue_told or case.due is None or case.due >= now or case.paused_at is not None:
            continue
        record.change(case, overdue_told=True)
        made = by_rule(case, now, overdue=True)
        if made is None and case.org_code:
            messages.send(
                [f"org:{case.org_code}"], roles=TO_DEPARTMENT, level="warn", title=f"案件超期：{case.number}",
                body=f"{case.class_name}，{case.address or case.grid_code}。请立即处置。", dedupe=f"command.overdue:{case.pk}:{case.due:%Y%m%d%H%M}",
            )  # fmt: skip
        record.step(case, "overdue", now=now)
        record.save(case)
        count += 1
    return count


# -- 申诉 ---------------------------------------------------------------------------------------------------------------------------


def _marked(case: Case, about: str) -> bool:
    return {"overdue": case.overdue_s > 0, "rework": case.reworks > 0, "dispatch": case.returns > 0}.get(about, False)


@transaction.atomic
def do_appeal(case_id: int, about: str, reason: str) -> Appeal:
    """Contest a mark of a closed case: ``overdue``, ``rework`` or ``dispatch`` (department)."""
    who, now = scope.current(), timezone.now()
    record.visible_case(case_id)
    with scope.system("申诉"):
        case = record.lock(case_id)
        require_department(who, case, "department_desk")
        found = decisions.check_appeal(
            state=case.state, closed_at=case.closed_at, now=now, days=int(parameter("appeal_days", case.region_code)),
            marked=_marked(case, about), had=Appeal.objects.filter(case=case).exists(),
        )  # fmt: skip
        if not reason.strip():
            found.append(Reason("appeal.reason", "请写明申诉的事实和理由。", "reason"))
        refuse_if(found)
        made = Appeal.objects.create(
            case=case, about=about, reason=reason.strip()[:500], asked_at=now, asked_by=who.actor_id, asked_by_name=who.actor_name,
            asked_org=who.org_name, region_code=case.region_code, parties=case.parties, created_by=who.actor_id,
        )  # fmt: skip
        record.change(case, appeal="open")
        record.step(case, "appeal", now=now, role="department_desk", opinion=reason, about=about)
        record.save(case)
    return made


@transaction.atomic
def do_review_appeal(appeal_id: int, uphold: bool, opinion: str) -> Appeal:
    """One of the two reviews (assessor, shift leader or leader, two different people who had no hand in the case).

    Both uphold: the case is exempt; the times and counts of the case stay as they were.
    """
    who, now = scope.current(), timezone.now()
    with scope.system("申诉复核"):
        made = Appeal.objects.filter(pk=appeal_id).first()
        if made is None:
            raise NotFound("appeal.absent", "没有找到这份申诉，可能不在您的管辖范围内。")
        case = record.lock(made.case_id)
        made.refresh_from_db()
        record.require_role(who, case, "assessor", "shift_leader", "leader")
        refuse_if(_check_review(case, made, who, opinion))
        if made.first_by is None:
            made.first_by, made.first_by_name, made.first_at, made.first_opinion = (
                who.actor_id,
                who.actor_name,
                now,
                opinion.strip()[:500],
            )
            if not uphold:
                made.state = "rejected"
        else:
            made.state = decisions.appeal_result(True, uphold)
        if made.state != "open":
            made.decided_by, made.decided_by_name, made.decided_at, made.opinion = (
                who.actor_id,
                who.actor_name,
                now,
                opinion.strip()[:500],
            )
            record.change(case, appeal=made.state, exempt=made.state == "upheld")
            record.prove("appeal_decided", case, about=made.about, state=made.state)
        made.version += 1
        made.save()
        record.step(case, "appeal_review", now=now, role=_role(who), opinion=opinion, uphold=uphold, state=made.state)
        record.save(case)
    return made


def _check_review(case: Case, made: Appeal, who: scope.Scope, opinion: str) -> list[Any]:
    if made.state != "open":
        raise Conflict("appeal.decided", f"这份申诉已复核完毕：{made.get_state_display()}。")
    if who.actor_id in (made.first_by, made.asked_by) or who.actor_id in {
        *case.command_side,
        *case.disposing_side,
        *case.supervision_side,
    }:
        raise NotAllowed("appeal.own", "两次复核须由不同的、没有经办过这件案件的人员进行，请由其他人员复核。")
    return [] if opinion.strip() else [Reason("appeal.opinion", "请写明复核意见。", "opinion")]


def _role(who: scope.Scope) -> str:
    return next((role for role in ("assessor", "shift_leader", "leader") if role in who.roles), "")
