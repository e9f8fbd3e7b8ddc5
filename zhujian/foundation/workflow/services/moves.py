"""Moving a task: return, withdraw, transfer, countersign, delegate."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Reason, refuse_if
from zhujian.foundation.workflow.models import OPEN, Instance, Task
from zhujian.foundation.workflow.services import common, control
from zhujian.foundation.workflow.services.apply import Work, used_seconds
from zhujian.foundation.workflow.services.tasks import refuse_blank


def earlier_tasks(task: Task, work: Work | None = None) -> list[Task]:
    """Finished tasks of the same sub-process that the task may be returned to, nearest first."""
    work = work or Work(task.instance)
    found = work.run.earlier(work.load(task.part_id), task.token)
    done = {
        t.token: t
        for t in Task.objects.filter(part=task.part_id, status=Task.Status.DONE, token__in=[f[0] for f in found]).order_by("pk")
    }
    return [done[token] for token, _ in found if token in done]


def check_return(task: Task, to_node: str, reason: str) -> list[Reason]:
    """Reasons against returning the task to `to_node`."""
    reasons = common.open_reasons(task)
    if task.asked_by_id is not None:
        reasons.append(Reason("workflow.return.opinion", "加签任务请直接填写意见，不能退回。"))
    elif to_node not in {t.node for t in earlier_tasks(task)}:
        reasons.append(Reason("workflow.return.node", "只能退回到本环节中已经办过的步骤，请重新选择。", "node"))
    if not reason.strip():
        reasons.append(Reason("workflow.return.reason", "请写明退回原因，让对方知道需要补充或改正什么。", "reason"))
    return reasons


@transaction.atomic
def do_return(task_id: int, *, node: str, reason: str, expected_version: int | None = None) -> list[Task]:
    """Return to the finished step `node` of the same sub-process; all that came after it is undone. The reopened tasks."""
    with common.working_on(task_id, "退回") as (task, who):
        common.require_open(task, expected_version)
        common.require_may_act(task, who)
        refuse_if(check_return(task, node, reason))
        opened = _back(task, node, Task.Status.RETURNED, "已退回", reason, who)
        common.note(task.instance, "returned", task=task, comment=reason, node=node)
        common.prove("workflow.returned", task.instance, {"task": task.pk, "node": node, "reason": reason, "by": who.actor_name})
        common.tell("returned", task.instance, task=task.pk, node=node, step=task.step, opened=[t.pk for t in opened])
        return opened


def _back(task: Task, node: str, status: str, label: str, reason: str, who: scope.Scope) -> list[Task]:
    work = Work(task.instance)
    work.rows[task.part_id] = task.part
    target = next(t for t in earlier_tasks(task, work) if t.node == node)
    now = timezone.now()
    task.status, task.result, task.result_label, task.comment = status, status, label, reason.strip()
    task.completed_by, task.completed_by_name, task.completed_org = who.actor_id, who.actor_name, who.org_name
    task.completed_at, task.used_seconds = now, used_seconds(task, now)
    task.save_version(task.version, fields=[
        "status", "result", "result_label", "comment", "completed_by", "completed_by_name", "completed_org", "completed_at", "used_seconds",
    ])  # fmt: skip
    task.opinions.filter(status__in=OPEN).update(status=Task.Status.CANCELLED, updated_at=now)  # nobody waits for them any more
    work.run.back(work.load(task.part_id), target.token)
    opened = work.save()
    # Whoever did the step before gets it back on the desk, not in the pool.
    for fresh in opened:
        if fresh.token == target.token and target.completed_by and not fresh.assignee:
            fresh.assignee, fresh.assignee_name, fresh.status = target.completed_by, target.completed_by_name, Task.Status.CLAIMED
            fresh.save_version(fresh.version, fields=["assignee", "assignee_name", "status"])
    return opened


def withdrawable(task: Task, who: scope.Scope) -> Task | None:
    """The task `who`'s side finished just before `task`, when it may still be taken back: nobody has begun, no clock runs."""
    if (
        task.status != Task.Status.READY
        or task.asked_by_id is not None
        or task.part.clock_start
        and task.part.clock_limit
        and _accepted(task)
    ):
        return None
    before = earlier_tasks(task)[:1]
    if before and before[0].party_keys and set(before[0].party_keys) & set(who.keys):
        return before[0]
    return None


