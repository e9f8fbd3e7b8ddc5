"""Geocoding and responsible bodies (urban-management.md §1.2, §1.3, pitfalls 9 and 20)."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.gis.geos import Point, Polygon
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.digital_city import services
from zhujian.boards.city_management.digital_city.models import Place, Responsibility
from zhujian.boards.city_management.digital_city.rules import addresses, responsibility
from zhujian.boards.city_management.digital_city.rules.responsibility import Duty
from zhujian.boards.city_management.digital_city.selectors import duties, places
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.identity.testing import make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.regions import reference as regions

START = date(2026, 1, 1)
GRID = "420111001001001"


@pytest.mark.parametrize(
    ("text", "street", "number", "rest"),
    [
        ("湖北省武汉市洪山区珞喻路1037号", "珞喻路", "1037", ""), ("珞喻路１０３７号 华中科技大学", "珞喻路", "1037", "华中科技大学"),
        ("武汉市洪山区关山大道 光谷广场附近", "关山大道", "", "光谷广场"), ("光谷广场", "", "", "光谷广场"), ("民族大道88号3栋", "民族大道", "88", "3栋"),
        ("湖北省武汉市洪山区关东街道光谷1号地块", "", "", "光谷1号地块"), ("软件园区路5号", "软件园区路", "5", ""),
        ("武汉市洪山区关东街道关山大道12号", "关山大道", "12", ""),
    ],
)  # fmt: skip
def test_addresses_as_people_write_them(text: str, street: str, number: str, rest: str) -> None:
    found = addresses.parse(text)
    assert (found.street, found.number, found.rest) == (street, number, rest)


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    found = addresses.parse(text)
    assert addresses.parse(found.text).street == found.street
    answer = addresses.match(found, addresses.parse("洪山区珞喻路1037号"), ["华中科技大学"])
    assert answer is None or (answer.level in addresses.LEVELS and 0 <= answer.score <= 100)


def test_a_road_level_hit_is_never_shown_as_a_door() -> None:
    known = addresses.parse("湖北省武汉市洪山区珞喻路1037号")
    assert addresses.match(addresses.parse("珞喻路1037号"), known).level == "door"
    assert addresses.match(addresses.parse("珞喻路1039号"), known).level == "street"
    assert addresses.match(addresses.parse("珞喻路"), known).level == "street"
    assert addresses.match(addresses.parse("民族大道1037号"), known) is None


@pytest.fixture
def city(db):
    regions.load()
    with scope.system("test"):
        square = Polygon.from_bbox((114.4, 30.5, 114.401, 30.501))
        square.srid = 4490
        services.do_register(GRID[:12], square, START)
        rows = [
            ("华中科技大学", "door", "湖北省武汉市洪山区珞喻路1037号", (114.4005, 30.5005), ["华科大"]),
            ("珞喻路", "street", "湖北省武汉市洪山区珞喻路", (114.39, 30.505), []), ("光谷广场", "landmark", "湖北省武汉市洪山区珞喻路 光谷广场", (114.396, 30.506), ["光谷转盘"]),
        ]  # fmt: skip
        for name, kind, address, at, aliases in rows:
            Place.objects.create(name=name, kind=kind, address=address, aliases=aliases, location=Point(*at, srid=4490), region_code="420111000000",
                                 valid_from=START)  # fmt: skip
        yield


def test_candidates_are_ranked_with_their_level(city) -> None:
    door = places.find("洪山区珞喻路1037号", on=START)
    assert [(a.level, a.level_label) for a in door][:1] == [("door", "门牌")]
    assert {a.level for a in door[1:]} == {"street"}
    assert places.find("光谷转盘", on=START)[0].level == "poi"
    assert places.find("珞喻路9999号", on=START)[0].level == "street"
    assert [a.level for a in places.find("洪山区", on=START)] == ["region"]
    assert places.find("火星路1号", on=START) == []
    assert places.find("珞喻路1037号", region_code="420500000000", on=START) == []
    assert places.find("  ", on=START) == []


def test_the_door_of_a_long_street_is_found(city, monkeypatch) -> None:
    monkeypatch.setattr(places, "READ_MOST", 2)
    for number in range(1, 8):
        Place.objects.create(name="", kind="door", address=f"湖北省武汉市洪山区雄楚大道{number}号", location=Point(114.4, 30.5, srid=4490),
                             region_code="420111000000", valid_from=START)  # fmt: skip
    assert places.find("雄楚大道7号", on=START)[0].level == "door"


def test_a_point_has_its_nearest_address_and_its_grid(city) -> None:
    near = places.at(114.4006, 30.5006, START)
    assert near.address.endswith("珞喻路1037号")
    assert 0 < near.metres < 30
    assert near.grid_code == GRID
    assert places.at(114.6, 30.6, START) == places.Nearby("", None, "")


AREAS = st.sampled_from(["420000000000", "420100000000", "420111000000", "420111001000", "420111001001", GRID, "420500000000"])
DUTIES = st.lists(
    st.builds(
        Duty, st.sampled_from(responsibility.ORDER), st.sampled_from(["", "01", "0101", "0110"]), AREAS, st.sampled_from("AB")
    )
)


@given(DUTIES)
def test_a_case_gets_stuck_only_where_nobody_is_named(rows: list[Duty]) -> None:
    found = responsibility.choose(rows, "0101", GRID)
    fitting = [d for d in rows if "0101".startswith(d.class_code) and responsibility.covers(d.area, GRID)]
    assert (found is None) == (not fitting)
    if found:
        assert responsibility.ORDER.index(found.role) == min(responsibility.ORDER.index(d.role) for d in fitting)


def test_maintainer_then_owner_then_regulator_then_last_resort(city) -> None:
    def office(code: str) -> Organisation:
        return Organisation.objects.create(code=code * 18, name=code, kind="enterprise", region_code="420111000000")

    def duty(role: str, org: Organisation, area: str, class_code: str = "0101") -> Responsibility:
        return Responsibility.objects.create(kind="component", class_code=class_code, area=area, role=role, organisation=org,
                                             region_code=area[:12], valid_from=START)  # fmt: skip

    assert duties.responsible("component", "0101", GRID, START) is None
    duty("last_resort", office("L"), "420100000000", "")
    assert duties.responsible("component", "0101", GRID, START).org_name == "L"
    duty("regulator", office("R"), "420111000000")
    duty("owner", office("O"), "420111000000")
    assert duties.responsible("component", "0101", GRID, START).org_name == "O"
    duty("maintainer", office("M"), "420100000000")
    near = duty("maintainer", office("N"), GRID)
    county = make_official("420111000000", roles=("viewer",))
    with scope.acting(scope_of(county)):  # the city's duties answer for the county's grid
        assert duties.responsible("component", "0101", GRID, START).org_name == "N"
        near.organisation.__class__.objects.filter(pk=near.organisation_id).update(is_active=False)
        assert duties.responsible("component", "0101", GRID, START).org_name == "M"
    assert duties.responsible("component", "0137", GRID, START).role == "last_resort"
    assert duties.responsible("event", "0101", GRID, START) is None
