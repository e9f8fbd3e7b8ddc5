"""One piece of work on a large import, in one transaction and in the scope of the person who asked for it: all of it or nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import transaction

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources import progress, registry
from zhujian.foundation.resources.background.claim import REASON
from zhujian.foundation.resources.models import ImportBatch, ImportJob

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

BACK = {"read": "failed", "check": "failed", "save": "checked"}  # where a batch stands when its step was refused
DONE = {"read": "读取完成，请对照字段和坐标系", "check": "检查完成，请查看结果", "save": "导入完成"}


class Lost(Exception):
    """The job was called off, or belongs to another worker by now: what was done is rolled back."""


def perform(job_id: int, holder: str, listener: progress.Listener) -> bool:
    """Do the job that `holder` claimed. True when it ended (well or with a verdict), False when it was lost."""
    began = time.monotonic()
    try:
        with transaction.atomic(), scope.system(REASON):
            job = _held(job_id, holder)
            with scope.acting(_person(job)), progress.heard(listener):
                _work(job)
            _close(job_id, holder, seconds=time.monotonic() - began)
            _tell(job.batch, job)
    except Lost:
        return False
    except Refusal as refusal:
        judge(job_id, holder, refusal.message)
    return True


def judge(job_id: int, holder: str, verdict: str) -> None:
    """End a job that could not be done, with the reason the person reads."""
    with transaction.atomic(), scope.system(REASON):
        try:
            job = _close(job_id, holder)
        except Lost:
            return
        batch = ImportBatch.objects.defer("content", "preview").get(pk=job.batch_id)
        batch.state = "mapping" if "decision" in job.options else BACK[job.step]
        batch.verdict = verdict[:300]
        batch.save(update_fields=["state", "verdict"])
        _tell(batch, job)


def _held(job_id: int, holder: str) -> ImportJob:
    job = ImportJob.objects.select_related("batch").filter(pk=job_id, claimed_by=holder, waiting=True).first()
    if job is None:
        raise Lost
    return job


def _close(job_id: int, holder: str, seconds: float | None = None) -> ImportJob:
    """Lock the job, see that it is still ours, and mark it done. It is locked last: calling off never waits for the work."""
    job = ImportJob.objects.select_for_update().filter(pk=job_id, claimed_by=holder, waiting=True).first()
    if job is None:
        raise Lost
    job.waiting, job.claimed_by, job.lease_until, job.progress, job.stage_text = False, "", None, 100, "完成"
    job.seconds = None if seconds is None else round(seconds, 2)
    job.save()
    return job


def _person(job: ImportJob) -> scope.Scope:
    """The scope of whoever asked, as it is today. Refusal ``import.right`` when they may not import any more."""
    from zhujian.foundation.identity import selectors as identity

    account = identity.account(job.account)
    if account is not None:
        post = next((one for one in identity.posts_of(account) if one.pk == job.post), None)
        if post is not None or job.post is None:
            who = identity.scope_for(account, post)
            with scope.acting(who):
                if registry.get(job.batch.resource).may("import"):
                    return who
    raise Refusal("import.right", "您的岗位已变动，现在不能导入这类数据，没有保存任何内容。")


def _work(job: ImportJob) -> None:
    from zhujian.foundation.resources import importpages, mappages

    batch, resource = job.batch, registry.get(job.batch.resource)
    if job.step == "read":
        importpages.read_into(resource, batch, layer=job.options.get("layer", ""), background=True)
    elif job.step == "check" and "decision" in job.options:
        mappages.check_decided(resource, batch, job.options["decision"], background=True)
    elif job.step == "check":
        importpages.check_into(resource, batch)
    else:
        importpages.save_into(resource, batch, job.options["choice"])


def _tell(batch: ImportBatch, job: ImportJob) -> None:
    """Tell the person that the work has ended, and how."""
    from zhujian.foundation.messages import services as messages

    resource: Resource = registry.get(batch.resource)
    words = DONE[job.step]
    if job.step == "read" and batch.state == "checked":
        words = DONE["check"]
    if batch.verdict:
        words = "没有完成"
    body = batch.verdict or (
        f"新增 {batch.created} 条，更新 {batch.updated} 条，退回 {batch.refused} 行。"
        if batch.state == "imported"
        else f"共 {batch.total} 行，有问题 {batch.refused} 行。"
    )
    messages.send(
        [f"person:{job.account}"], title=f"批量导入{resource.title}：{words}", body=f"{batch.file_name}：{body}",
        link=registry.route(resource, "import_report", batch.pk), dedupe=f"import:{batch.pk}:{job.step}:{job.asked_at:%Y%m%d%H%M%S%f}",
    )  # fmt: skip
