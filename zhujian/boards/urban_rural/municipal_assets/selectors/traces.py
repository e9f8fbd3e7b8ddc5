"""Traces and isolation of the registered network: found by the database, walked by `rules.tracing`, told with lengths and counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import Facility, PipeLine, PipePoint
from zhujian.boards.urban_rural.municipal_assets.rules import tracing as rules
from zhujian.boards.urban_rural.municipal_assets.rules.network import Network, Node
from zhujian.boards.urban_rural.municipal_assets.selectors import pipes
from zhujian.boards.urban_rural.municipal_assets.services.values import Values
from zhujian.foundation.cim.selectors.near import Near, near
from zhujian.foundation.kernel.errors import NotFound, Refusal

DOWN, UP, ALL, BURST = "down", "up", "all", "burst"
MODES = {DOWN: "下游", UP: "上游", ALL: "连通范围", BURST: "爆管关阀"}
BUILDINGS = 500
PRESENT = "NOT l.planned AND l.valid_from <= %(on)s AND (l.valid_to IS NULL OR l.valid_to > %(on)s) AND l.kind = ANY(%(kinds)s)"
# Which end is upstream, as `rules.network.directed` says; NULL when it is not known.
FROM = (
    "CASE WHEN l.flow > 0 THEN l.start_id WHEN l.flow < 0 THEN l.end_id "
    "WHEN l.start_invert IS NULL OR l.end_invert IS NULL OR abs(l.start_invert - l.end_invert) < %(fall)s THEN NULL "
    "WHEN l.start_invert > l.end_invert THEN l.start_id ELSE l.end_id END"
)
OTHER = "CASE WHEN l.start_id = w.node THEN l.end_id ELSE l.start_id END"
WALK = """
WITH RECURSIVE walk(node) AS (
  SELECT unnest(%(start)s::bigint[])
  UNION
  SELECT {other} FROM walk w JOIN {lines} l ON (l.start_id = w.node OR l.end_id = w.node)
   WHERE {present} AND l.start_id IS NOT NULL AND l.end_id IS NOT NULL {direction}
) SELECT node FROM walk LIMIT %(most)s
"""
DIRECTIONS = {DOWN: f"AND {FROM} = w.node", UP: f"AND {FROM} <> w.node", ALL: "", BURST: ""}


@dataclass
class Answer:
    """What a trace found, ready for a page, a map, a list and the API. Lengths in metres; `users`: those registered behind the meters, boxes
    and regulators that lose their supply."""

    mode: str
    start: PipeLine | PipePoint
    lines: list[PipeLine]
    roles: dict[int, str]
    point_roles: dict[int, str]
    limited: bool
    length_m: float = 0.0
    by_kind: list[dict[str, Any]] = field(default_factory=list)
    ends: list[PipePoint] = field(default_factory=list)
    valves: list[PipePoint] = field(default_factory=list)
    stuck: list[PipePoint] = field(default_factory=list)
    facilities: list[Facility] = field(default_factory=list)
    buildings: list[Near] = field(default_factory=list)
    users: int = 0
    sources_known: bool = True
    hits_source: list[PipePoint] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    @property
    def units(self) -> int:
        """Units (flats, shops) in the affected buildings."""
        return sum(one.units for one in self.buildings)


def medium(kind: str, values: Values) -> list[str]:
    """Kinds of pipe that carry the same thing as `kind`: all drainage, all gas, all heat …, by the classes of the clearance table."""

    def base(rows: Any) -> str:
        return str(rows if isinstance(rows, str) else rows[-1]["group"]).partition("_")[0]

    groups = values("clearance_group")
    if kind not in groups or base(groups[kind]) in ("power", "telecom"):
        return [kind]
    return [other for other, rows in groups.items() if base(rows) == base(groups[kind])]


def start_of(kind: str, pk: int) -> PipeLine | PipePoint:
    """The visible line or point to start from; NotFound otherwise."""
    model = {"line": PipeLine, "point": PipePoint}.get(kind)
    found = model.objects.filter(pk=pk).first() if model else None
    if found is None:
        raise NotFound("trace.start", "没有找到这条管线或这个管点，可能已被移走，或不在您的管辖范围内。")
    return found


def _nodes_of(start: PipeLine | PipePoint, mode: str, fall: float) -> list[int]:
    """Where the walk begins: the point itself; of a line the end that the direction asks for, else both."""
    if isinstance(start, PipePoint):
        return [start.pk]
    ends = [node for node in (start.start_id, start.end_id) if node]
    if not ends:
        raise Refusal("trace.dangling", "这条管线没有登记管点，无法追溯，请先补测管点。")
    if mode not in (DOWN, UP) or len(ends) < 2:
        return ends
    flow = start.flow
    if not flow and start.start_invert is not None and start.end_invert is not None:
        drop = float(start.start_invert - start.end_invert)
        flow = 0 if abs(drop) < fall else (1 if drop > 0 else -1)
    if not flow:
        raise Refusal("trace.flow", "这条管线的流向未知，高程也判断不出，请先登记流向，或改为查询连通范围。")
    down, up = (start.end_id, start.start_id) if flow > 0 else (start.start_id, start.end_id)
    return [down if mode == DOWN else up]  # type: ignore[list-item]


def subnetwork(
    start: Iterable[int], kinds: Collection[str], mode: str, *, on: date, fall: float, most: int
) -> tuple[Network, bool]:
    """Pipes that can be reached from `start` in the asked direction, under the reader's scope, and whether the search was cut short."""
    sql = WALK.format(other=OTHER, lines=pipes.LINES, present=PRESENT, direction=DIRECTIONS[mode])
    values = {"start": list(start), "on": on, "kinds": list(kinds), "fall": fall, "most": most + 1}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        nodes = [row[0] for row in cursor.fetchall() if row[0] is not None]
        cursor.execute(
            f"SELECT {pipes.LINE_COLUMNS}, 0, 0, 0, 0 FROM {pipes.LINES} l WHERE {PRESENT} AND l.start_id = ANY(%(nodes)s) "  # noqa: S608
            "AND l.end_id = ANY(%(nodes)s)",
            {**values, "nodes": nodes},
        )
        lines = [pipes.line_of(row) for row in cursor.fetchall()]
    # Points are known by their ids alone here: attachments are asked for where they matter.
    return Network((Node(node, "", 0.0, 0.0) for node in nodes), lines, least_fall=fall), len(nodes) > most


