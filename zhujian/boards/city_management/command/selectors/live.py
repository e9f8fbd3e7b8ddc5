"""Counts of what is going on now, for walls and desks."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils import timezone

from zhujian.boards.city_management.command.models import OPEN
from zhujian.foundation.kernel import prepared
from zhujian.foundation.kernel.scope import region_range

# One walk over the open cases only (a partial index); light as `rules.clock.light` says.
OPEN_NOW = """
SELECT state, CASE WHEN due IS NULL THEN '' WHEN paused_at IS NOT NULL THEN CASE WHEN paused_at > due THEN 'red' ELSE 'grey' END
  WHEN due < %s THEN 'red' WHEN yellow_at <= %s THEN 'yellow' ELSE 'green' END AS light, suspended, count(*)
FROM command_case WHERE state = ANY(%s) AND county_key >= %s AND county_key < %s AND region_code >= %s AND region_code < %s GROUP BY 1, 2, 3
"""
WAITING = """
SELECT state, count(*) FROM command_report WHERE state IN ('waiting', 'taken') AND county_key >= %s AND county_key < %s
AND region_code >= %s AND region_code < %s GROUP BY 1
"""
TODAY = """
SELECT count(*) FROM command_case WHERE closed_at >= %s AND county_key >= %s AND county_key < %s AND region_code >= %s AND region_code < %s
"""


def live_counts(region: str) -> dict[str, Any]:
    """What is open in a region now: ``open`` (all), ``states`` {state: n}, ``lights`` {light: n}, ``suspended``, ``pool`` (reports
    waiting), ``taken``, ``closed_today``. Within the acting scope."""
    low, high = region_range(region)
    county = (low[:6], high if len(low) < 6 else low[:6] + "~")
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    states: dict[str, int] = {}
    lights: dict[str, int] = {}
    suspended = 0
    with connection.cursor() as cursor, prepared.statements():
        cursor.execute(OPEN_NOW, [now, now, list(OPEN), *county, low, high])
        for state, light, held, number in cursor.fetchall():
            states[state] = states.get(state, 0) + number
            lights[light or "none"] = lights.get(light or "none", 0) + number
            suspended += number if held else 0
        cursor.execute(WAITING, [*county, low, high])
        reports = dict(cursor.fetchall())
        cursor.execute(TODAY, [midnight, *county, low, high])
        closed = cursor.fetchone()[0]
    return {"open": sum(states.values()), "states": states, "lights": lights, "suspended": suspended, "pool": reports.get("waiting", 0),
            "taken": reports.get("taken", 0), "closed_today": closed}  # fmt: skip
