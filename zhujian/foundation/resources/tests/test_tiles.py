"""Vector tiles: grids, versions, thinning, the cache and its staleness, all under scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.cim.models import Building
from zhujian.foundation.identity import testing
from zhujian.foundation.identity.testing import login, make_enterprise, make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources.maps import cache, grids, thinning, tiles
from zhujian.foundation.resources.tests import mvt

WUCHANG, XILING = "420106000000", "420502000000"
LON, LAT = 114.3005, 30.5505
SEEN = {"count": 0}


def address(z: int, lon: float = LON, lat: float = LAT, grid: grids.Grid = grids.WEB, key: str = "cim/building") -> str:
    """Address of the tile of level `z` that holds the place."""
    x, y = place(z, lon, lat, grid)
    middle = "" if grid is grids.WEB else f"{grid.name}/"
    return f"/tiles/{key}/{middle}{z}/{x}/{y}.mvt"


def place(z: int, lon: float, lat: float, grid: grids.Grid) -> tuple[int, int]:
    """Column and row of the tile that holds the place."""
    low, high = 0, (grid.rows << z) - 1
    x = int((lon + 180) / 360 * (grid.columns << z))
    while low < high:  # rows count from the north
        middle = (low + high) // 2
        if lat < grid.bounds(z, x, middle, buffer=0)[1]:
            low = middle + 1
        else:
            high = middle
    return x, low


def square(lon: float, lat: float, size: float) -> str:
    """A square as EWKT."""
    ring = [(lon, lat), (lon + size, lat), (lon + size, lat + size), (lon, lat + size), (lon, lat)]
    return "SRID=4490;MULTIPOLYGON(((" + ",".join(f"{x} {y}" for x, y in ring) + ")))"


@pytest.fixture
def build(db) -> Callable[..., Building]:
    """Makes one building (武昌区 unless told)."""

    def make(
        name: str, lon: float = LON, lat: float = LAT, region: str = WUCHANG, size: float = 0.0003, **values: Any
    ) -> Building:
        SEEN["count"] += 1
        told = {"use": "10", "valid_from": date(2020, 1, 1), "code": f"{SEEN['count']:026d}", "region_code": region, **values}
        with scope.system("test"):
            return Building.objects.create(name=name, outline=square(lon, lat, size), **told)

    return make


@pytest.fixture
def everything_is_kept(monkeypatch) -> None:
    """Keep tiles however fast they were made."""
    monkeypatch.setattr(cache, "WORTH_MS", 0.0)


@pytest.fixture
def official(client, db):
    """A viewer of 武昌区 at the keyboard."""
    login(client, make_official(WUCHANG, roles=("viewer",)))
    return client


def names(answer: Any) -> set[str]:
    """Names of the features in a tile."""
    if answer.status_code == 204:
        return set()
    assert answer.status_code == 200, answer.content
    return {feature.properties["name"] for feature in mvt.layers(answer.content)["building"]}


def tiles_kept(region: str = WUCHANG) -> int:
    """How many tiles an official of the region could be given from the cache."""
    lo, hi = scope.region_range(region)
    with scope.acting(scope.Scope(kind="official", region_lo=lo, region_hi=hi)), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM resources_maptile")
        return cursor.fetchone()[0]


# Grids -------------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 22), st.floats(-179.9, 179.9), st.floats(-84, 84))
def test_a_place_lies_in_its_tile_and_neighbours_meet(z: int, lon: float, lat: float) -> None:
    for grid in grids.GRIDS.values():
        x, y = place(z, lon, lat, grid)
        assert grid.has(z, x, y)
        west, south, east, north = grid.bounds(z, x, y, buffer=0)
        assert west - 1e-9 <= lon <= east + 1e-9 and south - 1e-9 <= lat <= north + 1e-9
        if grid.has(z, x + 1, y + 1):
            after = grid.bounds(z, x + 1, y + 1, buffer=0)
            assert after[0] == pytest.approx(east) and after[3] == pytest.approx(south)


def test_the_cgcs2000_grid_is_two_tiles_wide() -> None:
    assert grids.CGCS2000.bounds(0, 0, 0, buffer=0) == (-180, -90, 0, 90)
    assert grids.CGCS2000.bounds(0, 1, 0, buffer=0) == (0, -90, 180, 90)
    assert not grids.CGCS2000.has(0, 2, 0) and not grids.CGCS2000.has(0, 0, 1) and not grids.CGCS2000.has(23, 0, 0)


@given(st.integers(12, 22), st.floats(-84, 84), st.floats(0, 1))
def test_scaling_degrees_straight_into_a_deep_tile_is_exact_enough(z: int, lat: float, share: float) -> None:
    import math

    _, south, _, north = grids.WEB.bounds(z, *place(z, 114.0, lat, grids.WEB), buffer=0)
    inside = south + share * (north - south)

    def plane(value: float) -> float:
        return math.log(math.tan(math.pi / 4 + math.radians(value) / 2))

    true = (plane(inside) - plane(south)) / (plane(north) - plane(south))
    # China ends at 54° north.
    if abs(lat) <= 55:
        assert abs(true - share) * 4096 < 0.5


@pytest.mark.parametrize("grid", [grids.WEB, grids.CGCS2000])
def test_a_building_stands_where_it_is(official, build, grid) -> None:
    build("甲楼")
    for z in (10, 12, 15, 18):
        data = official.get(address(z, grid=grid)).content
        feature = mvt.layers(data)["building"][0]
        west, south, east, north = grid.bounds(z, *place(z, LON, LAT, grid), buffer=0)
        x, y = feature.parts[0][0]
        lon, lat = west + x / 4096 * (east - west), north - y / 4096 * (north - south)
        assert lon == pytest.approx(LON, abs=0.0004 + (east - west) / 1000) and lat == pytest.approx(
            LAT, abs=0.0004 + (north - south) / 1000
        )


def test_properties_have_their_types(official, build) -> None:
    made = build("甲楼", height_m=30)
    feature = mvt.layers(official.get(address(16)).content)["building"][0]
    assert feature.id == made.pk and feature.properties["name"] == "甲楼" and feature.properties["use"] == "10"
    assert feature.kind == "Polygon"


@pytest.mark.parametrize(
    "path", ["23/0/0", "3/8/0", "3/0/8", "99999999999999999999/1/1", "CGCS2000/0/2/0", "CGCS2000/0/0/1", "CGCS2000/23/0/0"]
)
def test_addresses_beyond_the_grid_are_refused(official, path) -> None:
    answer = official.get(f"/tiles/cim/building/{path}.mvt")
    assert answer.status_code == 422 and answer.json()["code"] == "tiles.address"


@pytest.mark.parametrize(
    "query", ["stat=in_use", "datetime=yesterday", "stage=now", "use=", "within=nothing", "within=%00", "height_m_from=x"]
)
def test_what_a_tile_does_not_understand_is_refused(official, query) -> None:
    answer = official.get(address(15) + "?" + query)
    assert answer.status_code == 422 and answer["Content-Type"].startswith("application/problem+json")


def test_below_the_smallest_zoom_there_is_nothing(official, build) -> None:
    build("甲楼")
    assert official.get(address(3)).status_code == 204


# Versions ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def versions(build) -> None:
    today = timezone.localdate()
    build("旧楼", valid_from=date(2010, 1, 1), valid_to=date(2018, 1, 1))
    build("现楼", valid_from=date(2018, 1, 1))
    build("规划楼", valid_from=today.replace(year=today.year + 1), planned=True)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", {"现楼"}), ("stage=history", {"旧楼"}), ("stage=planned", {"规划楼"}), ("stage=all", {"旧楼", "现楼", "规划楼"}),
        ("datetime=2017-12-31", {"旧楼"}), ("datetime=2018-01-01", {"现楼"}), ("datetime=2017-12-31/2018-01-01", {"旧楼", "现楼"}),
        ("datetime=../2000-01-01", set()), ("datetime=2099-01-01", {"现楼", "规划楼"}), ("datetime=2018-01-01/..", {"现楼", "规划楼"}),
    ],
)  # fmt: skip
def test_time_means_the_same_in_tiles_items_lists_and_api(official, versions, query, wanted) -> None:
    assert names(official.get(address(15) + "?" + query)) == wanted
    items = official.get("/api/v1/cim/building/items.geojson?" + query).json()["features"]
    assert all(item["geometry"].keys() == {"type", "coordinates"} for item in items), "GeoJSON has no crs member (RFC 7946 §4)"
    assert {feature["properties"]["name"] for feature in items} == wanted
    assert {item["name"] for item in official.get("/api/v1/cim/building?" + query).json()["items"]} == wanted
    page = official.get("/r/cim/building/?" + query, headers={"X-Part": "results"}).content.decode()
    assert {name for name in ("旧楼", "现楼", "规划楼") if name in page} == wanted


def test_the_list_offers_the_stages_and_a_record_its_versions(official, build) -> None:
    first = build("旧楼", valid_from=date(2010, 1, 1), valid_to=date(2018, 1, 1))
    second = build("现楼", valid_from=date(2018, 1, 1), feature_id=first.feature_id)
    page = official.get("/r/cim/building/").content.decode()
    assert 'name="stage"' in page and '<option value="present" selected>现状</option>' in page
    page = official.get(f"/r/cim/building/{second.pk}/").content.decode()
    assert "要素版本" in page and f"/r/cim/building/{first.pk}/" in page and "2018-01-01" in page
    one = official.get(f"/api/v1/cim/building/items.geojson?id={first.pk}").json()["features"]
    assert [feature["properties"]["name"] for feature in one] == ["旧楼"]


# Scope and cache ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_county_sees_no_neighbour_also_through_the_cache(client, build, everything_is_kept, monkeypatch) -> None:
    readers = {}
    with transaction.atomic():
        build("武昌的楼")
        build("西陵的楼", region=XILING)  # drawn in the same place on purpose
        for region in (WUCHANG, XILING, "420000000000"):
            readers[region] = make_official(region, roles=("viewer",))
    both = {"武昌的楼", "西陵的楼"}
    for round_ in range(2):
        if round_:  # now everything must come from the cache
            monkeypatch.setattr(tiles, "make", None)
        for region, wanted in ((WUCHANG, {"武昌的楼"}), (XILING, {"西陵的楼"}), ("420000000000", both)):
            with transaction.atomic():
                login(client, readers[region])
            assert names(client.get(address(15))) == wanted


def test_officials_of_a_region_share_a_tile_and_nobody_else_may_read_it(client, build, everything_is_kept) -> None:
    build("甲楼")
    for _ in range(2):
        login(client, make_official(WUCHANG, roles=("viewer",)))
        client.get(address(15))
    assert tiles_kept(WUCHANG) == 1 and tiles_kept(XILING) == 0 and tiles_kept("420000000000") == 0
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM resources_mapchange")


def test_a_firm_has_tiles_of_its_own(client, build, everything_is_kept) -> None:
    account = make_enterprise()
    firm = next(key for key in testing.scope_of(account).keys if key.startswith("org:"))
    build("别人的楼")
    build("自己的楼", parties=[firm])
    login(client, account)
    for _ in range(2):
        assert names(client.get(address(15))) == {"自己的楼"}


def test_a_tag_saves_sending_it_again(official, build, everything_is_kept) -> None:
    build("甲楼")
    first = official.get(address(15))
    assert first["Cache-Control"] == "private, no-cache"
    again = official.get(address(15), headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and not again.content and again["ETag"] == first["ETag"]
    build("乙楼")
    assert official.get(address(15), headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_staleness_follows_commits(client, build, everything_is_kept, monkeypatch, databases) -> None:
    """Two connections: what is not committed is not shown, what is committed is shown at the next request, whatever the order."""
    made: list[int] = []
    real = tiles.make
    monkeypatch.setattr(tiles, "make", lambda *words: made.append(1) or real(*words))

    with transaction.atomic():
        build("甲楼")
        login(client, make_official(WUCHANG, roles=("viewer",)))

    def look() -> tuple[set[str], int]:
        made.clear()
        return names(client.get(address(15))), len(made)

    assert look() == ({"甲楼"}, 1) and look() == ({"甲楼"}, 0)
    params = connection.get_connection_params()
    owner = psycopg.conninfo.conninfo_to_dict(databases.owner_url)
    with (
        psycopg.connect(**{**owner, "dbname": params["dbname"]}) as early,
        psycopg.connect(**{**owner, "dbname": params["dbname"]}) as late,
    ):
        early.execute("UPDATE cim_building SET name = '先改后交'")  # begins first, commits last
        assert look() == ({"甲楼"}, 0)
        late.execute("UPDATE municipal_assets_lamp SET name = name")  # another layer
        late.commit()
        assert look() == ({"甲楼"}, 0)
        late.execute(
            "INSERT INTO cim_building (feature_id, valid_from, planned, region_code, parties, version, created_at, updated_at, code, name, address, use, "
            "structure, floors_below, cim_level, project_code, status, outline, source) SELECT gen_random_uuid(), '2020-01-01', false, '420106000000', "
            "'{}', 1, now(), now(), lpad('77', 26, '0'), '远处', '', '10', '', 0, 1, '', 'in_use', ST_Translate(outline, 1, 0), '' FROM cim_building LIMIT 1"
        )
        late.commit()
        assert look() == ({"甲楼"}, 0), "a change a degree away leaves the tile alone"
        early.commit()
    assert look() == ({"先改后交"}, 1)
    assert look() == ({"先改后交"}, 0)


def test_the_cache_keeps_its_size(official, build, everything_is_kept) -> None:
    build("甲楼")
    for z in (14, 15, 16):
        official.get(address(z))
    assert tiles_kept() == 3
    with scope.system("test"):
        assert cache.prune(1) == 0 and cache.prune(0) == 3
    assert tiles_kept() == 0


# Thinning ----------------------------------------------------------------------------------------------------------------


def test_ranks_are_fair(db) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT zj_rank_of_id(n), count(*) FROM generate_series(1, 65536) n GROUP BY 1")
        found = dict(cursor.fetchall())
        for level in range(1, 7):
            share = sum(count for rank, count in found.items() if rank >= level)
            assert share == pytest.approx(65536 / 4**level, rel=0.15)
        cursor.execute(
            "SELECT zj_rank_of_span(ST_MakeEnvelope(114, 30, 114.1, 30.1, 4490)), zj_rank_of_span(ST_Point(114, 30, 4490))"
        )
        large, point = cursor.fetchone()
        assert large >= 7 and point < 0


def fill(count: int, width: float = 2.0) -> None:
    """`count` buildings on a lattice `width` degrees wide, one of them large."""
    with connection.cursor() as cursor, scope.system("test"):
        cursor.execute(
            "INSERT INTO cim_building (feature_id, valid_from, planned, region_code, parties, version, created_at, updated_at, code, name, address, use, "
            "structure, floors_below, cim_level, project_code, status, outline, source) SELECT gen_random_uuid(), '2020-01-01', false, %s, '{}', 1, now(), "
            "now(), lpad((900000000 + n)::text, 26, '0'), '楼' || n, '', CASE WHEN n %% 3 = 0 THEN '10' ELSE '20' END, '', 0, 1, '', 'in_use', "
            "ST_Multi(ST_MakeEnvelope(x, y, x + 0.0002, y + 0.0002, 4490)), '' FROM (SELECT n, 113 + (n %% w) * %s / w AS x, "
            "30 + (n / w) * %s / w AS y FROM generate_series(0, %s) n, (SELECT ceil(sqrt(%s))::int AS w) s) places",
            [WUCHANG, width, width, count - 1, count],
        )


def test_far_out_a_tile_holds_few_features_that_stand_for_all(official, build) -> None:
    fill(30000)
    large = build("体育场", 113.5, 30.5, size=0.02)
    for z in (6, 7, 8, 9):
        data = official.get(address(z, 113.6, 30.6)).content
        found = mvt.layers(data)["building"]
        assert len(found) <= thinning.BUDGET * 2 and len(data) < 200_000
        if z >= 8:
            assert large.pk in {one.id for one in found}
    z = 6
    stood_for = 0
    for x in (52, 53):
        answer = official.get(f"/tiles/cim/building/{z}/{x}/26.mvt")
        if answer.status_code == 200:
            stood_for += sum(one.properties.get("count", 1) for one in mvt.layers(answer.content)["building"])
    assert stood_for == pytest.approx(30001, rel=0.2)


def test_few_features_are_all_there_with_their_names(official, build) -> None:
    for number in range(5):
        build(f"楼{number}", LON + number * 0.2)
    data = official.get(address(7)).content
    assert sum(one.properties.get("count", 1) for one in mvt.layers(data)["building"]) == 5
    assert all("name" in one.properties for one in mvt.layers(data)["building"])


def test_a_rare_code_is_found_far_out_however_many_others_there_are(official, build) -> None:
    fill(9000)
    rare = build("唯一", 113.7, 30.7, status="building")
    data = official.get(address(7, 113.7, 30.7) + "?status=building").content
    assert [one.id for one in mvt.layers(data)["building"]] == [rare.pk]


def test_the_index_of_ranks_serves_the_query(db) -> None:
    """The condition in the statement must prove the index's own, or far views would read the whole register."""
    column = 't."outline"'
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for level in range(2, 7):
            cursor.execute(
                "EXPLAIN SELECT 1 FROM cim_building t WHERE t.outline && ST_MakeEnvelope(113, 30, 115, 32, 4490) AND "
                + thinning.at_least(column, level, points=False)
            )
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "zj_map_cim_building_" in plan, plan
