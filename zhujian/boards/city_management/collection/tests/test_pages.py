"""Officials' pages over the demo: who is on duty, coverage by beat, the track of a shift, roster and plans."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from tests import axe
from tests.browser import PHONE, picture
from zhujian.boards.city_management.collection import demo, selectors
from zhujian.boards.city_management.collection.models import Duty, Shift
from zhujian.boards.city_management.collection.tests import world
from zhujian.boards.city_management.digital_city.models import CompositeGrid, Grid
from zhujian.foundation.identity.models import Account, Post
from zhujian.foundation.identity.testing import login, make_official, make_organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources.testing import assert_queries

ROSTER = "/r/collection/duty/"


def people() -> None:
    """The demo's three inspectors and the grids of two blocks of its district."""
    office = make_organisation(world.COUNTY, "UMS", name="武汉市洪山区城市管理监督中心", kind="institution")
    for username, name in zip(demo.LOGINS, ("张巡", "王巡", "李巡"), strict=True):
        who = Account.objects.create_user(username, name=name, kind="official")
        Post.objects.create(
            account=who, organisation=office, title="监督员", roles=["inspector", "viewer"], valid_from=world.SINCE
        )
    Grid.objects.bulk_create(
        Grid(
            code=f"{world.COMMUNITY}{row * 18 + column + 1:03d}", community=world.COMMUNITY, region_code=world.COMMUNITY,
            boundary=world.cell(column, row), area_m2=10_000, valid_from=world.SINCE, level=str(row % 3 + 1),
        )
        for row in range(6) for column in range(18)
    )  # fmt: skip


@pytest.fixture
def filled(db: None) -> str:
    with scope.system("测试"):
        people()
        return demo.load()


@pytest.fixture
def leader(filled: str) -> Client:
    client = Client()
    login(client, make_official(world.COUNTY, "UMS", roles=("shift_leader",), name="值班长测试"))
    return client


def test_the_demo_has_beats_a_roster_and_people_on_duty(filled: str) -> None:
    assert filled == "3 个责任网格、21 条排班、12 个班次"
    with scope.system("测试"):
        shifts = list(Shift.objects.order_by("pk"))
        assert all(0 < one.coverage <= 100 for one in shifts) and sum(one.dropped_points for one in shifts) > 5
        assert [one.gap_count for one in shifts if one.gap_count] == [1] and all(one.walked_m > 1000 for one in shifts)
        assert len(selectors.on_duty(world.COUNTY)) == 3
        assert {beat.holders[0] for beat in CompositeGrid.objects.all()} == {one.inspector_id for one in shifts}
        done = selectors.coverage(world.COUNTY, timezone.localdate(), timezone.localdate())
        assert done.planned == sum(one.planned_count for one in shifts if one.day == timezone.localdate())


def test_the_page_of_patrols_and_its_layers(leader: Client) -> None:
    with assert_queries(40):
        page = leader.get("/collection/patrol/")
    text = page.content.decode()
    assert "张巡" in text and "关东街道第1责任网格" in text
    beats = leader.get("/collection/patrol/beats.geojson").json()["features"]
    assert len(beats) == 3 and all(one["properties"]["grade"] != "当天没有班次" for one in beats)
    assert len(leader.get("/collection/patrol/people.geojson").json()["features"]) == 3
    earlier = leader.get("/collection/patrol/?day=2024-01-01").content.decode()
    assert "没有班次" in earlier and "—" in earlier
    assert leader.get("/collection/patrol/?day=2020-13-01").status_code == 422


def test_the_track_of_a_shift(leader: Client) -> None:
    with scope.system("测试"):
        shift = Shift.objects.filter(ended_at__isnull=False).first()
    assert shift is not None
    page = leader.get(f"/collection/shifts/{shift.pk}/").content.decode()
    assert f"已巡 {shift.visited_count} ÷ 应巡 {shift.planned_count}" in page and "定位误差过大" in page
    (line, last) = leader.get(f"/collection/shifts/{shift.pk}/track.geojson").json()["features"]
    assert line["geometry"]["type"] == "LineString" and last["properties"]["kind"] == "最近位置"
    grids = leader.get(f"/collection/shifts/{shift.pk}/grids.geojson").json()["features"]
    assert sum(one["properties"]["state"] == "已巡" for one in grids) >= shift.visited_count and len(grids) == 36


def test_another_county_sees_nothing(leader: Client) -> None:
    with scope.system("测试"):
        shift = Shift.objects.first()
    client = Client()
    login(client, make_official("420106000000", "UMS", roles=("shift_leader",)))
    assert shift is not None and client.get(f"/collection/shifts/{shift.pk}/").status_code == 404
    assert client.get(f"/collection/shifts/{shift.pk}/track.geojson").status_code == 404
    assert "张巡" not in client.get("/collection/patrol/").content.decode()
    with scope.system("测试"):
        login(client, Account.objects.get(username=demo.LOGINS[1]))
    for path in (f"/collection/shifts/{shift.pk}/", f"/collection/shifts/{shift.pk}/track.geojson", "/r/collection/shift/"):
        assert client.get(path).status_code == 403  # where a colleague went is for those who supervise


def test_the_roster_is_kept_by_the_shift_leader(leader: Client) -> None:
    listed = leader.get(ROSTER).content.decode()
    assert "张巡" in listed
    with scope.system("测试"):
        beat = CompositeGrid.objects.get(code="420111080-Z01")
        who = Account.objects.get(username=demo.LOGINS[1])
        other = CompositeGrid.objects.create(
            kind="evaluation", code="E1", name="评价", grids=beat.grids[:1], boundary=beat.boundary, region_code=world.COUNTY, valid_from=world.SINCE
        )  # fmt: skip
    form = {
        "day": "2027-03-01",
        "inspector": f"#{who.pk}",
        "beat": f"#{beat.pk}",
        "starts": "18:00",
        "ends": "22:00",
        "region_code": world.COUNTY,
        "version": "1",
    }
    assert leader.post(ROSTER + "new/", {**form, "beat": f"#{other.pk}"}).status_code == 422
    assert "跨零点" in leader.post(ROSTER + "new/", {**form, "ends": "06:00"}).content.decode()
    page = leader.get(ROSTER + "new/").content.decode()
    assert "王巡" in page and "值班长测试</option>" not in page  # only inspectors may be chosen
    leader_id = leader.session["_auth_user_id"]
    assert leader.post(ROSTER + "new/", {**form, "inspector": f"#{leader_id}"}).status_code == 422
    answer = leader.post(ROSTER + "new/", form)
    assert answer.status_code in (302, 303), answer.content.decode()[-3000:]
    with scope.system("测试"):
        assert Duty.objects.filter(day="2027-03-01").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_pages_in_a_browser(live: str, new_page: Any) -> None:
    with transaction.atomic(), scope.system("测试"):
        people()
        demo.load()
        leader = make_official(world.COUNTY, "UMS", roles=("shift_leader",), name="值班长")
        shift = Shift.objects.filter(ended_at__isnull=False).first()
    assert shift is not None
    for size, name in ((None, "wide"), (PHONE, "phone")):
        page = new_page(size, account=leader) if size else new_page(account=leader)
        for path, what in (("/collection/patrol/", "patrol"), (f"/collection/shifts/{shift.pk}/", "track")):
            page.goto(path)
            page.wait_for_selector(".map[data-ready]")
            page.wait_for_timeout(500)
            picture(page, f"collection-{what}-{name}", full=True)
            axe.check(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
