"""The documents of the OGC interface and what they lead to; each in JSON and as a simple page."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zhujian.foundation.kernel.errors import NotFound
from zhujian.foundation.ogc import collections, conformance, crs, items, openapi, queryables, tms
from zhujian.foundation.ogc.answers import MEDIA, Page, both, check, document, link, other, service, wants_html
from zhujian.foundation.resources import filtering
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.maps import tiles
from zhujian.foundation.resources.maps.grids import DEEPEST, GRIDS

TITLE = "数字住建地图服务（OGC API）"
WORDS = (
    "各模块登记的地图要素，按 OGC API Features 和 Tiles 提供，QGIS、GDAL、OWSLib、MapLibre 等可以直接连接。可见范围与登录人一致。"
)
HOME = ("地图服务", "/ogc/")


@service
def landing(request: HttpRequest) -> HttpResponse:
    """The entrance: links to everything else."""
    check(request, set())
    links = [
        *both(request),
        link(request, "/ogc/api", "service-desc", "openapi", "OpenAPI 3.0 接口定义"),
        link(request, "/ogc/api?f=html", "service-doc", "html", "接口说明"),
        link(request, "/ogc/conformance", "conformance", title="符合性声明"),
        link(request, "/ogc/conformance", collections.CONFORMANCE, title="符合性声明"),
        link(request, "/ogc/collections", "data", title="图层"),
        link(request, "/ogc/collections", collections.DATA, title="图层"),
        link(request, "/ogc/tileMatrixSets", collections.SCHEMES, title="瓦片矩阵集"),
    ]
    page = Page(TITLE, [WORDS], links=[
        ("/ogc/collections", "图层", "逐个图层的要素、可查询属性和瓦片"), ("/ogc/api?f=html", "接口说明", "参数、坐标系与过滤语言"),
        ("/ogc/conformance", "符合性声明", "实现了哪些标准条款"), ("/ogc/tileMatrixSets", "瓦片矩阵集", "Web 墨卡托与 CGCS2000"),
        ("/account/tokens/", "访问令牌", "QGIS 等程序用令牌代替登录"),
    ], facts=[("连接地址", request.build_absolute_uri("/ogc/"))])  # fmt: skip
    return document(request, {"title": TITLE, "description": WORDS, "links": links}, page)


@service
def conformance_page(request: HttpRequest) -> HttpResponse:
    """The declared classes."""
    check(request, set())
    page = Page(
        "符合性声明",
        ["本服务实现以下标准条款。"],
        rows=[[(one, "")] for one in conformance.CLASSES],
        heads=["条款"],
        crumbs=[HOME],
    )
    return document(request, {"conformsTo": list(conformance.CLASSES), "links": both(request)}, page)


@service
def api(request: HttpRequest) -> HttpResponse:
    """The interface's definition."""
    check(request, set())
    made = openapi.document(request)
    rows = [
        [(path, ""), (entry["get"]["summary"], ""), ("、".join(p["name"] for p in entry["get"]["parameters"]), "")]
        for path, entry in made["paths"].items()
    ]
    words = [
        "坐标系用 crs、bbox-crs、filter-crs 指定，次序按坐标系的权威定义：EPSG:4490、4326 先纬度后经度，CRS84 先经度后纬度，高斯投影先北后东。",
        "过滤条件用 CQL2：floors_above >= 30 AND S_INTERSECTS(outline, BBOX(114.2,30.4,114.5,30.7))；也可用属性名直接作参数。",
    ]
    return document(request, made, Page("接口说明", words, heads=["地址", "内容", "参数"], rows=rows, crumbs=[HOME]), "openapi")


@service
def collection_list(request: HttpRequest) -> HttpResponse:
    """Every collection the actor may see."""
    check(request, set())
    shown = collections.visible()
    body = {
        "links": both(request),
        "crs": [one.uri for one in crs.offered()],
        "collections": [collections.document(request, one) for one in shown],
    }
    rows = [[(collections.title(one), f"/ogc/collections/{one.key}"), (one.key, ""), (one.module.title, "")] for one in shown]
    return document(
        request, body, Page("图层", ["您的岗位可以查看的图层。"], heads=["图层", "标识", "模块"], rows=rows, crumbs=[HOME])
    )


