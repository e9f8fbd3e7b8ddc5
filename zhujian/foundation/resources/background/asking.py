"""When an import is too large for a request, and asking the worker for it; how far it is; calling it off."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import registry, sheets
from zhujian.foundation.resources.models import ImportBatch, ImportJob

RUNNING = {"read": "reading", "check": "checking", "save": "importing"}  # step → state of the batch while it is done


def number(name: str) -> int:
    """One of the room's limits."""
    return int(parameters.value(f"resources.{name}", on=timezone.localdate(), region=scope.current().region_code).value)


def heavy(data: bytes) -> bool:
    """Whether a file is so large, unpacked, that only a worker reads it. What is far too large is refused at once, by its reader."""
    size = len(data)
    if data[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                size = sum(part.file_size for part in archive.infolist())
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError, NotImplementedError):
            return False  # the reader refuses it at once, in words
    if size > sheets.UNPACKED_MOST or data.count(b"\n") > (number("import_max_rows") + 1000) * 4 > 0 and data[:1] not in b"{PS":
        return False
    return size > number("import_background_megabytes") << 20


def many(rows: int) -> bool:
    """Whether so many rows are checked and saved by a worker."""
    return rows > number("import_background_rows")


def ask(batch: ImportBatch, step: str, options: dict[str, Any] | None = None) -> ImportJob:
    """Have `step` (``read``, ``check``, ``save``) done for the actor, in the post they act in now."""
    who = scope.current()
    job, _ = ImportJob.objects.update_or_create(
        batch=batch,
        defaults={
            "parties": batch.parties, "step": step, "options": options or {}, "account": who.actor_id, "post": who.post_id, "waiting": True,
            "claimed_by": "", "lease_until": None, "attempts": 0, "progress": 0, "stage_text": "等待处理", "seconds": None, "memory_mb": None,
        },
    )  # fmt: skip
    batch.state, batch.verdict = RUNNING[step], ""
    batch.save(update_fields=["state", "verdict"])
    registry.audit("import_asked", batch.resource, file=batch.file_name, digest=batch.digest, step=step)
    return job


@transaction.atomic
def do_cancel(batch: ImportBatch) -> None:
    """Call the running work off. The worker gives up before it commits: nothing is saved. Conflict when it is already done.

    A check or a reading that is called off ends the batch; an import leaves its report, from which one may begin again.
    """
    job = ImportJob.objects.select_for_update().filter(batch=batch).first()
    if job is None or not job.waiting:
        raise Conflict("import.not_running", "这次处理已经结束，不能再取消，请刷新页面查看结果。")
    job.waiting, job.claimed_by, job.lease_until = False, "", None
    job.save(update_fields=["waiting", "claimed_by", "lease_until"])
    batch.state = "checked" if job.step == "save" else "cancelled"
    batch.verdict = "已取消，没有保存任何内容。"
    batch.save(update_fields=["state", "verdict"])
    registry.audit("import_cancelled", batch.resource, file=batch.file_name, digest=batch.digest, step=job.step)
