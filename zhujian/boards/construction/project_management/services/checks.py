"""What must hold before a task may be completed: values, materials, papers they rely on, opinions, then the law's gates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from zhujian.boards.construction.project_management import rules, steps
from zhujian.boards.construction.project_management.models import Material, Project
from zhujian.boards.construction.project_management.services import deadlines, gates, materials, records, values
from zhujian.foundation.kernel.errors import Reason

WITHOUT_FORM = ("withdraw", "close", "clean")  # these say something without a form
JUDGED = ("pass", "submit", "resubmit", "done")
UNFAVOURABLE = ("supplement", "refuse", "reject", "return", "fail")


def reasons(project: Project, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
    """Reasons against completing `task` with `outcome`."""
    form = data.get("form") or {}
    step = steps.step(task.step, project.region_code)
    found: list[Reason] = []
    if task.form == "step" and outcome not in WITHOUT_FORM:
        found += values.reasons(step, form, on=timezone.localdate())
        found += _materials(project, step, task)
    if task.form == "review" and outcome in UNFAVOURABLE and not data.get("comment"):
        found.append(
            Reason("opinion.required", "请在“办理意见”中写明理由，一次性告知申请人需要补充或改正的全部内容。", "comment")
        )
    if outcome == "not_needed" and step.mandatory:
        found.append(Reason("step.mandatory", f"“{step.title}”是必须办理的事项，不能认定为不需要办理，请选择“待重新申报”。"))
    if outcome == "close" and records.entries(project, step.id) < step.at_least:
        found.append(Reason("loop.empty", f"“{step.title}”还没有办结的登记，至少登记{step.at_least}项后才能关闭。"))
    if task.node == "accept" and outcome == "supplement":
        found += _supplement(project, task.step)
    gate = gates.GATES.get((task.step, task.node))
    if gate is not None and outcome in JUDGED and not found:
        record = records.last(project, task.step)
        kept = record.form if record is not None and record.status in records.OPEN else {}
        found += gate(project, {**kept, **form})
    return found


def _materials(project: Project, step: steps.Step, task: Any) -> list[Reason]:
    """Required files that are missing, and earlier papers that no longer hold."""
    have = Material.objects.filter(project=project, step=step.id, replaced=False).values_list("code", flat=True)
    return materials.check_complete(step, have, task.node) + materials.check_sources(project, step)


def _supplement(project: Project, step: str) -> list[Reason]:
    record = records.last(project, step)
    if record is None or record.applied_at is None:
        return []
    today = timezone.localdate()
    until = deadlines.ask_until(project, record.applied_at)
    return rules.supplement_reasons(
        on=today, ask_until=timezone.localdate(until) if until else today, asked_before=record.supplemented_at is not None
    )
