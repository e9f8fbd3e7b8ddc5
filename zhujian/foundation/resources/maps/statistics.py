"""Statistics of a shape drawn on the map: how many features of each layer meet it, by code, and what their numbers add up to."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import orjson
import shapely
from django.db import connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotAllowed, Refusal, refuse_if
from zhujian.foundation.resources import filtering, periods, registry
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Choice
from zhujian.foundation.resources.links import SRID
from zhujian.foundation.resources.maps import drawn
from zhujian.foundation.resources.measures import Money, Number, Whole

LAYERS_MOST = 20
BODY_MOST = 400_000
ADDITIVE = ("m²", "㎡", "平方米", "万平方米", "km", "公里", "元", "万元", "套", "户", "盏", "处", "个")


@access("resources.statistics", "view")
@require_http_methods(["POST"])
def statistics(request: HttpRequest) -> HttpResponse:
    """``{"layers": […], "shape": Polygon, "datetime": …, "stage": …}`` → per layer count, groups, sums and the list of what was counted."""
    asked = _body(request)
    names = asked.get("layers")
    if not isinstance(names, list) or not 1 <= len(names) <= LAYERS_MOST or not all(isinstance(one, str) for one in names):
        raise Refusal("statistics.layers", f"layers 应为 1 到 {LAYERS_MOST} 个图层的名称。", "layers")
    resources = [_layer(name) for name in dict.fromkeys(names)]
    made, repaired = drawn.read(asked.get("shape"))
    period = {name: asked[name] for name in periods.PARAMETERS if asked.get(name)}
    if not all(isinstance(value, str) for value in period.values()):
        raise Refusal("filter.datetime", "datetime 和 stage 应为文字。", "datetime")
    token = drawn.keep(made)
    ewkb = shapely.to_wkb(shapely.set_srid(made, SRID), include_srid=True)
    answer = {
        "area_m2": _area(ewkb), "repaired": repaired, "within": token or None,
        "layers": {resource.key: _of_layer(resource, ewkb, token, period) for resource in resources},
    }  # fmt: skip
    return HttpResponse(orjson.dumps(answer), content_type="application/json")


def _body(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json" or len(request.body) > BODY_MOST:
        raise Refusal("statistics.body", "请求体应为 JSON，且不超过 400 KB。")
    try:
        asked = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise Refusal("statistics.json", "请求体不是有效的 JSON，请核对格式。") from error
    if not isinstance(asked, dict):
        raise Refusal("statistics.json", "请求体应为 JSON 对象。")
    return asked


def _layer(name: str) -> Resource:
    try:
        resource = registry.get(name)
    except KeyError:
        resource = None
    if resource is None or resource.shape is None:
        raise Refusal("statistics.layer", f"没有名为“{name[:60]}”的图层。", "layers")
    if not resource.may("view"):
        raise NotAllowed("access.denied", f"您当前的岗位不能查看图层“{resource.title}”，请在图层列表中去掉它。", "layers")
    return resource


def _area(ewkb: bytes) -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_Area(ST_SetSRID(%s::bytea::geometry, 4326)::geography)", [ewkb])
        return round(cursor.fetchone()[0], 1)


def summed(resource: Resource) -> list[Field]:
    """Fields whose sum makes sense: those the layer names, else shown numbers in a unit that adds up."""
    if resource.layer and resource.layer.sums:
        return resource.pick(resource.layer.sums)
    return [
        item
        for item in resource.pick(resource.columns)
        if item.mask is None
        and isinstance(item.kind, (Money, Number, Whole))
        and (unit_of(item) in ADDITIVE or item.kind.name == "money")
    ]


def unit_of(item: Field) -> str:
    """The declared unit, or the one its label ends with: ``建筑面积（㎡）``."""
    found = re.search(r"（([^（）]+)）$", item.label)
    return item.unit or (found[1] if found else "")


def _of_layer(resource: Resource, ewkb: bytes, token: str, period: dict[str, str]) -> dict[str, Any]:
    made = filtering.read(resource, QueryDict(urlencode(period)))
    refuse_if(made.reasons)
    where, params = made.query.where([drawn.meets(resource, ewkb)])
    colour = resource.field(resource.layer.colour_by) if resource.layer and resource.layer.colour_by else None
    coded = colour if colour and isinstance(colour.kind, Choice) else None
    sums, lines = summed(resource), _lines(resource)
    code = f"t.{coded.column}::text" if coded else "NULL::text"
    columns = "".join(f", sum(t.{item.column})" for item in sums) + (f", {lines}" if lines else "")
    sql = f"SELECT {code}, count(*){columns} FROM {resource.table} t WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*([ewkb, ewkb] if lines else []), *params])
        rows = cursor.fetchall()
    named = [(item.name, item.label, unit_of(item)) for item in sums] + ([("length_m", "长度", "m")] if lines else [])
    totals = {
        name: {"label": label, "unit": unit, "sum": round(float(sum(row[2 + place] or 0 for row in rows)), 3)}
        for place, (name, label, unit) in enumerate(named)
    }
    link = registry.route(resource, "list") + "?" + urlencode({**period, drawn.PARAMETER: token}) if token else ""
    return {
        "title": resource.layer.title or resource.title if resource.layer else resource.title, "count": sum(row[1] for row in rows),
        "groups": [
            {"code": row[0], "label": (coded.kind.show(row[0]) if row[0] else "") or "（未填）", "count": row[1]} for row in rows if coded
        ],
        "sums": {name: one["sum"] for name, one in totals.items()}, "summed": totals, "list": link,
    }  # fmt: skip


def _lines(resource: Resource) -> str:
    """SQL of the metres of line inside the shape (which it takes twice); empty for points and areas."""
    field = resource.shape
    assert field is not None
    if resource.model._meta.get_field(field.name).geom_type not in ("LINESTRING", "MULTILINESTRING"):  # type: ignore[union-attr]
        return ""
    column = f"t.{field.column}"
    inside = f"CASE WHEN ST_CoveredBy({column}, %s::bytea::geometry) THEN {column} ELSE ST_Intersection({column}, %s::bytea::geometry) END"
    return f"sum(ST_Length(ST_SetSRID({inside}, 4326)::geography))"
