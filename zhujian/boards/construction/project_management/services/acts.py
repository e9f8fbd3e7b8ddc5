"""What each act on a step writes: application, acceptance, supplement, review, decision, record, loop entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.models import Project, StageApplication, StepRecord
from zhujian.boards.construction.project_management.rules import papers
from zhujian.boards.construction.project_management.services import effects, facts, outputs, participants, records
from zhujian.boards.construction.project_management.services.sharing import owned
from zhujian.foundation.kernel import scope

Status = StepRecord.Status


def stage_applied(project: Project, stage: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the stage's one form; steps the applicant puts off come back as facts ``later_<step>``."""
    StageApplication.objects.update_or_create(
        project=project, stage=stage,
        defaults={
            **owned(project), "form": dict(form), "submitted_at": timezone.now(), "applicant_name": scope.current().actor_name,
        },
    )  # fmt: skip
    if project.stage != stage:
        Project.objects.filter(pk=project.pk).update(stage=stage)
    return {
        key: bool(form.get(key))
        for key in (f"later_{s.id}" for s in steps.load(project.region_code).applied_for(stage) if s.deferrable)
    }


def applied(project: Project, step: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """The applicant has handed in a step."""
    record = records.current(project, step)
    again = {**record.form, **form}
    records.write(record, form=again, status=Status.WORKING, applied_at=record.applied_at or timezone.now())
    return facts_of(step, project, again)


def accepted(project: Project, step: str, *, office_code: str, due: date | None) -> dict[str, Any]:
    """受理: day 0 of the clock, and a 受理通知书 with the day by which the step is promised."""
    record = records.current(project, step)
    records.write(record, status=Status.WORKING, accepted_at=timezone.now())
    received = timezone.localdate(record.applied_at or timezone.now())
    matter = outputs.matter_of(steps.step(step, project.region_code), project)
    outputs.notice("accepted", project, record, papers.accepted(matter, received=received, due=due), office_code=office_code)
    return {}


def supplement_asked(project: Project, step: str, opinion: str, *, office_code: str) -> dict[str, Any]:
    """一次性告知补正 (行政许可法 第三十二条): one line of the opinion is one thing needed."""
    record = records.current(project, step)
    records.write(record, status=Status.SUPPLEMENT, supplemented_at=timezone.now(), opinion=opinion)
    matter = outputs.matter_of(steps.step(step, project.region_code), project)
    outputs.notice("supplement", project, record, papers.supplement(matter, needed=opinion.splitlines()), office_code=office_code)
    return {}


def turned_down(project: Project, step: str, opinion: str, *, kind: str, office_code: str) -> dict[str, Any]:
    """不予受理 or 不予许可: the round ends, a paper tells why and how to seek review; the applicant may mend and apply again."""
    who = scope.current()
    record = records.current(project, step)
    matter = outputs.matter_of(steps.step(step, project.region_code), project)
    write = papers.not_accepted if kind == "not_accepted" else papers.refused
    body = write(matter, reason=opinion, remedy_text=outputs.remedy_text(project, timezone.localdate()))
    outputs.notice(kind, project, record, body, office_code=office_code)
    records.write(
        record,
        status=Status.REJECTED,
        decided_at=timezone.now(),
        decided_by=who.actor_name,
        decided_org=who.org_name,
        opinion=opinion,
    )
    return {}


def failed(project: Project, step: str, opinion: str) -> dict[str, Any]:
    """The developer's own acceptance did not pass: mended and held again."""
    records.write(records.current(project, step), status=Status.SUPPLEMENT, opinion=opinion or "验收不合格，整改后重新组织。")
    return {}


def withdrawn(project: Project, step: str, opinion: str) -> dict[str, Any]:
    """撤件: the applicant takes the step back."""
    records.write(records.current(project, step), status=Status.WITHDRAWN, decided_at=timezone.now(), opinion=opinion)
    return {}


def decided(
    project: Project,
    step: str,
    *,
    status: StepRecord.Status,
    opinion: str,
    office_code: str,
    form: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The step is done: number, paper, event, evidence, and what it changes in the project."""
    who = scope.current()
    record = records.current(project, step)
    stored = {**record.form, **(form or {})}
    records.write(
        record, form=stored, status=status, decided_at=timezone.now(), decided_by=who.actor_name, decided_org=who.org_name,
        opinion=opinion or record.opinion, applied_at=record.applied_at or timezone.now(),
    )  # fmt: skip
    participants.join_from(project, record)
    project.refresh_from_db()
    keep_columns(project, facts_of(step, project, stored))
    record.refresh_from_db()
    found = effects.before_output(project, record)
    outputs.deliver(project, record, office_code=office_code)
    found |= effects.after_output(project, record)
    return {**facts_of(step, project, stored), **found}


def keep_columns(project: Project, found: Mapping[str, Any]) -> None:
    """What a decided step says about the project (供地方式, 环评类别 …) is what the project's own row says."""
    changed = [name for name in facts.COLUMNS if name in found and getattr(project, name) != found[name]]
    for name in changed:
        setattr(project, name, found[name])
    if changed:
        project.save(update_fields=[*changed, "updated_at"])


NUMBERS = frozenset({"money", "area", "number"})


def facts_of(step: str, project: Project, form: Mapping[str, Any]) -> dict[str, Any]:
    """Facts a step's fields set, as its declaration says; numbers as numbers."""
    found: dict[str, Any] = {}
    for field in steps.step(step, project.region_code).fields:
        if not field.fact:
            continue
        value = form.get(field.key)
        if field.type == "bool":
            found[field.fact] = bool(value)
        elif value not in (None, ""):
            found[field.fact] = facts.plain(Decimal(str(value))) if field.type in NUMBERS else value
    return found
