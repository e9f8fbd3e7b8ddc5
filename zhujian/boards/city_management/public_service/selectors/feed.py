"""Appeals for those that pass them on (数据交换): orders and submissions with how satisfied the reporter was. Call these in a system scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.public_service.models import CallBack, Submission, WorkOrder

CHUNK = 500


def orders(prefix: str, *, ids: list[int] | None = None, since: datetime | None = None) -> Iterator[tuple[WorkOrder, str]]:
    """(order with its submission, satisfaction 1–5 or empty) of a region (significant digits), by id or all that changed since."""
    rows = (
        WorkOrder.objects.filter(region_code__gte=prefix, region_code__lt=prefix + "~")
        .select_related("submission")
        .order_by("pk")
    )
    rows = rows.filter(pk__in=ids) if ids is not None else rows
    found = (rows.filter(updated_at__gte=since) if since is not None else rows).iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        levels = _levels([one.submission_id for one in chunk if one.submission_id])
        yield from ((one, levels.get(one.submission_id or 0, "")) for one in chunk)


def submissions(prefix: str, *, ids: list[int] | None = None, since: datetime | None = None) -> Iterator[tuple[Submission, str]]:
    """(submission, satisfaction) of a region; what belongs to a hotline's order is left out."""
    rows = Submission.objects.filter(region_code__gte=prefix, region_code__lt=prefix + "~", order=None).order_by("pk")
    rows = rows.filter(pk__in=ids) if ids is not None else rows
    found = (rows.filter(updated_at__gte=since) if since is not None else rows).iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        levels = _levels([one.pk for one in chunk])
        yield from ((one, levels.get(one.pk, "")) for one in chunk)


def without_submission(reports: Iterable[Report]) -> Iterator[Report]:
    """Those of the reports that did not come by a way of the public service (their number is no submission's)."""
    found = iter(reports)
    while chunk := list(islice(found, CHUNK)):
        known = set(Submission.objects.filter(number__in=[one.number for one in chunk]).values_list("number", flat=True))
        yield from (one for one in chunk if one.number not in known)


def _levels(submission_ids: list[int]) -> dict[int, str]:
    rows = CallBack.objects.filter(submission__in=submission_ids, level__isnull=False)
    return {pk: str(level) for pk, level in rows.values_list("submission_id", "level")}


def orders_of_submissions(ids: list[int]) -> list[int]:
    """Orders whose submission is one of these."""
    return list(WorkOrder.objects.filter(submission__in=ids).values_list("pk", flat=True))


def orders_of_call_backs(ids: list[int]) -> list[int]:
    """Orders whose reporter was called back in one of these."""
    return orders_of_submissions(submissions_of_call_backs(ids))


def submissions_of_call_backs(ids: list[int]) -> list[int]:
    """Submissions that these call-backs ask about."""
    return list(CallBack.objects.filter(pk__in=ids).values_list("submission_id", flat=True))


__all__ = [
    "orders",
    "orders_of_call_backs",
    "orders_of_submissions",
    "submissions",
    "submissions_of_call_backs",
    "without_submission",
]
