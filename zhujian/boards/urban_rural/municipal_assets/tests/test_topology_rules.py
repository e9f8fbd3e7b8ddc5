"""The topology checks of urban-rural-construction.md §2: for each a network that fails and one that passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zhujian.boards.urban_rural.municipal_assets.rules import topology
from zhujian.boards.urban_rural.municipal_assets.rules.network import Line, Network, Node, cycles
from zhujian.boards.urban_rural.municipal_assets.rules.topology import Settings

SETTINGS = Settings(
    tolerance_m=0.15, same_m=0.05, fall_m=0.02, max_depth_m=15, shrink_mm=5,
    outlets=frozenset({"outfall", "plant", "pump"}), terminals=frozenset({"cap", "valve", "entry"}),
    interceptors=frozenset({"interceptor"}),
    mixing={"YS": ("YS", "HS"), "WS": ("WS", "HS"), "HS": ("HS",)}, diverted={"HS": ("WS",)},
)  # fmt: skip


def drain(kind: str = "YS", **changes: object) -> tuple[list[Node], list[Line]]:
    """Three manholes in a row that fall to an outlet: 1 → 2 → 3."""
    nodes = [
        Node(1, kind, 0, 0, ground=24.0, name=f"{kind}1"),
        Node(2, kind, 40, 0, ground=23.9, name=f"{kind}2"),
        Node(3, kind, 80, 0, ground=23.8, attachment="outfall", name=f"{kind}3"),
    ]
    lines = [
        Line(11, kind, 1, 2, 22.0, 21.9, 400, flow=1, ends=((0, 0), (40, 0)), name="A"),
        Line(12, kind, 2, 3, 21.9, 21.8, 500, flow=1, ends=((40, 0), (80, 0)), name="B"),
    ]
    return nodes, lines


def found(rule: str, nodes: list[Node], lines: list[Line], settings: Settings = SETTINGS) -> list[topology.Finding]:
    return topology.CHECKS[rule](Network(nodes, lines, least_fall=settings.fall_m), settings).findings


@pytest.mark.parametrize("rule", topology.CHECKS)
def test_a_sound_network_passes_every_check(rule: str) -> None:
    assert found(rule, *drain()) == []


def test_dangling_line_without_a_point() -> None:
    nodes, lines = drain()
    lines.append(Line(13, "YS", 3, None, name="C"))
    (fault,) = found("dangling_line", nodes, lines)
    assert (fault.line, fault.severity) == (13, "error") and "终点没有对应的管点" in fault.message


def test_dangling_line_joined_to_nothing_and_its_repair() -> None:
    nodes, lines = drain()
    nodes += [Node(8, "YS", 500, 0), Node(9, "YS", 540, 0)]
    stray = Line(19, "YS", 8, 9, 20.0, 19.0, 300, flow=1)
    assert [f.line for f in found("dangling_line", nodes, [*lines, stray])] == [19]
    assert found("dangling_line", nodes, [*lines, stray, Line(20, "YS", 9, 3, 19.0, 18.9, 300, flow=1)]) == []


def test_dangling_pressure_pipe_ends_at_a_cap_or_is_reported() -> None:
    nodes = [Node(1, "JS", 0, 0, attachment="valve"), Node(2, "JS", 10, 0), Node(3, "JS", 20, 0)]
    lines = [Line(1, "JS", 1, 2, pressure=""), Line(2, "JS", 2, 3)]
    assert [(f.line, f.node) for f in found("dangling_line", nodes, lines)] == [(2, 3)]
    assert found("dangling_line", [*nodes[:2], replace(nodes[2], feature="cap")], lines) == []


def test_point_not_on_line_and_point_on_line() -> None:
    nodes, lines = drain()
    (lonely,) = found("point_off_line", [*nodes, Node(4, "YS", 5, 5, name="YS4")], lines)
    assert (lonely.node, lonely.severity) == (4, "warn")
    away = [replace(lines[0], ends=((0, 0), (40.5, 0))), lines[1]]
    (fault,) = found("point_off_line", nodes, away)
    assert (fault.line, fault.node, fault.facts["away_m"]) == (11, 2, 0.5)
    assert found("point_off_line", nodes, [replace(lines[0], ends=((0, 0), (40.15, 0))), lines[1]]) == []  # 0.15 m is allowed


def test_duplicate_line_and_point() -> None:
    nodes, lines = drain()
    (fault,) = found("duplicate", nodes, [*lines, Line(15, "YS", 2, 1, 22.0, 21.9, 400, flow=-1)])
    assert (fault.line, fault.other) == (15, 11)
    assert found("duplicate", nodes, [*lines, Line(15, "WS", 2, 1)]) == []  # another kind in the same trench
    twins = [*nodes, Node(4, "YS", 40.01, 0.01), Node(5, "WS", 40, 0)]
    assert [(f.node, f.other) for f in found("duplicate", twins, lines)] == [(4, 2)]


def test_reverse_slope() -> None:
    nodes, lines = drain()
    (fault,) = found("reverse_slope", nodes, [replace(lines[0], start_invert=21.5), lines[1]])
    assert (fault.line, fault.facts["rise_m"]) == (11, 0.4)
    assert found("reverse_slope", nodes, [replace(lines[0], start_invert=21.89), lines[1]]) == []  # within the fall that counts
    upside = [replace(lines[0], start_invert=21.5, flow=-1), lines[1]]
    assert found("reverse_slope", nodes, upside) == []  # drawn against the flow: falls from end to start
    forced = [replace(lines[0], start_invert=21.5, pressure="P"), lines[1]]
    assert found("reverse_slope", nodes, forced) == []  # a pressure main may rise


def test_reverse_slope_without_elevations_is_unknown_not_sound() -> None:
    nodes, lines = drain()
    done = topology.reverse_slopes(Network(nodes, [replace(lines[0], start_invert=None), lines[1]]), SETTINGS)
    assert (done.findings, done.looked, done.unknown) == ([], 2, 1)


def test_large_pipe_into_a_small_one() -> None:
    nodes, lines = drain()
    (fault,) = found("shrinking_diameter", nodes, [replace(lines[0], diameter_mm=800), lines[1]])
    assert (fault.line, fault.other, fault.node) == (12, 11, 2)
    assert (fault.facts["upstream_mm"], fault.facts["downstream_mm"]) == (800, 500)
    assert found("shrinking_diameter", nodes, [replace(lines[0], diameter_mm=500), lines[1]]) == []
    box = replace(lines[1], diameter_mm=None, width_mm=800.0, height_mm=800.0)  # as wide as a circle of 903 mm
    assert found("shrinking_diameter", nodes, [replace(lines[0], diameter_mm=900), box]) == []


@pytest.mark.parametrize(("invert", "bad"), [(24.01, True), (24.0, False), (9.0, False), (8.99, True)])
def test_depth_between_0_and_15_metres(invert: float, bad: bool) -> None:
    nodes, lines = drain()
    faults = found("depth_range", nodes, [replace(lines[0], start_invert=invert), lines[1]])
    assert [(f.line, f.node) for f in faults] == ([(11, 1)] if bad else [])


def test_depth_of_a_well() -> None:
    nodes, lines = drain()
    assert [f.node for f in found("depth_range", [replace(nodes[0], depth=-0.3), *nodes[1:]], lines)] == [1]
    assert found("depth_range", [replace(nodes[0], depth=2.0), *nodes[1:]], lines) == []


def test_storm_and_sanitary_cross_connection() -> None:
    nodes, lines = drain()
    sewer = Line(21, "WS", 5, 2, 23.0, 22.0, 300, flow=1, name="W")
    (fault,) = found("cross_connection", [*nodes, Node(5, "WS", 40, 20)], [*lines, sewer])
    assert (fault.line, fault.other, fault.node) == (21, 12, 2) and "雨污混接" in fault.message
    apart = [*nodes, Node(5, "WS", 40, 20), Node(6, "WS", 40.5, 0)]
    assert found("cross_connection", apart, [*lines, replace(sewer, end=6)]) == []


def test_storm_into_combined_is_no_cross_connection_but_the_reverse_is() -> None:
    nodes, lines = drain()
    combined = [lines[0], replace(lines[1], kind="HS")]
    assert found("cross_connection", nodes, combined) == []
    assert len(found("cross_connection", nodes, [replace(lines[0], kind="HS"), lines[1]])) == 1


def test_combined_into_a_sewer_only_at_an_interceptor() -> None:
    nodes, lines = drain()
    lines = [replace(lines[0], kind="HS"), replace(lines[1], kind="WS")]
    assert len(found("cross_connection", nodes, lines)) == 1
    assert found("cross_connection", [nodes[0], replace(nodes[1], attachment="interceptor"), nodes[2]], lines) == []


def test_missing_outlet_path() -> None:
    nodes, lines = drain()
    (fault,) = found("no_outlet", [*nodes[:2], replace(nodes[2], attachment="manhole")], lines)
    assert (fault.node, fault.affected) == (3, 3)
    branch = [*nodes, Node(4, "YS", 40, 40), Node(5, "YS", 40, 80)]
    wrong = [*lines, Line(14, "YS", 4, 5, 22.0, 21.0, 300, flow=1)]
    assert [(f.node, f.affected) for f in found("no_outlet", branch, wrong)] == [(5, 2)]
    assert found("no_outlet", branch, [*wrong, Line(15, "YS", 5, 2, 21.0, 20.9, 300, flow=1)]) == []


def test_a_circle_of_flow_is_reported_as_one() -> None:
    nodes, lines = drain()
    nodes += [Node(n, "YS", n, 50) for n in (6, 7, 8)]
    ring = [Line(30 + n, "YS", a, b, flow=1) for n, (a, b) in enumerate([(6, 7), (7, 8), (8, 6)])]
    (fault,) = found("no_outlet", nodes, [*lines, *ring])
    assert (fault.rule, fault.facts["nodes"], fault.affected) == ("flow_cycle", 3, 3)
    assert found("no_outlet", nodes, [*lines, *ring, Line(40, "YS", 7, 3, flow=1)]) == []  # the circle has a way out


def test_unknown_flow_follows_the_fall_and_else_is_unknown() -> None:
    nodes, lines = drain()
    assert found("no_outlet", nodes, [replace(line, flow=0) for line in lines]) == []
    flat = [replace(lines[0], flow=0, start_invert=None), lines[1]]
    done = topology.missing_outlets(Network(nodes, flat), SETTINGS)
    assert (done.findings, done.unknown) == ([], 1)


def test_a_fault_keeps_its_key_when_its_size_changes() -> None:
    nodes, lines = drain()
    keys = {found("reverse_slope", nodes, [replace(lines[0], start_invert=low), lines[1]])[0].key for low in (21.5, 21.0)}
    assert keys == {"reverse_slope:11:0:0"}


def test_cycles_of_a_long_chain_need_no_recursion() -> None:
    chain = {n: [(n, n + 1)] for n in range(50_000)}
    assert cycles(chain) == []
    chain[50_000] = [(50_000, 0)]
    assert len(cycles(chain)[0]) == 50_001


def test_a_hundred_thousand_lines_in_seconds() -> None:
    """§ speed: 100 000 lines below 30 s, with every check."""
    import time

    wide = 400
    nodes = [
        Node(n, "YS", (n % wide) * 40.0, (n // wide) * 40.0, ground=30.0, attachment="outfall" if n % wide == wide - 1 else "")
        for n in range(100_000)
    ]
    lines = [
        Line(n, "YS", n, n + 1, 28 - (n % wide) * 0.01, 28 - (n % wide + 1) * 0.01, 400, flow=1)
        for n in range(100_000 - 1)
        if n % wide != wide - 1
    ]
    began = time.process_time()
    results = topology.check(Network(nodes, lines), SETTINGS)
    assert all(not done.findings for done in results.values())
    assert time.process_time() - began < 15
