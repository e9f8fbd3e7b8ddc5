"""Working on a task: claim, give back, complete."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Reason, Refusal, refuse_if
from zhujian.foundation.workflow import store
from zhujian.foundation.workflow.handlers_api import ProcessHandler, handler_for
from zhujian.foundation.workflow.models import OPEN, Task
from zhujian.foundation.workflow.services import clocks, common
from zhujian.foundation.workflow.services.apply import Work, used_seconds

MAX_COMMENT = 2000


def handler_of(task: Task) -> ProcessHandler:
    """The handler that speaks for the task's process."""
    compiled = store.compiled(task.instance.bundle)
    return handler_for(*compiled.chain(task.part.spec, task.nodes))


def check_claim(task: Task, who: scope.Scope | None = None) -> list[Reason]:
    """Reasons why the actor cannot take the task."""
    who = who or scope.current()
    reasons = common.open_reasons(task)
    if not reasons and task.status == Task.Status.CLAIMED and task.assignee != who.actor_id:
        reasons.append(Reason("workflow.task.claimed", f"这项任务已由{task.assignee_name}领取。"))
    return reasons


@transaction.atomic
def do_claim(task_id: int) -> Task:
    """Take a task from the office's list onto one's own desk."""
    with common.working_on(task_id, "领取任务") as (task, who):
        if found := check_claim(task, who):
            raise Conflict(reasons=found)
        common.require_may_act(task, who)
        task.assignee, task.assignee_name, task.status = who.actor_id, who.actor_name, Task.Status.CLAIMED
        task.save_version(task.version, fields=["assignee", "assignee_name", "status"])
    return task


@transaction.atomic
def do_unclaim(task_id: int) -> Task:
    """Give a claimed task back to the office's list."""
    with common.working_on(task_id, "退回待办") as (task, who):
        common.require_open(task)
        common.require_may_act(task, who)
        if task.status != Task.Status.CLAIMED or not (task.role or task.party_keys):
            raise Conflict("workflow.task.not_claimed", "这项任务没有被领取，或只指定了一个人办理，不能退回待办。")
        task.assignee, task.assignee_name, task.status = None, "", Task.Status.READY
        task.save_version(task.version, fields=["assignee", "assignee_name", "status"])
    return task


def check_complete(
    task: Task, outcome: str, data: Mapping[str, Any], comment: str = "", who: scope.Scope | None = None
) -> list[Reason]:
    """Reasons against completing the task with `outcome`: unknown outcome, opinions missing, and what its handler says (asked
    in the scope `who`, by default the current one)."""
    reasons = []
    if task.label(outcome) is None:
        reasons.append(Reason("workflow.outcome.unknown", "请选择办理结论。", "outcome"))
    if len(comment) > MAX_COMMENT:
        reasons.append(Reason("workflow.comment.long", f"意见不超过 {MAX_COMMENT} 字，请精简或作为附件上传。", "comment"))
    waiting = task.opinions.filter(status__in=OPEN).count() if task.has_opinions else 0
    if waiting:
        reasons.append(Reason("workflow.countersign.open", f"还有 {waiting} 份加签意见没有返回，请等待或先撤回加签。"))
    handler = handler_of(task)
    if task.asked_by_id is None and not reasons and type(handler).check is not ProcessHandler.check:
        with scope.acting(who) if who is not None else nullcontext():
            reasons += handler.check(task, outcome, data)
    return reasons


@transaction.atomic
def do_complete(
    task_id: int, *, outcome: str, data: Mapping[str, Any] | None = None, expected_version: int | None = None, comment: str = ""
) -> Task:
    """Complete a task: state, task rows, effect, evidence and event in one transaction, once.

    `expected_version` is the task's version as the person saw it. Conflict (409) when somebody else was faster, Refusal
    (422) with every reason when a check fails; nothing is saved then.
    """
    data = {**(data or {}), "comment": comment.strip()}  # handlers judge the opinion together with the form
    with common.working_on(task_id, "办理流程任务") as (task, who):
        common.require_open(task, expected_version)
        common.require_may_act(task, who)
        refuse_if(check_complete(task, outcome, data, comment, who))
        now = timezone.now()
        _mark_done(task, who, outcome, comment, now)
        if task.asked_by_id is not None:
            common.note(task.instance, "opinion", task=task.asked_by, comment=comment, outcome=outcome)
            return task
        _advance(task, outcome, data, now)
    return task


def _mark_done(task: Task, who: scope.Scope, outcome: str, comment: str, now: Any) -> None:
    task.status, task.result, task.result_label = Task.Status.DONE, outcome, task.label(outcome) or outcome
    task.comment = comment.strip()
    task.completed_by, task.completed_by_name, task.completed_org = who.actor_id, who.actor_name, who.org_name
    task.completed_at, task.used_seconds = now, used_seconds(task, now)
    if task.assignee is None:
        task.assignee, task.assignee_name = who.actor_id, who.actor_name
    try:
        task.save_version(task.version, fields=[
            "status", "result", "result_label", "comment", "completed_by", "completed_by_name", "completed_org", "completed_at",
            "used_seconds", "assignee", "assignee_name",
        ])  # fmt: skip
    except Conflict as error:  # someone changed the row without the instance's lock
        raise Conflict("workflow.task.stale", "这项任务刚刚被他人修改过，请刷新页面核对后再办理。") from error


def _advance(task: Task, outcome: str, data: dict[str, Any], now: Any) -> None:
    instance = task.instance
    work = Work(instance)
    work.rows[task.part_id] = task.part
    if task.starts_clock and outcome == task.starts_clock:
        clocks.start_step_clock(task.part, now)
    handler = handler_of(task)
    instance.facts = work.run.facts
    instance.facts.update(handler.did(task, outcome, data) or {})
    work.run.complete(work.load(task.part_id), task.token, outcome)
    opened = work.save()
    common.prove(
        "workflow.task_completed", instance,
        {
            "task": task.pk, "node": task.node, "step": task.step, "title": task.title, "outcome": outcome,
            "outcome_label": task.result_label, "comment": task.comment, "by": task.completed_by_name, "org": task.completed_org,
            "due": task.due.isoformat() if task.due else None, "at": now.isoformat(),
        },
    )  # fmt: skip
    common.tell(
        "task_completed", instance, task=task.pk, node=task.node, step=task.step, outcome=outcome, opened=[t.pk for t in opened]
    )


def require_role(who: scope.Scope, *roles: str) -> None:
    """Refuse unless the actor has one of `roles`."""
    if not who.roles & set(roles):
        raise NotAllowed("access.denied", "您当前的岗位没有这项权限。")


def refuse_blank(text: str, code: str, message: str, field: str) -> str:
    """`text` without surrounding blanks; Refusal when nothing is left."""
    if not text.strip():
        raise Refusal(code, message, field)
    return text.strip()
