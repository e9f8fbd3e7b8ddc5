"""Asking other departments: opinions on one task, all at the same time (并联征求意见)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.workflow.models import Task

OUTCOMES = [["agree", "同意"], ["object", "有不同意见"]]


def ask_offices(task: Task, authorities: Mapping[str, str], *, question: str) -> list[Task]:
    """Ask the office nearest to the place for each of `authorities` (code → name); `task` waits until all have answered.

    For handlers, when a task opens. Offices that do not exist here, and the task's own office, are not asked.
    """
    made = []
    for authority in authorities:
        office = identity.organisation_for(authority, task.region_code)
        if office is None or office.pk == task.org_id:
            continue
        opinion = Task(
            instance_id=task.instance_id, part_id=task.part_id, token="", node=task.node, path=task.path, step=task.step,
            title=f"征求意见：{task.title}"[:200], subject=task.subject, subject_title=task.subject_title, process=task.process,
            module=task.module, form=task.form, role="reviewer", authority=authority, org_id=office.pk, org_code=office.code,
            org_name=office.name, outcomes=OUTCOMES, instructions=question, clock_start=timezone.now(), due=task.due,
            yellow_at=task.yellow_at, paused_at=task.paused_at, asked_by=task, region_code=task.region_code, parties=task.parties,
            created_by=task.created_by,
        )  # fmt: skip
        opinion.save()
        made.append(opinion)
    if made:
        task.has_opinions = True
        Task.objects.filter(pk=task.pk).update(has_opinions=True)
    return made
