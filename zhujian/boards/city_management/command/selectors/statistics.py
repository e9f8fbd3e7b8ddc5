"""What happened to cases in a span of time, by county and class: one set-based statement, for those that pass figures on (数据交换)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

# What happens to a case happens before it is closed: open cases and those closed since the start are all that a span needs, and the
# indexes on open cases and on the day of closing bound what is read. A case that proved a duplicate is counted as a report only.
SQL = """
WITH c AS MATERIALIZED (
    SELECT county_key, kind, class_code, registered_at, handled_at, closed_at, close_kind, due, state, exempt, overdue_earlier_s
    FROM command_case WHERE county_key = ANY(%(counties)s) AND closed_at IS NULL AND created_at < %(end)s
    UNION ALL
    SELECT county_key, kind, class_code, registered_at, handled_at, closed_at, close_kind, due, state, exempt, overdue_earlier_s
    FROM command_case WHERE county_key = ANY(%(counties)s) AND closed_at >= %(start)s AND created_at < %(end)s),
  r AS (
    SELECT county_key, kind, class_code, count(*) AS reports FROM command_report
    WHERE county_key = ANY(%(counties)s) AND received_at >= %(start)s AND received_at < %(end)s GROUP BY 1, 2, 3),
  s AS (
    SELECT county_key, kind, class_code,
      count(*) FILTER (WHERE registered_at >= %(start)s AND registered_at < %(end)s AND close_kind <> 'duplicate') AS registered,
      count(*) FILTER (WHERE handled_at >= %(start)s AND handled_at < %(end)s AND close_kind NOT IN ('void', 'duplicate')
        AND state NOT IN ('to_dispatch', 'dispatched', 'handling')) AS handled,
      count(*) FILTER (WHERE handled_at >= %(start)s AND handled_at < %(end)s AND close_kind NOT IN ('void', 'duplicate')
        AND state NOT IN ('to_dispatch', 'dispatched', 'handling')
        AND ((due IS NULL OR handled_at <= due) AND overdue_earlier_s = 0 OR exempt)) AS handled_on_time,
      count(*) FILTER (WHERE closed_at >= %(start)s AND closed_at < %(end)s AND close_kind IN ('normal', 'forced')) AS closed,
      count(*) FILTER (WHERE closed_at >= %(start)s AND closed_at < %(end)s AND close_kind = 'void') AS void
    FROM c GROUP BY 1, 2, 3)
SELECT county_key, kind, class_code, coalesce(r.reports, 0), coalesce(s.registered, 0), coalesce(s.handled, 0),
  coalesce(s.handled_on_time, 0), coalesce(s.closed, 0), coalesce(s.void, 0)
FROM s FULL JOIN r USING (county_key, kind, class_code)
WHERE coalesce(r.reports, 0) + coalesce(s.registered, 0) + coalesce(s.handled, 0) + coalesce(s.closed, 0) + coalesce(s.void, 0) > 0
ORDER BY 1, 2, 3
"""
NAMES = ("reports", "registered", "handled", "handledOnTime", "closed", "void")


def by_class(counties: Sequence[str], start: datetime, end: datetime) -> dict[str, list[dict[str, Any]]]:
    """County (12 digits) → one entry per class with counts of what happened from `start` to before `end`; classes without any are left out.

    ``kind`` and ``classCode`` are empty for reports that nobody has classified. Within the acting scope.
    """
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"counties": list(counties), "start": start, "end": end})
        rows = cursor.fetchall()
    found: dict[str, list[dict[str, Any]]] = {}
    for county, kind, code, *numbers in rows:
        found.setdefault(f"{county}000000", []).append(
            {"kind": kind, "classCode": code, **dict(zip(NAMES, numbers, strict=True))}
        )
    return found