def trace(start: PipeLine | PipePoint, mode: str, *, stuck: Collection[int] = (), on: date | None = None) -> Answer:
    """Follow the network from a line or point. `mode`: down, up, all, burst; `stuck`: valves that do not close."""
    if mode not in MODES:
        raise Refusal("trace.mode", "请选择追溯方式。", "mode")
    day = on or timezone.localdate()
    values = Values(day, start.region_code)
    most, fall = int(values("trace_most")), values.number("topology_fall_m")
    kinds = medium(start.kind, values)
    begin = _nodes_of(start, mode, fall)
    network, limited = subnetwork(begin, kinds, mode, on=day, fall=fall, most=most)
    if mode == BURST:
        if not isinstance(start, PipeLine):
            raise Refusal("trace.burst", "请选择发生爆管的管线，而不是管点。")
        answer = _isolate(start, network, values, stuck, most)
    else:
        walk = {DOWN: rules.downstream, UP: rules.upstream, ALL: rules.connected}[mode]
        met = walk(network, begin, most=most)
        lines = dict.fromkeys((*([start.pk] if isinstance(start, PipeLine) else []), *met.lines))
        answer = Answer(mode, start, [], dict.fromkeys(lines, "traced"), {}, met.limited)
        answer.ends = list(PipePoint.objects.filter(pk__in=met.ends[:200]).order_by("id"))
        answer.facilities = list(Facility.objects.filter(point__in=met.nodes).order_by("id")[:200])
        answer.point_roles = {point.pk: "end" for point in answer.ends}
    answer.limited = answer.limited or limited
    if isinstance(start, PipeLine):
        answer.roles[start.pk] = "start"
    _measure(answer)
    answer.versions = values.versions
    return answer


def _measure(answer: Answer) -> None:
    answer.lines = list(PipeLine.objects.filter(pk__in=list(answer.roles)).order_by("kind", "code", "id"))
    totals: dict[str, dict[str, Any]] = {}
    for line in answer.lines:
        row = totals.setdefault(line.kind, {"kind": line.kind, "count": 0, "length_m": 0.0})
        row["count"] += 1
        row["length_m"] += float(line.length_m or 0)
    answer.by_kind = sorted(totals.values(), key=lambda row: -row["length_m"])
    answer.length_m = sum(row["length_m"] for row in answer.by_kind)


def _isolate(start: PipeLine, network: Network, values: Values, stuck: Collection[int], most: int) -> Answer:
    nodes = list(network.touching)
    if start.pk not in network.lines:
        raise Refusal("trace.dangling", "这条管线没有接入管网（缺少管点，或已停用），无法计算关阀范围。")
    codes, points = values("trace_valves"), values("trace_source_points")
    valves = set(PipePoint.objects.filter(pk__in=nodes, attachment__in=codes).values_list("pk", flat=True))
    broken = set(
        PipePoint.objects.filter(pk__in=valves, status__in=("suspended", "abandoned", "removed")).values_list("pk", flat=True)
    )
    sources = set(PipePoint.objects.filter(pk__in=nodes, attachment__in=points).values_list("pk", flat=True))
    sources |= set(Facility.objects.filter(point__in=nodes, kind__in=values("trace_sources")).values_list("point", flat=True))
    cut = rules.isolation(network, start.pk, valves=valves, sources=sources, stuck={*stuck, *broken}, most=most)
    roles = {**dict.fromkeys(cut.cut_off, "cut_off"), **dict.fromkeys(cut.segment, "segment")}
    answer = Answer(BURST, start, [], roles, dict.fromkeys(cut.valves, "valve"), cut.limited)
    answer.valves = list(PipePoint.objects.filter(pk__in=cut.valves).order_by("code", "id"))
    answer.stuck = list(PipePoint.objects.filter(pk__in={*stuck, *broken} & valves).order_by("code", "id"))
    answer.facilities = list(Facility.objects.filter(point__in=cut.nodes).order_by("id")[:200])
    answer.users = PipePoint.objects.filter(pk__in=cut.nodes).aggregate(n=Sum("users"))["n"] or 0
    answer.hits_source = list(PipePoint.objects.filter(pk__in=cut.hits_source).order_by("id"))
    answer.sources_known = cut.sources_known
    shape = _shape([*cut.segment, *cut.cut_off])
    if shape is not None:
        answer.buildings = near(shape, values.number("affected_radius_m"), limit=BUILDINGS)
    return answer


def _shape(lines: list[int]) -> GEOSGeometry | None:
    """The lines as one geometry."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ST_AsEWKB(ST_Collect(l.geom)) FROM {pipes.LINES} l WHERE l.id = ANY(%s)", [lines])  # noqa: S608
        row = cursor.fetchone()[0]
    return GEOSGeometry(memoryview(row)) if row else None
