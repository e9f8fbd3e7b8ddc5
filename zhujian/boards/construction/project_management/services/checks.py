"""What must hold before a task may be completed: the applicant's materials, then the law's gates (C07, E06, E08, B03 …)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from zhujian.boards.construction.project_management import rules, steps
from zhujian.boards.construction.project_management.forms.fields import split_org
from zhujian.boards.construction.project_management.models import Material, Participation, Permit, Project, StepRecord
from zhujian.boards.construction.project_management.services import facts, materials, records
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.workflow import subjects

PASSED = {"passed": "pass", "recorded": "recorded", "promised": "promise"}
Check = Callable[[Project, Mapping[str, Any], Mapping[str, Any]], list[Reason]]


def results_of(project: Project) -> dict[str, str]:
    """Outcome of each finished step, last round, in the words of the rules."""
    rows = StepRecord.objects.filter(project=project).order_by("step", "round").values_list("step", "status")
    return {step: PASSED[status] for step, status in rows if status in PASSED}


def skipped_of(project: Project) -> set[str]:
    """Steps that do not apply to the project."""
    return {key[5:] for key, value in subjects.facts(project.process_id).items() if key.startswith("skip_") and value}


def reasons(project: Project, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
    """Reasons against completing `task` with `outcome`."""
    form = data.get("form") or {}
    step = steps.step(task.step, project.region_code)
    found: list[Reason] = []
    if task.form == "step" and outcome not in ("withdraw", "close", "clean") and task.node in ("apply", "supplement", "rectify", "enter"):
        have = Material.objects.filter(project=project, step=task.step, replaced=False).values_list("code", flat=True)
        if task.party_keys:
            found += materials.check_complete(project, step, have)
        found += required_fields(step, form)
    if task.node in ("accept", "accept_again", "decide", "review") and outcome in ("supplement", "refuse", "reject", "return") and not data.get("comment"):
        found.append(Reason("opinion.required", "请在“办理意见”中写明理由，一次性告知申请人需要补充或改正的全部内容。", "comment"))
    if outcome == "not_needed" and step.mandatory:
        found.append(Reason("step.mandatory", f"“{step.title}”是必须办理的事项，不能认定为不需要办理，请选择“待重新申报”。"))
    if task.node == "accept" and outcome == "supplement":
        found += _supplement(project, task.step)
    gate = GATES.get((task.step, task.node))
    if gate and outcome in ("pass", "submit", "resubmit"):
        record = records.last(project, task.step)
        found += gate(project, {**(record.form if record else {}), **form}, data)
    return found


def required_fields(step: steps.Step, form: Mapping[str, Any]) -> list[Reason]:
    """Reasons for required fields that are empty (a program may call without the page's form)."""
    return [
        Reason("field.required", f"请填写“{field.label}”。", field.key)
        for field in step.fields
        if field.required and field.type != "bool" and form.get(field.key) in (None, "")
    ]


def _supplement(project: Project, step: str) -> list[Reason]:
    from zhujian.boards.construction.project_management.services.lifecycle import ask_until

    record = records.last(project, step)
    if record is None or record.applied_at is None:
        return []
    until = timezone.localdate(ask_until(project, record.applied_at))
    return rules.supplement_reasons(on=timezone.localdate(), ask_until=until, asked_before=record.supplemented_at is not None)


def permit_gate(project: Project, form: Mapping[str, Any], data: Mapping[str, Any]) -> list[Reason]:
    """C07: six statutory conditions and the wage rule (建筑法 第八条; construction.md §1.5)."""
    today, region = timezone.localdate(), project.region_code
    results, skipped = results_of(project), skipped_of(project)

    def passed(*names: str) -> bool:
        return any(results.get(name) in rules.acceptance.PASSED for name in names)

    def optional(name: str) -> bool | None:
        return None if name in skipped else passed(name)

    contractor = Participation.objects.filter(project=project, role="CON", valid_to__isnull=True).first()
    area = Decimal(str(form.get("area") or project.gfa_m2 or 0))
    phase = str(form.get("phase") or rules.permit.WHOLE)
    case = rules.PermitCase(
        land=passed("A12", "A13", "A14") or project.land_mode == "OWNED",
        planning_permit=None if phase == "S" else optional("B02"), demolition_progress=bool(form.get("demolition_ready", True)),
        contractor_chosen=contractor is not None or passed("C04"), drawings=passed("C02") or "C02" in skipped,
        funds=bool(form.get("funds_ready")), quality_safety=passed("C06") or _merged("C06", region) or "C06" in skipped,
        wages_secured=passed("C05") or "C05" in skipped or _later("C05", project), fire_design=optional("C03"), tender_done=optional("C01"),
        manager_bound_to=_other_project(project, str(form.get("manager") or ""), contractor),
        safety_officers=_officers(project),
    )  # fmt: skip
    floors = [
        (Decimal(0), int(facts.number("officers_small", today, region))),
        (facts.number("officers_area_medium", today, region), int(facts.number("officers_medium", today, region))),
        (facts.number("officers_area_large", today, region), int(facts.number("officers_large", today, region))),
    ]
    found = rules.permit_reasons(case, on=today, officers_needed=rules.officers_needed(area, steps=floors))
    issued = [p or rules.permit.WHOLE for p in Permit.objects.filter(project=project, status__in=("valid", "suspended")).values_list("phase", flat=True)]
    found += rules.phase_reasons(
        phase, issued, planning_permit=passed("B02") or "B02" in skipped, scheme_approved=passed("B01") or "B01" in skipped,
        pile_first=bool(subjects.facts(project.process_id).get("pile_first")),
    )  # fmt: skip
    return found


def _merged(step: str, region: str) -> bool:
    return bool(steps.step(step, region).merge_into)


def _later(step: str, project: Project) -> bool:
    return bool(subjects.facts(project.process_id).get(f"later_{step}"))


def _officers(project: Project) -> int | None:
    record = records.last(project, "C06")
    value = record.form.get("safety_officers") if record else None
    return int(Decimal(str(value))) if value not in (None, "") else None


def _other_project(project: Project, manager: str, contractor: Participation | None) -> str:
    """Name of another unfinished project on which this firm's manager is bound; empty when free (建市〔2013〕 one manager, one project)."""
    if not manager or contractor is None:
        return ""
    busy = Participation.objects.filter(
        role="CON", org_code=contractor.org_code, manager_name=manager, valid_to__isnull=True, project__status__in=("building", "suspended")
    ).exclude(project=project)
    found = busy.select_related("project").first()
    return found.project.name if found else ""


def acceptance_gate(project: Project, form: Mapping[str, Any], data: Mapping[str, Any]) -> list[Reason]:
    """E06: no completion acceptance before planning verification, unit acceptance and closed hazards (§10 scenario 10)."""
    results, skipped = results_of(project), skipped_of(project)
    open_hazards = StepRecord.objects.filter(project=project, step="D06", status__in=records.OPEN).count()
    units = records.last(project, "E03")
    dwellings = None
    if units is not None and units.form.get("dwellings"):
        dwellings = (int(Decimal(str(units.form.get("accepted") or 0))), int(Decimal(str(units.form["dwellings"]))))
    return rules.acceptance_reasons(results, skipped=skipped, open_hazards=open_hazards, dwellings=dwellings)


def acceptance_notice(project: Project, form: Mapping[str, Any], data: Mapping[str, Any]) -> list[Reason]:
    """E06: the supervision station is told in writing seven working days before (construction.md §1.4)."""
    found = acceptance_gate(project, form, data)
    if not form.get("notified_on") or not form.get("accepted_on"):
        return found
    told, planned = date.fromisoformat(form["notified_on"]), date.fromisoformat(form["accepted_on"])
    if planned < told:
        found.append(Reason("acceptance.date", "验收日期不能早于通知日期。", "accepted_on"))
    return found


def joint_gate(project: Project, form: Mapping[str, Any], data: Mapping[str, Any]) -> list[Reason]:
    """E08: every branch has passed."""
    return rules.joint_acceptance_reasons(results_of(project), skipped=skipped_of(project))


def budget_gate(project: Project, form: Mapping[str, Any], data: Mapping[str, Any]) -> list[Reason]:
    """B03: budget and estimate must be there to be compared; the diagram decides what happens above the limit."""
    if form.get("estimate") and Decimal(str(form["estimate"])) <= 0:
        return [Reason("estimate.zero", "批准的投资估算应大于0，请核对可行性研究报告批复。", "estimate")]
    return []


def handover_gate(project: Project, form: Mapping[str, Any], data: Mapping[str, Any]) -> list[Reason]:
    """F01: only what was accepted and filed is handed over."""
    return rules.handover_reasons(
        acceptance_passed=project.accepted_on is not None, filing_number=str(form.get("filing_number") or ""),
        residential=project.is_residential, two_books=bool(form.get("two_books")),
    )  # fmt: skip


def demolition_gate(project: Project, form: Mapping[str, Any], data: Mapping[str, Any]) -> list[Reason]:
    """G07: demolition begins at the earliest fifteen days after filing."""
    if not form.get("planned_start") or not form.get("filed_on"):
        return []
    filed = date.fromisoformat(form["filed_on"])
    earliest = facts.span("demolition_notice", filed, project.region_code).after(filed)
    return rules.demolition_reasons(filed, date.fromisoformat(form["planned_start"]), earliest=earliest)


def contract_gate(project: Project, form: Mapping[str, Any], data: Mapping[str, Any]) -> list[Reason]:
    """C04: contractor and supervisor must be different firms (建筑法 第三十四条)."""
    contractor, supervisor = (split_org(str(form.get(name) or "")) for name in ("contractor", "supervisor"))
    if contractor[0] and contractor == supervisor:
        return [Reason("contract.interest", "监理单位与施工单位不能是同一家单位。", "supervisor")]
    return []


GATES: dict[tuple[str, str], Check] = {
    ("C07", "decide"): permit_gate, ("C07", "apply"): permit_gate, ("E06", "notify"): acceptance_notice, ("E06", "check"): acceptance_gate,
    ("E06", "accept"): acceptance_gate, ("E08", "decide"): joint_gate, ("B03", "apply"): budget_gate, ("F01", "apply"): handover_gate,
    ("G07", "apply"): demolition_gate, ("C04", "apply"): contract_gate,
}  # fmt: skip
