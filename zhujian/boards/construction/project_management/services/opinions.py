"""Joint review (并联审查): departments named in a step's declaration are asked at the same time as the department in charge."""

from __future__ import annotations

from typing import Any

from zhujian.boards.construction.project_management import rules, steps
from zhujian.boards.construction.project_management.models import Project, StepRecord
from zhujian.boards.construction.project_management.services import records
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow import subjects

BRANCHES = {"NRP": "E02", "CAD": "E04", "HUD": "E05", "UCA": "E07"}  # whose special acceptance E08 brings together


def ask(project: Project, task: Any) -> None:
    """Ask the joint departments when a step's review opens; those that have answered in this round are not asked again."""
    step = steps.step(task.step, project.region_code)
    if task.node != "review" or not step.joint or step.id == "E08":
        return
    record = records.last(project, step.id)
    since = record.accepted_at if record is not None else None
    answered = {t.authority for t in subjects.opinions(project.subject, step.id, since)}
    missing = [authority for authority in step.joint if authority not in answered]
    names = {authority: steps.AUTHORITIES[authority] for authority in missing}
    workflow.ask_offices(task, names, question=f"请就“{step.title}”从本部门职责提出意见，意见将写入审查结论。")


def given(project: Project, step: steps.Step) -> list[list[str]]:
    """[department, opinion] of a step's joint review; for joint acceptance what each special acceptance came to."""
    if step.id == "E08":
        return _branches(project)
    record = records.last(project, step.id)
    asked = subjects.opinions(project.subject, step.id, record.accepted_at if record is not None else None)
    return [
        [t.org_name or steps.AUTHORITIES.get(t.authority, t.authority), f"{t.result_label}。{t.comment}".rstrip()] for t in asked
    ]


def _branches(project: Project) -> list[list[str]]:
    rows = StepRecord.objects.filter(project=project, step__in=list(BRANCHES.values())).order_by("step", "round")
    last = {row.step: row for row in rows}
    titles = dict(rules.acceptance.BRANCHES)
    return [
        [row.decided_org or titles[step], f"{titles[step]}：{row.get_status_display()}（{row.form.get('output_number', '')}）"]
        for step, row in last.items()
        if row.decided_at
    ]
