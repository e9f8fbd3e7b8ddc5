"""Public opinion: registered once per address, judged by a person, answered by a task or at once."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.supervision.models import Opinion, SupervisionTask
from zhujian.boards.city_management.supervision.services import records, tasks
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto import sm3_hex
from zhujian.foundation.kernel.errors import Conflict, Reason, Refusal, refuse_if
from zhujian.foundation.parameters import selectors as parameters


def normal_url(url: str) -> str:
    """The address without what does not name the page: host in small letters, no fragment, no closing slash."""
    parts = urlsplit(url.strip())
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise Refusal("opinion.url", "请填写 http 或 https 开头的完整网址。", "url")
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/"), parts.query, ""))


def hash_of(url: str) -> str:
    """What an address is known by."""
    return sm3_hex(normal_url(url).encode())


def check_url(url: object) -> list[Reason]:
    """Whether it is an address that can be registered."""
    try:
        normal_url(str(url))
    except (Refusal, ValueError):
        return [Reason("opinion.url", "请填写 http 或 https 开头的完整网址。", "url")]
    return []


@transaction.atomic
def do_judge(opinion_id: int, *, sentiment: str, summary: str = "") -> Opinion:
    """A person says how it is meant; may be put right until it is closed."""
    records.demand("opinion", "judge")
    row = records.locked(Opinion, opinion_id, "条舆情")
    if row.state == Opinion.State.CLOSED:
        raise Conflict("opinion.closed", "这条舆情已经办结。")
    refuse_if(parameters.code_check("supervision.sentiment", sentiment, timezone.localdate(), field="sentiment"))
    row.sentiment, row.judged_by, row.judged_at = sentiment, scope.current().actor_name, timezone.now()
    row.summary = summary.strip()[:2000] or row.summary
    if row.state == Opinion.State.FOUND:
        row.state = Opinion.State.JUDGED
    row.save_version(row.version, fields=["sentiment", "judged_by", "judged_at", "summary", "state"])
    records.prove("supervision.opinion_judged", row, {"url_hash": row.url_hash, "sentiment": sentiment})
    return row


@transaction.atomic
def do_task(opinion_id: int, *, receivers: Iterable[str], limit_days: int, requirement: str) -> SupervisionTask:
    """Turn it into a task for the units in charge, issued at once."""
    records.demand("opinion", "judge")
    row = records.locked(Opinion, opinion_id, "条舆情")
    if row.state != Opinion.State.JUDGED:
        raise Conflict("opinion.not_judged", "请先研判倾向；已转办或办结的舆情不能再转办。")
    task = tasks.do_draft(
        {
            "kind": "opinion",
            "title": f"舆情核实处置：{row.title}"[:120],
            "requirement": requirement,
            "receivers": list(receivers),
            "limit_days": limit_days,
        },
        subject=f"supervision.opinion:{row.pk}",
    )
    task = tasks.do_issue(task.pk)
    row.task, row.state = task, Opinion.State.TASKED
    row.save_version(row.version, fields=["task", "state"])
    return task


@transaction.atomic
def do_close(opinion_id: int, *, disposal: str) -> Opinion:
    """Close with what was done; while a task is out, only after it is closed."""
    records.demand("opinion", "judge")
    row = records.locked(Opinion, opinion_id, "条舆情")
    if row.state in (Opinion.State.FOUND, Opinion.State.CLOSED):
        raise Conflict("opinion.state", "请先研判倾向；已办结的舆情无需再办。")
    if row.task is not None and row.task.state == SupervisionTask.State.ISSUED:
        raise Refusal("opinion.task_open", "转办的监督任务还没有办结，请待办结后再办结舆情。")
    row.disposal, row.state = records.needed(disposal, "disposal", "请写明处置情况。")[:2000], Opinion.State.CLOSED
    row.save_version(row.version, fields=["disposal", "state"])
    records.prove("supervision.opinion_closed", row, {"url_hash": row.url_hash})
    return row


def places(row: Opinion) -> list[str]:
    """Offices that answer for the place, nearest first: proposed as receivers."""
    found = [identity.organisation_for(authority, row.region_code) for authority in records.RECEIVING]
    return [org.code for org in found if org is not None]
