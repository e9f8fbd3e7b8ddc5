"""Map reads of a resource with a geometry: GeoJSON items, written by PostGIS under row-level security, and the legend's layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

from zhujian.foundation.kernel import prepared
from zhujian.foundation.kernel.errors import Refusal, refuse_if
from zhujian.foundation.resources import api, filtering, periods, registry, releasing
from zhujian.foundation.resources.fields import Field
from zhujian.foundation.resources.kinds import Choice
from zhujian.foundation.resources.links import SRID
from zhujian.foundation.resources.query import Condition, Query

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

ITEMS_USUAL, ITEMS_MOST = 1000, 10000


def bbox_condition(resource: Resource, text: str) -> Condition:
    """Rows whose geometry meets the box ``west,south,east,north`` in degrees."""
    parts = text.split(",")
    wrong = Refusal("api.bbox", "bbox 应为“西,南,东,北”四个经纬度，例如 114.2,30.4,114.5,30.7。", "bbox")
    if len(parts) != 4 or not all(re.fullmatch(r"\s*-?\d{1,3}(\.\d{1,12})?\s*", part, re.ASCII) for part in parts):
        raise wrong
    west, south, east, north = (float(part) for part in parts)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise wrong
    return f"t.{shape_of(resource).column} && ST_MakeEnvelope(%s, %s, %s, %s, {SRID})", [west, south, east, north]


def shape_of(resource: Resource) -> Field:
    """The geometry field; LookupError when there is none."""
    field = resource.shape
    if field is None:
        raise LookupError(f"{resource.key} has no geometry")
    return field


def shown_fields(resource: Resource) -> list[Field]:
    """Properties of a feature: the label, the colour, the coded columns and the layer's themes; nothing masked, no geometry."""
    layer = resource.layer
    names = [
        resource.label_name,
        *([n for n in (layer.colour_by, layer.height, layer.depth, *layer.themes) if n] if layer else []),
    ]
    names += [name for name in resource.columns if isinstance(resource.field(name).kind, Choice)]
    return [f for f in resource.pick(n for n in dict.fromkeys(names) if n in resource.fields) if f.mask is None and not f.decode]


def _properties(fields: list[Field]) -> str:
    pairs = "".join(f", '{item.name}', t.{item.column}" for item in fields)
    return f"json_build_object('id', t.\"id\"{pairs})"


def items(request: HttpRequest, resource: Resource) -> HttpResponse:
    """A FeatureCollection of what the filter and the box hold; ``limited`` says that more would be there."""
    api.check_parameters(request, filtering.names(resource) | {"bbox", "limit", "id"})
    asked = request.GET
    if periods.timed(resource) and asked.get("id") and not any(asked.get(name) for name in periods.PARAMETERS):
        asked = asked.copy()
        asked["stage"] = "all"  # whoever names a version wants that one
    made = filtering.read(resource, asked)
    refuse_if(made.reasons)
    extra = [bbox_condition(resource, request.GET["bbox"])] if request.GET.get("bbox") else []
    if wanted := request.GET.get("id"):
        extra.append(('t."id" = %s', [api.read_limit(wanted, 0, 2**31)]))
    limit = api.read_limit(request.GET.get("limit", ""), ITEMS_USUAL, ITEMS_MOST)
    if not releasing.gated(resource) or request.GET.get("id"):  # one feature shown on a page is looked at
        return HttpResponse(_collection(resource, made.query, extra, limit), content_type="application/geo+json")
    with releasing.let_out(resource, "items", query=made.query, extra=extra, limit=limit):
        text = _collection(resource, made.query, extra, limit)
        return releasing.marked(HttpResponse(text, content_type="application/geo+json"))


def _collection(resource: Resource, query: Query, extra: list[Condition], limit: int) -> str:
    where, params = query.where(extra)
    column = f"t.{shape_of(resource).column}"
    feature = (
        f"json_build_object('type', 'Feature', 'id', t.\"id\", 'geometry', ST_AsGeoJSON({releasing.column(column)}, 6, 0)::json, "
        f"'properties', {_properties(shown_fields(resource))})"
    )
    sql = (
        "SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(f ORDER BY n), '[]'::json), "  # noqa: S608
        f"'limited', (SELECT count(*) > {limit:d} FROM found))::text FROM (SELECT f, row_number() OVER () AS n FROM found LIMIT {limit:d}) s"
    )
    rows = f"SELECT {feature} AS f FROM {resource.table} t WHERE {column} IS NOT NULL AND {where} LIMIT {limit + 1:d}"  # noqa: S608
    with connection.cursor() as cursor, prepared.statements():
        cursor.execute(f"WITH found AS MATERIALIZED ({rows}) {sql}", params)
        return str(cursor.fetchone()[0])


def colours(resource: Resource) -> list[dict[str, str]]:
    """Codes of the field that colours the layer: ``code``, ``label`` and the declared ``tag`` (ok, warn, error, info, muted)."""
    if not (resource.layer and resource.layer.colour_by):
        return []
    kind = resource.field(resource.layer.colour_by).kind
    if not isinstance(kind, Choice):
        return []
    return [{"code": code, "label": label, "tag": (kind.tags or {}).get(code, "")} for code, label in kind.options()]


def layers(resources: list[Resource]) -> list[dict[str, Any]]:
    """Every layer the current actor may see, for a map's legend."""
    return [
        {
            "key": resource.key, "title": (resource.layer.title or resource.title), "min_zoom": resource.layer.min_zoom,
            "group": resource.layer.group or resource.module.title, "module": resource.module.code, "source_layer": resource.name,
            "geometry": resource.model._meta.get_field(resource.layer.geometry).geom_type,  # type: ignore[attr-defined]
            "colour_by": resource.layer.colour_by, "colours": colours(resource), "label": resource.label_name,
            "height": resource.layer.height, "depth": resource.layer.depth, "underground": resource.layer.underground,
            "offline": resource.layer.offline, "timed": periods.timed(resource), "list": registry.route(resource, "list"),
            "items": registry.route(resource, "geojson"), "tiles": f"/tiles/{resource.path}/{{z}}/{{x}}/{{y}}.mvt",
            "tiles_cgcs2000": f"/tiles/{resource.path}/CGCS2000/{{z}}/{{x}}/{{y}}.mvt",
        }
        for resource in resources
        if resource.layer and resource.may("view")
    ]  # fmt: skip
