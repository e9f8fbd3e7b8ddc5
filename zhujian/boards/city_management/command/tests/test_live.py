"""The running count of open cases says at every moment what a walk over the cases would say."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from zhujian.boards.city_management.command import services
from zhujian.boards.city_management.command.models import Case, CaseTally
from zhujian.boards.city_management.command.selectors import live
from zhujian.boards.city_management.command.services import oversight, tally
from zhujian.boards.city_management.command.tests.kit import COUNTY, Loop, at
from zhujian.foundation.kernel import scope


def agree(loop: Loop) -> live.Now:
    """What the leader of the county sees, counted both ways."""
    with loop.act("leader"):
        quick, bodies = live.now_at(live.viewers()), live.bodies_at(live.viewers())
        # Below the county the cases themselves are counted; all of them lie in this street.
        walked = live.Place(COUNTY[:6] + "001")
        slow = live.now_at(walked)
        assert quick == slow
        assert bodies == live.bodies_at(walked)
    return quick


def test_the_running_count_is_what_a_walk_over_the_cases_says(loop: Loop, now) -> None:
    closed = loop.whole()
    waits, sent, late = loop.patrol(), loop.feed_back(loop.to_department()), loop.to_department()
    loop.report()
    found = agree(loop)
    assert found.states["to_dispatch"] == found.states["to_check"] == found.states["dispatched"] == 1 and found.closed == 1
    assert found.lights == {"red": 0, "yellow": 0, "green": 1, "grey": 1, "none": 1} and found.waiting == 1
    with scope.system("test"):
        assert CaseTally.objects.count() > 6, "every move has left its rows"
        assert tally.fold() == 3, "one for each way in which cases stand"
    assert agree(loop) == found, "adding up changes nothing"

    assert late.yellow_at and late.due
    now.move_to(late.yellow_at)
    assert agree(loop).lights["yellow"] == 1
    now.move_to(at("2025-11-12 09:30"))
    assert agree(loop).lights["red"] == 1, "its time ran out, nobody was told yet"
    with scope.system("test"):
        assert oversight.mark_overdue() == 1
    assert agree(loop).lights["red"] == 1, "and when it was told"
    with loop.act("leader"):
        services.do_supervise(late.pk, "3", "请说明原因")
    with loop.act("shift_leader"):
        services.do_void(waits.pk, "重复登记，现场没有这个问题")
    found = agree(loop)
    assert found.supervised == 1 and "to_dispatch" not in found.states
    with scope.system("test"):
        tally.fold()
        rows = set(CaseTally.objects.values_list("state", "number"))
        CaseTally.objects.all().delete()
        assert tally.recount() == len(rows) and set(CaseTally.objects.values_list("state", "number")) == rows
        assert not CaseTally.objects.filter(state=Case.objects.get(pk=closed.pk).state).exists()
    assert sent.number


def test_only_the_county_s_own_count_is_seen(loop: Loop) -> None:
    loop.to_department()
    with loop.act("resident"):
        assert not CaseTally.objects.exists()
    with loop.act("department_desk"):
        assert sum(live.now_at(live.viewers(), timezone.now()).states.values()) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity FROM pg_class WHERE relname = 'command_casetally'")
        assert cursor.fetchone() == (True,)
