"""The OpenAPI 3.1 document of all resources, and a page that people can read; both follow from the declarations."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zhujian import __version__
from zhujian.foundation.kernel.access import access
from zhujian.foundation.resources import api, filtering, periods, registry
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Kind, Labels
from zhujian.foundation.resources.links import Link, Place
from zhujian.foundation.resources.maps import drawn

PROBLEM = {
    "type": "object", "required": ["title", "status", "code", "errors"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "properties": {
            "code": {"type": "string"}, "message": {"type": "string"}, "field": {"type": ["string", "null"]},
        }}},
    },
}  # fmt: skip


_further: dict[str, dict[str, Any]] = {}
STATISTICS = {
    "tags": ["resources.statistics"], "operationId": "statistics", "summary": "图上统计：画一个范围，统计各图层的数量、分类和合计",
    "requestBody": {"required": True, "content": {"application/json": {"schema": {
        "type": "object", "required": ["layers", "shape"],
        "properties": {
            "layers": {"type": "array", "minItems": 1, "maxItems": 20, "items": {"type": "string"}, "description": "图层名称，例如 cim.building"},
            "shape": {"type": "object", "description": "GeoJSON Polygon 或 MultiPolygon，CGCS2000 经纬度"},
            "datetime": {"type": "string", "description": "日期、时刻或时间段"}, "stage": {"type": "string", "enum": list(periods.STAGES)},
        },
    }}}},
    "responses": {
        "200": {"description": "统计结果", "content": {"application/json": {"schema": {
            "type": "object", "required": ["area_m2", "repaired", "within", "layers"],
            "properties": {
                "area_m2": {"type": "number"}, "repaired": {"type": "boolean", "description": "自相交的边线已修复"},
                "within": {"type": ["string", "null"], "description": "范围标记，列表用 ?within= 筛出同样的记录"},
                "layers": {"type": "object", "additionalProperties": {
                    "type": "object", "required": ["title", "count", "groups", "sums", "summed", "list"],
                    "properties": {
                        "title": {"type": "string"}, "count": {"type": "integer"}, "list": {"type": "string"},
                        "groups": {"type": "array", "items": {"type": "object", "properties": {
                            "code": {"type": ["string", "null"]}, "label": {"type": "string"}, "count": {"type": "integer"}}}},
                        "sums": {"type": "object", "additionalProperties": {"type": "number"}}, "summed": {"type": "object"},
                    },
                }},
            },
        }}}},
        "403": {"description": "不能查看其中的图层", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
        "422": {"description": "范围、图层或时间有误", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
    },
}  # fmt: skip


def add_path(path: str, item: dict[str, Any]) -> None:
    """Describe an address of a module's own in the document; the same path again replaces it."""
    _further[path] = item


def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": PROBLEM}
    tags = []
    for resource in registry.resources():
        if not resource.offers("view"):
            continue
        name = schema_name(resource)
        tags.append({"name": resource.key, "description": f"{resource.module.title} · {resource.title}"})
        schemas[name] = _item(resource)
        schemas[name + "List"] = _page(name)
        if resource.offers("create"):
            schemas[name + "New"] = _written(resource, new=True)
        if resource.offers("change"):
            schemas[name + "Change"] = _written(resource, new=False)
        base = f"/api/v1/{resource.path}"
        paths[base] = _collection(resource, name)
        paths[base + "/{id}"] = _single(resource, name)
        if resource.shape:
            paths[base + "/items.geojson"] = {"get": _geojson(resource)}
    paths["/tiles/statistics"] = {"post": STATISTICS}
    paths |= {path: dict(item) for path, item in _further.items()}
    return {
        "openapi": "3.1.0", "info": {"title": "数字住建 API", "version": __version__}, "tags": tags, "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            "token": {"type": "http", "scheme": "bearer", "description": "个人访问令牌，只读；在“个人设置与安全”中创建"},
        }},
        "security": [{"session": []}, {"token": []}],
    }  # fmt: skip


def schema_name(resource: Resource) -> str:
    """``standards.data_element`` → ``StandardsDataElement``."""
    return "".join(part.title() for part in resource.key.replace(".", "_").split("_"))


