"""Divisions: the real ones of the province, dated, in two code systems, by code, name and point."""

from __future__ import annotations

import json
from datetime import date
from time import perf_counter

import pytest
from django.db import DatabaseError, connection, transaction

from zhujian.foundation.kernel import memory, scope
from zhujian.foundation.kernel.codes import region_code_check
from zhujian.foundation.regions import reference, rules, selectors
from zhujian.foundation.regions.models import OtherCode, Region, RegionBoundary

pytestmark = pytest.mark.django_db
HUBEI = "420000000000"


def test_the_province_is_complete() -> None:
    today = Region.objects.filter(valid_to=None)
    assert today.filter(level="county", zone=False).count() == 103
    assert set(today.filter(level="county", zone=True).values_list("code", flat=True)) == {"421071000000", "421171000000"}
    assert today.filter(level="town").count() == 1475
    assert today.filter(level="village").count() == 27057
    assert OtherCode.objects.filter(system="civil_affairs").count() == 1260


def test_reporting_units_are_the_17_and_the_grouping_is_none_of_them() -> None:
    units = [division.code[:6] for division in selectors.reporting_units()]
    assert units == [
        "420100", "420200", "420300", "420500", "420600", "420700", "420800", "420900", "421000", "421100", "421200", "421300",
        "422800", "429004", "429005", "429006", "429021",
    ]  # fmt: skip
    assert [child.code[:6] for child in selectors.children(HUBEI)] == units
    assert selectors.region("429000000000").level == "grouping"
    assert not selectors.exists("429000000000")
    assert selectors.find("省直辖") == []
    assert selectors.children("429000000000") == []


def test_every_region_hangs_in_the_tree_and_keeps_its_parents_prefix() -> None:
    codes = set(Region.objects.values_list("code", flat=True))
    for code, parent, level in Region.objects.exclude(level__in=("province", "grouping")).values_list(
        "code", "parent_code", "level"
    ):
        assert parent in codes
        assert parent == rules.parent_of(code)
        assert code.startswith(scope.region_prefix(parent))
        assert region_code_check(code) == []
        assert (level == "village") == (code[9:] != "000")


def test_names() -> None:
    assert selectors.name("420106000000") == "武昌区"
    assert selectors.full_name("420106012000") == "湖北省武汉市武昌区水果湖街道"
    assert selectors.full_name("429004000000") == "湖北省仙桃市"
    assert selectors.name("999999000000") == "999999000000"
    assert selectors.region("999999000000") is None
    assert [division.name for division in selectors.ancestors("420106012000")] == ["湖北省", "武汉市", "武昌区", "水果湖街道"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("武昌区", "420106000000"), ("武汉市武昌区", "420106000000"), ("湖北省武汉市武昌区", "420106000000"), ("武汉市武昌", "420106000000"),
        ("武 汉", "420100000000"), ("420106", "420106000000"), ("水果湖", "420106012000"), ("恩施州", "422800000000"), ("恩施", "422800000000"),
        ("襄樊", "420600000000"), ("石灰窑区", "420203000000"), ("仙桃", "429004000000"), ("%", None), ("", None), ("'; DROP TABLE", None),
    ],
)  # fmt: skip
def test_finding_by_name(text: str, first: str | None) -> None:
    found = selectors.find(text)
    assert (found[0].code if found else None) == first


def test_finding_inside_a_region() -> None:
    everywhere = selectors.find("城关镇", limit=100)
    inside = selectors.find("城关镇", within="420300000000", limit=100)
    assert len(everywhere) > len(inside) > 0
    assert all(hit.code.startswith("4203") for hit in inside)
    assert len(selectors.find("镇", limit=7)) == 7


def test_history_of_the_real_divisions() -> None:
    assert selectors.name("420600000000", date(2009, 6, 1)) == "襄樊市"
    assert selectors.name("420600000000") == "襄阳市"
    assert selectors.full_name("420607000000", date(2005, 1, 1)) == "湖北省襄樊市襄阳区"
    assert selectors.region("420321000000", date(2013, 1, 1)).name == "郧县"
    assert selectors.region("420321000000", date(2015, 1, 1)) is None
    assert selectors.as_now("420321000000") == "420304000000"
    assert selectors.as_now("420621000000") == "420607000000", "襄阳县 became a district that was renamed later"
    assert selectors.as_now("420600000000") == "420600000000"
    assert "420321000000" in [division.code for division in selectors.former("420304000000")]
    assert "420321" not in [child.code[:6] for child in selectors.children("420300000000")]
    assert "420321" in [child.code[:6] for child in selectors.children("420300000000", date(2013, 1, 1))]


