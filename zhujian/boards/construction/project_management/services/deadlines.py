"""Until when: the five days in which a supplement may be asked for, and when an application counts as accepted."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from zhujian.boards.construction.project_management import rules
from zhujian.boards.construction.project_management.models import Project, StepRecord
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.worktime import rules as worktime
from zhujian.foundation.worktime import selectors as calendars


def ask_until(project: Project, applied: datetime) -> datetime | None:
    """Until when a supplement may be asked for; None when that lies in a year whose holidays are not loaded yet."""
    window = parameters.value("project_management.supplement_window", on=timezone.localdate(), region=project.region_code)
    try:
        return worktime.deadline(applied, worktime.Limit(int(window.value), window.unit), calendars.calendar(project.region_code))
    except worktime.CalendarMissing:
        return None


def accepted_from(project: Project, record: StepRecord, now: datetime) -> datetime:
    """Day 0 of a step's clock when the window accepts it at `now`.

    Nobody asked for a supplement in time: the application counts as accepted on receipt (行政许可法 第三十二条), and so runs the
    clock. Otherwise it runs from acceptance, which after a supplement is when the supplement was complete.
    """
    until = ask_until(project, record.applied_at) if record.applied_at else None
    if until is None or record.applied_at is None:
        return now
    asked = timezone.localdate(record.supplemented_at) if record.supplemented_at else None
    zero = rules.acceptance_day(
        received=timezone.localdate(record.applied_at), on=timezone.localdate(now), ask_until=timezone.localdate(until), asked_on=asked,
        completed_on=timezone.localdate(now),
    )  # fmt: skip
    return record.applied_at if zero == timezone.localdate(record.applied_at) and asked is None else now
