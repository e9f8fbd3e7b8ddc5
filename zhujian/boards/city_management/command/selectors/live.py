"""What is going on now, in numbers, for walls, desks and leaders.

Read from the running count of open cases (`CaseTally`) and from what has turned yellow or run out within the last minutes: as fast with a
hundred thousand open cases as with a hundred. Below the county, and for people who see cases as a party, the few cases themselves are
counted. Everything is within the acting scope.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from zhujian.boards.city_management.command.models import OPEN
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import prepared, scope

STATES = ", ".join(f"'{state}'" for state in OPEN)
# Of the clock that runs and is not told to be overdue: only these can have another light than the count says.
TIGHT = f"state IN ({STATES}) AND paused_at IS NULL AND NOT overdue_told AND least(yellow_at, due) <= %(now)s"
COUNT = """
SELECT state, standing, role, suspended, supervised, sum(number) FROM command_casetally
WHERE region_code >= %(low)s AND region_code < %(high)s GROUP BY 1, 2, 3, 4, 5
"""
TURNED = "SELECT count(*) FILTER (WHERE due < %(now)s), count(*) FILTER (WHERE due >= %(now)s) FROM command_case WHERE {place} AND {tight}"
BODIES = """
WITH counted AS (
  SELECT org_code, sum(number) AS number, sum(number) FILTER (WHERE standing IN ('told', 'late')) AS red FROM command_casetally
  WHERE region_code >= %(low)s AND region_code < %(high)s AND org_code <> '' GROUP BY 1
), turned AS (
  SELECT org_code, count(*) FILTER (WHERE due < %(now)s) AS red, count(*) FILTER (WHERE due >= %(now)s) AS yellow FROM command_case
  WHERE {place} AND {tight} GROUP BY 1
)
SELECT c.org_code, c.number, coalesce(c.red, 0) + coalesce(t.red, 0), coalesce(t.yellow, 0) FROM counted c LEFT JOIN turned t USING (org_code)
WHERE c.number > 0 ORDER BY 3 DESC, 2 DESC, 1 LIMIT %(limit)s
"""
# The same of the cases themselves.
WALK = """
SELECT state, CASE WHEN due IS NULL THEN 'none' WHEN paused_at > due THEN 'late' WHEN paused_at IS NOT NULL THEN 'grey' WHEN due < %(now)s THEN 'told'
  WHEN yellow_at <= %(now)s THEN 'yellow' ELSE 'runs' END, holder_role, suspended, supervise_level <> '', count(*)
FROM command_case WHERE {place} AND state IN ({open}) GROUP BY 1, 2, 3, 4, 5
"""
BODIES_WALK = """
SELECT org_code, count(*), count(*) FILTER (WHERE due < %(now)s AND (paused_at IS NULL OR paused_at > due)),
  count(*) FILTER (WHERE due >= %(now)s AND yellow_at <= %(now)s AND paused_at IS NULL)
FROM command_case WHERE {place} AND state IN ({open}) AND org_code <> '' GROUP BY 1 ORDER BY 3 DESC, 2 DESC, 1 LIMIT %(limit)s
"""
TODAY = """
SELECT (SELECT count(*) FROM command_report WHERE {county} AND state = 'waiting'), (SELECT count(*) FROM command_report WHERE {county} AND state = 'taken'),
(SELECT count(*) FROM command_report WHERE {place} AND received_at >= %(midnight)s),
(SELECT count(*) FROM command_case WHERE {place} AND closed_at >= %(midnight)s AND state = 'closed')
"""


@dataclass(frozen=True)
class Place:
    """Whose numbers: the significant digits of a region (may be empty) and, for a party, its keys."""

    prefix: str
    keys: tuple[str, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether the running count answers: a county or what is above it."""
        return not self.keys and len(self.prefix) <= 6

    @property
    def where(self) -> str:
        """Condition on cases and reports by the columns that have indexes with what is open and with the day."""
        if self.keys:
            return "parties && %(keys)s::text[]"
        if len(self.prefix) < 4:
            return "region_code >= %(low)s AND region_code < %(high)s"
        key = "city_key = %(low)s" if len(self.prefix) == 4 else "county_key = %(county)s"
        return key + (" AND region_code >= %(low)s AND region_code < %(high)s" if len(self.prefix) > 6 else "")

    @property
    def pool(self) -> str:
        """The same for waiting reports, whose index begins with the county."""
        return self.where if self.keys or len(self.prefix) >= 6 else "county_key >= %(low)s AND county_key < %(high)s"

    def values(self, now: datetime, **more: Any) -> dict[str, Any]:
        """Parameters of the statements."""
        return {"low": self.prefix or scope.EVERYTHING[0], "high": f"{self.prefix}~", "county": self.prefix[:6], "keys": list(self.keys), "now": now,
                "midnight": midnight(now), **more}  # fmt: skip


