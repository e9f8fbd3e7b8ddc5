"""Files handed in for a step: checked by type and content, stored once by hash, replaced but never lost."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.files.base import File
from django.db import transaction

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.models import Material, Project, StepRecord
from zhujian.boards.construction.project_management.services.sharing import owned
from zhujian.foundation.documents import services as documents
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason

KINDS = ("pdf", "png", "jpeg", "ofd")


@transaction.atomic
def do_attach(project: Project, step: str, code: str, title: str, upload: File) -> Material:
    """Keep `upload` as material `code` of a step; an earlier file of the same code is marked as replaced and stays."""
    stored = documents.store(upload, allowed=KINDS, region_code=project.region_code, parties=project.parties)
    Material.objects.filter(project=project, step=step, code=code, replaced=False).update(replaced=True)
    return Material.objects.create(
        **owned(project), step=step, code=code, title=title, file=stored, filename=stored.name, uploaded_name=scope.current().actor_name
    )


def present(project: Project, step: str) -> dict[str, Material]:
    """Files in force for a step, by material code."""
    rows = Material.objects.filter(project=project, step=step, replaced=False).select_related("file").order_by("id")
    return {row.code: row for row in rows}


def shared(project: Project, material: steps.Material, results: Iterable[StepRecord]) -> StepRecord | None:
    """The earlier step whose output already is this material, so that nobody hands it in again (数据共享)."""
    passed = {r.step: r for r in results if r.document_id or r.certificate_id or r.status in ("passed", "recorded", "promised")}
    return next((passed[s] for s in material.source if s in passed), None)


def check_complete(project: Project, step: steps.Step, have: Iterable[str]) -> list[Reason]:
    """Reasons for each required material that is still missing."""
    codes = set(have)
    return [
        Reason("material.missing", f"请上传“{m.title}”（PDF 或图片）。", f"m_{m.code}")
        for m in step.materials
        if m.required and m.to_upload and m.code not in codes
    ]
