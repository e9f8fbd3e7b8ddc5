"""地理编码 as a page: what an address and a point give, and what a slip gives."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.gis.geos import Point, Polygon
from django.test import Client

from zhujian.boards.city_management.digital_city.models import Grid, Place
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db
COMMUNITY = "420106001001"


@pytest.fixture
def client(db) -> Client:
    shape = Polygon.from_bbox((114.3, 30.5, 114.301, 30.501))
    shape.srid = 4490
    with scope.system("test"):
        common = {"region_code": COMMUNITY, "valid_from": date(2021, 1, 1)}
        Grid.objects.create(code=COMMUNITY + "001", community=COMMUNITY, boundary=shape, area_m2=10_600, **common)
        Place.objects.create(
            name="测试大厦",
            kind="door",
            address="武昌区测试路18号",
            location=Point(114.3005, 30.5005, srid=4490),
            grid_code=COMMUNITY + "001",
            **common,
        )
    browser = Client()
    login(browser, make_official("420106000000", "UMS", ["acceptor"]))
    return browser


def test_an_address_gives_candidates_with_their_level(client: Client) -> None:
    page = client.get("/digital-city/geocode/", {"q": "测试路18号"}).content.decode()
    assert "武昌区测试路18号" in page and "门牌" in page and COMMUNITY + "001" in page
    found = client.get("/digital-city/geocode/", {"q": "测试路18号", "format": "json"}).json()
    assert found["candidates"][0]["level"] == "door" and found["point"] is None
    points = client.get("/digital-city/geocode/points.geojson", {"q": "测试路18号"}).json()["features"]
    assert points[0]["geometry"]["coordinates"] == [114.3005, 30.5005] and "/points.geojson?q=" in page


def test_a_point_gives_the_nearest_address_and_the_grid(client: Client) -> None:
    found = client.get("/digital-city/geocode/", {"lon": "114.3006", "lat": "30.5005", "format": "json"}).json()["point"]
    assert (found["address"], found["grid"]) == ("武昌区测试路18号", COMMUNITY + "001") and 5 < found["metres"] < 15


@pytest.mark.parametrize("lon, lat", [("abc", "30"), ("114", ""), ("999", "30"), ("nan", "30"), ("114", "1e9")])
def test_a_slip_is_said(client: Client, lon: str, lat: str) -> None:
    answer = client.get("/digital-city/geocode/", {"lon": lon, "lat": lat})
    assert answer.status_code == 200 and "请填写经纬度" in answer.content.decode()