def _accepted(task: Task) -> bool:
    """Whether acceptance has already started the step clock."""
    return Task.objects.filter(part=task.part, status=Task.Status.DONE).exclude(starts_clock="").exists()


def check_withdraw(task: Task, who: scope.Scope | None = None) -> list[Reason]:
    """Reasons against taking back what has been handed in."""
    who = who or scope.current()
    reasons = common.open_reasons(task)
    if reasons:
        return reasons
    if withdrawable(task, who) is not None:
        return []
    if common.is_candidate(task, who) and _first(task) and task.instance.created_by == who.actor_id:
        return []
    return [Reason("workflow.withdraw.late", "办理单位已受理或正在办理，不能撤回；如确需撤回，请联系办理单位退回。")]


def _first(task: Task) -> bool:
    return not Task.objects.filter(instance=task.instance_id, status=Task.Status.DONE).exists()


@transaction.atomic
def do_withdraw(task_id: int, *, reason: str) -> Instance:
    """Take back what one's side has handed in and nobody has accepted yet; before anything was handed in, the whole instance.

    `task_id` is the task now waiting at the other side (or one's own first task).
    """
    reason = refuse_blank(reason, "workflow.withdraw.reason", "请写明撤回原因。", "reason")
    with common.working_on(task_id, "撤回") as (task, who):
        if found := check_withdraw(task, who):
            raise Conflict(reasons=found)
        before = withdrawable(task, who)
        if before is None:
            control.end(task.instance, Instance.Status.WITHDRAWN, reason)
            common.note(task.instance, "withdrawn", task=task, comment=reason)
            common.tell("withdrawn", task.instance, task=task.pk)
        else:
            opened = _back(task, before.node, Task.Status.CANCELLED, "申请人撤回", reason, who)
            common.note(task.instance, "withdrawn", task=task, comment=reason, node=before.node)
            common.tell("withdrawn", task.instance, task=task.pk, node=before.node, opened=[t.pk for t in opened])
        common.prove("workflow.withdrawn", task.instance, {"task": task.pk, "reason": reason, "by": who.actor_name})
        return task.instance


def _colleague(task: Task, account_id: int, org_id: int | None) -> tuple[int, str]:
    """(id, name) of somebody of the office with the task's role; a refusal otherwise."""
    if task.role and org_id is not None:
        people = {a.pk: a.name for a in identity.people_with(task.role, org_id)}
    else:
        people = {p.account_id: p.account.name for p in identity.open_posts().filter(organisation=org_id)} if org_id else {}
    if account_id not in people:
        refuse_if([Reason("workflow.transfer.person", "请选择本单位具有相应岗位的人员。", "account")])
    return account_id, people[account_id]


def colleagues(task: Task, who: scope.Scope) -> list[tuple[int, str]]:
    """(account id, name) of those a task may be handed to."""
    org_id = task.org_id or who.org_id
    if org_id is None:
        return []
    if task.role:
        return [(a.pk, a.name) for a in identity.people_with(task.role, org_id) if a.pk != who.actor_id]
    posts = identity.open_posts().filter(organisation=org_id)
    return sorted({(p.account_id, p.account.name) for p in posts if p.account_id != who.actor_id}, key=lambda x: x[1])


@transaction.atomic
def do_transfer(task_id: int, *, account: int, reason: str) -> Task:
    """Hand the task to a colleague of the same office and role; also open to the office's supervisor for any of its tasks."""
    reason = refuse_blank(reason, "workflow.transfer.reason", "请写明转办原因。", "reason")
    with common.working_on(task_id, "转办") as (task, who):
        common.require_open(task)
        if not ("supervisor" in who.roles and task.org_id is not None and task.org_id == who.org_id):
            common.require_may_act(task, who)
        task.assignee, task.assignee_name = _colleague(task, account, task.org_id or who.org_id)
        task.status = Task.Status.CLAIMED
        task.save_version(task.version, fields=["assignee", "assignee_name", "status"])
        common.note(task.instance, "transferred", task=task, comment=reason, to=task.assignee_name)
        _tell_person(task, "转办给您的任务", reason)
    return task


