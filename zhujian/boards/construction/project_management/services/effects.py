"""What a decided step changes beside its own record: the project's numbers, state, permits, buildings, timers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from zhujian.boards.construction.project_management import rules
from zhujian.boards.construction.project_management.forms.fields import split_org
from zhujian.boards.construction.project_management.models import Building, Permit, Project, StepRecord
from zhujian.boards.construction.project_management.services import facts, outputs, permits, timers
from zhujian.boards.construction.project_management.services.sharing import owned
from zhujian.foundation.events import services as events
from zhujian.foundation.kernel.errors import refuse_if
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow import subjects

Effect = Callable[[Project, StepRecord], dict[str, Any]]


def day_of(record: StepRecord, key: str) -> date:
    """A date field of a record's form; today when it is empty."""
    text = record.form.get(key)
    return date.fromisoformat(text) if text else timezone.localdate()


def amount_of(record: StepRecord, key: str) -> Decimal | None:
    """A number of a record's form."""
    text = record.form.get(key)
    return Decimal(str(text)) if text not in (None, "") else None


def set_state(project: Project, state: str, **values: Any) -> None:
    """Move a project to another state of its life, if the law of its life allows it, and write `values`."""
    if project.status != state:
        live = [] if state != Project.Status.EXTINCT else list(
            Building.objects.filter(project=project).exclude(status=Building.Status.EXTINCT).values_list("code", flat=True)
        )  # fmt: skip
        refuse_if(rules.state_reasons(project.status, state, building_codes_live=live))
    for name, value in {**values, "status": state}.items():
        setattr(project, name, value)
    project.version += 1
    project.save()


def before_output(project: Project, record: StepRecord) -> dict[str, Any]:
    """Effects that give the paper its number."""
    if record.step == "C07":
        record.form = {**record.form, "permit_number": permit_number(project, record)}
    return {}


def permit_number(project: Project, record: StepRecord) -> str:
    """Phases share one base number; after a lapse or cancellation the new permit has a number of its own."""
    phase = record.form.get("phase") or rules.permit.WHOLE
    held = (
        Permit.objects.filter(project=project, status__in=("valid", "suspended")).order_by("id").values_list("number", flat=True)
    )
    base = next((number[:18] for number in held), "")
    if base and not Permit.objects.filter(number=rules.phased_number(base, phase)).exists():
        return rules.phased_number(base, phase)
    fresh = outputs.construction_permit_number(project.region_code, timezone.localdate(), record.form.get("specialty") or "01")
    return rules.phased_number(fresh, phase)


def after_output(project: Project, record: StepRecord) -> dict[str, Any]:
    """Effects that need the paper's number."""
    if record.status == StepRecord.Status.PROMISED:
        timers.start_promise_check(project, record.step, timezone.localdate())
    effect = EFFECTS.get(record.step)
    return effect(project, record) if effect else {}


def _approval(project: Project, record: StepRecord) -> dict[str, Any]:
    project.approval_number = record.form["output_number"]
    project.save(update_fields=["approval_number", "updated_at"])
    return {}


def _land_permit(project: Project, record: StepRecord) -> dict[str, Any]:
    project.land_plan_number = record.form["output_number"]
    project.save(update_fields=["land_plan_number", "updated_at"])
    return {}


def _works_permit(project: Project, record: StepRecord) -> dict[str, Any]:
    """建设工程规划许可: fixes areas and storeys, and registers the buildings of a building project."""
    project.works_plan_number = record.form["output_number"]
    project.gfa_m2 = amount_of(record, "gfa") or project.gfa_m2
    project.height_m = amount_of(record, "height") or project.height_m
    above, below = amount_of(record, "floors_above"), amount_of(record, "floors_below")
    project.floors_above = int(above) if above is not None else project.floors_above
    project.floors_below = int(below) if below is not None else project.floors_below
    project.save()
    if project.object_kind == "BUILDING" and not Building.objects.filter(project=project).exists():
        Building.objects.create(
            **owned(project), code=rules.unit_code(project.code, 1, 1), name="1号楼", floors_above=project.floors_above,
            floors_below=project.floors_below, height_m=project.height_m, gfa_m2=project.gfa_m2, location=project.location,
        )  # fmt: skip
    return facts.measured(project, on=timezone.localdate())


def _contract(project: Project, record: StepRecord) -> dict[str, Any]:
    project.contract_wan = amount_of(record, "contract_money") or project.contract_wan
    project.save(update_fields=["contract_wan", "updated_at"])
    return facts.measured(project, on=timezone.localdate())


