"""Whose turn it is: jobs are claimed with SKIP LOCKED and held by a lease; a worker that dies loses its lease and another goes on."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from zhujian.foundation.bim.models import Job, Version
from zhujian.foundation.kernel import scope
from zhujian.foundation.parameters import selectors as parameters

ME = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
NEXT = """
UPDATE bim_job SET claimed_by = %s, lease_until = %s, attempts = attempts + 1, progress = 0, stage_text = '准备'
 WHERE id = (SELECT id FROM bim_job WHERE waiting AND (lease_until IS NULL OR lease_until < %s) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def number(name: str, region_code: str = "") -> int:
    """One of the module's running limits."""
    return int(parameters.value(f"bim.{name}", on=timezone.localdate(), region=region_code).value)


@dataclass(frozen=True)
class Claim:
    """A job held by this worker; `holder` is written beside the lease, so that a lost one is noticed."""

    job: int
    version: int
    attempts: int
    holder: str
    seconds: int


def take() -> Claim | None:
    """Claim the oldest job that waits or whose worker has fallen silent; None when there is none."""
    holder = f"{ME}:{secrets.token_hex(4)}"
    with transaction.atomic(), scope.system("BIM 自动检查"), connection.cursor() as cursor:
        now = timezone.now()
        seconds = number("lease_seconds")
        cursor.execute(NEXT, [holder, now + timedelta(seconds=seconds), now])
        row = cursor.fetchone()
        if row is None:
            return None
        job = Job.objects.select_related("version").get(pk=row[0])
        if job.version.state == Version.State.SUBMITTED:
            Version.objects.filter(pk=job.version_id).update(state=Version.State.CHECKING)
        return Claim(job.pk, job.version_id, job.attempts, holder, seconds)


def renew(claim: Claim, progress: int | None = None, text: str = "") -> bool:
    """Go on holding; False when somebody else holds the job now."""
    values: dict[str, object] = {"lease_until": timezone.now() + timedelta(seconds=claim.seconds)}
    if progress is not None:
        values |= {"progress": progress, "stage_text": text}
    with transaction.atomic(), scope.system("BIM 自动检查"):
        return bool(Job.objects.filter(pk=claim.job, claimed_by=claim.holder, waiting=True).update(**values))


def give_back(claim: Claim) -> None:
    """Let another worker take it at once (this one is being stopped); the attempt does not count."""
    with transaction.atomic(), scope.system("BIM 自动检查"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bim_job SET claimed_by = '', lease_until = NULL, attempts = attempts - 1, stage_text = '等待处理' WHERE id = %s AND claimed_by = %s",
            [claim.job, claim.holder],
        )


def lose(claim: Claim) -> None:
    """Let it be tried again after the child was killed from outside; the attempt counts."""
    with transaction.atomic(), scope.system("BIM 自动检查"):
        Job.objects.filter(pk=claim.job, claimed_by=claim.holder).update(
            claimed_by="", lease_until=None, stage_text="处理中断，等待重试"
        )
