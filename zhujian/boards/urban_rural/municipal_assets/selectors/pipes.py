"""Pipes as a network: a region, an area or a batch from the register into `rules.network`, under the reader's scope."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection

from zhujian.boards.urban_rural.municipal_assets.models import PipeLine, PipePoint
from zhujian.boards.urban_rural.municipal_assets.rules.network import Line, Network, Node
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.scope import region_range

LINES, POINTS, FACILITIES = "municipal_assets_pipeline", "municipal_assets_pipepoint", "municipal_assets_facility"
FIRST_ZONE, FIRST_MERIDIAN = 4534, 75  # CGCS2000 / 3-degree Gauss-Krüger: EPSG 4534 has the central meridian 75°E, 4547 114°E
LINE_COLUMNS = (
    "l.id, l.kind, l.start_id, l.end_id, l.start_invert::float8, l.end_invert::float8, l.diameter_mm::float8, l.width_mm::float8, "
    "l.height_mm::float8, l.flow, coalesce(nullif(l.pressure, ''), CASE WHEN l.pressure_mpa > 0 THEN 'P' ELSE '' END), "
    "l.length_m::float8, coalesce(nullif(l.code, ''), l.id::text)"
)


@dataclass(frozen=True)
class Extent:
    """Which pipes: of a region, of an area in it, of a census batch, of some kinds; as of the day `on`."""

    region_code: str
    on: date
    area: GEOSGeometry | None = None
    batch_id: int | None = None
    kinds: Sequence[str] = ()

    def where(self, alias: str, *, kinds: bool = True) -> tuple[str, list[Any]]:
        """SQL condition and its values for rows of pipes or points called `alias`. Without `kinds` the kinds do not matter."""
        low, high = region_range(self.region_code)
        parts = [
            f"NOT {alias}.planned AND {alias}.valid_from <= %s AND ({alias}.valid_to IS NULL OR {alias}.valid_to > %s)",
            f"{alias}.region_code >= %s AND {alias}.region_code < %s",
        ]
        values: list[Any] = [self.on, self.on, low, high]
        if self.area is not None:
            parts.append(f"ST_Intersects({alias}.geom, ST_GeomFromEWKB(%s))")
            values.append(bytes(self.area.ewkb))
        if self.batch_id is not None:
            parts.append(f"{alias}.batch_id = %s")
            values.append(self.batch_id)
        if kinds and self.kinds:
            parts.append(f"{alias}.kind = ANY(%s)")
            values.append(list(self.kinds))
        return " AND ".join(parts), values


def zone_of(lon: float) -> int:
    """EPSG code of the 3-degree zone (CGCS2000) that holds a longitude; Refusal outside China's zones."""
    step = round((lon - FIRST_MERIDIAN) / 3)
    if not 0 <= step <= 20:
        raise Refusal("pipes.outside", "管线位置超出 CGCS2000 三度带范围，请核对坐标。")
    return FIRST_ZONE + step


def count(extent: Extent) -> int:
    """How many lines the extent holds."""
    where, values = extent.where("l")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {LINES} l WHERE {where}", values)  # noqa: S608
        return int(cursor.fetchone()[0])


@dataclass
class Loaded:
    """A network with what the answers need besides: the zone it is drawn in and the whole length of its lines."""

    network: Network
    zone: int
    length_m: float = 0.0
    extent: Extent | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def load(extent: Extent, *, fall_m: float, sinks: Collection[str] = ()) -> Loaded:
    """The network of an extent. Points at which pipes outside join are marked, so that a cut edge is no fault; points where a
    facility of one of the kinds `sinks` stands count as outlets."""
    where, values = extent.where("l")
    point_where, point_values = extent.where("p")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT avg(ST_X(ST_StartPoint(l.geom))) FROM {LINES} l WHERE {where}", values)  # noqa: S608
        middle = cursor.fetchone()[0]
        if middle is None:
            cursor.execute(f"SELECT avg(ST_X(p.geom)) FROM {POINTS} p WHERE {point_where}", point_values)  # noqa: S608
            middle = cursor.fetchone()[0] or 114.0
        zone = zone_of(middle)
        cursor.execute(
            f"SELECT {LINE_COLUMNS}, ST_X(ST_StartPoint(g)), ST_Y(ST_StartPoint(g)), ST_X(ST_EndPoint(g)), ST_Y(ST_EndPoint(g)) "  # noqa: S608
            f"FROM {LINES} l, LATERAL ST_Transform(l.geom, {zone:d}) g WHERE {where}",
            values,
        )
        lines = [line_of(row) for row in cursor.fetchall()]
        used = list({node for line in lines for node in (line.start, line.end) if node is not None})
        nodes = _nodes(f"({point_where}) OR p.id = ANY(%s)", [*point_values, used], zone, sinks)
        outside, outside_values = extent.where("l", kinds=True)
        ids = [node[0] for node in nodes]
        edges = _joined_outside(ids, outside, outside_values, extent.on)
    network = Network((_node(row, row[0] in edges) for row in nodes), lines, least_fall=fall_m)
    return Loaded(network, zone, sum(line.length for line in lines), extent)


