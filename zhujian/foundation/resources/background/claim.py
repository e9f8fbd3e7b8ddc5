"""Whose turn it is: jobs are claimed with SKIP LOCKED and held by a lease; a worker that dies loses its lease and another goes on."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from zhujian.foundation.kernel import scope
from zhujian.foundation.resources.background.asking import number
from zhujian.foundation.resources.models import ImportJob

ME = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
REASON = "批量导入"
NEXT = """
UPDATE resources_importjob SET claimed_by = %s, lease_until = %s, attempts = attempts + 1, progress = 0, stage_text = '准备'
 WHERE id = (SELECT id FROM resources_importjob WHERE waiting AND (lease_until IS NULL OR lease_until < %s) ORDER BY id LIMIT 1
             FOR UPDATE SKIP LOCKED)
RETURNING id, attempts
"""


@dataclass(frozen=True)
class Claim:
    """A job held by this worker; `holder` stands beside the lease, so that a lost one is noticed. Limits: seconds, megabytes."""

    job: int
    attempts: int
    holder: str
    lease: int
    most_attempts: int
    seconds: int
    memory_mb: int


def take() -> Claim | None:
    """Claim the oldest job that waits or whose worker has fallen silent; None when there is none."""
    holder = f"{ME}:{secrets.token_hex(4)}"
    with transaction.atomic(), scope.system(REASON), connection.cursor() as cursor:
        now, lease = timezone.now(), number("import_lease_seconds")
        cursor.execute(NEXT, [holder, now + timedelta(seconds=lease), now])
        row = cursor.fetchone()
        if row is None:
            return None
        limits = number("import_attempts"), number("import_minutes") * 60, number("import_memory_mb")
        return Claim(row[0], row[1], holder, lease, *limits)


def renew(claim: Claim, progress: int | None = None, text: str = "") -> bool:
    """Go on holding; False when the job was called off or somebody else holds it."""
    values: dict[str, object] = {"lease_until": timezone.now() + timedelta(seconds=claim.lease)}
    if progress is not None:
        values |= {"progress": progress, "stage_text": text[:60]}
    with transaction.atomic(), scope.system(REASON):
        return bool(ImportJob.objects.filter(pk=claim.job, claimed_by=claim.holder, waiting=True).update(**values))


def done(claim: Claim) -> bool:
    """Whether a job that is no longer held was finished by its own child, not called off."""
    with transaction.atomic(), scope.system(REASON):
        return ImportJob.objects.filter(pk=claim.job, waiting=False, progress=100).exists()


def give_back(claim: Claim, *, counts: bool) -> None:
    """Let another worker take it: at once when this one is being stopped, as a further attempt (`counts`) when its child was killed."""
    with transaction.atomic(), scope.system(REASON):
        ImportJob.objects.filter(pk=claim.job, claimed_by=claim.holder, waiting=True).update(
            claimed_by="", lease_until=None, attempts=claim.attempts - (0 if counts else 1),
            stage_text="处理中断，等待重试" if counts else "等待处理",
        )  # fmt: skip
