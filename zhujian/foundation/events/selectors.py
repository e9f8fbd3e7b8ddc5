"""What others may read of the event bus."""

from __future__ import annotations

from django.db.models import QuerySet

from zhujian.foundation.events.models import Delivery, Event
from zhujian.foundation.kernel import scope


def of_subject(subject: str, limit: int = 100) -> QuerySet[Event]:
    """Latest events of one subject, newest first."""
    return Event.objects.filter(subject=subject).order_by("-id")[:limit]


def deliveries(status: str, before: int | None = None, limit: int = 50) -> list[Delivery]:
    """Deliveries in one state, newest first, by key paging.

    Those who keep the platform running see names and keys of every event, whatever their region, but never its payload.
    """
    with scope.system("查看事件投递"):
        rows = Delivery.objects.select_related("event").defer("event__payload").filter(status=status).order_by("-id")
        if before:
            rows = rows.filter(pk__lt=before)
        return list(rows[:limit])
