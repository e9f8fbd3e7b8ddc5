"""Checks, traces and clearances against the database."""

from __future__ import annotations

import pytest

from zhujian.boards.urban_rural.municipal_assets.models import CensusBatch, PipeLine, TopologyFinding, TopologyRun
from zhujian.boards.urban_rural.municipal_assets.selectors import proximity, traces
from zhujian.boards.urban_rural.municipal_assets.services import topology
from zhujian.boards.urban_rural.municipal_assets.tests import network_world as world
from zhujian.foundation.identity.testing import make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotFound, Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    """Drain and water main, seen by an official of the county."""
    with scope.system("测试"):
        drain, main = world.drain(), world.main()
        who = make_official(world.WUCHANG, roles=("data_admin",))
    with scope.acting(scope_of(who)):
        yield drain, main


def check(**more) -> TopologyRun:
    return topology.do_request(world.WUCHANG, **more)


def test_a_sound_town_has_no_findings(town) -> None:
    run = check()
    assert (run.state, run.errors, run.warnings, run.points, run.lines) == ("done", 0, 0, 11, 9)
    assert run.counts["reverse_slope"]["looked"] == 3 and run.parameters["municipal_assets.topology_fall_m"]
    assert float(run.length_km) == pytest.approx(0.353, abs=0.01)


def test_a_fault_is_new_then_open_then_fixed(town) -> None:
    (_, lines), _ = town
    PipeLine.objects.filter(pk=lines[0].pk).update(start_invert=21.0)
    first = check()
    found = TopologyFinding.objects.get()
    assert (first.errors, first.new, found.rule, found.state, found.line_id) == (1, 1, "reverse_slope", "new", lines[0].pk)
    assert found.region_code == world.WUCHANG and found.geom.x == pytest.approx(world.LON + 1.5 * world.STEP, abs=1e-6)
    again = check()
    found.refresh_from_db()
    assert (again.new, found.state, found.first_run_id, found.last_run_id) == (0, "open", first.pk, again.pk)
    PipeLine.objects.filter(pk=lines[0].pk).update(start_invert=21.9)
    last = check()
    found.refresh_from_db()
    assert (last.fixed, last.errors, found.state) == (1, 0, "fixed") and found.fixed_on


def test_an_accepted_finding_stays_accepted_while_it_is_found(town) -> None:
    (_, lines), _ = town
    PipeLine.objects.filter(pk=lines[0].pk).update(start_invert=21.0)
    check()
    found = TopologyFinding.objects.get()
    with pytest.raises(Refusal, match="理由"):
        topology.do_accept(found.pk, reason=" ")
    topology.do_accept(found.pk, reason="现场为倒虹吸管")
    assert check().state == "done"
    found.refresh_from_db()
    assert (found.state, found.accepted_reason) == ("accepted", "现场为倒虹吸管")
    topology.do_reopen(found.pk)
    found.refresh_from_db()
    assert (found.state, found.accepted_reason) == ("open", "")


def test_a_cut_edge_is_no_fault(town) -> None:
    from django.contrib.gis.geos import Polygon

    west, south = world.at(0, -1)
    east, north = world.at(2.5, 1)
    run = check(area=Polygon.from_bbox((west, south, east, north)).clone())
    assert run.state == "failed" or run.errors == 0
    area = Polygon.from_bbox((west, south, east, north))
    area.srid = 4490
    run = check(area=area)
    assert (run.lines, run.errors, run.warnings) == (2, 0, 0)


def test_gas_that_crosses_a_sewer_too_close(town) -> None:
    with scope.system("测试"):
        a, b = world.point("G1", (1.5, -1), "TR", feature="cap"), world.point("G2", (1.5, 1), "TR", feature="cap")
        gas = world.line("G", a, b, kind="TR", flow=0, diameter_mm=200, pressure="MPA", start_invert=22.3, end_invert=22.3)
    run = check()
    found = TopologyFinding.objects.get()
    assert (found.rule, found.line_id, found.severity, run.counts["clearance"]["errors"]) == ("clearance", gas.pk, "error", 1)
    assert found.facts["need_m"] == 0.15 and found.facts["have_m"] == pytest.approx(0.05, abs=0.002)  # 22.30 − (21.85 + 0.40)
    PipeLine.objects.filter(pk=gas.pk).update(start_invert=22.5, end_invert=22.5)
    assert check().counts["clearance"]["errors"] == 0


def test_another_county_is_refused(town) -> None:
    with pytest.raises(Refusal, match="本辖区"):
        topology.do_request("420111000000")


def test_a_large_check_waits_for_the_job(town, monkeypatch) -> None:
    monkeypatch.setattr(topology.Values, "__call__", _few(topology.Values.__call__))
    run = check()
    assert run.state == "queued"
    with scope.system("后台"):
        assert topology.run_queued() == 1
        assert topology.run_queued() == 0
    run.refresh_from_db()
    assert run.state == "done"


def _few(original):
    return lambda self, name: 1 if name == "topology_now_most" else original(self, name)


def test_downstream_and_upstream(town) -> None:
    (points, lines), _ = town
    down = traces.trace(points[1], traces.DOWN)
    assert [one.code for one in down.lines] == ["L2", "L3"] and [p.code for p in down.ends] == ["Y4"]
    assert down.length_m == pytest.approx(76.8, abs=1)
    up = traces.trace(lines[2], traces.UP)
    assert {one.code for one in up.lines} == {"L1", "L2", "L3"} and up.roles[lines[2].pk] == "start"


