"""What all acts share: locking, who may, writing down what was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db.models import Q
from django.utils import timezone

from zhujian.foundation.events.services import publish
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound, Reason
from zhujian.foundation.kernel.prepared import fetch
from zhujian.foundation.messages import services as messages
from zhujian.foundation.workflow.models import OPEN, Act, Bundle, Instance, Part, Task

LOCKED = ((Instance, "i"), (Bundle, "b"))
LOCK_SEEN = """
FROM workflow_instance i JOIN workflow_bundle b ON b.id = i.bundle_id
WHERE i.id = (SELECT instance_id FROM workflow_task WHERE id = %s) FOR UPDATE OF i
"""
WITH_PART = "FROM workflow_task t JOIN workflow_part p ON p.id = t.part_id WHERE t.id = %s"
GONE = "没有找到这项任务，可能已被移走，或不在您的管辖范围内。"


def visible_task(task_id: int) -> None:
    """NotFound unless the acting scope may see the task (asked before work goes on in a system scope)."""
    if not Task.objects.filter(pk=task_id).exists():
        raise NotFound("workflow.task.missing", GONE)


def visible_instance(instance_id: int) -> None:
    """NotFound unless the acting scope may see the instance."""
    if not Instance.objects.filter(pk=instance_id).exists():
        raise NotFound("workflow.instance.missing", "没有找到这个流程，可能不在您的管辖范围内。")


@contextmanager
def working_on(task_id: int, reason: str) -> Iterator[tuple[Task, scope.Scope]]:
    """The task with its part and instance, the instance locked, and the acting scope; the block runs in a system scope.

    NotFound unless the actor may see the task. Always the instance is locked first: everything that happens to one process is
    in one line, and nobody waits crosswise; the task is read after that, as the one before has left it.
    """
    who = scope.current()
    found = fetch(LOCKED, LOCK_SEEN, [task_id])
    if not found:  # a firm that is only asked to do this one task sees the task, not the whole process
        visible_task(task_id)
    with scope.system(reason):
        instance, instance.bundle = (found or fetch(LOCKED, LOCK_SEEN, [task_id]))[0]
        task, part = fetch(((Task, "t"), (Part, "p")), WITH_PART, [task_id])[0]
        task.part = part
        task.instance = part.instance = instance
        yield task, who


def locked_instance(instance_id: int) -> Instance:
    """The instance, locked; to be called in a system scope."""
    return Instance.objects.select_for_update(of=("self",)).select_related("bundle").get(pk=instance_id)


def lock_subject(subject: str) -> Instance | None:
    """The unfinished process about `subject`, locked, for a module that changes what the process is about; None when it has ended.

    In a system scope. A module locks the process before its own row, as completing a task does.
    """
    rows = Instance.objects.select_for_update(of=("self",)).select_related("bundle")
    return rows.filter(subject=subject, status__in=("running", "suspended")).order_by("id").first()


def candidate_query(who: scope.Scope) -> Q:
    """Open tasks that `who` may take or has: own ones, those of the own office and role, those of a party one acts for."""
    found = Q(pk__in=())
    for way in candidate_ways(who):
        found |= way
    return found


def candidate_ways(who: scope.Scope) -> list[Q]:
    """The ways a task can be `who`'s, one condition each; no task meets two of them, and each has its index in the order of due dates."""
    free, shared = Q(assignee=None), Q(assignee=None, party_keys=[], role__in=[*who.roles, ""])
    ways = [free & Q(party_keys__overlap=list(who.keys))]
    if who.actor_id:
        ways.append(Q(assignee=who.actor_id))
    if who.org_id:
        ways.append(shared & Q(org_id=who.org_id))
    if who.authorities and who.kind == "official":
        here = Q(region_code__gte=who.region_lo, region_code__lt=who.region_hi)
        ways.append(shared & Q(org_id=None, authority__in=who.authorities) & here)
    return ways


