"""What runs by itself: timers of diagrams."""

from __future__ import annotations

from zhujian.foundation.events import jobs
from zhujian.foundation.workflow.services.timers import do_tick


@jobs.every(seconds=30, name="workflow.timers")
def tick() -> int:
    """Wake the parts whose timer is due."""
    return do_tick()
