"""Cases with their logs for those that pass them on (数据交换): by id, or all that changed lately; names of people stay here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from zhujian.boards.city_management.command.models import Case, CaseStep

CHUNK = 500


def feed(prefix: str, *, ids: list[int] | None = None, since: datetime | None = None) -> Iterator[tuple[Case, list[CaseStep]]]:
    """Registered cases of a region (the significant digits of its code) with their logs, oldest first; call it in a system scope."""
    rows = Case.objects.filter(region_code__gte=prefix, region_code__lt=prefix + "~", registered_at__isnull=False).order_by("id")
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    if since is not None:
        rows = rows.filter(updated_at__gte=since)
    found = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        logs: dict[int, list[CaseStep]] = {case.pk: [] for case in chunk}
        for step in CaseStep.objects.filter(case__in=logs).order_by("id"):
            logs[step.case_id].append(step)
        yield from ((case, logs[case.pk]) for case in chunk)
