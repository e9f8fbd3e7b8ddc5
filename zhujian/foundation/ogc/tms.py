"""Tile matrix sets and tileset metadata (OGC 17-083r4, 20-057) of the grids that tiles are made in (`resources.maps.grids`)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from zhujian.foundation.kernel.errors import NotFound
from zhujian.foundation.ogc import crs, queryables
from zhujian.foundation.ogc.answers import link
from zhujian.foundation.resources import geojson
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.maps.grids import DEEPEST, EARTH, GRIDS, Grid

PIXEL = 0.00028  # metres: OGC's standard pixel
METRES_PER_DEGREE = 6378137 * 3.141592653589793 / 180
SIDE = 256
URIS = {"WebMercatorQuad": "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"}
DIMENSIONS = {"POINT": 0, "MULTIPOINT": 0, "LINESTRING": 1, "MULTILINESTRING": 1, "POLYGON": 2, "MULTIPOLYGON": 2}


def grid(name: str) -> Grid:
    """The set called `name`; NotFound otherwise."""
    if name not in GRIDS:
        raise NotFound("ogc.tms", f"没有瓦片矩阵集“{name[:40]}”，可用的有 {'、'.join(GRIDS)}。")
    return GRIDS[name]


def cell_size(one: Grid, level: int) -> float:
    """Width of a pixel at `level`, in the unit of the set's system."""
    return (180 if one.srid == crs.SRID else 2 * EARTH) / (1 << level) / SIDE


def matrix_set(one: Grid) -> dict[str, Any]:
    """The definition of a set. Corners and axes follow the system's authority: 4490 is latitude first."""
    degrees = one.srid == crs.SRID
    return {
        "id": one.name, "title": one.title, "crs": crs.EPSG + str(one.srid),
        **({"uri": URIS[one.name], "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible"} if one.name in URIS else {}),
        "orderedAxes": ["Lat", "Lon"] if degrees else ["X", "Y"],
        "tileMatrices": [
            {
                "id": str(level), "cellSize": cell_size(one, level),
                "scaleDenominator": cell_size(one, level) * (METRES_PER_DEGREE if degrees else 1) / PIXEL,
                "cornerOfOrigin": "topLeft", "pointOfOrigin": [90, -180] if degrees else [-EARTH, EARTH],
                "tileWidth": SIDE, "tileHeight": SIDE, "matrixWidth": one.columns << level, "matrixHeight": one.rows << level,
            }
            for level in range(DEEPEST + 1)
        ],
    }  # fmt: skip


def tileset(request: HttpRequest, resource: Resource, one: Grid, *, whole: bool = True) -> dict[str, Any]:
    """Metadata of the vector tiles of `resource` in a set; without `whole` the entry in a list."""
    assert resource.layer is not None, "collections have a layer"
    base = f"/ogc/collections/{resource.key}/tiles/{one.name}"
    set_link = link(
        request, f"/ogc/tileMatrixSets/{one.name}", "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme", title=one.title
    )
    own = link(request, base + "?f=json", "self", title="本瓦片集")
    made: dict[str, Any] = {
        "title": f"{resource.layer.title or resource.title}（{one.title}）", "dataType": "vector", "crs": crs.EPSG + str(one.srid),
        **({"tileMatrixSetURI": URIS[one.name]} if one.name in URIS else {}),
        "links": [own, set_link],
    }  # fmt: skip
    # An address with placeholders must keep its braces.
    item = {
        "href": request.build_absolute_uri(base) + "/{tileMatrix}/{tileRow}/{tileCol}?f=mvt", "rel": "item", "templated": True,
        "type": "application/vnd.mapbox-vector-tile", "title": "矢量瓦片；路径先行后列",
    }  # fmt: skip
    made["links"].append(item)
    if not whole:
        return made
    west, south, east, north = crs.extent()
    shown = {field.name for field in geojson.shown_fields(resource)}
    known = queryables.of(resource)
    kind = str(getattr(resource.model._meta.get_field(resource.layer.geometry), "geom_type", "GEOMETRY"))
    layer = {
        "id": resource.name, "title": resource.layer.title or resource.title, "dataType": "vector",
        **({"geometryDimension": DIMENSIONS[kind]} if kind in DIMENSIONS else {}),
        "minTileMatrix": str(resource.layer.min_zoom), "maxTileMatrix": str(DEEPEST),
        "propertiesSchema": {"type": "object", "properties": {name: q.schema() for name, q in known.items() if name in shown}},
    }  # fmt: skip
    limits = [
        {"tileMatrix": str(level), **_limits(one, level, (west, south, east, north))}
        for level in range(resource.layer.min_zoom, DEEPEST + 1)
    ]
    return {
        **made, "tileMatrixSetLimits": limits, "layers": [layer],
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": crs.CRS84},
    }  # fmt: skip


def _limits(one: Grid, level: int, box: tuple[float, float, float, float]) -> dict[str, int]:
    """Rows and columns that hold the box: found from the grid's own bounds, so that both agree."""
    west, south, east, north = box
    across, down = one.columns << level, one.rows << level
    left, _, right, _ = one.bounds(level, 0, 0, buffer=0)
    width = right - left
    columns = [min(across - 1, max(0, int((lon + 180) / width))) for lon in (west, east)]

    def row(lat: float) -> int:
        low, high = 0, down - 1
        while low < high:  # bounds fall from north to south
            middle = (low + high) // 2
            if one.bounds(level, 0, middle, buffer=0)[1] <= lat:
                high = middle
            else:
                low = middle + 1
        return low

    return {"minTileRow": row(north), "maxTileRow": row(south), "minTileCol": columns[0], "maxTileCol": columns[1]}
