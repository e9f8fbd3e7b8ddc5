"""Step records: which round is being worked on, and what each act writes into it."""

from __future__ import annotations

from typing import Any

from zhujian.boards.construction.project_management.models import Project, StepRecord
from zhujian.boards.construction.project_management.services.sharing import owned

OPEN = (StepRecord.Status.WORKING, StepRecord.Status.SUPPLEMENT)


def last(project: Project, step: str) -> StepRecord | None:
    """The latest round of a step."""
    return StepRecord.objects.filter(project=project, step=step).order_by("-round").first()


def entries(project: Project, step: str) -> int:
    """How many entries of a loop are finished."""
    return StepRecord.objects.filter(project=project, step=step, status=StepRecord.Status.RECORDED).count()


def current(project: Project, step: str) -> StepRecord:
    """The round being worked on, opened when there is none."""
    found = last(project, step)
    if found is not None and found.status in OPEN:
        return found
    return StepRecord.objects.create(**owned(project), step=step, round=found.round + 1 if found else 1)


def write(record: StepRecord, **values: Any) -> StepRecord:
    """Change a record."""
    for name, value in values.items():
        setattr(record, name, value)
    record.version += 1
    record.save()
    return record
