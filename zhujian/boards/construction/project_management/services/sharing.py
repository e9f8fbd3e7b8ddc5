"""Who of the firms sees a project: its parties, kept equal on every row that belongs to it."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from zhujian.boards.construction.project_management import models
from zhujian.foundation.kernel.codes import uscc_check
from zhujian.foundation.kernel.errors import Conflict, Reason, refuse_if
from zhujian.foundation.workflow import subjects as workflow

CHILDREN = (
    models.Building, models.Participation, models.StageApplication, models.StepRecord, models.Material,
    models.Permit, models.Timer,
)  # fmt: skip


def parties_of(project: models.Project) -> list[str]:
    """Party keys of a project: the developer and every firm that takes or took part."""
    firms = {project.developer_code, *project.participation_set.values_list("org_code", flat=True)}
    return sorted(f"org:{code}" for code in firms)


def refresh_parties(project: models.Project) -> list[str]:
    """Write the project's parties to the project and all its rows; returns them.

    The workflow's rows follow through its own service, because they belong to another room.
    """
    parties = parties_of(project)
    if parties == project.parties:
        return parties
    project.parties = parties
    models.Project.objects.filter(pk=project.pk).update(parties=parties)
    for child in CHILDREN:
        child.objects.filter(project=project).update(parties=parties)
    if project.process_id:
        workflow.set_parties(project.process_id, parties)
    return parties


def owned(project: models.Project) -> dict[str, object]:
    """Field values every row of a project shares."""
    return {"project": project, "region_code": project.region_code, "parties": project.parties}


def check_join(project: models.Project, role: str, org_code: str, org_name: str) -> list[Reason]:
    """Reasons why a firm cannot take this part in the project."""
    reasons = uscc_check(org_code, field="org_code")
    if not org_name.strip():
        reasons.append(Reason("participation.name", "请填写参建单位名称，与营业执照一致。", "org_name"))
    if project.readonly:
        reasons.append(Reason("project.readonly", "项目已灭失或撤销，只能查看，不能再登记参建单位。"))
    return reasons


@transaction.atomic
def do_join(
    project: models.Project, role: str, org_code: str, org_name: str, on: date, *, manager_name: str = "", certificate_no: str = ""
) -> models.Participation:
    """Record that a firm takes a part from a day on; the firm sees the project from now on.

    A contractor that is replaced keeps its row with an end date: liability does not end with the contract.
    """
    refuse_if(check_join(project, role, org_code, org_name))
    same = models.Participation.objects.filter(project=project, role=role, org_code=org_code, valid_to__isnull=True)
    if found := same.first():
        found.manager_name, found.certificate_no = manager_name or found.manager_name, certificate_no or found.certificate_no
        found.save()
        return found
    row = models.Participation.objects.create(
        **owned(project), role=role, org_code=org_code, org_name=org_name, valid_from=on,
        manager_name=manager_name, certificate_no=certificate_no,
    )  # fmt: skip
    refresh_parties(project)
    return row


@transaction.atomic
def do_leave(participation: models.Participation, on: date) -> None:
    """End a firm's part on a day."""
    if participation.valid_to:
        raise Conflict("participation.ended", f"{participation.org_name}已于{participation.valid_to}退场。")
    participation.valid_to = on
    participation.save(update_fields=["valid_to", "updated_at"])