def _crumbs(resource: Resource, *more: tuple[str, str]) -> list[tuple[str, str]]:
    return [HOME, ("图层", "/ogc/collections"), (collections.title(resource), f"/ogc/collections/{resource.key}"), *more]


@service
def collection(request: HttpRequest, key: str) -> HttpResponse:
    """One collection."""
    resource = collections.get(key)
    check(request, set())
    body, base = collections.document(request, resource), f"/ogc/collections/{key}"
    page = Page(collections.title(resource), [body["description"]], crumbs=_crumbs(resource)[:2], links=[
        (base + "/items", "要素", "GeoJSON 或网页"), (base + "/queryables", "可查询的属性", ""), (base + "/tiles", "矢量瓦片", ""),
        (f"/r/{resource.path}/", "业务列表", "登记、查询、导出"),
    ], facts=[("标识", key), ("存储坐标系", "CGCS2000（EPSG:4490）"), ("可输出坐标系", "、".join(
        "CRS84" if one.uri == crs.CRS84 else str(one.epsg) for one in crs.offered()))])  # fmt: skip
    return document(request, body, page)


@service
def queryable_list(request: HttpRequest, key: str) -> HttpResponse:
    """The queryables of a collection as JSON Schema."""
    resource = collections.get(key)
    check(request, set())
    address = request.build_absolute_uri(f"/ogc/collections/{key}/queryables")
    body = queryables.document(resource, address)
    rows = [
        [(name, ""), (one["title"], ""), (one.get("type") or one.get("format", ""), ""), (one.get("description", ""), "")]
        for name, one in body["properties"].items()
    ]
    page = Page("可查询的属性", ["可用作查询参数，也可写进 CQL2 过滤条件。脱敏和加密的字段不可查询。"],
                heads=["属性", "含义", "类型", "说明"], rows=rows, crumbs=_crumbs(resource))  # fmt: skip
    return document(request, body, page, "schema")


@service
def item_list(request: HttpRequest, key: str) -> HttpResponse:
    """Features of a collection."""
    resource = collections.get(key)
    check(request, items.names(resource), ("json", "html", "geojson"))
    asked = items.read(request, resource)
    found = items.page(resource, asked)
    following = ""
    if found.next:
        given = request.GET.copy()
        given["after"] = str(found.next)
        following = request.path + "?" + given.urlencode()
    if wants_html(request):
        return render(
            request, "ogc/document.html", {"page": _features_page(resource, found, following), "json": other(request, "json")}
        )
    links = [*both(request, "geojson"), link(request, f"/ogc/collections/{key}", "collection")]
    if following:
        links.append(link(request, following, "next", "geojson", "下一页"))
    tail = {"numberReturned": len(found.features), "timeStamp": items.now(), "links": links}
    text = '{"type":"FeatureCollection","features":[' + ",".join(found.features) + "]," + orjson.dumps(tail).decode()[1:]
    return _geojson(text, asked.frame)


def _geojson(text: str, frame: crs.Frame) -> HttpResponse:
    answer = HttpResponse(text, content_type=MEDIA["geojson"])
    answer["Content-Crs"] = f"<{frame.uri}>"
    return answer


def _features_page(resource: Resource, found: items.Found, following: str) -> Page:
    shown = [resource.field(name) for name in resource.columns]
    known = queryables.of(resource)
    fields = [field for field in shown if field.name in known and known[field.name].kind != "geometry"]
    rows = []
    for text in found.features:
        feature = orjson.loads(text)
        values = feature["properties"]
        cells = [(_shown(field, values), "") for field in fields]
        rows.append([(str(feature["id"]), f"/ogc/collections/{resource.key}/items/{feature['id']}"), *cells])
    words = [f"本页 {len(rows)} 个要素。"] if rows else ["没有符合条件的要素，请放宽条件。"]
    return Page(
        "要素", words, heads=["编号", *(field.heading for field in fields)], rows=rows, crumbs=_crumbs(resource), more=following
    )


def _shown(field: Any, values: dict[str, Any]) -> str:
    label = values.get(field.name + "_label")
    value = label if label is not None else values.get(field.name)
    if value is None:
        return ""
    return field.kind.show(value) if field.kind.name in ("choice", "region", "truth") else str(value)


