"""Vector tiles: what PostGIS's ST_AsMVT makes of the rows a reader may see, kept until one of them changes (`cache`)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.http import HttpRequest, HttpResponse

from zhujian.foundation.kernel import prepared, scope
from zhujian.foundation.kernel.errors import Refusal, refuse_if
from zhujian.foundation.resources import api, filtering, geojson, releasing
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Choice
from zhujian.foundation.resources.links import SRID
from zhujian.foundation.resources.maps import cache, thinning
from zhujian.foundation.resources.maps.grids import CGCS2000, WEB, Grid
from zhujian.foundation.resources.measures import Whole
from zhujian.foundation.resources.query import Condition, Query, region_condition, scope_condition

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

EXTENT = 4096
MARGIN = 64
FEATURES_MOST = 20000
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


@dataclass(frozen=True)
class Tile:
    """A tile with the snapshot it was read in: `cache` tells by it whether a change came later."""

    data: bytes
    snapshot: str


def tile(request: HttpRequest, resource: Resource, z: int, x: int, y: int, grid: Grid = WEB) -> HttpResponse:
    """One tile; 204 when empty or below the layer's smallest zoom, 304 when the reader has it already."""
    if not grid.has(z, x, y):
        raise Refusal("tiles.address", "瓦片编号超出范围。")
    api.check_parameters(request, filtering.names(resource))
    if resource.layer and z < resource.layer.min_zoom:
        return HttpResponse(status=204)
    made = filtering.read(resource, request.GET, narrowed=False)
    refuse_if(made.reasons)
    if releasing.gated(resource) and releasing.program():  # on the map of a page tiles are looked at
        with releasing.let_out(resource, "tiles", box=grid.bounds(z, x, y, buffer=0)):
            return releasing.marked(_tile(request, resource, made.query, grid, z, x, y))
    return _tile(request, resource, made.query, grid, z, x, y)


def _tile(request: HttpRequest, resource: Resource, query: Query, grid: Grid, z: int, x: int, y: int) -> HttpResponse:
    fresh = "no-cache" in request.headers.get("Cache-Control", "")
    known = request.headers.get("If-None-Match", "")
    mark, data = serve(resource, query, grid, z, x, y, asked=request.GET.urlencode(), known=known, fresh=fresh)
    if data is None:
        answer = HttpResponse(status=304)
    elif not data:
        answer = HttpResponse(status=204)
    else:
        answer = HttpResponse(data, content_type=MEDIA_TYPE)
    answer["ETag"] = mark
    # The browser keeps a tile but asks each time: a change must show at once, and "unchanged" costs one look-up.
    answer["Cache-Control"] = "private, no-cache"
    return answer


def tile_cgcs2000(request: HttpRequest, resource: Resource, z: int, x: int, y: int) -> HttpResponse:
    """The same in degrees: two tiles wide at level 0, so that level z here is level z + 1 of 天地图's “c” set."""
    return tile(request, resource, z, x, y, CGCS2000)


def serve(
    resource: Resource, query: Query, grid: Grid, z: int, x: int, y: int, *, asked: str = "", known: str = "", fresh: bool = False
) -> tuple[str, bytes | None]:
    """ETag and bytes of a tile, from the cache or made now; no bytes when the tag stands in `known`, empty ones for an empty tile.

    `query` holds the filters, `asked` says them as text for the cache's key; the scope's region is added here, narrowed or not.
    With `fresh` the cache is neither read nor written. The caller has checked the address (`Grid.has`) and the right to view.
    """
    query = Query(resource, [*query.conditions, *_scope(resource, z)], narrowed=False)
    keeper = None if fresh else cache.Keeper.of(resource, grid, z, x, y, asked)
    if keeper and (kept := keeper.read(known)) is not None:
        return kept
    began = time.perf_counter()
    made = make(resource, query, grid, z, x, y)
    mark = cache.tag(made.data)
    if keeper:
        keeper.keep(made, mark, (time.perf_counter() - began) * 1000)
    return mark, None if mark in known else made.data


def _scope(resource: Resource, z: int) -> list[Condition]:
    """The reader's scope as a condition: officials see their region (not rows elsewhere that name them), as in lists.

    Near, the tile's box is the better index, and a condition on a key would only mislead the planner into reading both.
    """
    if not cache.by_region(resource):
        found = scope_condition(resource)
        return [found] if found else []
    who = scope.current()
    if who.is_system:
        return []
    if z < thinning.BELOW and len(who.region_lo) >= 4:
        return [region_condition(resource, who.region_lo)]
    return [('t."region_code" >= %s AND t."region_code" < %s', [who.region_lo, who.region_hi])]


