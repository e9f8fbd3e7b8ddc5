"""Firms named in the forms of steps become participants, and so see the project."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.forms.fields import split_org
from zhujian.boards.construction.project_management.models import Participation, Project, StepRecord
from zhujian.boards.construction.project_management.services.sharing import replace_firm
from zhujian.foundation.identity import selectors as identity

# field of a step → (role in the project, field that names the person in charge)
ROLES: dict[str, tuple[str, str]] = {
    "B01.designer": ("DES", ""), "C02.designer": ("DES", ""), "C02.surveyor": ("SUR", ""), "C04.contractor": ("CON", "manager"),
    "C04.supervisor": ("SUP", "chief_supervisor"), "F02.property_company": ("PMC", ""), "G07.contractor": ("CON", ""),
}  # fmt: skip


def join_from(project: Project, record: StepRecord, on: date | None = None) -> None:
    """Let the firms named in a step's form join; a firm that replaces another of the same role ends that one's part."""
    day = on or timezone.localdate()
    for key, (role, person) in ROLES.items():
        step, _, field = key.partition(".")
        if step != record.step or not record.form.get(field):
            continue
        name, code = split_org(record.form[field])
        if not code:
            continue
        replace_firm(project, role, code, name, day, manager_name=record.form.get(person, "") if person else "")


def keys_of(project: Project, role: str) -> tuple[str, ...]:
    """Party keys of the firms in a role now; the developer stands in for a role nobody holds yet."""
    codes = Participation.objects.filter(project=project, role=role, valid_to__isnull=True).values_list("org_code", flat=True)
    return tuple(f"org:{code}" for code in codes) or (f"org:{project.developer_code}",)


def office_code(step: steps.Step, project: Project) -> str:
    """Credit code of the office in charge of a step for a project; empty when none is registered."""
    region = f"{project.region_code[:2]}0000000000" if step.authority_level == "province" else project.region_code
    office = identity.organisation_for(step.authority, region)
    return office.code if office else ""