@service
def item(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """One feature."""
    resource = collections.get(key)
    check(request, {"crs"}, ("json", "html", "geojson"))
    frame = crs.read(request.GET.get("crs"), "crs")
    text = items.feature(resource, pk, frame)
    if wants_html(request):
        made = orjson.loads(text)
        known = queryables.of(resource)
        facts = [
            (known[name].field.heading, _shown(known[name].field, made["properties"]))
            for name in made["properties"]
            if name in known
        ]
        crumbs = _crumbs(resource, ("要素", f"/ogc/collections/{key}/items"))
        page = Page(f"要素 {pk}", facts=facts, links=[(f"/r/{resource.path}/{pk}/", "业务详情", "")], crumbs=crumbs)
        return render(request, "ogc/document.html", {"page": page, "json": other(request, "json")})
    links = [*both(request, "geojson"), link(request, f"/ogc/collections/{key}", "collection")]
    return _geojson(text[:-1] + ',"links":' + orjson.dumps(links).decode() + "}", frame)


@service
def tileset_list(request: HttpRequest, key: str) -> HttpResponse:
    """The tilesets of a collection."""
    resource = collections.get(key)
    check(request, set())
    made = [tms.tileset(request, resource, one, whole=False) for one in GRIDS.values()]
    rows = [[(one.title, f"/ogc/collections/{key}/tiles/{one.name}"), (one.name, "")] for one in GRIDS.values()]
    page = Page("矢量瓦片", heads=["瓦片集", "标识"], rows=rows, crumbs=_crumbs(resource))
    return document(request, {"tilesets": made, "links": both(request)}, page)


@service
def tileset(request: HttpRequest, key: str, grid: str) -> HttpResponse:
    """Metadata of one tileset."""
    resource, one = collections.get(key), tms.grid(grid)
    check(request, set())
    made = tms.tileset(request, resource, one)
    facts = [
        ("坐标系", made["crs"]),
        ("地址", made["links"][-1]["href"]),
        ("起始级别", made["layers"][0]["minTileMatrix"]),
        ("图层名", resource.name),
    ]
    return document(
        request, made, Page(made["title"], facts=facts, crumbs=_crumbs(resource, ("矢量瓦片", f"/ogc/collections/{key}/tiles")))
    )


@service
def tile(request: HttpRequest, key: str, grid: str, z: int, row: int, col: int) -> HttpResponse:
    """One vector tile. Rows stand before columns in the path (OGC 20-057, 7.1)."""
    resource, one = collections.get(key), tms.grid(grid)
    check(request, filtering.names(resource), ("mvt",))
    if not one.has(z, col, row):
        raise NotFound("tiles.address", f"没有这块瓦片：级别为 0 到 {DEEPEST}，行列号不能超出该级的范围。")
    given = request.GET.copy()
    given.pop("f", None)
    request.GET = given  # type: ignore[assignment]  # what the tile is made from has no form to choose
    return tiles.tile(request, resource, z, col, row, one)


@service
def matrix_sets(request: HttpRequest) -> HttpResponse:
    """The tile matrix sets."""
    check(request, set())
    made = [
        {"id": one.name, "title": one.title, "crs": crs.EPSG + str(one.srid), **({"uri": tms.URIS[one.name]} if one.name in tms.URIS else {}),
         "links": [link(request, f"/ogc/tileMatrixSets/{one.name}", "self", title=one.title)]}
        for one in GRIDS.values()
    ]  # fmt: skip
    rows = [[(one.title, f"/ogc/tileMatrixSets/{one.name}"), (one.name, "")] for one in GRIDS.values()]
    return document(
        request,
        {"tileMatrixSets": made, "links": both(request)},
        Page("瓦片矩阵集", heads=["名称", "标识"], rows=rows, crumbs=[HOME]),
    )


@service
def matrix_set(request: HttpRequest, grid: str) -> HttpResponse:
    """One tile matrix set."""
    one = tms.grid(grid)
    check(request, set())
    made = tms.matrix_set(one)
    rows = [
        [
            (str(level["id"]), ""),
            (f"{level['scaleDenominator']:.2f}", ""),
            (f"{level['cellSize']:.10g}", ""),
            (f"{level['matrixWidth']} × {level['matrixHeight']}", ""),
        ]
        for level in made["tileMatrices"]
    ]
    crumbs = [HOME, ("瓦片矩阵集", "/ogc/tileMatrixSets")]
    return document(request, made, Page(one.title, heads=["级别", "比例尺分母", "像元大小", "列 × 行"], rows=rows, crumbs=crumbs))
