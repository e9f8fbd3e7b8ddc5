"""Underground data leaves only a little, or with leave; every taking is marked and kept (urban-rural-construction.md §20c)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, Polygon
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.urban_rural.municipal_assets.models import ReleaseEntry, ReleaseGrant
from zhujian.boards.urban_rural.municipal_assets.rules import releasing as rules
from zhujian.boards.urban_rural.municipal_assets.services import releases
from zhujian.boards.urban_rural.municipal_assets.tests.world import WUCHANG, make
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.testing import login, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources.maps import grids
from zhujian.foundation.workflow.models import Instance
from zhujian.foundation.workflow.testing import complete, task_at

LIMITS = rules.Limits(free_km2=0.05, free_rows=200, most_km2=25, most_days=90)
LIST = "/r/municipal_assets/pipe_line/"
EXPORT = LIST + "export/"
WIDE = (114.305, 30.515, 114.34, 30.545)


@given(area=st.floats(0, 1), rows=st.integers(0, 400), taken=st.integers(0, 400))
def test_little_is_free_and_small_pieces_add_up(area: float, rows: int, taken: int) -> None:
    assert rules.free(area, rows, taken, LIMITS) is (area <= 0.05 and rows + taken <= 200)


def test_an_application_says_what_is_wrong() -> None:
    day = date(2026, 3, 1)
    good = {
        "area_km2": 1.0,
        "start": day,
        "end": date(2026, 5, 29),
        "today": day,
        "purpose": "雨水管改造工程设计",
        "limits": LIMITS,
    }
    assert rules.application_reasons(**good) == []  # 90 days, both ends counted
    for change, code in (
        ({"end": date(2026, 5, 30)}, "release.days"), ({"end": date(2026, 2, 1)}, "release.days"), ({"area_km2": 25.1}, "release.area"),
        ({"area_km2": 0.0}, "release.area"), ({"purpose": "工作 需要"}, "release.purpose"), ({"today": date(2027, 1, 1)}, "release.past"),
    ):  # fmt: skip
        assert code in [reason.code for reason in rules.application_reasons(**{**good, **change})]


def test_nobody_decides_on_their_own_and_two_people_decide() -> None:
    assert rules.decider_reasons(3, 3, None)[0].code == "release.own" and rules.decider_reasons(4, 3, 4)[0].code == "release.same"
    assert rules.decider_reasons(5, 3, 4) == [] and rules.decider_reasons(None, 3, None)


@pytest.fixture
def desk(db: None) -> Iterator[dict[str, Any]]:
    """Pipes along two kilometres; a data administrator who wants them, a reviewer and an approver."""
    for n in range(12):
        x = 114.31 + n * 0.002
        make("PipeLine", code=f"P{n}", kind="YS", geom=LineString((x, 30.5312345), (x + 0.0018, 30.5312345), srid=4490))
    yield {
        "who": make_official(WUCHANG, roles=("data_admin",), name="钱数据"), "reviewer": make_official(WUCHANG, roles=("reviewer",), name="孙审查"),
        "approver": make_official(WUCHANG, roles=("approver",), name="李批准"),
    }  # fmt: skip


def applied(who: Account, **changes: Any) -> ReleaseGrant:
    today = timezone.localdate()
    given = {
        "purpose": "光谷三路雨水管改造工程设计", "recipient": "某设计院", "registers": ["pipe_line"], "area": Polygon.from_bbox(WIDE),
        "start": today, "end": today + timedelta(days=30), "precision": "metre", "region_code": WUCHANG, **changes,
    }  # fmt: skip
    given["area"].srid = 4490
    with scope.acting(scope_of(who)):
        return releases.do_apply(**given)


def granted(desk: dict[str, Any], precision: str = "metre", **changes: Any) -> ReleaseGrant:
    grant = applied(desk["who"], **changes)
    with scope.system("test"):
        instance = Instance.objects.get(subject=grant.subject)
    complete(desk["reviewer"], task_at(instance, "review"), "pass")
    complete(desk["approver"], task_at(instance, "approve"), "pass", precision=precision, valid_to=grant.valid_to)
    with scope.system("test"):
        return ReleaseGrant.objects.get(pk=grant.pk)


def entries() -> list[ReleaseEntry]:
    with scope.system("test"):
        return list(ReleaseEntry.objects.order_by("id"))


@pytest.mark.django_db
def test_a_wide_export_is_refused_with_the_way_to_ask(desk: dict[str, Any], client: Client) -> None:
    login(client, desk["who"])
    answer = client.get(EXPORT)
    page = answer.content.decode()
    assert (
        answer.status_code == 403 and "涉密的地下管线资料" in page and "releases/new/?registers=pipe_line&amp;area=114.31" in page
    )
    for address in (
        "/api/v1/municipal_assets/pipe_line",
        "/api/v1/municipal_assets/pipe_line/items.geojson",
        "/ogc/collections/municipal_assets.pipe_line/items?f=json",
    ):
        told = client.get(address)
        assert told.status_code == 403, address
        assert told.json()["code"] == "release.needed" and told.json()["link"]["href"].startswith(
            "/municipal-assets/releases/new/"
        )
    assert entries() == [] and client.get(LIST).status_code == 200  # looking is no release
    form = client.get("/municipal-assets/releases/new/?registers=pipe_line&area=114.31,30.53,114.33,30.54").content.decode()
    assert "114.31,30.53,114.33,30.54" in form and "0.05 平方公里" in form


@pytest.mark.django_db
def test_a_small_place_is_free_coarsened_marked_and_kept_until_the_day_is_used_up(
    desk: dict[str, Any], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    login(client, desk["who"])
    answer = client.get(EXPORT + "?q=P1&format=geojson")  # P1, P10, P11: two kilometres apart
    assert answer.status_code == 403
    answer = client.get(EXPORT + "?q=P3&format=geojson")
    made = json.loads(answer.content)
    assert answer.status_code == 200 and answer["X-Release"] == entries()[0].number and answer["X-Release"] in made["notice"]
    for x, y in made["features"][0]["geometry"]["coordinates"]:
        assert (round(x, 5), round(y, 5)) == (x, y) and y == 30.53123  # about a metre, not the surveyed 30.5312345
    rows = list(csv.reader(io.StringIO(client.get(EXPORT + "?q=P3&format=csv").content.decode("utf-8-sig"))))
    assert rows[0][-1] == "资料标记" and "钱数据" in rows[1][-1] and "未经审批" in rows[1][-1]
    assert [(one.rows, one.way, one.form, one.grant_id) for one in entries()] == [
        (1, "export", "geojson", None),
        (1, "export", "csv", None),
    ]
    with scope.system("test"):
        assert Entry.objects.filter(object_id__startswith="municipal_assets.release_entry:").count() == 2
    monkeypatch.setattr(releases, "limits", lambda region: rules.Limits(0.05, 2, 25, 90))
    told = client.get(EXPORT + "?q=P4")
    assert told.status_code == 403 and "今天已领取 2 条" in told.content.decode()


@pytest.mark.django_db
def test_with_leave_it_goes_out_as_exact_as_approved_within_area_and_time(desk: dict[str, Any], client: Client) -> None:
    grant = granted(desk, precision="full")
    assert (grant.state, grant.reviewer_name, grant.approver_name) == ("approved", "孙审查", "李批准")
    login(client, desk["who"])
    made = json.loads(client.get(EXPORT + "?format=geojson").content)
    assert len(made["features"]) == 12 and made["features"][0]["geometry"]["coordinates"][0][1] == 30.5312345
    assert grant.number in made["notice"]
    features = client.get("/ogc/collections/municipal_assets.pipe_line/items?f=json&limit=5").json()["features"]
    assert len(features) == 5 and len(client.get("/api/v1/municipal_assets/pipe_line?limit=3").json()["items"]) == 3
    assert [one.rows for one in entries()] == [12, 5, 3] and all(one.grant_id == grant.pk for one in entries())
    assert "12" in client.get(f"/municipal-assets/releases/{grant.pk}/").content.decode()
    # Another register, another person, another day: no leave.
    other = Client()
    login(other, make_official(WUCHANG, roles=("data_admin",), name="别人"))
    assert other.get(EXPORT).status_code == 403
    with scope.system("test"):
        ReleaseGrant.objects.update(valid_from=date(2020, 1, 1), valid_to=timezone.localdate() - timedelta(days=1))
    assert client.get(EXPORT).status_code == 403


@pytest.mark.django_db
def test_leave_for_one_street_is_none_for_the_town(desk: dict[str, Any], client: Client) -> None:
    granted(desk, area=Polygon.from_bbox((114.309, 30.53, 114.315, 30.533)))
    login(client, desk["who"])
    assert client.get(EXPORT).status_code == 403
    assert client.get(EXPORT + "?q=P1&format=csv").status_code == 403  # P11 lies outside
    assert client.get(EXPORT + "?q=P2&format=csv").status_code == 200


@pytest.mark.django_db
def test_the_process_keeps_people_apart_and_says_why_not(desk: dict[str, Any]) -> None:
    both = make_official(WUCHANG, roles=("reviewer", "approver"), name="两手")
    grant = applied(both)
    with scope.system("test"):
        instance = Instance.objects.get(subject=grant.subject)
    with pytest.raises(Refusal, match="自己的申请"):
        complete(both, task_at(instance, "review"), "pass")
    with pytest.raises(Refusal, match="理由"):
        complete(desk["reviewer"], task_at(instance, "review"), "reject")
    complete(desk["reviewer"], task_at(instance, "review"), "pass")
    approve = task_at(instance, "approve")
    with pytest.raises(Refusal, match="截止日期"):
        complete(desk["approver"], approve, "pass", precision="full", valid_to=grant.valid_to + timedelta(days=1))
    complete(desk["approver"], approve, "reject", comment="范围过大")
    with scope.system("test"):
        done = ReleaseGrant.objects.get()
        assert (done.state, done.opinion) == ("refused", "范围过大")


@pytest.mark.django_db
def test_a_program_needs_leave_for_tiles_a_page_does_not(desk: dict[str, Any], client: Client) -> None:
    import math

    n = 2**14
    x, y = int((114.32 + 180) / 360 * n), int((1 - math.asinh(math.tan(math.radians(30.531))) / math.pi) / 2 * n)
    address = f"/tiles/municipal_assets/pipe_line/14/{x}/{y}.mvt"
    login(client, desk["who"])
    assert client.get(address).status_code == 200 and entries() == []
    from zhujian.foundation.identity.selectors import posts_of
    from zhujian.foundation.identity.services import tokens

    with scope.acting(scope_of(desk["who"])):
        secret = tokens.do_create(desk["who"], posts_of(desk["who"])[0], "QGIS", timezone.localdate() + timedelta(days=10))
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    told = program.get(address)
    assert told.status_code == 403 and told.json()["code"] == "release.needed"
    assert program.get("/tiles/municipal_assets/road/14/1/1.mvt").status_code == 204  # roads are no secret
    west, south, east, north = grids.WEB.bounds(14, x, y, buffer=0)
    granted(desk, area=Polygon.from_bbox((west, south, east, north)))
    assert program.get(address).status_code == 200 and program.get(address).status_code == 200
    assert [(one.way, one.rows) for one in entries()] == [("tiles", 0)]


@pytest.mark.django_db
def test_the_neighbour_sees_neither_application_nor_ledger(desk: dict[str, Any], client: Client) -> None:
    grant = granted(desk)
    login(client, desk["who"])
    client.get(EXPORT + "?format=csv")
    assert len(entries()) == 1
    with scope.acting(scope_of(make_official("420111000000", roles=("reviewer",)))):
        assert not ReleaseGrant.objects.exists() and not ReleaseEntry.objects.exists()
    login(client, make_official("420111000000", roles=("reviewer",)))
    assert client.get(f"/municipal-assets/releases/{grant.pk}/").status_code == 404
