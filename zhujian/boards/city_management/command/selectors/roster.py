"""Who is on duty, by the roster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from zhujian.boards.city_management.command.models import DutyRoster


@dataclass(frozen=True)
class OnShift:
    """One person who is on duty by the roster."""

    role: str
    role_title: str
    name: str
    account: int | None
    until: datetime
    phone: str


def on_duty(now: datetime | None = None) -> list[OnShift]:
    """Everybody of the viewer's scope whose shift covers `now`, in the order of the posts."""
    now = now or timezone.now()
    today = timezone.localdate(now)
    order = list(DutyRoster.Role.values)
    found = []
    for row in DutyRoster.objects.filter(day__in=(today, today - timedelta(days=1))).order_by("id")[:400]:
        start, end = row.span()
        if start <= now < end:
            found.append(OnShift(row.role, row.get_role_display(), row.name, row.account, end, row.phone))
    return sorted(found, key=lambda one: (order.index(one.role), one.name))