@transaction.atomic
def do_delegate(task_id: int, *, account: int, reason: str) -> Task:
    """Let a colleague do the task on one's behalf; the one who delegates stays named."""
    reason = refuse_blank(reason, "workflow.delegate.reason", "请写明委托原因。", "reason")
    with common.working_on(task_id, "委托") as (task, who):
        common.require_open(task)
        common.require_may_act(task, who)
        if task.owner is not None:
            raise Conflict("workflow.delegate.again", "这项任务已是受托办理，不能再次委托。")
        task.owner, task.owner_name = who.actor_id, who.actor_name
        task.assignee, task.assignee_name = _colleague(task, account, task.org_id or who.org_id)
        task.status = Task.Status.CLAIMED
        task.save_version(task.version, fields=["assignee", "assignee_name", "owner", "owner_name", "status"])
        common.note(task.instance, "delegated", task=task, comment=reason, to=task.assignee_name)
        _tell_person(task, "委托您办理的任务", reason)
    return task


@transaction.atomic
def do_countersign(task_id: int, *, accounts: Iterable[int], question: str) -> list[Task]:
    """Ask colleagues for opinions at the same time; the task cannot be completed until all have come back."""
    question = refuse_blank(question, "workflow.countersign.question", "请写明需要加签的事项。", "question")
    with common.working_on(task_id, "加签") as (task, who):
        common.require_open(task)
        common.require_may_act(task, who)
        if task.asked_by_id is not None:
            raise Conflict("workflow.countersign.nested", "加签任务不能再加签，请直接填写意见或转办。")
        chosen = sorted(set(accounts))
        if not chosen or who.org_id is None:
            refuse_if([Reason("workflow.countersign.person", "请至少选择一位加签人员。", "accounts")])
        people = {p.account_id: p.account.name for p in identity.open_posts().filter(organisation=who.org_id, account__in=chosen)}
        if who.actor_id in people or len(people) != len(chosen):
            refuse_if([Reason("workflow.countersign.person", "加签人员须是本单位其他在岗人员。", "accounts")])
        if task.opinions.filter(status__in=OPEN, assignee__in=chosen).exists():
            raise Conflict("workflow.countersign.twice", "已向所选人员加签，请等待其返回意见。")
        now = timezone.now()
        made = []
        for account_id in chosen:
            opinion = Task(
                instance=task.instance, part=task.part, token="", node=task.node, path=task.path, step=task.step,
                title=f"加签：{task.title}"[:200], subject=task.subject, subject_title=task.subject_title, process=task.process,
                module=task.module, org_id=who.org_id, org_name=who.org_name, assignee=account_id, assignee_name=people[account_id],
                status=Task.Status.CLAIMED, outcomes=[["agree", "同意"], ["object", "有不同意见"]], instructions=question, clock_start=now,
                due=task.due, yellow_at=task.yellow_at, paused_at=task.paused_at, asked_by=task, region_code=task.region_code,
                parties=task.parties, created_by=who.actor_id,
            )  # fmt: skip
            opinion.save()
            made.append(opinion)
            _tell_person(opinion, "请您加签", question)
        if task.status == Task.Status.READY:
            task.assignee, task.assignee_name, task.status = who.actor_id, who.actor_name, Task.Status.CLAIMED
        task.has_opinions = True
        task.save_version(task.version, fields=["assignee", "assignee_name", "status", "has_opinions"])
        common.note(task.instance, "countersigned", task=task, comment=question, to=list(people.values()))
    return made


@transaction.atomic
def do_recall_opinion(opinion_id: int) -> Task:
    """Take back a countersign request that has not been answered."""
    with common.working_on(opinion_id, "撤回加签") as (opinion, who):
        common.require_open(opinion)
        asked = opinion.asked_by
        if asked is None or not common.may_act(asked, who):
            raise NotAllowed("workflow.task.not_yours", "只有发出加签的人可以撤回。")
        opinion.status = Task.Status.CANCELLED
        opinion.save_version(opinion.version, fields=["status"])
        common.note(opinion.instance, "opinion_recalled", task=asked, to=opinion.assignee_name)
    return opinion


def _tell_person(task: Task, title: str, body: str) -> None:
    common.send(
        [f"person:{task.assignee}"], title=f"{title}：{task.subject_title}", body=body, link=f"/workflow/tasks/{task.pk}/"
    )