def line_of(row: Sequence[Any]) -> Line:
    """A line from a row of `LINE_COLUMNS` and the coordinates of its two ends."""
    return Line(
        *row[:9],
        flow=row[9],
        pressure=row[10],
        length=row[11] or 0.0,
        ends=((row[13], row[14]), (row[15], row[16])),
        name=row[12],
    )


def _nodes(where: str, values: Sequence[Any], zone: int, sinks: Collection[str]) -> list[tuple[Any, ...]]:
    """Rows of points: id, kind, x, y, feature, attachment, ground, depth, name, whether a facility drains there, whether any stands there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.kind, ST_X(g), ST_Y(g), p.feature, p.attachment, p.ground_elev::float8, p.well_depth::float8, "  # noqa: S608
            f"coalesce(nullif(p.code, ''), p.id::text), EXISTS (SELECT 1 FROM {FACILITIES} f WHERE f.point_id = p.id AND f.kind = ANY(%s)), "
            f"EXISTS (SELECT 1 FROM {FACILITIES} f WHERE f.point_id = p.id) "
            f"FROM {POINTS} p, LATERAL ST_Transform(p.geom, {zone:d}) g WHERE {where}",
            [list(sinks), *values],
        )
        return cursor.fetchall()


def _node(row: Sequence[Any], edge: bool) -> Node:
    return Node(*row[:8], name=row[8], edge=edge, sink=row[9], station=row[10])


def _joined_outside(ids: list[int], where: str, values: list[Any], on: date) -> set[int]:
    """Points among `ids` at which a present line that the extent does not hold begins or ends."""
    found: set[int] = set()
    with connection.cursor() as cursor:
        for end in ("start_id", "end_id"):
            cursor.execute(
                f"SELECT DISTINCT n FROM unnest(%s::bigint[]) n JOIN {LINES} l ON l.{end} = n "  # noqa: S608
                f"WHERE NOT l.planned AND l.valid_from <= %s AND (l.valid_to IS NULL OR l.valid_to > %s) AND ({where}) IS NOT TRUE",
                [ids, on, on, *values],
            )
            found.update(row[0] for row in cursor.fetchall())
    return found


def geojson_lines(ids: Iterable[int], roles: dict[int, str]) -> dict[str, Any]:
    """Lines as a FeatureCollection with `role` (what the line is in the answer), code and kind."""
    rows = PipeLine.objects.filter(pk__in=list(ids)).only("id", "code", "kind", "geom", "diameter_mm")
    features = [
        {
            "type": "Feature", "id": line.pk, "geometry": {"type": "LineString", "coordinates": [[round(c, 7) for c in xy] for xy in line.geom.coords]},
            "properties": {"id": line.pk, "name": line.code or str(line.pk), "kind": line.kind, "role": roles.get(line.pk, "")},
        }
        for line in rows
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}


def geojson_points(ids: Iterable[int], roles: dict[int, str]) -> dict[str, Any]:
    """Points as a FeatureCollection with `role`, code and kind."""
    rows = PipePoint.objects.filter(pk__in=list(ids)).only("id", "code", "kind", "geom")
    features = [
        {
            "type": "Feature", "id": point.pk, "geometry": {"type": "Point", "coordinates": [round(point.geom.x, 7), round(point.geom.y, 7)]},
            "properties": {"id": point.pk, "name": point.code or str(point.pk), "kind": point.kind, "role": roles.get(point.pk, "")},
        }
        for point in rows
    ]  # fmt: skip
    return {"type": "FeatureCollection", "features": features}