def _described(item: Field, *, write: bool) -> dict[str, Any]:
    made = dict(item.kind.schema()) if write or item.mask is None else {"type": "string"}
    if item.mask is not None and not write:
        made["description"] = "按规定脱敏"
    if item.unit and item.kind.name != "money":
        made["x-unit"] = item.unit
    if item.kind.name == "money":
        made["x-unit"] = "元"
    if not write and item.kind.name in ("text", "lines"):
        made.pop("maxLength", None)
    if not write and not item.required and "pattern" in made:
        made["pattern"] = f"^$|{made['pattern']}"  # a text column that may be empty answers with an empty text
    nothing = item.nullable or not item.required if write else item.nullable or item.mask is not None
    if nothing:
        made = {**{k: v for k, v in made.items() if k not in ("enum", "type", "const")}, **_nullable(made)}
    return {"title": item.label, **made}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": [schema["type"], "null"]}
    if "enum" in schema:
        found["enum"] = [*schema["enum"], None]
    return found


def _item(resource: Resource) -> dict[str, Any]:
    properties: dict[str, Any] = {"id": {"type": "integer", "title": "编号"}}
    for item in api.item_fields(resource):
        described = _described(item, write=False)
        if item.kind.name == "choice" and item.mask is None:
            # A record keeps a code after it has left its list: the enumeration binds writers, not readers.
            described.pop("enum", None)
        properties[item.name] = described
        if isinstance(item.kind, Link):
            properties[item.name + "_label"] = {"type": ["string", "null"], "title": item.label + "（名称）"}
    return {
        "type": "object",
        "title": resource.title,
        "properties": properties,
        "required": ["id", *(i.name for i in api.item_fields(resource))],
    }


def _written(resource: Resource, *, new: bool) -> dict[str, Any]:
    properties = {item.name: _described(item, write=True) for item in resource.pick(resource.form_names)}
    required = [item.name for item in resource.pick(resource.form_names) if item.required] if new else []
    for name in [] if new else properties:
        if resource.field(name).required:
            properties[name].setdefault("description", "必填项，不能清空")
    if not new and resource.scoped:
        properties["version"] = {
            "type": "integer",
            "minimum": 1,
            "maximum": 2**31 - 1,
            "title": "修改所依据的版本号（也可用 If-Match）",
        }
    made = {"type": "object", "title": resource.title, "properties": properties, "additionalProperties": False}
    return {**made, "required": required} if required else made


def _page(name: str) -> dict[str, Any]:
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    return {"type": "object", "required": ["items", "next"], "properties": {"items": items, "next": {"type": ["string", "null"]}}}


def _json(name: str, words: str, **headers: Any) -> dict[str, Any]:
    made = {"description": words, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}
    return {**made, "headers": headers} if headers else made


def _problems(*codes: int) -> dict[str, Any]:
    words = {
        400: "请求无法理解",
        403: "没有权限",
        404: "没有找到",
        409: "已被别人修改",
        415: "请求体类型不对",
        422: "内容有误",
        428: "缺少版本号",
    }
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(code): {"description": words[code], "content": body} for code in codes}


