"""The generated city is the same every time and physically sane, whatever the plan."""

from __future__ import annotations

from collections import Counter
from math import cos, hypot, radians

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import STRtree
from shapely.geometry import Polygon

from zhujian.foundation.cim import generator
from zhujian.foundation.cim.generator.city import prefix_of
from zhujian.foundation.cim.generator.pipes import LEAST_SLOPE, MOST_SLOPE
from zhujian.foundation.cim.generator.records import District

PLANS = st.builds(
    generator.Plan,
    seed=st.integers(0, 10**9), lon=st.floats(108.5, 116.0), lat=st.floats(29.1, 33.2), columns=st.integers(2, 8), rows=st.integers(2, 8),
    base_m=st.floats(5, 900), villages=st.floats(0, 1),
)  # fmt: skip


@pytest.fixture(scope="module")
def demo() -> District:
    return generator.district(generator.DEMO)


def metres(plan: generator.Plan, a: generator.Position, b: generator.Position) -> float:
    return hypot((a[0] - b[0]) * 111_320 * cos(radians(plan.lat)), (a[1] - b[1]) * 110_900)


def test_same_plan_same_city(demo: District) -> None:
    assert generator.district(generator.DEMO) == demo
    other = generator.district(generator.Plan(seed=1, lon=114.3, lat=30.5))
    assert other.houses != demo.houses


def test_demo_district_has_about_twenty_thousand_features(demo: District) -> None:
    assert 15_000 < demo.facilities + len(demo.houses) < 25_000
    assert all((demo.streets, demo.lamps, demo.covers, demo.plants, demo.bridges, demo.tubes))


@settings(max_examples=25)
@given(PLANS)
def test_networks_are_sane(plan: generator.Plan) -> None:
    made = generator.district(plan)
    points = {point.code: point for point in made.points}
    assert len(points) == len(made.points) and len({line.code for line in made.lines}) == len(made.lines)
    assert max(len(code) for code in points) <= 16 and max(len(line.code) for line in made.lines) <= 16
    used: set[str] = set()
    for line in made.lines:
        start, end = points[line.start], points[line.end]
        used |= {line.start, line.end}
        # no dangling line: its ends are points of its own kind and lie where the points lie
        assert start.kind == end.kind == line.kind and line.line == (start.at, end.at) and line.start != line.end
        assert line.length_m > 0.5 and abs(line.length_m - metres(plan, start.at, end.at)) < 0.02 * line.length_m + 0.1
        for point, invert in ((start, line.start_invert_m), (end, line.end_invert_m)):
            assert 0.5 <= point.ground_m - invert <= 8
            assert invert >= point.bottom_m - 1e-6
        if line.pressure == "gravity":
            least = min(LEAST_SLOPE.values())
            assert (
                least - 2e-4 <= line.slope <= max(MOST_SLOPE, 0.06) and line.start_invert_m > line.end_invert_m and line.flow == 1
            )
    assert used == points.keys()


@settings(max_examples=15)
@given(PLANS)
def test_sewers_fall_to_one_outlet_and_never_narrow(plan: generator.Plan) -> None:
    made = generator.district(plan)
    for kind in ("WS", "YS"):
        down = {line.start: line for line in made.lines if line.kind == kind}
        assert len(down) == sum(1 for line in made.lines if line.kind == kind), "one way out of every well"
        ends = set()
        for code, first in down.items():
            at, size, steps = code, first.diameter_mm, 0
            while at in down:
                line = down[at]
                assert line.diameter_mm >= size
                at, size, steps = line.end, line.diameter_mm, steps + 1
                assert steps <= len(down)
            ends.add(at)
        assert len(ends) == 1
        outlet = next(plant for plant in made.plants if plant.point in ends)
        assert outlet.kind == {"WS": "sewage_works", "YS": "outfall"}[kind]


@settings(max_examples=15)
@given(PLANS)
def test_buildings_do_not_overlap_and_agree_with_themselves(plan: generator.Plan) -> None:
    houses = generator.district(plan).houses
    shapes = [Polygon(house.outline) for house in houses]
    tree = STRtree(shapes)
    for number, (house, shape) in enumerate(zip(houses, shapes, strict=True)):
        assert shape.is_valid and shape.exterior.is_ccw
        assert not [other for other in tree.query(shape, "intersects") if other != number]
        assert house.area_m2 == pytest.approx(house.footprint_m2 * house.floors_above, abs=1)
        assert 2.5 * house.floors_above <= house.height_m <= 9.5 * house.floors_above + 1.5
        assert house.doors >= 1 and house.per_floor >= 1


def test_lamps_stand_about_thirty_metres_apart(demo: District) -> None:
    gaps = [metres(generator.DEMO, a.at, b.at) for a, b in zip(demo.lamps, demo.lamps[1:], strict=False)]
    near = [gap for gap in gaps if gap < 45]
    assert len(near) > 0.7 * len(gaps) and all(gap >= 22 for gap in near if gap > 12.5)


def test_a_province_has_the_buildings_asked_for_and_no_code_twice() -> None:
    places = [generator.Place("420111000000", "洪山", 114.34, 30.50), generator.Place("420500000000", "宜昌", 111.29, 30.69)]
    made = list(generator.province(7_000, places))
    assert sum(len(one.houses) for one in made) == 7_000
    assert 1.5 * 7_000 < sum(one.facilities for one in made) < 6 * 7_000
    codes = Counter(point.code for one in made for point in one.points)
    assert codes.most_common(1)[0][1] == 1
    assert len({prefix_of(n) for n in range(3000)}) == 3000


def test_ewkb_is_what_geos_reads() -> None:
    from django.contrib.gis.geos import GEOSGeometry

    ring = ((114.0, 30.0), (114.1, 30.0), (114.1, 30.1), (114.0, 30.0))
    assert GEOSGeometry(generator.ewkb.point((114.5, 30.5))).ewkt == "SRID=4490;POINT (114.5 30.5)"
    assert GEOSGeometry(generator.ewkb.line(ring[:2])).geom_type == "LineString"
    assert GEOSGeometry(generator.ewkb.polygon(ring)).valid
    both = GEOSGeometry(generator.ewkb.multipolygon(ring, ring))
    assert both.srid == 4490 and both.num_geom == 2
