"""Statistics of a drawn shape and lists filtered by one: right numbers, own shapes only, every bad shape refused with a sentence."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhujian.foundation.identity.testing import login, make_enterprise, make_official
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources.maps import drawn
from zhujian.foundation.resources.tests.test_tiles import LAT, LON, WUCHANG, XILING, build  # noqa: F401

BOX = [
    [LON - 0.01, LAT - 0.01],
    [LON + 0.01, LAT - 0.01],
    [LON + 0.01, LAT + 0.01],
    [LON - 0.01, LAT + 0.01],
    [LON - 0.01, LAT - 0.01],
]


def ask(client: Any, ring: Any = BOX, layers: Any = ("cim.building",), **more: Any) -> Any:
    """Send one question."""
    body = {"layers": list(layers), "shape": {"type": "Polygon", "coordinates": [ring]}, **more}
    return client.post("/tiles/statistics", json.dumps(body), content_type="application/json")


@pytest.fixture
def official(client, db):
    """A viewer of 武昌区 at the keyboard."""
    login(client, make_official(WUCHANG, roles=("viewer",)))
    return client


def test_counts_groups_sums_and_the_list_agree(official, build) -> None:  # noqa: F811
    build("甲", use="10", area_m2="100.50")
    build("乙", use="10", area_m2="200")
    build("丙", use="20")
    build("外面", LON + 0.5, use="20", area_m2="999")
    build("邻区", region=XILING, area_m2="5000")
    build("拆了", valid_to=date(2022, 1, 1), area_m2="7")
    answer = ask(official).json()
    found = answer["layers"]["cim.building"]
    assert found["count"] == 3 and found["sums"] == {"area_m2": 300.5}
    assert [(one["code"], one["count"]) for one in found["groups"]] == [("10", 2), ("20", 1)]
    assert all(one["label"] and one["label"] != one["code"] for one in found["groups"])
    assert answer["area_m2"] == pytest.approx(1919 * 2217, rel=0.01) and answer["repaired"] is False
    page = official.get(found["list"]).content.decode()
    assert (
        "地图上画的范围" in page
        and all(name in page for name in ("甲", "乙", "丙"))
        and "外面" not in page
        and "拆了" not in page
    )
    token = answer["within"]
    listed = official.get(f"/api/v1/cim/building?within={token}").json()["items"]
    assert {one["name"] for one in listed} == {"甲", "乙", "丙"}
    then = ask(official, datetime="2021-12-31").json()["layers"]["cim.building"]
    assert then["count"] == 4 and then["sums"] == {"area_m2": 307.5} and "datetime=2021-12-31" in then["list"]


def test_a_shape_is_its_drawers_own(official, client, build) -> None:  # noqa: F811
    build("甲")
    token = ask(official).json()["within"]
    login(client, make_official(WUCHANG, roles=("viewer",)))
    answer = client.get(f"/api/v1/cim/building?within={token}")
    assert answer.status_code == 422 and answer.json()["code"] == "filter.within"
    assert "已失效" in client.get(f"/r/cim/building/?within={token}").content.decode()


def test_a_visitor_counts_what_is_public_and_keeps_nothing(client, db) -> None:
    found = ask(client, layers=["regions.boundary"]).json()
    assert (
        found["layers"]["regions.boundary"]["count"] >= 1
        and found["within"] is None
        and found["layers"]["regions.boundary"]["list"] == ""
    )
    assert ask(client).status_code == 403
    login(client, make_enterprise())
    assert ask(client).json()["layers"]["cim.building"]["count"] == 0


def test_a_bow_tie_is_undone(official, build) -> None:  # noqa: F811
    build("左", LON - 0.009, LAT)
    build("上", LON, LAT + 0.009)
    tie = [
        [LON - 0.01, LAT - 0.01],
        [LON - 0.01, LAT + 0.01],
        [LON + 0.01, LAT - 0.01],
        [LON + 0.01, LAT + 0.01],
        [LON - 0.01, LAT - 0.01],
    ]
    answer = ask(official, tie).json()
    assert answer["repaired"] is True and answer["layers"]["cim.building"]["count"] == 1


@pytest.mark.parametrize(
    ("ring", "code"),
    [
        ([], "shape.coordinates"), (BOX[:3], "shape.coordinates"), (BOX[:4], "shape.coordinates"), ("x", "shape.coordinates"),
        ([[1, 2]] * 4, "shape.range"), ([["a", "b"]] * 5, "shape.coordinates"), ([[LON, LAT]] * 5, "shape.empty"),
        ([[LON, LAT], [LON + 1, LAT], [LON + 2, LAT], [LON, LAT]], "shape.empty"), ([[True, False]] * 4, "shape.coordinates"),
        ([[LON + i * 1e-6, LAT] for i in range(6000)], "shape.coordinates"), ([[30, 114]] * 4, "shape.range"),
    ],
)  # fmt: skip
def test_what_is_no_area_is_refused(official, ring, code) -> None:
    answer = ask(official, ring)
    assert answer.status_code == 422 and answer.json()["code"] == code and answer.json()["title"].endswith("。")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("[]", "statistics.json"), ("{", "statistics.json"), ("{}", "statistics.layers"), ('{"layers": ["x.y"]}', "statistics.layer"),
        ('{"layers": ["cim.building"]}', "shape.type"), ('{"layers": ["cim.building"], "shape": {"type": "Point", "coordinates": [1, 2]}}', "shape.type"),
        ('{"layers": ["cim.link"]}', "statistics.layer"), ('{"layers": "cim.building"}', "statistics.layers"), ('{"layers": [1]}', "statistics.layers"),
    ],
)  # fmt: skip
def test_bad_bodies_are_refused(official, body, code) -> None:
    answer = official.post("/tiles/statistics", body, content_type="application/json")
    assert answer.status_code == 422 and answer.json()["code"] == code
    assert official.post("/tiles/statistics", {"layers": "x"}).status_code == 422
    assert official.get("/tiles/statistics").status_code == 405


def test_wrong_times_are_refused(official) -> None:
    assert ask(official, datetime="morning").json()["code"] == "filter.datetime"
    assert ask(official, stage=7).status_code == 422


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)
near = st.lists(st.tuples(st.floats(110, 118), st.floats(28, 33)).map(list), min_size=3, max_size=12).map(
    lambda ring: [*ring, ring[0]]
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    anything
    | st.builds(lambda rings: {"type": "Polygon", "coordinates": rings}, anything | st.lists(near, min_size=1, max_size=3))
)
def test_any_shape_is_made_sound_or_refused(raw: Any) -> None:
    try:
        made, _ = drawn.read(raw)
    except Refusal as refusal:
        assert refusal.code.startswith("shape.") and refusal.message.endswith("。")
    else:
        assert made.is_valid and made.area > 0
