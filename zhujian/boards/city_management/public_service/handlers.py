"""Events of the loop, as the public sees them."""

from __future__ import annotations

from zhujian.boards.city_management.command import selectors as command
from zhujian.boards.city_management.public_service.services import progress
from zhujian.foundation.events.models import Event
from zhujian.foundation.events.registry import subscribe

CASES = (
    "case.registered", "case.dispatched", "case.returned", "case.handled", "case.closed", "case.void", "case.suspended",
    "case.resumed", "report.merged",
)  # fmt: skip


def follow(event: Event) -> None:
    """A case moved: its reporters' submissions follow."""
    progress.do_follow(event.payload["number"], event.payload.get("report_numbers") or [])


for _name in CASES:
    subscribe(_name, by=f"public_service.{_name}")(follow)


@subscribe("report.refused", by="public_service.report.refused")
def refused(event: Event) -> None:
    """A report was not accepted."""
    for number in event.payload.get("report_numbers") or [event.payload["number"]]:
        report = command.report(number)
        if report is not None:
            progress.do_refuse(number, report.reason)
