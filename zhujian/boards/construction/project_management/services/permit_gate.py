"""C07: the gate of the construction permit (建筑法 第八条, construction.md §1.5), from the project's records and firms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import timezone

from zhujian.boards.construction.project_management import rules, steps
from zhujian.boards.construction.project_management.models import Participation, Permit, Project
from zhujian.boards.construction.project_management.rules import sequence
from zhujian.boards.construction.project_management.services import facts, records, standing
from zhujian.boards.construction.project_management.services.values import number
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.workflow import subjects

ASSESSMENTS = ("A08", "A09", "A10", "A11", "B07")
HELD = (Permit.Status.VALID, Permit.Status.SUSPENDED)


def permit_gate(project: Project, form: Mapping[str, Any]) -> list[Reason]:
    """Six statutory conditions, the wage rule, phases, sums and dates: every reason at once."""
    today, region = timezone.localdate(), project.region_code
    phase = str(form.get("phase") or rules.permit.WHOLE)
    known = _Standing(project)
    floors = [
        (Decimal(0), int(facts.number("officers_small", today, region))),
        (facts.number("officers_area_medium", today, region), int(facts.number("officers_medium", today, region))),
        (facts.number("officers_area_large", today, region), int(facts.number("officers_large", today, region))),
    ]
    area = number(form, "area") or project.gfa_m2 or Decimal(0)
    found = rules.permit_reasons(_case(known, form, phase), on=today, officers_needed=rules.officers_needed(area, steps=floors))
    held = list(Permit.objects.filter(project=project, status__in=HELD).order_by("id"))
    found += rules.phase_reasons(
        phase, [p.phase or rules.permit.WHOLE for p in held], planning_permit=known.passed("B02") or "B02" in known.skipped,
        scheme_approved=known.passed("B01") or "B01" in known.skipped, pile_first=bool(known.facts.get("pile_first")),
    )  # fmt: skip
    found += _sum_reasons(project, form, phase, held)
    for step, until in standing.outdated(project, today):
        found.append(Reason("permit.gate.outdated", f"“{step.title}”结果已于{until}失效，请先重新办理。"))
    found += rules.date_order_reasons(
        {k: v for k, v in standing.dates_of(project).items() if k in ("approval", "tender", "contract")}
    )
    return list({(reason.code, reason.field, reason.message): reason for reason in found}.values())


class _Standing:
    """Results and facts of a project, read once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.results, self.skipped = standing.results_of(project), standing.skipped_of(project)
        self.facts = subjects.facts(project.process_id)

    def passed(self, *names: str) -> bool:
        """Whether one of the steps has a standing result."""
        return any(self.results.get(name) in rules.acceptance.PASSED for name in names)

    def done(self, name: str) -> bool:
        """Passed, or not asked of this project."""
        return name in self.skipped or self.passed(name)

    def optional(self, name: str) -> bool | None:
        """Passed or not; None when the step does not apply."""
        return None if name in self.skipped else self.passed(name)

    def elsewhere(self, name: str) -> bool:
        """Whether the city asks for the step together with another one, later, or the applicant put it off as allowed."""
        step = steps.step(name, self.project.region_code)
        return bool(step.merge_into) or step.stage > "P3" or bool(self.facts.get(f"later_{name}"))


def _case(known: _Standing, form: Mapping[str, Any], phase: str) -> rules.PermitCase:
    project = known.project
    contractor = Participation.objects.filter(project=project, role="CON", valid_to__isnull=True).first()
    supervisor = Participation.objects.filter(project=project, role="SUP", valid_to__isnull=True).first()
    registered = records.last(project, "C07" if steps.step("C06", project.region_code).merge_into else "C06")
    officers = number({**(registered.form if registered else {}), **form}, "safety_officers")
    return rules.PermitCase(
        land=known.passed("A12", "A13", "A14") or project.land_mode == "OWNED",
        planning_permit=None if phase == "S" else known.optional("B02"), demolition_progress=bool(form.get("demolition_ready", True)),
        contractor_chosen=contractor is not None or known.passed("C04"), tender_done=known.optional("C01"), drawings=known.done("C02"),
        funds=bool(form.get("funds_ready")), quality_safety=known.done("C06") or known.elsewhere("C06"),
        wages_secured=known.done("C05") or known.elsewhere("C05"), fire_design=known.optional("C03"),
        assessments_open=tuple(f"“{steps.step(s, project.region_code).title}”" for s in ASSESSMENTS if _open(known, s)),
        manager_bound_to=bound_to(project, "CON", str(form.get("manager") or ""), contractor, most="supervisors_of_projects"),
        supervisor_bound_to=bound_to(
            project, "SUP", supervisor.manager_name if supervisor else "", supervisor, most="chief_supervisor_projects"
        ),
        safety_officers=int(officers) if officers is not None else None,
    )  # fmt: skip


def _open(known: _Standing, step: str) -> bool:
    """Whether an assessment applies, stands on its own in this city, and has no result."""
    declared = steps.step(step, known.project.region_code)
    asked = f"skip_{step}" in known.facts and declared.enabled and not declared.merge_into
    return asked and not known.done(step)


def _sum_reasons(project: Project, form: Mapping[str, Any], phase: str, held: list[Permit]) -> list[Reason]:
    """Money of the permit against the reported contract."""
    record = records.last(project, "C04")
    contract, asked = number(record.form if record else {}, "contract_money"), number(form, "contract_money")
    if contract is None or asked is None:
        return []
    tolerance = facts.number("contract_tolerance", timezone.localdate(), project.region_code)
    if phase == rules.permit.WHOLE:
        return rules.contract_sum_reasons(asked, [contract], tolerance=tolerance)
    return sequence.phase_sum_reasons(asked, [p.contract_wan for p in held if p.contract_wan], contract, tolerance=tolerance)


def bound_to(project: Project, role: str, person: str, firm: Participation | None, *, most: str) -> str:
    """Names of other unfinished projects that bind this firm's person, when with this one they would be more than `most` allows.

    Looks at the whole province on purpose: one project manager, one project (注册建造师执业管理办法 第九条).
    """
    if not person or firm is None:
        return ""
    allowed = int(facts.number(most, timezone.localdate(), project.region_code))
    with scope.system("核对关键岗位人员任职"):
        busy = Participation.objects.filter(
            role=role,
            org_code=firm.org_code,
            manager_name=person,
            valid_to__isnull=True,
            project__status__in=("building", "suspended"),
        ).exclude(project=project)
        names = list(dict.fromkeys(busy.order_by("id").values_list("project__name", flat=True)))
    return "、".join(names[:3]) if len(names) >= allowed else ""