def test_foundation_17_16_a_retired_region_as_then_and_as_now() -> None:
    """Region 420302 retired on 2025-01-01 with successor X: a 2024 case shows the 2024 name, and counts under X once."""
    retired, successor = "420302000000", "420399000000"
    day = date(2025, 1, 1)
    Region.objects.filter(code=retired).update(valid_to=day, successors=[successor], reason="测试撤并")
    Region.objects.create(
        code=successor,
        name="新测试区",
        level="county",
        parent_code="420300000000",
        kind="district",
        valid_from=day,
        official=True,
    )
    memory.forget()
    cases = [
        (retired, date(2024, 5, 1)),
        ("420302001000", date(2024, 6, 1)),
        (successor, date(2025, 2, 1)),
        ("420304000000", day),
    ]
    assert selectors.name(retired, cases[0][1]) == "茅箭区"
    assert selectors.full_name(retired, cases[0][1]) == "湖北省十堰市茅箭区"
    as_then: dict[str, int] = {}
    as_now: dict[str, int] = {}
    for code, _ in cases:
        county = code[:6] + "000000"
        as_then[county] = as_then.get(county, 0) + 1
        now = selectors.as_now(code)
        as_now[now] = as_now.get(now, 0) + 1
    assert as_then == {retired: 2, successor: 1, "420304000000": 1}
    assert as_now == {successor: 3, "420304000000": 1}, "each case exactly once, the retired code nowhere"
    assert selectors.as_now(retired, date(2024, 12, 31)) == retired
    assert retired not in [child.code for child in selectors.children("420300000000")]
    assert selectors.region(retired, date(2024, 12, 31)).name == "茅箭区"
    assert not selectors.exists(retired)


def test_a_circle_of_successors_ends() -> None:
    day = date(2025, 1, 1)
    Region.objects.filter(code="420302000000").update(valid_to=day, successors=["420303000000"])
    Region.objects.filter(code="420303000000").update(valid_to=day, successors=["420302000000"])
    memory.forget()
    assert selectors.as_now("420302000000") in ("420302000000", "420303000000")


def test_the_two_code_systems_are_mapped_by_meaning_not_by_digits() -> None:
    assert OtherCode.objects.get(code="421321105000").name == "万和镇"
    assert selectors.name("421321105000") == "小林镇"
    ours = selectors.from_other("421321105000")
    assert selectors.name(ours) == "万和镇"
    assert selectors.other_codes(ours) == [("421321105000", "万和镇")]
    assert selectors.from_other("420106000000") == "420106000000"
    assert selectors.from_other("421071000000") is None, "a statistical zone is unknown to civil affairs"
    assert selectors.from_other("421281107000") is None, "founded after the statistics list: known, but not here yet"
    matched = [code for code in OtherCode.objects.values_list("region_code", flat=True) if code]
    assert len(matched) == len(set(matched)) > 1200


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (114.3162, 30.5539, "420106000000"), (111.2864, 30.7042, "420502000000"), (113.4540, 30.3640, "429004000000"),
        (110.6760, 31.7449, "429021000000"), (116.4, 39.9, None), (30.5539, 114.3162, None), (500.0, 0.0, None),
    ],
)  # fmt: skip
def test_at_a_point(lon: float, lat: float, code: str | None) -> None:
    found = selectors.at(lon, lat)
    assert (found and found.code) == code


def test_boundaries_cover_the_province_without_gap_or_overlap() -> None:
    assert RegionBoundary.objects.count() == 1 + 13 + 103
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT ST_Area(boundary) FROM regions_regionboundary WHERE code = %s), sum(ST_Area(b.boundary)), "
            "bool_and(ST_IsValid(b.boundary)), bool_and(ST_Within(b.centre, b.boundary)) "
            "FROM regions_regionboundary b JOIN regions_region r USING (code) WHERE r.level = 'county' AND r.valid_to IS NULL",
            [HUBEI],
        )
        whole, parts, valid, inside = cursor.fetchone()
    assert whole == pytest.approx(parts, rel=1e-9)
    assert valid
    assert inside


def test_geojson_of_the_children() -> None:
    text, packed, tag = selectors.boundaries(HUBEI)
    features = json.loads(text)["features"]
    assert [feature["id"][:6] for feature in features] == [unit.code[:6] for unit in selectors.reporting_units()]
    assert features[0]["properties"]["name"] == "武汉市"
    assert len(packed) < 60_000
    assert selectors.boundaries(HUBEI)[2] == tag
    assert len(json.loads(selectors.boundaries("420100000000")[0])["features"]) == 13
    county = json.loads(selectors.boundaries("420106000000")[0])["features"]
    assert [feature["id"] for feature in county] == ["420106000000"], "no towns are drawn: the county itself"
    assert json.loads(selectors.boundaries("999999000000")[0])["features"] == []


def test_loading_again_costs_nothing_and_officials_rows_stay(django_assert_max_num_queries) -> None:
    with scope.system("测试"), django_assert_max_num_queries(5):
        assert "已是最新" in reference.load()
    Region.objects.filter(code="420302000000").update(name="茅箭新区", official=True)
    from zhujian.foundation.regions.models import Loaded

    Loaded.objects.all().delete()
    with scope.system("测试"):
        reference.load()
    assert selectors.name("420302000000") == "茅箭新区"
    assert Region.objects.filter(code="420302000000").count() == 1


def test_one_name_a_day() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Region.objects.create(
            code="420106000000",
            name="又一个",
            level="county",
            kind="district",
            parent_code="420100000000",
            valid_from=date(2020, 1, 1),
        )


def test_names_cost_no_query_each(django_assert_num_queries) -> None:
    selectors.name(HUBEI)
    with django_assert_num_queries(0):
        for child in selectors.children(HUBEI):
            selectors.full_name(child.code)
        selectors.find("武昌")


def test_an_import_may_ask_for_the_same_names_thousands_of_times() -> None:
    names = [selectors.full_name(child.code) for unit in selectors.reporting_units() for child in selectors.children(unit.code)][
        :100
    ]
    first = [selectors.find(name)[0].code for name in names]
    start = perf_counter()
    for _ in range(50):
        assert [selectors.find(name)[0].code for name in names] == first
    assert perf_counter() - start < 5, "5,000 rows"
