"""What the acts that run thousands of times a day may ask of the database: round trips, counted, so that they do not creep back."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhujian.boards.city_management.command import services
from zhujian.boards.city_management.command.models import Report
from zhujian.boards.city_management.command.tests.kit import HERE, Loop
from zhujian.foundation.identity.testing import scope_of
from zhujian.foundation.kernel import scope


def counted(loop: Loop, **more: Any) -> tuple[Report, list[str]]:
    """A citizen's report and the first words of every statement it took."""
    who = scope_of(loop.people.resident)
    with CaptureQueriesContext(connection) as queries, scope.acting(who):
        values = {"kind": "event", "class_code": "0110", "description": "路边有一堆垃圾", **more}
        report = services.do_report(source="public_web", lon=HERE[0], lat=HERE[1], **values)
    return report, [" ".join(query["sql"].split())[:90] for query in queries]


def test_taking_in_a_report_is_five_statements(loop: Loop) -> None:
    """Scope, grid, report, event with its deliveries, evidence; nothing is read again, no savepoint, no scope that nobody needs."""
    counted(loop)
    report, asked = counted(loop, reporter_phone="13800001234", address="珞喻路10号")
    assert report.grid_code == loop.people.grid.code
    assert len(asked) == 5, "\n".join(asked)


def test_a_report_sent_twice_costs_no_more(loop: Loop) -> None:
    key = "2b1f7d5c-0000-4000-8000-000000000002"
    first, _ = counted(loop, client_key=key)
    again, asked = counted(loop, client_key=key)
    assert again.pk == first.pk
    assert len(asked) <= 4, "\n".join(asked)