def _parameter(name: str, title: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": title, "schema": schema}


def filter_parameters(resource: Resource) -> list[dict[str, Any]]:
    """Query parameters that narrow a list."""
    found = [
        _parameter(
            "q", "搜索：" + "、".join(resource.field(n).label for n in resource.search), {"type": "string", "maxLength": 100}
        )
    ]
    found = found if resource.search else []
    if periods.timed(resource):
        moments = "日期、时刻或时间段（RFC 3339，开放端写 ..），例如 2020-01-01/.."
        found.append(_parameter("stage", "时态，不填为现状", {"type": "string", "enum": list(periods.STAGES)}))
        found.append(_parameter("datetime", moments, {"type": "string"}))
    if resource.shape:
        found.append(_parameter(drawn.PARAMETER, "与地图上画的范围相交（POST /tiles/statistics 给出的标记）", {"type": "string"}))
    for item in filtering.filter_fields(resource):
        if item.kind.ranged:
            found += [
                _parameter(item.name + end, item.heading + words, {"type": "string"})
                for end, words in (("_from", "从"), ("_to", "到"))
            ]
            continue
        kind = item.kind.one if isinstance(item.kind, Labels) else item.kind
        one: dict[str, Any] = {"type": "string"} if isinstance(kind, Place) or type(kind) is Kind else kind.schema()
        found.append(_parameter(item.name, item.label, {"type": "array", "items": one, "maxItems": filtering.VALUES_MOST}))
    return found


def _collection(resource: Resource, name: str) -> dict[str, Any]:
    orders = [sign + field for field in ("id", *resource.sorts) for sign in ("", "-")]
    paging = [
        _parameter("sort", "排序，前加减号为降序", {"type": "string", "enum": orders}),
        _parameter("after", "上一页返回的 next", {"type": "string"}),
        _parameter("limit", "每页条数", {"type": "integer", "minimum": 1, "maximum": api.LIMIT_MOST}),
    ]
    made: dict[str, Any] = {
        "get": {
            "operationId": f"list_{name}", "tags": [resource.key], "summary": f"{resource.title}列表",
            "parameters": [*filter_parameters(resource), *paging],
            "responses": {"200": _json(name + "List", "一页"), **_problems(403, 422)},
        }
    }  # fmt: skip
    if resource.offers("create"):
        body = {"required": True, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}New"}}}}
        made["post"] = {
            "operationId": f"create_{name}", "tags": [resource.key], "summary": f"新增{resource.title}", "requestBody": body,
            "responses": {"201": _json(name, "已登记"), **_problems(400, 403, 415, 422)},
        }  # fmt: skip
    return made


def _single(resource: Resource, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}}],
        "get": {
            "operationId": f"get_{name}", "tags": [resource.key], "summary": f"一条{resource.title}",
            "responses": {"200": _json(name, "找到"), **_problems(403, 404)},
        },
    }  # fmt: skip
    if resource.offers("change"):
        tag = {
            "name": "If-Match",
            "in": "header",
            "schema": {"type": "string", "pattern": r'^"\d{1,9}"$'},
            "description": "读取时得到的 ETag",
        }
        body = {"required": True, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}Change"}}}}
        made["patch"] = {
            "operationId": f"change_{name}", "tags": [resource.key], "summary": f"修改{resource.title}", "parameters": [tag], "requestBody": body,
            "responses": {"200": _json(name, "已修改"), **_problems(400, 403, 404, 409, 415, 422, 428)},
        }  # fmt: skip
    return made


def _geojson(resource: Resource) -> dict[str, Any]:
    box = _parameter("bbox", "西,南,东,北（CGCS2000 经纬度）", {"type": "string"})
    limit = _parameter("limit", "最多要素数", {"type": "integer", "minimum": 1, "maximum": 10000})
    one = _parameter("id", "只要这一条", {"type": "integer", "minimum": 1})
    return {
        "operationId": f"map_{schema_name(resource)}", "tags": [resource.key], "summary": f"{resource.title}地图要素",
        "parameters": [*filter_parameters(resource), box, limit, one],
        "responses": {"200": {"description": "GeoJSON", "content": {"application/geo+json": {"schema": {"type": "object"}}}}, **_problems(403, 422)},
    }  # fmt: skip


@access("resources.api", "view")
def document_view(request: HttpRequest) -> HttpResponse:
    """The document as JSON."""
    return HttpResponse(orjson.dumps(document()), content_type="application/json")


@access("resources.api", "view")
def docs_page(request: HttpRequest) -> HttpResponse:
    """The same for people: each resource with its addresses, fields and filters."""
    shown = []
    for resource in registry.resources():
        if resource.offers("view"):
            fields = [(item, _words(item)) for item in api.item_fields(resource)]
            verbs = [verb for verb, operation in (("POST", "create"), ("PATCH", "change")) if resource.offers(operation)]
            shown.append({"resource": resource, "fields": fields, "verbs": verbs, "filters": filter_parameters(resource)})
    return render(request, "resources/docs.html", {"shown": shown})


def _words(item: Field) -> str:
    schema = item.kind.schema()
    said = schema["type"]
    said = said if isinstance(said, str) else next(one for one in said if one != "null")
    words = {"string": "字符串", "integer": "整数", "boolean": "布尔", "array": "数组", "object": "GeoJSON 对象"}.get(said, said)
    words += {"decimal": "（十进制数）", "date": "（日期）", "date-time": "（时间）"}.get(schema.get("format", ""), "")
    return words
