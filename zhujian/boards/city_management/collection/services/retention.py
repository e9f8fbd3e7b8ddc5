"""Track points are kept by the month: the next months are made ahead, the past ones dropped when they are no longer needed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from zhujian.boards.city_management.collection.services import limits
from zhujian.foundation.audit import services as audit
from zhujian.foundation.kernel import scope

AHEAD = (0, 31, 62)  # days from today whose months are made


def make_months(moments: Iterable[datetime]) -> None:
    """See that every moment has a month to go to; what cannot be a patrol's moment goes to the rest."""
    firsts = {(local.year, local.month): local for local in map(timezone.localtime, moments)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT collection_track_month(m) FROM unnest(%s::timestamptz[]) m", [list(firsts.values())])


@transaction.atomic
def do_keep() -> int:
    """Make the months to come and drop those that lie wholly before the days that are kept; returns how many points went.

    Basis: 个人信息保护法 §19, `collection.track_days`. What a shift has counted (coverage, metres, gaps) stays with the shift.
    """
    now = timezone.localtime()
    with scope.system("按期清除巡查轨迹"):
        make_months(now + timedelta(days=days) for days in AHEAD)
        before = now.date() - timedelta(days=int(limits.number("track_days")))
        with connection.cursor() as cursor:
            cursor.execute("SELECT part, points FROM collection_track_forget(%s)", [before])
            gone = cursor.fetchall()
        for part, points in gone:
            audit.record("collection.tracks_forgotten", part, points=points, before=before.isoformat())
    return sum(points for _, points in gone)
