"""What other modules read about the processes of one subject (``<module>.<model>:<id>``): open and done tasks, acts, clocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow.models import OPEN, Act, Instance, Part, Pause, Task
from zhujian.foundation.workflow.services.common import may_act

ACTS = {
    "returned": "退回", "transferred": "转办", "countersigned": "加签", "opinion": "加签意见", "delegated": "委托", "withdrawn": "撤回",
    "suspended": "中止流程", "resumed": "恢复流程", "terminated": "终止流程", "urged": "督办", "clock_paused": "特殊程序开始",
    "clock_resumed": "特殊程序结束", "extended": "延长时限", "decided": "自动判定", "opinion_recalled": "撤回加签",
}  # fmt: skip


def open_tasks(subject: str) -> list[Task]:
    """Tasks somebody has to do now, oldest first."""
    return list(Task.objects.filter(subject=subject, status__in=(*OPEN, "suspended")).order_by("id"))


def done_tasks(subject: str, limit: int) -> list[Task]:
    """Completed tasks, newest first."""
    return list(Task.objects.filter(subject=subject, status="done").order_by("-completed_at", "-id")[:limit])


def opinions(subject: str, step: str, since: datetime | None = None) -> list[Task]:
    """Answered requests for an opinion on a step, those asked since a moment, oldest first."""
    rows = Task.objects.filter(subject=subject, step=step, asked_by__isnull=False, status="done").order_by("id")
    return list(rows.filter(created_at__gte=since) if since else rows)


def acts(subject: str, limit: int) -> list[Act]:
    """Other acts on the subject's processes, newest first; automatic decisions are left out."""
    return list(Act.objects.filter(instance__subject=subject).exclude(kind="decided").order_by("-id")[:limit])


def act_title(act: Act) -> str:
    """Chinese name of an act."""
    return ACTS.get(act.kind, act.kind)


def running(key: str, subject: str) -> Instance | None:
    """The unfinished instance of a process about a subject, if any."""
    return Instance.objects.filter(key=key, subject=subject, status__in=("running", "suspended")).first()


def facts(instance_id: int | None) -> dict[str, Any]:
    """Facts of a process as its gateways see them; empty when there is none."""
    found = Instance.objects.filter(pk=instance_id).values_list("facts", flat=True).first() if instance_id else None
    return found or {}


@dataclass(frozen=True)
class StepClock:
    """When a step's clock ran: day 0, end (None: still running) and the pauses."""

    step: str
    clock_start: datetime
    finished_at: datetime | None
    due: datetime | None
    pauses: tuple[Pause, ...]


def step_clocks(instance_id: int | None) -> list[StepClock]:
    """Clocks of an instance's steps that have been accepted."""
    if not instance_id:
        return []
    parts = Part.objects.filter(instance=instance_id, clock_start__isnull=False).exclude(step="").defer("state").order_by("id")
    pauses: dict[int | None, list[Pause]] = {}
    for pause in Pause.objects.filter(instance=instance_id):
        pauses.setdefault(pause.part_id, []).append(pause)
    return [StepClock(p.step, p.clock_start, p.finished_at, p.due, tuple(pauses.get(p.pk, ()))) for p in parts if p.clock_start]


@transaction.atomic
def set_parties(instance_id: int, parties: Iterable[str]) -> None:
    """Let a subject's new parties see its process too (called by the subject's own module when a firm joins)."""
    keys = list(parties)
    with scope.system("参建单位变化"):
        for model, column in ((Instance, "pk"), (Part, "instance"), (Pause, "instance")):
            model.objects.filter(**{column: instance_id}).update(parties=keys)
        # Whoever is asked to do a task keeps seeing it, party of the subject or not (审图机构, utilities).
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE workflow_task SET parties = ARRAY(SELECT DISTINCT unnest(%s::text[] || party_keys)) WHERE instance_id = %s",
                [keys, instance_id],
            )


def set_due(subject: str, nodes: Iterable[str], due: datetime | None, yellow_at: datetime | None) -> int:
    """Give a subject's open tasks at these nodes the date that their own module keeps (a limit given by hand, an extension); how many.

    For nodes without ``zj:limit``: the engine computes the dates of the others itself.
    """
    with scope.system("任务时限"):
        rows = Task.objects.filter(subject=subject, node__in=list(nodes), status__in=(*OPEN, "suspended"), limit__isnull=True)
        return rows.update(due=due, yellow_at=yellow_at)


__all__ = [
    "StepClock",
    "act_title",
    "acts",
    "done_tasks",
    "facts",
    "may_act",
    "open_tasks",
    "opinions",
    "running",
    "set_due",
    "set_parties",
    "step_clocks",
]
