"""The OpenAPI 3.0 document of the OGC interface, for the collections that the current actor may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from zhujian import __version__
from zhujian.foundation.ogc import collections, items, queryables
from zhujian.foundation.resources import periods
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.maps.grids import DEEPEST, GRIDS

_LINK = {"type": "object", "required": ["href", "rel"], "properties": {
    "href": {"type": "string"}, "rel": {"type": "string"}, "type": {"type": "string"}, "title": {"type": "string"}, "templated": {"type": "boolean"},
}}  # fmt: skip
_LINKS = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}
_GEOMETRY = {"type": "object", "nullable": True, "required": ["type"], "properties": {
    "type": {"type": "string", "enum": ["Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"]},
    "coordinates": {"type": "array", "items": {}}, "geometries": {"type": "array", "items": {}},
}}  # fmt: skip
_FEATURE = {"type": "object", "required": ["type", "id", "geometry", "properties"], "properties": {
    "type": {"type": "string", "enum": ["Feature"]}, "id": {"type": "integer"}, "geometry": {"$ref": "#/components/schemas/Geometry"},
    "properties": {"type": "object"}, "links": _LINKS,
}}  # fmt: skip
SCHEMAS: dict[str, Any] = {
    "Link": _LINK, "Geometry": _GEOMETRY, "Feature": _FEATURE,
    "Problem": {"type": "object", "required": ["title", "status", "code"], "properties": {
        "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}, "code": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "required": ["code", "message"], "properties": {
            "code": {"type": "string"}, "message": {"type": "string"}, "field": {"type": "string", "nullable": True}}}},
    }},
    "Landing": {"type": "object", "required": ["title", "links"], "properties": {"title": {"type": "string"}, "description": {"type": "string"}, "links": _LINKS}},
    "Conformance": {"type": "object", "required": ["conformsTo"], "properties": {"conformsTo": {"type": "array", "items": {"type": "string"}}}},
    "Collection": {"type": "object", "required": ["id", "links"], "properties": {
        "id": {"type": "string"}, "title": {"type": "string"}, "description": {"type": "string"}, "links": _LINKS, "itemType": {"type": "string"},
        "crs": {"type": "array", "items": {"type": "string"}}, "storageCrs": {"type": "string"}, "extent": {"type": "object"},
    }},
    "Collections": {"type": "object", "required": ["links", "collections"], "properties": {
        "links": _LINKS, "crs": {"type": "array", "items": {"type": "string"}},
        "collections": {"type": "array", "items": {"$ref": "#/components/schemas/Collection"}},
    }},
    "Features": {"type": "object", "required": ["type", "features", "numberReturned", "timeStamp", "links"], "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]}, "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
        "numberReturned": {"type": "integer", "minimum": 0}, "timeStamp": {"type": "string", "format": "date-time"}, "links": _LINKS,
    }},
    "Queryables": {"type": "object", "required": ["$schema", "$id", "type", "properties"], "properties": {
        "$schema": {"type": "string"}, "$id": {"type": "string"}, "type": {"type": "string", "enum": ["object"]}, "properties": {"type": "object"},
    }},
    "TileSet": {"type": "object", "required": ["dataType", "crs", "links"], "properties": {
        "title": {"type": "string"}, "dataType": {"type": "string", "enum": ["vector"]}, "crs": {"type": "string"}, "links": _LINKS}},
    "TileSets": {"type": "object", "required": ["tilesets", "links"], "properties": {
        "tilesets": {"type": "array", "items": {"$ref": "#/components/schemas/TileSet"}}, "links": _LINKS}},
    "TileMatrixSet": {"type": "object", "required": ["id", "crs", "tileMatrices"], "properties": {
        "id": {"type": "string"}, "crs": {"type": "string"}, "tileMatrices": {"type": "array", "items": {"type": "object", "required": [
            "id", "scaleDenominator", "cellSize", "pointOfOrigin", "tileWidth", "tileHeight", "matrixWidth", "matrixHeight"]}}}},
    "TileMatrixSets": {"type": "object", "required": ["tileMatrixSets"], "properties": {"tileMatrixSets": {"type": "array", "items": {"type": "object"}}}},
}  # fmt: skip


def _query(name: str, words: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": words,
        "schema": schema,
        "style": "form",
        "explode": False,
        **more,
    }


def _path(name: str, words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": words, "schema": schema}


_FORM = _query("f", "答复的形式", {"type": "string", "enum": ["json", "html"], "default": "json"})
_BOX = _query(
    "bbox", "范围：4 个或 6 个数，按 bbox-crs 的坐标顺序",
    {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
)  # fmt: skip


def document(request: HttpRequest) -> dict[str, Any]:
    """The whole document. The server address is the one asked."""
    shown = collections.visible()
    paths: dict[str, Any] = {
        "/": _get("landing", "入口", "Landing", [_FORM]), "/conformance": _get("conformance", "符合性声明", "Conformance", [_FORM]),
        "/collections": _get("collections", "图层清单", "Collections", [_FORM]),
        "/tileMatrixSets": _get("tileMatrixSets", "瓦片矩阵集清单", "TileMatrixSets", [_FORM]),
        "/tileMatrixSets/{tileMatrixSetId}": _get(
            "tileMatrixSet", "瓦片矩阵集", "TileMatrixSet", [_path("tileMatrixSetId", "名称", {"type": "string", "enum": list(GRIDS)}), _FORM], 404),
    }  # fmt: skip
    for resource in shown:
        paths |= _collection(resource)
    return {
        "openapi": "3.0.3",
        "info": {"title": "数字住建地图服务（OGC API）", "version": __version__, "description": "要素与矢量瓦片；可见范围与登录人一致。"},
        "servers": [{"url": request.build_absolute_uri("/ogc").rstrip("/")}], "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": {
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            "token": {"type": "http", "scheme": "bearer"}, "basic": {"type": "http", "scheme": "basic"}}},
        "security": [{"session": []}, {"token": []}, {"basic": []}],
    }  # fmt: skip


def _get(
    name: str, words: str, schema: str, parameters: list[dict[str, Any]], *also: int, media: str = "application/json"
) -> dict[str, Any]:
    content = {media: {"schema": {"$ref": f"#/components/schemas/{schema}"}}, "text/html": {"schema": {"type": "string"}}}
    return {"get": {"operationId": name, "summary": words, "parameters": parameters,
                    "responses": {"200": {"description": words, "content": content}, **_problems(400, *also)}}}  # fmt: skip


def _problems(*codes: int) -> dict[str, Any]:
    words = {400: "参数无法理解", 403: "没有权限", 404: "没有找到"}
    body = {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
        "text/html": {"schema": {"type": "string"}},
    }
    return {str(code): {"description": words[code], "content": body} for code in (*codes, 403)}


def _collection(resource: Resource) -> dict[str, Any]:
    base, name = f"/collections/{resource.key}", resource.key.replace(".", "_")
    frame = _query("crs", "答复的坐标系（URI）", {"type": "string"})
    fid = _path("featureId", "要素编号", {"type": "integer", "minimum": 1, "maximum": 2**63 - 1})
    grid = _path("tileMatrixSetId", "瓦片矩阵集", {"type": "string", "enum": list(GRIDS)})
    numbers = [_path("tileMatrix", "级", {"type": "integer", "minimum": 0, "maximum": DEEPEST}),
               _path("tileRow", "行", {"type": "integer", "minimum": 0}), _path("tileCol", "列", {"type": "integer", "minimum": 0})]  # fmt: skip
    tile = {"get": {
        "operationId": f"{name}_tile", "summary": "矢量瓦片", "parameters": [grid, *numbers, _query("f", "形式", {"type": "string", "enum": ["mvt"]}), *_times(resource)],
        "responses": {"200": {"description": "瓦片", "content": {"application/vnd.mapbox-vector-tile": {"schema": {"type": "string", "format": "binary"}}}},
                      "204": {"description": "此处没有要素"}, **_problems(400, 404)},
    }}  # fmt: skip
    return {
        base: _get(name, collections.title(resource), "Collection", [_FORM]),
        base + "/items": _get(f"{name}_items", "要素", "Features", _items(resource, frame), media="application/geo+json"),
        base + "/items/{featureId}": _get(f"{name}_item", "一个要素", "Feature", [fid, frame, _FORM], 404, media="application/geo+json"),
        base + "/queryables": _get(f"{name}_queryables", "可查询的属性", "Queryables", [_FORM], media="application/schema+json"),
        base + "/tiles": _get(f"{name}_tilesets", "瓦片集清单", "TileSets", [_FORM]),
        base + "/tiles/{tileMatrixSetId}": _get(f"{name}_tileset", "瓦片集", "TileSet", [grid, _FORM], 404),
        base + "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": tile,
    }  # fmt: skip


def _times(resource: Resource) -> list[dict[str, Any]]:
    if not periods.timed(resource):
        return []
    return [
        _query("datetime", "日期、时刻或时间段（RFC 3339，开放端写 ..）；不填为现状", {"type": "string"}),
        _query("stage", "时态", {"type": "string", "enum": list(periods.STAGES)}),
    ]


def _items(resource: Resource, frame: dict[str, Any]) -> list[dict[str, Any]]:
    times = _times(resource) or [_query("datetime", "本图层没有时间属性，所有要素都符合", {"type": "string"})]
    known = [
        _query(name, f"{one.field.heading}：等于", {k: v for k, v in one.schema().items() if k in ("type", "format")})
        for name, one in queryables.of(resource).items()
        if one.kind != "geometry" and name not in items.OWN and name not in ("stage", "f")
    ]
    most = {"type": "integer", "minimum": 1, "maximum": items.LIMIT_MOST, "default": items.LIMIT_USUAL}
    return [
        _BOX, _query("bbox-crs", "bbox 的坐标系（URI）", {"type": "string"}), *times, _query("limit", "每页要素数", most), frame,
        _query("filter", "CQL2 过滤条件", {"type": "string"}),
        _query("filter-lang", "过滤语言", {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"}),
        _query("filter-crs", "过滤条件里坐标的坐标系（URI）", {"type": "string"}),
        _query("after", "上一页 next 链接里的位置", {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}), *known, _FORM,
    ]  # fmt: skip
