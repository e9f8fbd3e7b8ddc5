"""Pages of the base data as officials use them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.gis.geos import Polygon
from django.utils import timezone

from zhujian.boards.city_management.digital_city import services
from zhujian.boards.city_management.digital_city.models import Grid
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db
COMMUNITY = "420106001001"
BEFORE = timezone.localdate() - timedelta(days=100)


def square(x: float, y: float, size: float = 0.001) -> Polygon:
    shape = Polygon.from_bbox((x, y, x + size, y + size))
    shape.srid = 4490
    return shape


@pytest.fixture
def city(db):
    with scope.system("test"):
        west = services.do_register(COMMUNITY, square(114.3, 30.5), BEFORE)
        east = services.do_register(COMMUNITY, square(114.301, 30.5), BEFORE)
    return west, east


@pytest.fixture
def clerk(client, city):
    login(client, make_official("420106000000", roles=("data_admin",)))
    return client


def test_a_partition_is_checked_where_one_works(clerk, city) -> None:
    assert "2个现状网格互不重叠" in clerk.get("/digital-city/partition/").content.decode()
    with scope.system("test"):
        Grid.objects.filter(pk=city[1].pk).update(boundary=square(114.3005, 30.5))
    page = clerk.get("/digital-city/partition/?region_code=420106001000").content.decode()
    assert "1处重叠" in page and city[0].code in page
    [fault] = clerk.get("/digital-city/partition.geojson").json()["features"]
    assert fault["properties"]["pair"] == f"{city[0].code} / {city[1].code}"
    # Asking for another county answers for one's own.
    assert "武昌区" in clerk.get("/digital-city/partition/?region_code=420102000000").content.decode()


def test_a_grid_is_split_along_a_line(clerk, city) -> None:
    west, _ = city
    address = f"/digital-city/grids/{west.pk}/split/"
    assert clerk.get(address).status_code == 200
    on = str(timezone.localdate())
    short = clerk.post(address, {"line": "114.3001,30.5002\n114.3005,30.5008", "on": on, "version": west.version})
    assert short.status_code == 422 and "没有穿过网格" in short.content.decode()
    for wrong in ("", "abc", "1,2", '{"type": "Point", "coordinates": [1, 2]}', '{"type": "LineString"}'):
        assert clerk.post(address, {"line": wrong, "on": on, "version": west.version}).status_code == 422
    assert (
        clerk.post(address, {"line": "114.3005,30.49\n114.3005,30.51", "on": "soon", "version": west.version}).status_code == 422
    )
    stale = clerk.post(address, {"line": "114.3005,30.49\n114.3005,30.51", "on": on, "version": 99})
    assert stale.status_code == 422
    done = clerk.post(address, {"line": "114.3005,30.49\n114.3005,30.51", "on": on, "version": west.version})
    assert done.status_code == 302
    with scope.system("test"):
        west.refresh_from_db()
        parts = list(Grid.objects.filter(code__in=west.replaced_by).order_by("code"))
        assert west.valid_to == timezone.localdate() and [one.code[-3:] for one in parts] == ["003", "004"]
        assert parts[0].boundary.centroid.x < parts[1].boundary.centroid.x  # numbered from west to east
    assert clerk.get(address).status_code == 200


def test_neighbours_are_merged_and_strangers_are_not(clerk, city) -> None:
    west, east = city
    on = str(timezone.localdate())
    assert clerk.get("/digital-city/grids/merge/").status_code == 200
    assert clerk.post("/digital-city/grids/merge/", {"codes": west.code, "on": on}).status_code == 422
    unknown = clerk.post("/digital-city/grids/merge/", {"codes": f"{west.code} 420106001001999", "on": on})
    assert "没有找到网格420106001001999" in unknown.content.decode()
    with scope.system("test"):
        far = services.do_register(COMMUNITY, square(114.32, 30.5), BEFORE)
    assert clerk.post("/digital-city/grids/merge/", {"codes": f"{west.code} {far.code}", "on": on}).status_code == 422
    done = clerk.post("/digital-city/grids/merge/", {"codes": f"{west.code}，{east.code}", "on": on})
    assert done.status_code == 302
    with scope.system("test"):
        made = Grid.objects.get(valid_to=None, code__endswith="004")
        assert made.area_m2 == pytest.approx(west.area_m2 + east.area_m2, abs=2)


def test_a_viewer_may_look_and_not_change(client, city) -> None:
    login(client, make_official("420106000000", roles=("viewer",)))
    assert client.get("/digital-city/partition/").status_code == 200
    assert client.post("/digital-city/grids/merge/", {}).status_code == 403
    assert client.get(f"/digital-city/grids/{city[0].pk}/split/").status_code == 403
    login(client, make_official("420102000000", roles=("data_admin",)))
    assert client.get(f"/digital-city/grids/{city[0].pk}/split/").status_code == 404
