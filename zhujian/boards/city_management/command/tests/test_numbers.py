"""Every number of the wall, the leader's page, the desk and the lists opens exactly the rows it counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests import numbers
from zhujian.boards.city_management.command.models import Case, DutyRoster
from zhujian.boards.city_management.command.tests.kit import COUNTY, HERE, Loop
from zhujian.foundation.identity.testing import login
from zhujian.foundation.kernel import scope

# Lists that name no other rows than the number counts, and fit on one page here.
EXACT = ("/command/cases/", "/command/desk/today/", "/command/desk/")


@pytest.fixture
def town(loop: Loop) -> Loop:
    """Cases at every kind of step, two late ones, one closed today, reports waiting, people on the roster."""
    made = [loop.dispatch(loop.accept(loop.report("inspector", "patrol", lon=HERE[0] + number * 0.00007))) for number in range(4)]
    loop.assign(made[0])
    loop.feed_back(made[1])
    with scope.system("test"):
        for number, case in enumerate(made[2:]):
            Case.objects.filter(pk=case.pk).update(due=timezone.now() - timedelta(hours=number + 1))
    loop.whole()
    loop.patrol()
    loop.accept(loop.report())
    for name in ("路灯不亮", "井盖响"):
        loop.report(description=name)
    with scope.system("test"):
        DutyRoster.objects.create(
            day=timezone.localdate(), role="acceptor", name="李敏", starts="00:00", ends="23:59", region_code=COUNTY
        )
    return loop


def signed_in(loop: Loop, name: str) -> Client:
    client = Client()
    login(client, getattr(loop.people, name))
    return client


@pytest.mark.parametrize(("who", "paths"), [
    ("shift_leader", ("wall/", "leader/", "rules/", "", "desk/", "todo/", "cases/")), ("leader", ("wall/", "leader/", "")), ("acceptor", ("desk/", "todo/", "")),
    ("dispatcher", ("wall/", "todo/", "")), ("superviser", ("leader/", "cases/")),
])  # fmt: skip
def test_every_number_opens_its_rows(town: Loop, who: str, paths: tuple[str, ...]) -> None:
    client = signed_in(town, who)
    followed = sum(numbers.walk(client, f"/command/{path}", EXACT[:2]) for path in paths)
    assert followed > 5


def test_the_rows_of_a_post_are_its_steps_in_hand(town: Loop) -> None:
    client = signed_in(town, "shift_leader")
    assert numbers.rows(client.get("/command/cases/?post=crew").content.decode()) == 1
    assert numbers.rows(client.get("/command/cases/?post=department_desk").content.decode()) == 2
    assert numbers.rows(client.get("/command/cases/?post=nobody").content.decode()) == numbers.rows(
        client.get("/command/cases/").content.decode()
    )


def test_my_day_and_what_else_a_caller_told(town: Loop) -> None:
    """The desk's own numbers: what I decided today, and the other reports of the person who reports."""
    first = town.report("acceptor", "public_phone", reporter_phone="13800001234", description="上次的井盖")
    again = town.report("acceptor", "public_phone", reporter_phone="13800001234", description="还是那个井盖")
    client = signed_in(town, "acceptor")
    client.post("/command/desk/take/", {"report": again.pk})
    page = client.get(f"/command/desk/{again.pk}/").content.decode()
    assert "此人另有上报 1 件" in page
    listed = client.get(f"/command/desk/{again.pk}/earlier/").content.decode()
    assert first.number in listed and "13800001234" not in listed and numbers.rows(listed) == 1
    assert signed_in(town, "dispatcher").get(f"/command/desk/{again.pk}/earlier/").status_code == 403
    assert signed_in(town, "dispatcher").get("/command/desk/today/").status_code == 403


def test_the_wall_sees_with_inspectors_and_cameras(town: Loop) -> None:
    """Staff, video (urban-management.md §2.4, subsystem 5); who may not follow people or cameras gets no such layer."""
    page = signed_in(town, "shift_leader").get("/command/wall/").content.decode()
    assert "/tiles/supervision/camera/" in page and "/supervision/cameras/{id}/watch/" in page and "people.geojson" in page
    assert signed_in(town, "shift_leader").get("/command/wall/people.geojson").json()["type"] == "FeatureCollection"
    other = signed_in(town, "acceptor")
    page = other.get("/command/wall/").content.decode()
    assert "/tiles/supervision/camera/" not in page and "people.geojson" not in page
    assert other.get("/command/wall/people.geojson").status_code == 403
