"""Reports come in: suggest. A person decides: note it."""

from __future__ import annotations

from zhujian.boards.city_management.advice.services import advising
from zhujian.boards.city_management.command.models import Report
from zhujian.foundation.events.models import Event
from zhujian.foundation.events.registry import subscribe


@subscribe("report.received", by="advice.suggest")
def suggest(event: Event) -> None:
    """Store a suggestion while the report still waits."""
    report = Report.objects.filter(number=event.payload["number"], state__in=["waiting", "taken"]).first()
    if report is not None:
        advising.do_suggest(report)


@subscribe("case.registered", by="advice.note_registered")
def registered(event: Event) -> None:
    """What class the person chose."""
    advising.noted_by(event.payload["number"])


@subscribe("report.merged", by="advice.note_merged")
def merged(event: Event) -> None:
    """A report joined a case: its class is the case's."""
    _reports(event)


@subscribe("report.refused", by="advice.note_refused")
def refused(event: Event) -> None:
    """Nothing came of it."""
    _reports(event)


def _reports(event: Event) -> None:
    numbers = event.payload.get("report_numbers") or [event.payload["number"]]
    for report in Report.objects.filter(number__in=numbers).select_related("case"):
        advising.do_note(report, report.case)