def make(resource: Resource, query: Query, grid: Grid, z: int, x: int, y: int) -> Tile:
    """The tile as the database holds it now, thinned where the layer asks for it."""
    thin = resource.layer is not None and resource.layer.thin
    if not thin or z >= thinning.BELOW:
        most = thinning.BUDGET if thin else FEATURES_MOST
        made, count = whole(resource, query, grid, z, x, y, most=most)
        if not thin or count <= most:
            return made
    return thinned(resource, query, grid, z, x, y)


def _columns(fields: list[Field]) -> str:
    """Properties as SQL: codes as text, numbers as numbers."""
    return "".join(f', t.{item.column}{_cast(item)} AS "{item.name}"' for item in fields)


def _cast(item: Field) -> str:
    """Whole numbers stay what they are, decimals become doubles (a tile knows no decimals), everything else text."""
    if isinstance(item.kind, Choice) or not item.kind.numeric:
        return "::text"
    return "" if isinstance(item.kind, Whole) else "::float8"


def _drawn(column: str, grid: Grid, z: int) -> str:
    """SQL of a geometry in tile units; `area` is the tile's box in the matching plane."""
    if grid.flat(z):
        return f"ST_AsMVTGeom({column}, area.box, {EXTENT}, {MARGIN}, true)"
    # 4490 and 4326 are the same to within display accuracy; PostGIS projects the latter without a grid.
    return f"ST_AsMVTGeom(ST_Transform(ST_SetSRID({column}, 4326), 3857), area.box, {EXTENT}, {MARGIN}, true)"


def _area(grid: Grid, z: int, x: int, y: int) -> str:
    if grid.flat(z):
        west, south, east, north = grid.bounds(z, x, y, buffer=0)
        return f"(SELECT ST_MakeEnvelope({west!r}, {south!r}, {east!r}, {north!r}, {SRID})::box2d AS box) area"
    return f"(SELECT ST_TileEnvelope({z:d}, {x:d}, {y:d})::box2d AS box) area"


def _box(column: str, grid: Grid, z: int, x: int, y: int) -> tuple[str, list[float]]:
    return f"{column} && ST_MakeEnvelope(%s, %s, %s, %s, {SRID})", list(grid.bounds(z, x, y))


def whole(resource: Resource, query: Query, grid: Grid, z: int, x: int, y: int, *, most: int) -> tuple[Tile, int]:
    """Every feature, and how many rows were read (`most` + 1: there are more).

    What lies whole inside the tile is only scaled and put on the tile's grid, which is what ST_AsMVTGeom does to it, four times as fast;
    what crosses the edge goes through ST_AsMVTGeom to be cut. The statement is the same for every tile of a layer, so that it is prepared once.
    """
    column = f"t.{geojson.shape_of(resource).column}"
    where, params = query.where([_box(column, grid, z, x, y)])
    if grid.flat(z):
        area, given = _FLAT, [*grid.bounds(z, x, y, buffer=0), *grid.bounds(z, x, y), *_scale(grid, z, x, y)]
        drawn = (
            f"CASE WHEN {column} @ area.grown THEN ST_SnapToGrid(ST_Affine(ST_ForcePolygonCW({column}), a, 0, 0, e, xoff, yoff), 1) "
            f"ELSE {_drawn(column, grid, z)} END"
        )
    else:
        area, given, drawn = (
            "ST_TileEnvelope(%s::integer, %s::integer, %s::integer)::box2d AS box",
            [z, x, y],
            _drawn(column, grid, z),
        )
    sql = (
        f"WITH area AS MATERIALIZED (SELECT {area}), "  # noqa: S608
        f'found AS (SELECT t."id"{_columns(geojson.shown_fields(resource))}, {drawn} AS geom '
        f"FROM {resource.table} t, area WHERE {where} LIMIT {most + 1:d}) "
        "SELECT ST_AsMVT(found, %s, 4096, 'geom', 'id') FILTER (WHERE geom IS NOT NULL AND NOT ST_IsEmpty(geom)), count(*), "
        "pg_current_snapshot()::text FROM found"
    )
    with prepared.bytes_cursor() as cursor:
        cursor.execute(sql, [*given, *params, resource.name])
        data, count, snapshot = cursor.fetchone()
    return Tile(bytes(data or b""), snapshot), count


