"""How often somebody may do something, counted before anything is looked up or stored; no captcha anywhere."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from zhujian.boards.city_management.public_service.models import RateCount
from zhujian.foundation.kernel.crypto.personal import keyed_hash
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COUNT = """
INSERT INTO public_service_ratecount (purpose, key, "window", count) VALUES (%s, %s, %s, 1)
ON CONFLICT (purpose, key, "window") DO UPDATE SET count = public_service_ratecount.count + 1 RETURNING count
"""


class TooMany(Refusal):
    """Done too often (HTTP 429)."""

    status = 429


def number(name: str, region: str = "") -> int:
    """A whole parameter of this module as it stands today."""
    return int(parameters.value(f"public_service.{name}", on=timezone.localdate(), region=region).value)


def begin(now: datetime, span: timedelta) -> datetime:
    """Beginning of the clock hour, or of the day in China, that `now` lies in."""
    local = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    return local if span == HOUR else local.replace(hour=0)


def do_count(purpose: str, who: str, most: int, *, span: timedelta = HOUR, said: str = "") -> int:
    """Count one act of `who` (an address or a phone; only its keyed hash is kept) and return how many there were in this hour or day.

    `TooMany` above `most`; an empty `who` is not counted. `said` names the act in the refusal.
    """
    if not who:
        return 0
    start = begin(timezone.now(), span)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [purpose, keyed_hash(f"public_service.rate.{purpose}", who), start])
        count = int(cursor.fetchone()[0])
    if count == 1:
        RateCount.objects.filter(window__lt=start - 2 * DAY).delete()
    if count > most:
        when = "明天" if span == DAY else "下一个整点之后"
        raise TooMany("public_service.too_many", f"{said or '操作'}次数过多，请{when}再试。紧急情况请拨打12319或12345。")
    return count


__all__ = ["DAY", "HOUR", "TooMany", "do_count", "number"]
