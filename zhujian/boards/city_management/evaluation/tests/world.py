"""Cases of a small district, made as rows: what happened when is all that counts here."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.contrib.gis.geos import Point
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, CaseStep, Errand, Report
from zhujian.boards.city_management.evaluation.rules.periods import Period, parse

ZONE = timezone.get_default_timezone()
COUNTY, CITY, PROVINCE = "420111000000", "420100000000", "420000000000"
COMMUNITY, GRID = "420111080001", "420111080001001"
MONTH: Period = parse("2025-11")
NOW = datetime(2025, 12, 5, 9, tzinfo=ZONE)
_serial = count(1)


def at(day: int, hour: int = 9, minute: int = 0, month: int = 11) -> datetime:
    """A moment of November 2025 (or of another month)."""
    return datetime(2025, month, day, hour, minute, tzinfo=ZONE)


def _values(**given: Any) -> dict[str, Any]:
    number = next(_serial)
    return {
        "number": f"42011120251103{number:05d}", "kind": "event", "class_code": "0110", "description": "暴露垃圾", "location": Point(114.4, 30.5, srid=4490),
        "grid_code": GRID, "community": COMMUNITY, "region_code": COMMUNITY, "source": "patrol", "reported_at": at(3), "accepted_at": at(3, 9, 5),
        "registered_at": at(3, 9, 10), "register_due": at(3, 9, 20), "dispatched_at": at(3, 9, 15), "due": at(5, 12), "handled_at": at(4),
        "closed_at": at(4, 11), "state": "closed", "close_kind": "normal", "org_code": "A" * 18, "accepted_by": 7, "dispatched_by": 8, **given,
    }  # fmt: skip


UNDONE: dict[str, Any] = {"handled_at": None, "closed_at": None, "state": "handling", "close_kind": ""}


def cases(number: int, **given: Any) -> list[Case]:
    """So many cases of the month: registered on the 3rd, due on the 5th at noon, handled and closed in time unless told otherwise."""
    made = Case.objects.bulk_create(Case(**_values(**given)) for _ in range(number))
    Case.objects.filter(pk__in=[one.pk for one in made]).update(created_at=at(3))
    return list(Case.objects.filter(pk__in=[one.pk for one in made]).order_by("pk"))


def case(**given: Any) -> Case:
    """One such case."""
    return cases(1, **given)[0]


def undone(**given: Any) -> Case:
    """A case that nobody has dealt with."""
    return case(**{**UNDONE, **given})


def step(of: Case, node: str, action: str, when: datetime, **given: Any) -> CaseStep:
    """One line of a case's log."""
    values = {
        "case": of,
        "node": node,
        "action": action,
        "at": when,
        "region_code": of.region_code,
        "org_code": of.org_code,
        "actor": 8,
    }
    return CaseStep.objects.create(**{**values, **given})


def report(**given: Any) -> Report:
    """A report of the month."""
    number = next(_serial)
    values: dict[str, Any] = {
        "number": f"R{number:019d}", "client_key": uuid.uuid4(), "source": "patrol", "description": "暴露垃圾", "location": Point(114.4, 30.5, srid=4490),
        "grid_code": GRID, "community": COMMUNITY, "region_code": COMMUNITY, "captured_at": at(3), "received_at": at(3), "state": "registered",
        "reporter": 5, "taken_by": 7,
    }  # fmt: skip
    return Report.objects.create(**{**values, **given})


def errand(of: Case, kind: str, **given: Any) -> Errand:
    """An errand of the month, done in time."""
    values: dict[str, Any] = {
        "case": of, "kind": kind, "inspector": 5, "sent_at": at(4), "due": at(4) + timedelta(minutes=30), "done_at": at(4) + timedelta(minutes=20),
        "region_code": of.region_code,
    }  # fmt: skip
    return Errand.objects.create(**{**values, **given})