def _permit(project: Project, record: StepRecord) -> dict[str, Any]:
    form = record.form
    permits.do_issue(
        project, form["output_number"], phase=form.get("phase") or "W", on=day_of(record, "output_date"),
        certificate_id=record.certificate_id, contract_wan=amount_of(record, "contract_money"), gfa_m2=amount_of(record, "area"),
        contractor_name=split_org(form.get("contractor", ""))[0],
    )  # fmt: skip
    return {"permit_issued": True}


def _start(project: Project, record: StepRecord) -> dict[str, Any]:
    started = day_of(record, "started_on")
    for permit in Permit.objects.filter(project=project, status=Permit.Status.VALID, started_on__isnull=True):
        permit.started_on = started
        permit.save(update_fields=["started_on", "updated_at"])
        timers.finish(project, f"start:{permit.pk}", started)
    Building.objects.filter(project=project, status=Building.Status.PLANNED).update(status=Building.Status.BUILDING)
    set_state(project, Project.Status.BUILDING, started_on=started)
    return {}


def _stop_or_resume(project: Project, record: StepRecord) -> dict[str, Any]:
    """D08: one form reports a stop or asks to resume; it holds for every permit of the works."""
    resuming = "恢复" in record.form.get("action", "")
    status = Permit.Status.SUSPENDED if resuming else Permit.Status.VALID
    for permit in Permit.objects.filter(project=project, status=status).exclude(started_on=None).order_by("id"):
        if resuming:
            permits.do_resume(permit.pk, reason=record.form.get("reason") or "恢复施工", on=day_of(record, "resumed_on"))
        else:
            permits.do_suspend(permit.pk, reason=record.form.get("reason") or "中止施工", on=day_of(record, "suspended_on"))
            permits.do_report_stop(permit.pk)
    project.refresh_from_db()
    return {}


def _accepted(project: Project, record: StepRecord) -> dict[str, Any]:
    accepted = day_of(record, "accepted_on")
    set_state(project, Project.Status.ACCEPTED, accepted_on=accepted)
    Building.objects.filter(project=project).exclude(status=Building.Status.EXTINCT).update(status=Building.Status.BUILT)
    timers.start_after_acceptance(project, accepted)
    return {}


def _finishes(code: str) -> Effect:
    def effect(project: Project, record: StepRecord) -> dict[str, Any]:
        timers.finish(project, code, day_of(record, "output_date"))
        return {}

    return effect


def _in_use(project: Project, record: StepRecord) -> dict[str, Any]:
    if project.status == Project.Status.ACCEPTED:
        set_state(project, Project.Status.IN_USE)
    return {}


def _demolition(project: Project, record: StepRecord) -> dict[str, Any]:
    if project.status == Project.Status.ACCEPTED:
        set_state(project, Project.Status.IN_USE)
    if project.status != Project.Status.DEMOLITION:
        set_state(project, Project.Status.DEMOLITION)
    return {}


def _extinct(project: Project, record: StepRecord) -> dict[str, Any]:
    """注销: buildings and project become 灭失; nothing is deleted."""
    on = day_of(record, "extinct_on")
    Building.objects.filter(project=project).exclude(status=Building.Status.EXTINCT).update(
        status=Building.Status.EXTINCT, extinct_on=on
    )
    _demolition(project, record)
    set_state(project, Project.Status.EXTINCT, extinct_on=on, stage="P7")
    payload = {"projectCode": project.code, "occurredAt": on.isoformat(), "version": project.version}
    events.publish(
        "project.extinct", subject=project.subject, region_code=project.region_code, parties=project.parties, payload=payload
    )
    return {}


def _major_change(project: Project, record: StepRecord) -> dict[str, Any]:
    """D10: a change of structure, fire safety or planning goes back to the step it touches, beside the running works."""
    step = str(record.form.get("back_to") or "")[:3]
    if record.form.get("is_major") and step in ("B02", "C02", "C03"):
        workflow.start(
            "major_change", subject=project.subject, region_code=project.region_code, parties=project.parties,
            facts={**subjects.facts(project.process_id), "redo_step": step}, title=f"{project.name}：重大变更重新办理{step}",
        )  # fmt: skip
    return {}


EFFECTS: dict[str, Effect] = {
    "A05": _approval, "A06": _approval, "A07": _approval, "A13": _land_permit, "B02": _works_permit, "C04": _contract, "C07": _permit,
    "D01": _start, "D08": _stop_or_resume, "D10": _major_change, "E06": _accepted, "E07": _finishes("after:archive_transfer_due"),
    "E09": _finishes("after:filing_due"), "F01": _in_use, "G07": _demolition, "G10": _extinct,
}  # fmt: skip
