"""Where a project's steps stand, in the words of the rules: results, steps that do not apply, dates, papers in force."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.models import Permit, Project, StepRecord
from zhujian.boards.construction.project_management.services import facts, records, values
from zhujian.foundation.workflow import subjects

PASSED = {"passed": "pass", "recorded": "recorded", "promised": "promise"}
APPROVALS = ("A05", "A06", "A07")


def results_of(project: Project) -> dict[str, str]:
    """Outcome of each step whose last round is finished and stands, in the words of the rules.

    A step that is being done anew has no result, whatever an earlier round came to.
    """
    rows = StepRecord.objects.filter(project=project).order_by("step", "round").values_list("step", "status")
    last = dict(rows)
    return {step: PASSED[status] for step, status in last.items() if status in PASSED}


def skipped_of(project: Project) -> set[str]:
    """Steps that do not apply to the project: by the decision tables, or found not needed by the window."""
    skipped = {key[5:] for key, value in subjects.facts(project.process_id).items() if key.startswith("skip_") and value}
    rows = StepRecord.objects.filter(project=project).order_by("step", "round").values_list("step", "status")
    return skipped | {step for step, status in dict(rows).items() if status == StepRecord.Status.NOT_NEEDED}


def decided_on(project: Project, step: str) -> date | None:
    """Day on which the standing result of a step was given."""
    found = records.last(project, step)
    if found is None or found.status not in PASSED:
        return None
    return values.day(found.form, "output_date") or (timezone.localdate(found.decided_at) if found.decided_at else None)


def field_day(project: Project, step: str, key: str) -> date | None:
    """A date the last round of a step holds."""
    found = records.last(project, step)
    return values.day(found.form, key) if found else None


def dates_of(project: Project) -> dict[str, date | None]:
    """Dates that must ascend (construction.md §2.1), as far as they are known."""
    approvals = [day for day in (decided_on(project, step) for step in APPROVALS) if day]
    issued = Permit.objects.filter(project=project).order_by("issued_on").values_list("issued_on", flat=True).first()
    return {
        "approval": min(approvals, default=None), "tender": field_day(project, "C01", "awarded_on"),
        "contract": field_day(project, "C04", "signed_on"), "permit": issued, "start": project.started_on, "completion": project.accepted_on,
    }  # fmt: skip


def outdated(project: Project, on: date) -> list[tuple[steps.Step, date]]:
    """Approvals that hold only if works begin within their validity, and the day on which they ended before `on`.

    环评批复 5年、核准文件 2年: each step's declaration names the parameter.
    """
    found = []
    for step in steps.load(project.region_code):
        if step.output.kind != "document" or not step.output.validity:
            continue
        day = decided_on(project, step.id)
        until = facts.span(step.output.validity, day, project.region_code).after(day) if day else None
        if until is not None and until < on:
            found.append((step, until))
    return found
