"""Composite grids: made of adjacent unit grids on the page, follow their splitting and merging, are staffed and ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.gis.geos import Polygon
from django.utils import timezone

from zhujian.boards.city_management.digital_city import services
from zhujian.boards.city_management.digital_city.models import CompositeGrid, Grid
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import memory, scope
from zhujian.foundation.kernel.errors import Refusal

pytestmark = pytest.mark.django_db
COUNTY, COMMUNITY = "420106000000", "420106001001"
TODAY = timezone.localdate()
BEFORE = TODAY - timedelta(days=100)


def square(column: float, width: float = 1) -> Polygon:
    shape = Polygon.from_bbox((114.3 + column * 0.001, 30.5, 114.3 + (column + width) * 0.001, 30.501))
    shape.srid = 4490
    return shape


@pytest.fixture
def grids(db) -> list[Grid]:
    with scope.system("test"):
        return [services.do_register(COMMUNITY, square(column), BEFORE) for column in range(4)]


def test_a_composite_follows_the_splitting_and_merging_of_its_grids(grids) -> None:
    with scope.system("test"):
        beat = services.do_compose("duty", "D1", "一号责任网格", [grids[0].code, grids[1].code], BEFORE)
        services.do_compose("duty", "D2", "二号责任网格", [grids[2].code, grids[3].code], BEFORE)
        parts = services.do_split(grids[0], [square(0, 0.5), square(0.5, 0.5)], TODAY, grids[0].version)
        beat.refresh_from_db()
        assert beat.grids == sorted([*(one.code for one in parts), grids[1].code]), (
            "no beat without its grids, no grid without its beat"
        )
        with pytest.raises(Refusal, match="归属不清"):
            services.do_merge([grids[1], grids[2]], TODAY)
        made = services.do_merge([parts[1], grids[1]], TODAY + timedelta(days=1))
        beat.refresh_from_db()
        assert beat.grids == sorted([parts[0].code, made.code])


def test_an_official_makes_staffs_and_ends_a_beat(client, grids) -> None:
    inspector = make_official(COUNTY, "UMS", ("inspector",), name="李巡查")
    other = make_official("420102000000", "UMS", ("inspector",), name="外区监督员")
    memory.forget()
    login(client, make_official(COUNTY, "UMS", ("shift_leader",)))
    form = {"kind": "duty", "code": "D-01", "name": "一号责任网格", "region_code": COUNTY, "valid_from": str(BEFORE)}
    apart = client.post("/r/digital_city/composite_grid/new/", {**form, "grids": f"{grids[0].code}、{grids[2].code}"})
    assert apart.status_code == 422 and "不相邻" in apart.content.decode()
    assert (
        client.post("/r/digital_city/composite_grid/new/", {**form, "grids": f"{grids[0].code}、{grids[1].code}"}).status_code
        == 302
    )
    with scope.system("test"):
        beat = CompositeGrid.objects.get(code="D-01")
    address = f"/digital-city/composites/{beat.pk}/"
    assert "李巡查" in client.get(address).content.decode()
    wrong = client.post(address, {"act": "staff", "holders": [other.pk], "version": beat.version})
    assert wrong.status_code == 422 and "本监督中心" in wrong.content.decode()
    assert client.post(address, {"act": "staff", "holders": [inspector.pk], "version": beat.version}).status_code == 302
    assert client.post(address, {"act": "end", "on": "soon", "version": beat.version + 1}).status_code == 422
    assert client.post(address, {"act": "end", "on": str(TODAY), "version": beat.version}).status_code == 422, "a stale page"
    assert client.post(address, {"act": "end", "on": str(TODAY), "version": beat.version + 1}).status_code == 302
    with scope.system("test"):
        beat.refresh_from_db()
        assert (beat.holders, beat.valid_to) == ([inspector.pk], TODAY)
        services.do_compose("duty", "D-02", "新一号", [grids[0].code], TODAY)
    login(client, make_official(COUNTY, "UMS", ("acceptor",)))
    assert client.get(address).status_code == 403
