"""The worker's lane: claim one step of one import, have a child do it, judge how that ended."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction

from zhujian.foundation.kernel import scope
from zhujian.foundation.resources.background import child, claim, steps
from zhujian.foundation.resources.models import ImportJob

INTERRUPTED = "处理程序多次中断，没有保存任何内容。请拆分文件，或联系系统管理员。"


def run(stopped: Callable[[], bool]) -> bool:
    """Do one step that waits; False when none does."""
    held = claim.take()
    if held is None:
        return False
    if held.attempts > held.most_attempts:
        steps.judge(held.job, held.holder, INTERRUPTED)
        return True
    if connection.in_atomic_block:  # inside somebody's transaction a process of its own would see nothing of it
        steps.perform(held.job, held.holder, lambda progress, text: None)
        return True
    ending = child.run(held, stopped)
    if ending.stopped:
        claim.give_back(held, counts=False)
    elif ending.again and held.attempts < held.most_attempts:
        claim.give_back(held, counts=True)
    elif ending.verdict:
        steps.judge(held.job, held.holder, ending.verdict)
    with transaction.atomic(), scope.system(claim.REASON):
        ImportJob.objects.filter(pk=held.job).update(memory_mb=round(ending.memory_mb, 1))
    return True
