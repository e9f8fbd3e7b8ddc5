"""Rate limit of public look-ups: counted before the answer is sought, without a captcha."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.portals.public.models import LookupCount


class TooMany(Refusal):
    """Asked too often (HTTP 429)."""

    status = 429


def do_count(address: str) -> int:
    """Count one look-up from `address` and return how many there were this hour; `TooMany` above the limit."""
    limit = int(parameters.value("public.lookups_per_hour", on=timezone.localdate()).value)
    now = timezone.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    key = salted_hmac("zhujian.public.lookup", address, algorithm="sha256").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO public_lookupcount (address, hour, count) VALUES (%s, %s, 1)"
            " ON CONFLICT (address, hour) DO UPDATE SET count = public_lookupcount.count + 1 RETURNING count",
            [key, hour],
        )
        count = cursor.fetchone()[0]
    if count == 1:
        LookupCount.objects.filter(hour__lt=hour - timedelta(days=1)).delete()
    if count > limit:
        raise TooMany("public.too_many", "查询次数过多，请一小时后再试。如需批量核验，请通过数据共享交换申请接口。")
    return count
