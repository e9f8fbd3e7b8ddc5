"""Files handed in for a step: checked by type and content, stored once by hash, replaced but never lost."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.models import Material, Project, StepRecord
from zhujian.boards.construction.project_management.services.sharing import live_reasons, owned
from zhujian.foundation.certificates import selectors as certificates
from zhujian.foundation.certificates.rules import VERDICT_TEXT, Verdict
from zhujian.foundation.documents import services as documents
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason, refuse_if

KINDS = ("pdf", "png", "jpeg", "ofd")
DONE = (StepRecord.Status.PASSED, StepRecord.Status.RECORDED, StepRecord.Status.PROMISED)


@transaction.atomic
def do_attach(project: Project, step: str, code: str, title: str, upload: File) -> Material:
    """Keep `upload` as material `code` of a step; an earlier file of the same code is marked as replaced and stays."""
    refuse_if(live_reasons(project))
    stored = documents.store(upload, allowed=KINDS, region_code=project.region_code, parties=project.parties)
    Material.objects.filter(project=project, step=step, code=code, replaced=False).update(replaced=True)
    return Material.objects.create(
        **owned(project),
        step=step,
        code=code,
        title=title,
        file=stored,
        filename=stored.name,
        uploaded_name=scope.current().actor_name,
    )


def present(project: Project, step: str) -> dict[str, Material]:
    """Files in force for a step, by material code."""
    rows = Material.objects.filter(project=project, step=step, replaced=False).select_related("file").order_by("id")
    return {row.code: row for row in rows}


def shared(project: Project, material: steps.Material, results: Iterable[StepRecord]) -> StepRecord | None:
    """The earlier step whose output already is this material, so that nobody hands it in again (数据共享)."""
    passed = {r.step: r for r in results if r.status in DONE}
    return next((passed[s] for s in material.source if s in passed), None)


def check_complete(step: steps.Step, have: Iterable[str], node: str = "") -> list[Reason]:
    """Reasons for each required material that is still missing at task `node` of the step."""
    codes = set(have)
    return [
        Reason("material.missing", f"请上传“{m.title}”（PDF 或图片）。", f"m_{m.code}")
        for m in step.materials
        if m.required and m.to_upload and m.due_at(node) and m.code not in codes
    ]


def check_sources(project: Project, step: steps.Step) -> list[Reason]:
    """Reasons against relying on earlier certificates that have expired, been suspended, revoked or cancelled."""
    sources = {s for m in step.materials for s in m.source}
    rows = StepRecord.objects.filter(project=project, step__in=sources, certificate_id__isnull=False, status__in=DONE).order_by(
        "step", "round"
    )
    newest = {row.step: row.certificate_id for row in rows}
    if not newest:
        return []
    today = timezone.localdate()
    with scope.system("核对所依据的证照"):
        judged = [(c, certificates.verdict_of(c, today)) for c in certificates.newest_editions(newest.values())]
    return [
        Reason(
            "certificate.unusable",
            f"所依据的《{c.type.name}》（{c.cert_no}）不能使用：{VERDICT_TEXT[verdict]}请先重新办理或者恢复，再继续。",
        )
        for c, verdict in judged
        if verdict != Verdict.VALID
    ]
