"""What models learn from: the platform's own reports and what people decided about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from zhujian.boards.city_management.command.models import DuplicateProposal, Report
from zhujian.foundation.kernel.scope import region_range


@dataclass(frozen=True)
class Sample:
    """The words of one report and what its case was in the end."""

    text: str
    label: str
    organisation: str
    at: datetime


def words_of(report: Report) -> str:
    """What of a report may be learned from and asked with: the description alone, no name, no phone, no address."""
    return report.description


def reports(region_code: str, start: datetime, end: datetime, most: int) -> list[Sample]:
    """Reports whose case was closed in the ordinary way, oldest first; at most the newest `most`.

    The organisation counts only when the case was never sent to a wrong one.
    """
    low, high = region_range(region_code)
    rows = (
        Report.objects.filter(
            region_code__gte=low, region_code__lt=high, received_at__gte=start, received_at__lt=end, case__close_kind="normal"
        )
        .exclude(description="")
        .order_by("-received_at", "-id")
        .values_list("description", "case__kind", "case__class_code", "case__org_code", "case__wrong_dispatches", "received_at")[
            :most
        ]
    )
    found = [
        Sample(text, f"{kind}:{code}", org if not wrong else "", at)
        for text, kind, code, org, wrong, at in rows.iterator(chunk_size=5000)
    ]
    return found[::-1]


@dataclass(frozen=True)
class Decided:
    """A proposed duplicate as it stood, and whether a person merged it."""

    distance_m: float
    hours: float
    report: str
    case: str
    same_component: bool
    merged: bool


def decided(region_code: str, start: datetime, end: datetime, most: int) -> Iterator[Decided]:
    """Decisions of people about proposals, oldest first."""
    low, high = region_range(region_code)
    rows = (
        DuplicateProposal.objects.filter(region_code__gte=low, region_code__lt=high, decided_at__gte=start, decided_at__lt=end)
        .exclude(decision="")
        .select_related("report", "case")
        .order_by("-decided_at", "-id")[:most]
    )
    for row in reversed(list(rows)):
        yield Decided(*pair(row), row.decision == "merge")


def pair(row: DuplicateProposal) -> tuple[float, float, str, str, bool]:
    """(metres, hours between, words of the report, words of the case, same component)."""
    hours = (row.report.received_at - row.case.reported_at).total_seconds() / 3600
    same = bool(row.report.component_code) and row.report.component_code == row.case.component_code
    return row.distance_m, hours, words_of(row.report), row.case.description, same
