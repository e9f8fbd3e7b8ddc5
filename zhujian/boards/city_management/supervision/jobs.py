"""What the worker does: overdue parts are marked and a circular is drafted; daily reports are asked for."""

from __future__ import annotations

from zhujian.boards.city_management.supervision.services import circulars, emergencies
from zhujian.foundation.events import jobs


@jobs.every(seconds=60, name="supervision.overdue")
def overdue() -> int:
    """Mark what is late."""
    return circulars.mark_overdue()


@jobs.every(seconds=900, name="supervision.daily_reports")
def daily_reports() -> int:
    """Ask for missing daily reports."""
    return emergencies.remind_daily()