_FLAT = (
    f"ST_MakeEnvelope(%s, %s, %s, %s, {SRID})::box2d AS box, ST_MakeEnvelope(%s, %s, %s, %s, {SRID}) AS grown, "
    "%s::float8 AS a, %s::float8 AS e, %s::float8 AS xoff, %s::float8 AS yoff"
)


def _scale(grid: Grid, z: int, x: int, y: int) -> list[float]:
    """From degrees to tile units: a, e, xoff, yoff of ST_Affine."""
    west, south, east, north = grid.bounds(z, x, y, buffer=0)
    across, down = EXTENT / (east - west), EXTENT / (south - north)
    return [across, down, -west * across, -north * down]


def thinned(resource: Resource, query: Query, grid: Grid, z: int, x: int, y: int) -> Tile:
    """A sample of the features with how many each stands for (``count``, left out for 1), and every large one (see `thinning`).

    A polygon or line too small to be drawn becomes a point.
    """
    field = geojson.shape_of(resource)
    column, points = f"t.{field.column}", thinning.only_points(resource)
    where, params = query.where([_box(column, grid, z, x, y)])
    with connection.cursor() as cursor:
        sql, times = thinning.level_sql(resource.table, column, where, points=points)
        cursor.execute(f"SELECT level, pg_current_snapshot()::text FROM ({sql} AS level) found", params * times)  # noqa: S608
        level, snapshot = cursor.fetchone()
        cursor.execute(_thinned_sql(resource, grid, z, x, y, level, where), [*params, resource.name])
        return Tile(bytes(cursor.fetchone()[0] or b""), snapshot)


def _thinned_sql(resource: Resource, grid: Grid, z: int, x: int, y: int, level: int, where: str) -> str:
    column, points = f"t.{geojson.shape_of(resource).column}", thinning.only_points(resource)
    west, south, east, north = grid.bounds(z, x, y, buffer=0)
    cell = ((east - west) / thinning.CELLS, (north - south) / thinning.CELLS)
    pixel = cell[0] / 4  # a tile is drawn 512 pixels wide
    # A name belongs to one feature, not to those it stands for, and names are most of a tile's bytes.
    fields = [f for f in geojson.shown_fields(resource) if not (level and f.name == resource.label_name) and f.name != "count"]
    listed = "".join(f', "{item.name}"' for item in fields)
    centre = f"ST_SetSRID(ST_MakePoint(mx, my), {SRID})"
    # Only what is sampled stands for others; what is large enough to be here anyway stands for itself.
    weight = f"CASE WHEN zj_rank_of_span(g) >= {level:d} THEN 1 ELSE {4**level:d} END" if not points else f"{4**level:d}"
    shape = centre if points else (
        f"CASE WHEN span < {2 * pixel!r} THEN {centre} ELSE ST_Simplify(g, {pixel / 2!r}, true) END"
    )  # fmt: skip
    return (
        f'WITH read AS MATERIALIZED (SELECT t."id"{_columns(fields)}, {column} AS g, '  # noqa: S608
        f"(ST_XMin({column}) + ST_XMax({column})) / 2 AS mx, (ST_YMin({column}) + ST_YMax({column})) / 2 AS my, "
        f"greatest(ST_XMax({column}) - ST_XMin({column}), ST_YMax({column}) - ST_YMin({column})) AS span FROM {resource.table} t "
        f"WHERE {where} AND {thinning.at_least(column, level, points=points)} LIMIT {FEATURES_MOST:d}), "
        f"small AS (SELECT *, floor((mx - {west!r}) / {cell[0]!r}) AS cx, floor((my - {south!r}) / {cell[1]!r}) AS cy, "
        f"{weight} AS weight FROM read WHERE span < {cell[0]!r}), "
        f'one AS (SELECT DISTINCT ON (cx, cy) "id"{listed}, g, mx, my, span, '
        f'sum(weight) OVER (PARTITION BY cx, cy) AS n FROM small ORDER BY cx, cy, weight, "id"), '
        f'shown AS (SELECT "id"{listed}, nullif(n, 1)::bigint AS count, {shape} AS g FROM one '
        f'UNION ALL SELECT "id"{listed}, NULL, ST_Simplify(g, {pixel / 2!r}, true) FROM read WHERE span >= {cell[0]!r}), '
        f'found AS (SELECT "id"{listed}, count, {_drawn("g", grid, z)} AS geom FROM shown, {_area(grid, z, x, y)}) '
        "SELECT ST_AsMVT(found, %s, 4096, 'geom', 'id') FROM found WHERE geom IS NOT NULL"
    )