def may_act(task: Task, who: scope.Scope) -> bool:
    """Whether `who` may work on `task` now."""
    if task.assignee is not None:
        return task.assignee == who.actor_id
    return is_candidate(task, who)


def is_candidate(task: Task, who: scope.Scope) -> bool:
    """Whether `who` is among those the task was given to, whoever has claimed it."""
    if task.party_keys:
        return bool(set(task.party_keys) & set(who.keys))
    if task.role and task.role not in who.roles:
        return False
    if task.org_id is not None:
        return task.org_id == who.org_id
    if task.authority:
        return task.authority in who.authorities and who.region_lo <= task.region_code < who.region_hi
    return bool(task.role) and who.kind == "official" and who.region_lo <= task.region_code < who.region_hi


def require_may_act(task: Task, who: scope.Scope) -> None:
    """Refuse, and say why, unless `who` may work on the task. A module that acts in a system scope has judged that itself."""
    if not who.is_system and not may_act(task, who):
        if task.assignee is not None and is_candidate(task, who):
            raise NotAllowed(
                "workflow.task.claimed", f"这项任务已由{task.assignee_name}领取，请与其联系，或请其退回待办后再办理。"
            )
        raise NotAllowed("workflow.task.not_yours", "这项任务不由您办理。")


def open_reasons(task: Task) -> list[Reason]:
    """Reasons why the task cannot be worked on at all."""
    if task.status == Task.Status.DONE:
        by = f"{task.completed_org}{task.completed_by_name}" or "他人"
        when = timezone.localtime(task.completed_at).strftime("%Y-%m-%d %H:%M") if task.completed_at else ""
        return [Reason("workflow.task.done", f"这项任务已由{by}于{when}办结（{task.result_label}），无需再办理。")]
    if task.status == Task.Status.SUSPENDED:
        return [Reason("workflow.task.suspended", "流程已中止，恢复办理后才能操作。")]
    if task.status not in OPEN:
        return [Reason("workflow.task.closed", f"这项任务{task.get_status_display()}，请刷新页面查看最新进度。")]
    return []


def require_open(task: Task, expected_version: int | None = None) -> None:
    """Conflict unless the task is open and, when given, still of the version the person has seen."""
    if found := open_reasons(task):
        raise Conflict(reasons=found)
    if expected_version is not None and task.version != expected_version:
        raise Conflict("workflow.task.stale", "这项任务刚刚被他人修改过，请刷新页面核对后再办理。")


def note(instance: Instance, kind: str, *, task: Task | None = None, part: Any = None, comment: str = "", **detail: Any) -> Act:
    """Write one act into the instance's record."""
    who = scope.current()
    return Act.objects.create(
        instance=instance, task=task, part_id=part.pk if part is not None else (task.part_id if task is not None else None),
        kind=kind, at=timezone.now(), actor_id=who.actor_id, actor_name=who.actor_name or "系统", org_name=who.org_name,
        comment=comment, detail=detail, region_code=instance.region_code, parties=instance.parties, created_by=who.actor_id,
    )  # fmt: skip


def tell(name: str, instance: Instance, **payload: Any) -> None:
    """Publish ``workflow.<name>`` about the instance's subject."""
    publish(
        f"workflow.{name}", subject=instance.subject, region_code=instance.region_code, parties=instance.parties,
        payload={"instance": instance.pk, "key": instance.key, **payload},
    )  # fmt: skip


def prove(kind: str, instance: Instance, payload: Mapping[str, Any]) -> None:
    """Leave evidence of a legal act, in the same transaction."""
    evidence.record(
        kind, object_id=instance.subject, region_code=instance.region_code, payload=dict(payload), parties=instance.parties
    )


def send(
    keys: list[str],
    *,
    title: str,
    body: str,
    link: str,
    level: str = "info",
    dedupe: str | None = None,
    roles: tuple[str, ...] = (),
) -> None:
    """Send a message to people; of an office only to those with one of `roles`."""
    if keys:
        messages.send(keys, title=title, body=body, link=link, level=level, dedupe=dedupe, roles=roles)
