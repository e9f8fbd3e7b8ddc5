"""What the exchange does when cases move or results are frozen: the record goes out at once; whatever an event misses the next look finds."""

from __future__ import annotations

from zhujian.boards.city_management.data_reporting.services import capture
from zhujian.foundation import events
from zhujian.foundation.events.models import Event


@events.subscribe("case.registered", by="data_reporting.case_registered")
def registered(event: Event) -> None:
    """A case was filed."""
    _put(event)


@events.subscribe("case.closed", by="data_reporting.case_closed")
def closed(event: Event) -> None:
    """A case was closed."""
    _put(event)


@events.subscribe("evaluation.frozen", by="data_reporting.evaluation_frozen")
def frozen(event: Event) -> None:
    """A period was frozen, or calculated anew."""
    number = event.subject.rpartition(":")[2]
    if number.isdecimal():
        capture.do_put_things("evaluation", [int(number)])


def _put(event: Event) -> None:
    number = event.subject.rpartition(":")[2]
    if number.isdecimal():
        capture.do_put_things("case", [int(number)])
