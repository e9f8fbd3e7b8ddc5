"""Grids in the database: points on boundaries, overlaps, gaps, splitting and merging (urban-management.md §1.1)."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.gis.geos import Polygon

from zhujian.boards.city_management.digital_city import reference, selectors, services
from zhujian.boards.city_management.digital_city.models import Condition, Grid
from zhujian.foundation.classification import reference as classification
from zhujian.foundation.classification import selectors as classes
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity.testing import login, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal

pytestmark = pytest.mark.django_db
COMMUNITY, OTHER = "420106001001", "420106001002"
START, LATER = date(2026, 1, 1), date(2026, 6, 1)


def square(column: int, row: int = 0, width: int = 1) -> Polygon:
    """About 96 × 111 m, side by side from 114.300 E, 30.500 N."""
    west, south = 114.3 + column * 0.001, 30.5 + row * 0.001
    return Polygon.from_bbox((west, south, west + width * 0.001, south + 0.001))


def placed(column: int, community: str = COMMUNITY, **more: object) -> Grid:
    shape = square(column)
    shape.srid = 4490
    return services.do_register(community, shape, START, **more)


@pytest.fixture(autouse=True)
def everybody():
    with scope.system("test"):
        yield


def test_codes_follow_in_a_community_and_are_never_given_twice() -> None:
    first, second = placed(0), placed(1)
    assert [first.code, second.code] == [COMMUNITY + "001", COMMUNITY + "002"]
    assert 10_400 < first.area_m2 < 10_800
    services.do_merge([first, second], LATER)
    with pytest.raises(Conflict, match="已经使用过"):
        placed(5, code=first.code)
    census = placed(6, code="42010600100107")
    assert (census.code, census.alias) == (COMMUNITY + "007", "42010600100107")
    with pytest.raises(Refusal, match="前12位"):
        placed(8, code=OTHER + "001")


def test_a_boundary_point_belongs_to_the_smallest_code_and_time_counts() -> None:
    first, second = placed(0), placed(1)
    assert selectors.grid_at(114.301, 30.5005, START).code == first.code
    assert selectors.grid_at(114.3015, 30.5005, START).code == second.code
    assert selectors.grid_at(114.3035, 30.5005, START) is None
    merged = services.do_merge([first, second], LATER)
    assert selectors.grid_at(114.3015, 30.5005, LATER).code == merged.code == COMMUNITY + "003"
    assert selectors.grid_at(114.3015, 30.5005, date(2026, 5, 31)).code == second.code


def test_overlap_is_refused_and_touching_is_not() -> None:
    placed(0)
    with pytest.raises(Refusal) as caught:
        services.do_register(
            COMMUNITY,
            Polygon.from_bbox(
                (114.3005, 30.5, 114.3015, 30.501),
            ),
            START,
        )
    assert caught.value.code == "grid.overlap"
    assert COMMUNITY + "001" in str(caught.value)
    bow = Polygon(((114.4, 30.5), (114.401, 30.501), (114.401, 30.5), (114.4, 30.501), (114.4, 30.5)), srid=4490)
    with pytest.raises(Refusal, match="自相交"):
        services.do_register(COMMUNITY, bow, START)


def test_split_fills_the_old_grid_and_retires_its_code() -> None:
    grid = services.do_register(COMMUNITY, square(0, width=2), START)
    with pytest.raises(Refusal, match="没有铺满"):
        services.do_split(grid, [square(0), Polygon.from_bbox((114.301, 30.5, 114.3015, 30.501))], LATER, grid.version)
    with pytest.raises(Refusal, match="超出原网格"):
        services.do_split(grid, [square(0), square(1, width=2)], LATER, grid.version)
    with pytest.raises(Refusal, match="互相重叠"):
        services.do_split(grid, [square(0, width=2), square(1)], LATER, grid.version)
    parts = services.do_split(grid, [square(0), square(1)], LATER, grid.version)
    kept = Grid.objects.get(pk=grid.pk)
    assert kept.valid_to == LATER
    assert kept.replaced_by == [part.code for part in parts] == [COMMUNITY + "002", COMMUNITY + "003"]
    assert Entry.objects.filter(kind="grid.retired", object_id=f"digital_city.grid:{grid.pk}").count() == 1
    with pytest.raises(Refusal, match="已于"):
        services.do_split(kept, [square(0), square(1)], LATER, kept.version)


def test_only_adjacent_grids_of_one_community_merge() -> None:
    with pytest.raises(Refusal, match="不相邻"):
        services.do_merge([placed(0), placed(5)], LATER)
    with pytest.raises(Refusal, match="不同社区"):
        services.do_merge([placed(10), placed(11, OTHER)], LATER)
    assert not Grid.objects.exclude(valid_to=None).exists()


def test_a_partition_is_checked_for_gaps_and_overlaps() -> None:
    placed(0)
    placed(2)
    found = selectors.partition("420106", square(0, width=3), START)
    assert not found.overlaps
    assert len(found.gaps) == 1
    assert 10_400 < found.gaps[0][1] < 10_800
    placed(1)
    assert selectors.partition("420106", square(0, width=3), START).sound
    Grid.objects.filter(code=COMMUNITY + "003").update(boundary=square(0, width=2))
    bad = selectors.partition("420106", None, START)
    assert [(a, b) for a, b, _ in bad.overlaps] == [(COMMUNITY + "001", COMMUNITY + "003")]


def test_conditions_of_a_city_come_before_the_common_ones_from_their_date() -> None:
    classification.load()
    reference.load()
    count = Condition.objects.count()
    reference.load()
    assert Condition.objects.count() == count > 150
    rubbish = classes.item("event", "0110")
    common = selectors.conditions(rubbish, "420106001000", START)
    assert [(c.limit, selectors.limit_of(c).unit) for c in common] == [("4H", "working_hour")]
    Condition.objects.create(
        item=rubbish, number=1, text="有暴露垃圾", limit="2H", region_code="420100000000", valid_from=LATER, basis="本市标准"
    )
    assert selectors.conditions(rubbish, "420106001000", START)[0].limit == "4H"
    assert selectors.conditions(rubbish, "420106001000", LATER)[0].limit == "2H"
    assert selectors.conditions(rubbish, "420500000000", LATER)[0].limit == "4H"
    assert len(selectors.conditions(classes.item("component", "0101"))) == 4  # one class, several conditions (pitfall 3)


def test_pages_and_import(client) -> None:
    classification.load()
    reference.load()
    placed(0)
    login(client, make_official("420106000000", roles=("data_admin",)))
    assert COMMUNITY + "001" in client.get("/r/digital_city/grid/").content.decode()
    assert client.get("/r/digital_city/condition/?q=暴露").status_code == 200
    form = {
        "code": COMMUNITY + "009", "region_code": COMMUNITY, "boundary": '{"type":"Polygon","coordinates":[[[114.3,30.5],[114.301,30.5],[114.301,30.501],[114.3,30.5]]]}',
        "valid_from": "2026-01-01",
    }  # fmt: skip
    refused = client.post("/r/digital_city/grid/new/", form)
    assert refused.status_code == 422
    assert "不能重叠" in refused.content.decode()


def test_a_county_sees_its_own_grids_only() -> None:
    placed(0)
    other = make_official("420500000000", roles=("data_admin",))
    with scope.acting(scope_of(other)):
        assert selectors.grid_at(114.3005, 30.5005, START) is None