@dataclass
class Now:
    """Open cases by state, by post, by light (``red``, ``yellow``, ``green``, ``grey``, ``none``); and today's."""

    states: dict[str, int] = field(default_factory=dict)
    running: dict[str, int] = field(default_factory=dict)  # by state, without suspended ones
    hands: dict[str, int] = field(default_factory=dict)  # by the post that has them to do, without suspended ones
    lights: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("red", "yellow", "green", "grey", "none"), 0))
    suspended: int = 0
    supervised: int = 0
    waiting: int = 0
    taken: int = 0
    received: int = 0
    closed: int = 0


@dataclass(frozen=True)
class BodyNow:
    """A body that disposes of cases, with its open ones: all, overdue, nearly overdue."""

    org_code: str
    name: str
    number: int
    red: int
    yellow: int


# Who has a case to do: whether a department or a firm disposes of it is the same post; not filing one is the shift leader's word.
POST_OF = {
    "verifying": "inspector", "to_register": "acceptor", "to_dispatch": "dispatcher", "dispatched": "department_desk", "handling": "crew",
    "dept_confirm": "department_desk", "to_check": "acceptor", "checking": "inspector", "to_close": "acceptor",
}  # fmt: skip
LIGHT_OF = {"none": "none", "late": "red", "told": "red", "grey": "grey", "yellow": "yellow", "runs": "green"}


def midnight(now: datetime) -> datetime:
    """The beginning of the day of `now` in China."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def viewers() -> Place:
    """The place of whoever acts: an official's region, else what one is a party to."""
    who = scope.current()
    if who.is_system:
        return Place("")
    if who.kind == "official":
        return Place(scope.region_prefix(who.region_code) if who.region_code else "")
    return Place("", who.keys or ("-",))


def now_at(place: Place, now: datetime | None = None) -> Now:
    """What is open in a place now and what today brought, in two or three statements."""
    now = now or timezone.now()
    values, found = place.values(now), Now()
    with connection.cursor() as cursor, prepared.statements():
        if place.counted:
            cursor.execute(COUNT, values)
            rows = cursor.fetchall()
            cursor.execute(TURNED.format(place=place.where, tight=TIGHT), values)
            red, yellow = cursor.fetchone()
        else:
            cursor.execute(WALK.format(place=place.where, open=STATES), values)
            rows, red, yellow = cursor.fetchall(), 0, 0
        for state, standing, role, suspended, supervised, number in rows:
            _add(found.states, state, number)
            _add(found.running, state, 0 if suspended else number)
            post = "shift_leader" if (state, role) == ("to_register", "shift_leader") else POST_OF[state]
            _add(found.hands, post, 0 if suspended else number)
            _add(found.lights, LIGHT_OF[standing], number)
            found.suspended += number if suspended else 0
            found.supervised += number if supervised else 0
        _add(found.lights, "red", red)
        _add(found.lights, "yellow", yellow)
        _add(found.lights, "green", -red - yellow)
        for counted in (found.states, found.running, found.hands):
            for key in [key for key, number in counted.items() if not number]:
                del counted[key]  # some came and went
        cursor.execute(TODAY.format(county=place.pool, place=place.where), values)
        found.waiting, found.taken, found.received, found.closed = cursor.fetchone()
    return found


def _add(counted: dict[str, int], key: str, number: int) -> None:
    counted[key] = counted.get(key, 0) + int(number)


def bodies_at(place: Place, now: datetime | None = None, limit: int = 10) -> list[BodyNow]:
    """Bodies with open cases in a place, most overdue ones first."""
    now = now or timezone.now()
    sql = BODIES.format(place=place.where, tight=TIGHT) if place.counted else BODIES_WALK.format(place=place.where, open=STATES)
    with connection.cursor() as cursor, prepared.statements():
        cursor.execute(sql, place.values(now, limit=limit))
        rows = cursor.fetchall()
    names = dict(Organisation.objects.filter(code__in=[row[0] for row in rows]).values_list("code", "name")) if rows else {}
    return [BodyNow(code, names.get(code, code), int(number), int(red), int(yellow)) for code, number, red, yellow in rows]


def live_counts(region: str) -> dict[str, Any]:
    """What is open in a region now: ``open`` (all), ``states`` {state: n}, ``lights`` {light: n}, ``suspended``, ``pool`` (reports
    waiting), ``taken``, ``closed_today``. Within the acting scope."""
    found = now_at(Place(scope.region_prefix(region)))
    return {"open": sum(found.states.values()), "states": found.states, "lights": {light: n for light, n in found.lights.items() if n}, "suspended": found.suspended,
            "pool": found.waiting, "taken": found.taken, "closed_today": found.closed}  # fmt: skip


__all__ = ["BodyNow", "Now", "Place", "bodies_at", "live_counts", "midnight", "now_at", "viewers"]
