"""What the map asks about features: the card of one, the classes of a number, and since when the layers know anything."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import Any

from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from zhujian.foundation.kernel.errors import NotFound, Refusal, refuse_if
from zhujian.foundation.resources import filtering, geojson, periods, registry
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.links import Shape
from zhujian.foundation.resources.query import Condition, Query, order_of

POINTS_MOST = 4000  # vertices of an outline sent for its highlight; finer ones are simplified
VERSIONS_MOST = 20
SAMPLE = 20_000  # values looked at for classes
CLASSES_MOST = 9


def card(resource: Resource, pk: int) -> dict[str, Any]:
    """Label, facts, address, geometry and versions of one visible feature; NotFound otherwise. Personal data stays masked."""
    shape = resource.shape
    label = resource.field(resource.label_name)
    shown = [item for item in resource.pick(resource.columns) if item is not label and not isinstance(item.kind, Shape)]
    query = Query(resource, [('t."id" = %s', [pk])], narrowed=False)
    page = query.page([label, *shown], order_of(resource, ""), limit=1)
    if not page.rows:
        raise NotFound("onemap.feature", "没有找到这个要素，可能已被移走，或不在您的管辖范围内。")
    values = page.rows[0].values
    facts = [
        [item.label, f"{text} {item.unit}".strip()]
        for item, value in zip(shown, values[1:], strict=True)
        if (text := item.shown(value))
    ]
    versions = _versions(resource, pk)
    if now := next((one for one in versions if one["id"] == pk), None):
        until = f" 至 {now['to']}" if now["to"] else " 起"
        facts.append(["时态", f"{now['stage']}（{now['from']}{until}）"])
    return {
        "key": resource.key, "id": pk, "kind": resource.title, "label": label.shown(values[0]) or str(pk), "facts": facts,
        "url": registry.route(resource, "detail", pk), "versions": versions, **(_geometry(query, shape.column) if shape else {}),
    }  # fmt: skip


def _geometry(query: Query, name: str) -> dict[str, Any]:
    column = f"t.{name}"
    where, params = query.where()
    # A shape of very many vertices is thinned to what a screen can show: a two-thousandth of its width.
    thin = f"ST_SimplifyPreserveTopology({column}, greatest(ST_XMax({column}) - ST_XMin({column}), 0.0001) / 2000)"
    sql = (
        f"SELECT ST_AsGeoJSON(CASE WHEN ST_NPoints({column}) > {POINTS_MOST:d} THEN {thin} ELSE {column} END, 7, 0), "  # noqa: S608
        f"ST_XMin({column}), ST_YMin({column}), ST_XMax({column}), ST_YMax({column}) "
        f"FROM {query.resource.table} t WHERE {where}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    if not row or row[0] is None:
        return {"geometry": None, "box": None}
    return {"geometry": json.loads(row[0]), "box": row[1:]}


def _versions(resource: Resource, pk: int) -> list[dict[str, Any]]:
    """Versions of the same thing that the actor may see, the newest first."""
    record = resource.model._default_manager.filter(pk=pk).first() if periods.timed(resource) else None
    return [
        {"id": one.pk, "from": one.start.isoformat(), "to": one.end.isoformat() if one.end else "", "stage": one.label}
        for one in (periods.versions(record)[:VERSIONS_MOST] if record else ())
    ]


def classes(resource: Resource, name: str, params: QueryDict) -> dict[str, Any]:
    """Lower bounds of classes of the number `name` over what `params` (filters, ``datetime``, ``bbox``) asks for.

    ``method``: ``quantile`` (equally many features in each) or ``equal`` (equally wide); ``count`` 2 to 9. At most `SAMPLE`
    values are looked at; `complete` says whether these were all.
    """
    item = next((one for one in geojson.shown_fields(resource) if one.name == name and one.kind.numeric), None)
    if item is None:
        raise NotFound("onemap.field", "这个图层没有可以分级的数值字段。")
    count = params.get("count", "5")
    if not (count.isascii() and count.isdigit() and 2 <= int(count) <= CLASSES_MOST):
        raise Refusal("onemap.classes", f"分级数应为 2 到 {CLASSES_MOST}。", "count")
    method = params.get("method", "quantile")
    if method not in ("quantile", "equal"):
        raise Refusal("onemap.method", "分级方法应为 quantile（分位数）或 equal（等间距）。", "method")
    made = filtering.read(resource, params)
    refuse_if(made.reasons)
    extra: list[Condition] = [(f"t.{item.column} IS NOT NULL", [])]
    if box := params.get("bbox"):
        extra.append(geojson.bbox_condition(resource, box))
    where, values = made.query.where(extra)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.{item.column}::float8 FROM {resource.table} t WHERE {where} LIMIT {SAMPLE + 1:d}",  # noqa: S608
            values,
        )
        found = [row[0] for row in cursor.fetchall()]
    return {
        "bounds": bounds(found[:SAMPLE], int(count), method),
        "count": min(len(found), SAMPLE),
        "complete": len(found) <= SAMPLE,
    }


def bounds(values: list[float], count: int, method: str) -> list[float]:
    """Up to `count` ascending lower bounds that cover `values`, rounded to what a legend can say; [] without values. Pure."""
    values = sorted(value for value in values if math.isfinite(value))
    if not values:
        return []
    low, high = values[0], values[-1]
    equal, quantile = (lambda at: low + (high - low) * at / count), (lambda at: values[at * len(values) // count])
    raw = [(equal if method == "equal" else quantile)(at) for at in range(count)]
    step = 10.0 ** math.floor(math.log10((high - low) / count)) / 10 if high > low else 1.0
    tidy = [math.floor(value / step + 1e-9) * step for value in raw]
    return [float(f"{value:.10g}") for value in dict.fromkeys(tidy)]


def span(resources: list[Resource]) -> dict[str, Any]:
    """First and last day on which anything of the temporal layers among `resources` begins or ends (ISO dates), and their keys."""
    first: date | None = None
    last: date | None = None
    keys = []
    for resource in resources:
        if not periods.timed(resource):
            continue
        keys.append(resource.key)
        where, params = Query(resource).where()
        sql = f"SELECT min(t.valid_from), max(greatest(t.valid_from, t.valid_to)) FROM {resource.table} t WHERE {where}"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            low, high = cursor.fetchone()
        first = min(filter(None, (first, low)), default=None)
        last = max(filter(None, (last, high)), default=None)
    today = timezone.localdate()
    return {
        "layers": keys, "today": today.isoformat(),
        "from": (first or today).isoformat(), "to": max(last or today, today).isoformat(),
    }  # fmt: skip
