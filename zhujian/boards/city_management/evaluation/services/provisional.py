"""Results of periods that are not frozen: counted when somebody looks and the last count is too old, kept for the next one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from zhujian.boards.city_management.evaluation.models import Provisional
from zhujian.boards.city_management.evaluation.rules.periods import Period
from zhujian.boards.city_management.evaluation.selectors import standings, tallies
from zhujian.foundation.kernel import scope
from zhujian.foundation.parameters import selectors as parameters

UPSERT = """
INSERT INTO evaluation_provisional (region_code, period, target, counted_at, rows) VALUES (%s, %s, %s, %s, %s::jsonb)
ON CONFLICT (region_code, period, target) DO UPDATE SET counted_at = EXCLUDED.counted_at, rows = EXCLUDED.rows
"""


@transaction.atomic
def results(region_code: str, period: Period, target: str, *, again: bool = False) -> Provisional:
    """Results of one kind of target as last counted, counted anew when they are older than ``evaluation.count_again_minutes``.

    `region_code` must be within what the actor may see: the caller checks. Rows are as `Standing` keeps them.
    """
    now = timezone.now()
    most_old = timedelta(
        minutes=int(parameters.value("evaluation.count_again_minutes", on=period.start, region=region_code).value)
    )
    with scope.system("统计未冻结的评价结果"):
        had = Provisional.objects.filter(region_code=region_code, period=period.key, target=target).first()
        if had is not None and not again and now - had.counted_at < most_old:
            return had
        rows = count(region_code, period, target)
        with connection.cursor() as cursor:
            cursor.execute(UPSERT, [region_code, period.key, target, now, orjson.dumps(rows).decode()])
        return Provisional(region_code=region_code, period=period.key, target=target, counted_at=now, rows=rows)


def count(region_code: str, period: Period, target: str) -> list[dict[str, Any]]:
    """Results of one kind of target now, as they are kept; of very many targets those with most to do."""
    found = standings.calculate(tallies.window(region_code, period), () if target == "city" else (target,))
    rows = [standings.kept(row) for row in found.rows[target]]
    most = int(parameters.value("evaluation.shown_most", on=period.start, region=region_code).value)
    if len(rows) > most:
        large = {row["code"] for row in sorted(rows, key=lambda row: -row["counts"].get("to_handle", 0))[:most]}
        rows = [row for row in rows if row["code"] in large]
    return rows