def test_the_database_walks_as_the_rules_do(town) -> None:
    """Directions in SQL and in `rules.network.directed` are one and the same."""
    (points, lines), _ = town
    PipeLine.objects.filter(pk=lines[1].pk).update(flow=0)  # by its fall
    PipeLine.objects.filter(pk=lines[2].pk).update(flow=-1)  # drawn against the flow
    assert {one.code for one in traces.trace(points[0], traces.DOWN).lines} == {"L1", "L2"}
    assert {one.code for one in traces.trace(points[3], traces.DOWN).lines} == {"L3"}
    PipeLine.objects.filter(pk=lines[1].pk).update(start_invert=None)
    assert {one.code for one in traces.trace(points[0], traces.DOWN).lines} == {"L1"}
    assert {one.code for one in traces.trace(points[0], traces.ALL).lines} == {"L1", "L2", "L3"}


def test_isolation_of_a_burst(town) -> None:
    _, (points, lines) = town
    cut = traces.trace(lines[2], traces.BURST)
    assert [v.code for v in cut.valves] == ["J1", "J4"] and cut.sources_known and cut.users == 48
    assert {one.code: cut.roles[one.pk] for one in cut.lines} == {
        "W1": "segment", "W2": "start", "W3": "segment", "W5": "segment", "W4": "cut_off",
    }  # fmt: skip
    stuck = traces.trace(lines[4], traces.BURST, stuck=[points["J4"].pk])
    assert [v.code for v in stuck.valves] == ["J1"] and [v.code for v in stuck.stuck] == ["J4"]


def test_a_trace_stays_in_scope(town) -> None:
    (points, _), _ = town
    with scope.system("测试"):
        other = make_official("420111000000", roles=("viewer",))
    with scope.acting(scope_of(other)), pytest.raises(NotFound):
        traces.start_of("point", points[0].pk)


def test_nearest_and_clearance(town) -> None:
    (points, lines), (_, water) = town
    lon, lat = world.at(1, 0)
    found = proximity.nearest(lon, lat, 50)
    assert found[0].label in ("Y1", "L1") and found[0].metres == 0
    assert {one.resource for one in found} == {"municipal_assets.pipe_line", "municipal_assets.pipe_point"}
    with pytest.raises(Refusal):
        proximity.nearest(lon, lat, 0)
    (pair,) = proximity.clearance_of(lines[0].pk, other=water[1].pk)
    assert pair.net.horizontal == pytest.approx(88.7 - 0.3, abs=1) and pair.net.need_horizontal == 1.0 and not pair.net.short_m
    (back,) = proximity.clearance_of(water[1].pk, other=lines[0].pk)
    assert back.net.horizontal == pytest.approx(pair.net.horizontal, abs=1e-6)


def test_only_some_kinds_and_only_one_batch(town) -> None:
    (_, lines), (_, water) = town
    PipeLine.objects.filter(pk=lines[0].pk).update(start_invert=21)
    PipeLine.objects.filter(pk=water[0].pk).update(end=None)
    assert {f.kind for f in _found(check())} == {"YS", "JS"}
    run = check(kinds=["JS"])
    assert (run.lines, {f.rule for f in TopologyFinding.objects.filter(last_run=run)}) == (6, {"dangling_line"})
    assert TopologyFinding.objects.get(rule="reverse_slope").state != "fixed"  # not looked at, so not mended
    with scope.system("测试"):
        batch = CensusBatch.objects.create(
            code="P1",
            name="一期普查",
            kinds=["YS"],
            surveyor_name="测绘院",
            starts_on="2026-01-01",
            ends_on="2026-02-01",
            region_code=world.WUCHANG,
        )
        PipeLine.objects.filter(pk=lines[0].pk).update(batch=batch)
    run = check(batch=batch)
    assert (run.lines, run.errors) == (1, 1) and run.title.startswith("一期普查")
    assert TopologyFinding.objects.get(rule="dangling_line").state != "fixed"


def _found(run: TopologyRun) -> list[TopologyFinding]:
    return list(TopologyFinding.objects.filter(last_run=run))


def test_a_burst_names_the_buildings_and_their_units(town) -> None:
    from django.contrib.gis.geos import MultiPolygon, Polygon

    from zhujian.foundation.cim.services import register_building

    _, (_, lines) = town

    def house(code: str, column: float, row: float) -> None:
        west, south = world.at(column, row)
        outline = MultiPolygon(Polygon.from_bbox((west, south, west + 0.0001, south + 0.0001)), srid=4490)
        register_building(
            region_code=world.WUCHANG, outline=outline, on=world.SINCE, name=code, use="10", floors_above=6, floors_below=0, height_m=18, base_m=25,
            accuracy_m=0.5, cim_level=3,
        )  # fmt: skip

    with scope.system("测试"):
        house("近", 2.5, 2.1)
        house("远", 2.5, 9)
    cut = traces.trace(lines[2], traces.BURST)
    assert [one.building.name for one in cut.buildings] == ["近"] and 0 < cut.buildings[0].metres < 30
