"""Who of the firms sees a project: its parties, kept equal on every row that belongs to it."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from zhujian.boards.construction.project_management import models
from zhujian.foundation.certificates import services as certificates
from zhujian.foundation.documents import services as documents
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.codes import uscc_check
from zhujian.foundation.kernel.errors import Conflict, Reason, refuse_if
from zhujian.foundation.parameters import selectors as parameters
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

    Rows of other rooms (process, documents, certificates) follow through their own services.
    """
    parties = parties_of(project)
    if parties == project.parties:
        return parties
    with scope.system("参建单位变化"):
        project.parties = parties
        models.Project.objects.filter(pk=project.pk).update(parties=parties)
        for child in CHILDREN:
            child.objects.filter(project=project).update(parties=parties)
        handed_in = list(models.Material.objects.filter(project=project).only("id", "file_id"))
        files = documents.for_parties([row.file_id for row in handed_in], parties)
        for row in handed_in:
            row.file_id = files[row.file_id]
        models.Material.objects.bulk_update(handed_in, ["file"])
        documents.set_parties(project.subject, parties)
        certificates.set_parties(project.subject, parties)
        if project.process_id:
            workflow.set_parties(project.process_id, parties)
    return parties


def live_reasons(project: models.Project) -> list[Reason]:
    """Why nothing can be changed any more: extinct and ended projects are kept for reading."""
    if not project.readonly:
        return []
    return [Reason("project.readonly", "项目已灭失或终止，只能查看，不能再办理。")]


def owned(project: models.Project) -> dict[str, object]:
    """Field values every row of a project shares."""
    return {"project": project, "region_code": project.region_code, "parties": project.parties}


def check_join(project: models.Project, role: str, org_code: str, org_name: str) -> list[Reason]:
    """Reasons why a firm cannot take this part in the project."""
    reasons = [*live_reasons(project), *_actor_reasons(project, role), *uscc_check(org_code, field="org_code")]
    if role not in dict(parameters.code_list("project_management.party", timezone.localdate())):
        reasons.append(Reason("participation.role", "请选择参建角色。", "role"))
    if not org_name.strip():
        reasons.append(Reason("participation.name", "请填写参建单位名称，与营业执照一致。", "org_name"))
    return reasons


def _actor_reasons(project: models.Project, role: str) -> list[Reason]:
    """The developer names the firms, the contractor its subcontractors, officials any."""
    who = scope.current()
    own = {key[4:] for key in who.keys if key.startswith("org:")}
    if who.is_system or who.kind == "official" or project.developer_code in own:
        return []
    if role == "SUB" and project.participation_set.filter(role="CON", org_code__in=own, valid_to__isnull=True).exists():
        return []
    return [Reason("participation.right", "参建单位由建设单位登记；施工总承包单位可以登记分包单位。请联系建设单位办理。")]


@transaction.atomic
def do_join(
    project: models.Project,
    role: str,
    org_code: str,
    org_name: str,
    on: date,
    *,
    manager_name: str = "",
    certificate_no: str = "",
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
    if on < participation.valid_from:
        raise Conflict("participation.order", f"退场日期不能早于进场日期{participation.valid_from}。")
    if participation.valid_to:
        raise Conflict("participation.ended", f"{participation.org_name}已于{participation.valid_to}退场。")
    participation.valid_to = on
    participation.save(update_fields=["valid_to", "updated_at"])


def replace_firm(
    project: models.Project, role: str, org_code: str, org_name: str, on: date, *, manager_name: str = ""
) -> models.Participation:
    """Let a firm take a part that only one firm holds; who held it before leaves on that day."""
    for old in models.Participation.objects.filter(project=project, role=role, valid_to__isnull=True).exclude(org_code=org_code):
        do_leave(old, max(on, old.valid_from))
    return do_join(project, role, org_code, org_name, on, manager_name=manager_name)
