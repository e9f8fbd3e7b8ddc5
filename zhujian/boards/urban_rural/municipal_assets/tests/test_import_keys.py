"""Codes count within a county: an import finds the county's own facility by its code and never touches a neighbour's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhujian.boards.urban_rural.municipal_assets.models import PipeLine, PipePoint, Road
from zhujian.boards.urban_rural.municipal_assets.tests.world import HONGSHAN, WUCHANG, make
from zhujian.foundation.identity.testing import make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources import importing, registry
from zhujian.foundation.resources.importing import Checked
from zhujian.foundation.resources.sheets import Table

pytestmark = pytest.mark.django_db
CITY = "420100000000"
LINE = '{"type": "LineString", "coordinates": [[114.33, 30.53], [114.34, 30.53]]}'
HEADS = ["code", "name", "grade", "region_code", "geom", "valid_from", "status", "source"]
CODES = ("A1", "A2", "A3")


@pytest.fixture
def city() -> Iterator[None]:
    """A data administrator of the city above both counties acts."""
    with scope.acting(scope_of(make_official(CITY, roles=("data_admin",)))):
        yield


def road(number: int, county: str, code: str, name: str) -> tuple[int, list[Any]]:
    return number, [code, name, "branch", county, LINE, "2024-01-01", "in_use", "census"]


def brought(*rows: tuple[int, list[Any]], key: str = "municipal_assets.road", heads: list[str] = HEADS) -> Checked:
    """The rows imported, as far as they are good."""
    resource = registry.get(key)
    checked = importing.check(resource, Table(heads, list(rows)))
    importing.save_good(resource, checked)
    return checked


def names() -> dict[tuple[str, str], str]:
    with scope.system("test"):
        return {(r.region_code, r.code): r.name for r in Road.objects.filter(valid_to=None)}


def test_the_row_s_county_decides_which_facility_is_meant(city: None) -> None:
    make("Road", code="A1", name="甲", region_code=WUCHANG)
    make("Road", code="A1", name="乙", region_code=HONGSHAN)
    checked = brought(road(2, HONGSHAN, "A1", "新乙"), road(3, WUCHANG, "A2", "新路"))
    assert (len(checked.update), len(checked.create), checked.faults) == (1, 1, [])
    assert names() == {(WUCHANG, "A1"): "甲", (HONGSHAN, "A1"): "新乙", (WUCHANG, "A2"): "新路"}


def test_the_same_code_of_two_counties_is_no_repetition_within_one_it_is(city: None) -> None:
    checked = brought(road(2, WUCHANG, "A1", "甲"), road(3, HONGSHAN, "A1", "乙"), road(4, WUCHANG, "A1", "丙"))
    assert [(fault.row, fault.code) for fault in checked.faults] == [(4, "import.repeated")]
    assert names() == {(WUCHANG, "A1"): "甲", (HONGSHAN, "A1"): "乙"}


def test_a_code_without_a_county_is_told(city: None) -> None:
    checked = brought(road(2, CITY, "A1", "甲"))
    assert [(fault.row, fault.code) for fault in checked.faults] == [(2, "import.county")] and not names()


def test_a_county_neither_sees_nor_changes_its_neighbour() -> None:
    make("Road", code="A1", name="乙", region_code=HONGSHAN)
    with scope.acting(scope_of(make_official(WUCHANG, roles=("data_admin",)))):
        checked = brought(road(2, HONGSHAN, "A1", "抢来"), road(3, WUCHANG, "A1", "自己的"), road(4, "", "A2", "没写"))
    assert [fault.row for fault in checked.faults] == [2]
    assert names() == {(HONGSHAN, "A1"): "乙", (WUCHANG, "A1"): "自己的", (WUCHANG, "A2"): "没写"}


def test_a_line_runs_between_points_of_its_own_county(city: None) -> None:
    ours = {code: make("PipePoint", code=code, region_code=WUCHANG) for code in ("YS1", "YS2")}
    theirs = {code: make("PipePoint", code=code, region_code=HONGSHAN) for code in ("YS1", "YS2", "YS3")}
    heads = ["code", "kind", "start", "end", "region_code", "geom", "valid_from", "status", "source"]
    rows = [
        (n, [f"L{n}", "YS", start, end, county, LINE, "2024-01-01", "in_use", "census"])
        for n, (start, end, county) in enumerate((("YS1", "YS2", WUCHANG), ("YS1", "YS2", HONGSHAN), ("YS1", "YS3", WUCHANG)), 2)
    ]
    checked = brought(*rows, key="municipal_assets.pipe_line", heads=heads)
    assert [(fault.row, fault.code) for fault in checked.faults] == [(4, "link")]
    with scope.system("test"):
        found = {line.code: (line.start_id, line.end_id) for line in PipeLine.objects.all()}
    assert found == {"L2": (ours["YS1"].pk, ours["YS2"].pk), "L3": (theirs["YS1"].pk, theirs["YS2"].pk)}


class Undo(Exception):
    """Ends an example."""


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    known=st.sets(st.tuples(st.sampled_from((WUCHANG, HONGSHAN)), st.sampled_from(CODES))),
    rows=st.lists(st.tuples(st.sampled_from((WUCHANG, HONGSHAN)), st.sampled_from(CODES)), max_size=6),
)
def test_whatever_is_known_and_brought_each_county_keeps_its_own(
    city: None, known: set[tuple[str, str]], rows: list[tuple[str, str]]
) -> None:
    """The register afterwards is what was known, with the first row of each county and code laid over it."""
    with pytest.raises(Undo), transaction.atomic():
        for county, code in sorted(known):
            make("Road", code=code, name=f"旧{county}{code}", region_code=county)
        expected = {key: f"旧{key[0]}{key[1]}" for key in known}
        for key in dict.fromkeys(rows):
            expected[key] = f"新{key[0]}{key[1]}"
        brought(*(road(n, county, code, f"新{county}{code}") for n, (county, code) in enumerate(rows, 2)))
        assert names() == expected
        raise Undo


def test_many_codes_go_by_in_pieces(city: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from zhujian.foundation.resources import links

    monkeypatch.setattr(links.pieces, "__defaults__", (2,))
    for n in range(5):
        make("PipePoint", code=f"YS{n}", region_code=WUCHANG)
    kind = registry.get("municipal_assets.pipe_line").field("start").kind
    found = kind.resolve([f"YS{n}" for n in range(6)], by_county=True)  # type: ignore[attr-defined]
    assert sum(isinstance(one, dict) for one in found.values()) == 5 and PipePoint.objects.count() == 5
