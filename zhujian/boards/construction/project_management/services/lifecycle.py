"""The life cycle's handler: who does each task, how long it may take, what must hold, what it changes.

The diagrams say in which order; the steps' declarations say what is asked; this file joins the two. Reusable items
(`approval_item`, `record_item` …) share node names, so one table serves all 71 steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.models import Project, StepRecord
from zhujian.boards.construction.project_management.services import acts, checks, deadlines, opinions, participants, records
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import ProcessHandler
from zhujian.foundation.workflow.handlers_api import Assignment, Node, Outcome, TimeLimit
from zhujian.foundation.workflow.services.clocks import move_step_clock

WINDOW = "GSC"  # 政务服务综合窗口: accepts and hands out for every department (一窗受理)
Status = StepRecord.Status


def project_of(subject: str, *, lock: bool = False) -> Project:
    """The project behind a subject key."""
    rows = Project.objects.select_for_update() if lock else Project.objects
    return rows.get(pk=int(subject.rpartition(":")[2]))


class LifecycleHandler(ProcessHandler):
    """Serves ``project_lifecycle`` and every process it calls."""

    key = "project_lifecycle"

    # ---- who and how long -------------------------------------------------------------------------------------------

    def assign(self, node: Node, instance: Any) -> Assignment:
        """Window, department or firm; the city's profile may name another department or the province."""
        title = f"{node.step} {steps.step(node.step).title}：{node.name}" if node.step else node.name
        if node.role == "window":
            return Assignment(role="window", authority=WINDOW, title=title)
        step = steps.step(node.step, instance.region_code) if node.step else None
        if step is not None and step.by_party and node.id in ("confirm", "close"):
            return Assignment(party_keys=participants.keys_of(project_of(instance.subject), step.confirmer), title=title)
        if node.role:
            region = f"{instance.region_code[:2]}0000000000" if step and step.authority_level == "province" else ""
            return Assignment(
                role=node.role, authority=step.authority if step else node.authority, title=title, region_code=region
            )
        project = project_of(instance.subject)
        return Assignment(party_keys=participants.keys_of(project, node.party or "DEV"), title=title)

    def limit(self, node: Node, instance: Any) -> TimeLimit | None:
        """The step's limit in this city for this type of project, with the version of the parameter."""
        if node.attributes.get("kind") == "loop":
            return None  # the site waits for something to happen; from when to count, only the entry itself can say
        if not node.limit or not node.step:
            return super().limit(node, instance)
        key = steps.load(instance.region_code).limit_key(node.step, str(instance.facts.get("project_type", "")), instance.facts)
        if not key:
            return None
        found = parameters.value(key, on=timezone.localdate(), region=instance.region_code)
        return TimeLimit(int(found.value), found.unit, key, found.version_id)

    def outcomes(self, node: Node, instance: Any) -> tuple[Outcome, ...]:
        """A supplement can be asked for once only (行政许可法 第三十二条)."""
        if node.id == "accept" and node.process == "approval_item":
            record = records.last(project_of(instance.subject), node.step)
            if record is not None and record.supplemented_at is not None and record.status in records.OPEN:
                return tuple(o for o in node.outcomes if o.code != "supplement")
        return node.outcomes

    # ---- may it be done ----------------------------------------------------------------------------------------------

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """Reasons against completing a task: read-only project, missing materials, the law's gates."""
        project = project_of(task.subject)
        if project.readonly:
            return [Reason("project.readonly", "项目已灭失或终止，只能查看，不能再办理。")]
        if not task.step:
            return []
        return checks.reasons(project, task, outcome, data)

    # ---- what it does ------------------------------------------------------------------------------------------------

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Write what a completed task means; facts for the gateways come back."""
        project = project_of(task.subject, lock=True)
        form, opinion = data.get("form") or {}, str(data.get("comment") or "")
        if task.form == "stage_application":
            return acts.stage_applied(project, stage_of_node(task.node), form)  # later_<step>: put off to before the permit
        if not task.step:
            return {}
        act = ACTS.get((task.part.spec, task.node)) or ACTS.get(("", task.node))
        if act is None:
            return {}
        return act(project, task, outcome, form, opinion)

    def opened(self, task: Any) -> None:
        """A review that concerns other departments asks them at once."""
        if task.node == "review":
            opinions.ask(project_of(task.subject), task)

    def part_finished(self, part: Any, instance: Any) -> dict[str, Any]:
        """Stage bar: when a stage ends the next begins."""
        stage = getattr(part, "spec", "")
        if stage.startswith("stage_p") and part.status == "finished":
            number = int(stage[7]) + 1
            if number <= len(steps.STAGES):
                Project.objects.filter(pk=int(instance.subject.rpartition(":")[2])).exclude(status="extinct").update(
                    stage=f"P{number}"
                )
        return {}


class MajorChangeHandler(LifecycleHandler):
    """Serves ``major_change``: a step of the life cycle done anew because the design changed during the works."""

    key = "major_change"


def stage_of_node(node: str) -> str:
    """``application_P3`` → ``P3``."""
    return node.rpartition("_")[2]


# ---- acts by node ----------------------------------------------------------------------------------------------------------


def _apply(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    if outcome == "withdraw":
        return acts.withdrawn(project, task.step, opinion)
    return acts.applied(project, task.step, form)


def _accept(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    if outcome == "supplement":
        return acts.supplement_asked(project, task.step, opinion, office_code=task.org_code)
    if outcome == "refuse":
        return acts.turned_down(project, task.step, opinion, kind="not_accepted", office_code=task.org_code)
    record = records.current(project, task.step)
    zero = deadlines.accepted_from(project, record, timezone.now())
    if task.part.clock_start is not None and (record.round > 1 or zero < task.part.clock_start):
        # Applied for anew after a refusal, or nobody asked for a supplement in time: not the day the engine first noted.
        move_step_clock(task.part, zero, afresh=record.round > 1)
    due = timezone.localdate(task.part.due) if task.part.due else None
    return acts.accepted(project, task.step, office_code=task.org_code, due=due)


def _review(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    record = records.current(project, task.step)
    records.write(record, opinion=opinion)
    return {}


def _decide(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    if outcome == "reject":
        return acts.turned_down(project, task.step, opinion, kind="refused", office_code=task.org_code)
    if outcome == "return":
        return _review(project, task, outcome, form, opinion)
    return acts.decided(project, task.step, status=Status.PASSED, opinion=opinion, office_code=task.org_code)


def _confirm(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    if outcome == "return":
        records.write(records.current(project, task.step), status=Status.SUPPLEMENT, opinion=opinion)
        return {}
    return acts.decided(project, task.step, status=Status.RECORDED, opinion=opinion, office_code=task.org_code)


def _withdrawal(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    """The window confirms a withdrawal: to be applied for again, or found not needed for this project."""
    if outcome == "not_needed":
        found = records.last(project, task.step)
        records.write(found or records.current(project, task.step), status=Status.NOT_NEEDED, opinion=opinion)
    return {}


def _promise(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    if outcome == "return":
        return _confirm(project, task, outcome, form, opinion)
    step = steps.step(task.step, project.region_code)
    office = participants.office_code(step, project)
    return acts.decided(project, task.step, status=Status.PROMISED, opinion=opinion, office_code=office)


def _enter(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    """Loop items: an entry is kept; closing or a clean inspection ends the round."""
    if outcome == "close":
        return {}
    found = acts.applied(project, task.step, {**form, "finding": task.result_label} if task.node == "inspect" else form)
    if outcome == "clean":
        return acts.decided(project, task.step, status=Status.RECORDED, opinion=opinion, office_code=task.org_code)
    return found


def _recheck(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    if outcome == "fail":
        records.write(records.current(project, task.step), status=Status.SUPPLEMENT, opinion=opinion)
        return {}
    return acts.decided(project, task.step, status=Status.RECORDED, opinion=opinion, office_code=task.org_code)


def _close(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    return {}


def _hold_acceptance(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    """E06: the developer and the five parties decide, the supervision station watches."""
    if outcome == "fail":
        return acts.failed(project, task.step, opinion)
    office = participants.office_code(steps.step(task.step, project.region_code), project)
    return acts.decided(project, task.step, status=Status.PASSED, opinion=opinion, office_code=office, form=form)


def _coded(project: Project, task: Any, outcome: str, form: Mapping[str, Any], opinion: str) -> dict[str, Any]:
    """A02: the developer confirms the code; the formalities follow."""
    office = participants.office_code(steps.step(task.step, project.region_code), project)
    return acts.decided(project, task.step, status=Status.RECORDED, opinion=opinion, office_code=office, form=form)


ACTS: dict[tuple[str, str], Any] = {
    ("", "apply"): _apply, ("", "supplement"): _apply, ("", "rectify"): _apply, ("", "accept"): _accept, ("", "accept_again"): _accept,
    ("", "review"): _review, ("", "decide"): _decide, ("", "confirm"): _confirm, ("", "enter"): _enter, ("", "inspect"): _enter,
    ("", "recheck"): _recheck, ("", "close"): _close, ("", "notify"): _apply, ("", "check"): _review, ("", "step_A02"): _coded,
    ("acceptance_item", "accept"): _hold_acceptance, ("promise_item", "decide"): _promise, ("", "withdrawal"): _withdrawal,
}  # fmt: skip
