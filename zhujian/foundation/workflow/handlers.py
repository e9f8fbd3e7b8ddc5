"""What the workflow does when other modules speak."""

from __future__ import annotations

from zhujian.foundation import events
from zhujian.foundation.events.models import Event
from zhujian.foundation.kernel.scope import region_prefix
from zhujian.foundation.workflow import services


@events.subscribe("worktime.calendar_changed", by="workflow.recompute_deadlines")
def calendar_changed(event: Event) -> None:
    """The working calendar has changed: every running clock of the place is computed anew."""
    code = event.payload.get("region") or ""
    services.do_recompute(region_prefix(code) if code else "")
