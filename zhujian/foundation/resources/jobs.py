"""Periodic work: old import files go."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from zhujian.foundation.events.jobs import every
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources.models import ImportBatch


@every(seconds=3600, name="resources.forget_imports")
def forget_imports() -> int:
    """Delete uploaded import files and their reports after their keeping time; returns how many."""
    days = int(parameters.value("resources.import_keep_days", on=timezone.localdate()).value)
    return ImportBatch.objects.filter(created_at__lt=timezone.now() - timedelta(days=days)).delete()[0]
