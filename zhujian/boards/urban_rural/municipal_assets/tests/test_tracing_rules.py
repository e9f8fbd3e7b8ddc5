"""Traces, isolation of a burst and clearances: examples, then properties."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.urban_rural.municipal_assets.rules import clearance as gap
from zhujian.boards.urban_rural.municipal_assets.rules import tracing
from zhujian.boards.urban_rural.municipal_assets.rules.network import Line, Network, Node

HORIZONTAL = [["water_small", "sewer", 1.0], ["sewer", "gas_medium", 1.2], ["water", "gas", 0.5], ["water", "gas_subhigha", 1.5]]
VERTICAL = [["sewer", "gas", 0.15], ["water", "sewer", 0.4]]


def water() -> Network:
    """Source 1 —v2— 3 —(burst)— 4 —v5— 6 —7; a branch 4 —8 (house); 6 is also fed from source 9 through valve 10."""
    pairs = [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (4, 8), (9, 10), (10, 6)]
    return Network([Node(n, "JS", n, 0) for n in range(1, 11)], [Line(100 + i, "JS", a, b) for i, (a, b) in enumerate(pairs)])


def test_downstream_and_upstream_follow_the_flow() -> None:
    lines = [Line(1, "YS", 1, 2, flow=1), Line(2, "YS", 3, 2, flow=-1), Line(3, "YS", 4, 2, flow=1), Line(4, "YS", 3, 5, flow=1)]
    network = Network([Node(n, "YS", n, 0) for n in range(1, 6)], lines)
    assert tracing.downstream(network, [1], most=100).nodes == (1, 2, 3, 5)
    assert tracing.downstream(network, [1], most=100).ends == (5,)
    assert set(tracing.upstream(network, [3], most=100).nodes) == {1, 2, 3, 4}


def test_a_trace_is_bounded_and_says_so() -> None:
    network = Network([Node(n, "YS", n, 0) for n in range(11)], [Line(n, "YS", n, n + 1, flow=1) for n in range(10)])
    cut = tracing.downstream(network, [0], most=4)
    assert cut.limited and len(cut.lines) == 4
    assert not tracing.downstream(network, [0], most=10).limited


def test_isolating_a_burst_takes_the_nearest_valves_on_every_side() -> None:
    cut = tracing.isolation(water(), 102, valves={2, 5, 10}, sources={1, 9}, most=1000)
    assert set(cut.valves) == {2, 5}
    assert set(cut.segment) == {101, 102, 103, 106}
    assert cut.cut_off == () and set(cut.nodes) == {3, 4, 8} and cut.sources_known


def test_what_lies_behind_the_valves_without_another_source_is_cut_off() -> None:
    cut = tracing.isolation(water(), 102, valves={2, 5}, sources={1}, most=1000)
    assert set(cut.cut_off) == {104, 105, 107, 108}
    assert {6, 7, 8} <= set(cut.nodes)


def test_a_stuck_valve_is_passed_and_the_next_one_taken() -> None:
    cut = tracing.isolation(water(), 102, valves={2, 5, 10}, sources={1, 9}, stuck={5}, most=1000)
    assert set(cut.valves) == {2, 10} and {104, 105} <= set(cut.segment)


def test_a_source_inside_the_segment_is_named() -> None:
    cut = tracing.isolation(water(), 100, valves={2}, sources={1, 9}, most=1000)
    assert cut.hits_source == (1,) and cut.valves == (2,)


EDGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


def graph(edges: list[tuple[int, int]]) -> Network:
    return Network([Node(n, "YS", n, 0) for n in range(13)], [Line(i, "YS", a, b, flow=1) for i, (a, b) in enumerate(edges)])


@given(EDGES, st.integers(0, 12))
def test_no_node_and_no_line_is_met_twice(edges: list[tuple[int, int]], start: int) -> None:
    network = graph(edges)
    for trace in (tracing.downstream, tracing.upstream, tracing.connected):
        met = trace(network, [start], most=1000)
        assert len(set(met.nodes)) == len(met.nodes) and len(set(met.lines)) == len(met.lines)
        assert met.nodes[0] == start


@given(EDGES, st.integers(0, 12))
def test_upstream_of_every_downstream_node_contains_the_start(edges: list[tuple[int, int]], start: int) -> None:
    network = graph(edges)
    for node in tracing.downstream(network, [start], most=1000).nodes:
        assert start in tracing.upstream(network, [node], most=1000).nodes


@given(EDGES, st.sets(st.integers(0, 12)), st.integers(0, 39))
def test_with_the_valves_shut_no_source_reaches_the_burst(edges: list[tuple[int, int]], valves: set[int], at: int) -> None:
    if at >= len(edges):
        return
    network = graph(edges)
    cut = tracing.isolation(network, at, valves=valves, sources={0}, most=1000)
    if 0 in cut.hits_source:
        return
    left = {n: [(x, to) for x, to in pairs if x not in cut.segment] for n, pairs in network.beside.items()}
    fed = tracing.walk([0], left, most=1000, shut=cut.valves)
    assert at not in fed.lines and not (set(cut.cut_off) & set(fed.lines))


def section(group: str, invert: float | None = 0.0, size: float = 300) -> gap.Section:
    return gap.Section(group, invert, size, size)


def measured(one: gap.Section, two: gap.Section, *, centre: float = 0.0, crosses: bool = True) -> gap.Clearance:
    return gap.clearance(one, two, centre_m=centre, crosses=crosses, horizontal=HORIZONTAL, vertical=VERTICAL)


def test_gas_over_sewer_too_close_and_far_enough() -> None:
    close = measured(section("gas_medium", 20.60, 200), section("sewer", 20.00, 500))
    assert (
        close.short_m is not None
        and round(close.short_m, 3) == 0.05
        and close.vertical is not None
        and round(close.vertical, 3) == 0.1
    )
    assert measured(section("gas_medium", 20.65, 200), section("sewer", 20.00, 500)).short_m == 0


def test_parallel_pipes_are_judged_by_their_horizontal_distance() -> None:
    assert measured(section("gas_medium"), section("sewer"), centre=1.5, crosses=False).short_m == 0  # 1.5 − 0.3 = 1.2
    near = measured(section("gas_medium"), section("sewer"), centre=1.4, crosses=False)
    assert near.short_m is not None and round(near.short_m, 3) == 0.1


def test_without_elevations_nothing_is_judged() -> None:
    assert not measured(section("gas_medium", None), section("sewer")).judged


def test_the_more_exact_row_wins() -> None:
    assert gap.demanded("water_large", "gas_low", HORIZONTAL) == 0.5
    assert gap.demanded("gas_subhigha", "water_small", HORIZONTAL) == 1.5
    assert gap.demanded("power_direct", "heat_trench", HORIZONTAL) is None


def test_classes_of_pipes() -> None:
    groups = {
        "YS": "sewer", "JS": [{"by": "diameter", "upto": 200, "group": "water_small"}, {"group": "water_large"}],
        "TR": [{"by": "pressure", "of": ["LP"], "group": "gas_low"}, {"group": "gas_subhigha"}],
    }  # fmt: skip
    assert gap.group_of("JS", groups, diameter_mm=200) == "water_small"
    assert gap.group_of("JS", groups) == "water_large"  # unknown: the stricter row
    assert gap.group_of("TR", groups, pressure="LP") == "gas_low" and gap.group_of("TR", groups) == "gas_subhigha"
    assert gap.group_of("YS", groups) == "sewer" and gap.group_of("ZH", groups) == ""


def test_pressure_classes_close_above() -> None:
    rows = [{"upto": 0.01, "open": True, "class": "LP"}, {"upto": 0.2, "class": "MPB"}, {"upto": 0.4, "class": "MPA"}]
    cases = {0.005: "LP", 0.01: "MPB", 0.2: "MPB", 0.21: "MPA", 0.4: "MPA", 0.41: "", None: ""}
    assert {mpa: gap.pressure_class(mpa, rows) for mpa in cases} == cases


ANY = st.builds(
    gap.Section, st.sampled_from(["sewer", "gas_medium", "water_small", "heat_trench"]), st.none() | st.floats(-20, 60),
    st.floats(20, 3000), st.floats(20, 3000),
)  # fmt: skip


@given(ANY, ANY, st.floats(0, 10), st.booleans())
def test_clearance_is_symmetric(one: gap.Section, two: gap.Section, centre: float, crosses: bool) -> None:
    forth, back = measured(one, two, centre=centre, crosses=crosses), measured(two, one, centre=centre, crosses=crosses)
    assert forth.short_m == back.short_m and forth.horizontal == back.horizontal
    assert forth.vertical == back.vertical
