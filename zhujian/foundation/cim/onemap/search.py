"""One box finds coordinates, divisions, and records of every layer by code, name or project; each hit with a place to fly to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from zhujian.foundation.cim.onemap import catalogue, places
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.resources import registry
from zhujian.foundation.resources.query import Query
from zhujian.foundation.resources.search import search_all

EACH = 6
Box = tuple[float, float, float, float]


def find(text: str) -> list[dict[str, Any]]:
    """Groups ``{title, hits: [{label, detail, kind, key, id, url, box}]}`` for `text`; `box` is west, south, east, north or None.

    Coordinates and divisions come first. A record without a place stays in the list, its `url` leads to its page.
    """
    groups: list[dict[str, Any]] = []
    if point := places.coordinate(text):
        lon, lat = point
        division = regions.at(lon, lat)
        where = regions.full_name(division.code) if division else "不在本地区划界线内"
        label = f"东经 {lon:.6f}°，北纬 {lat:.6f}°"
        groups.append({"title": "坐标", "hits": [_hit(label, where, "point", box=(lon, lat, lon, lat))]})
    elif hits := _divisions(text):
        groups.append({"title": "地名", "hits": hits})
    keys = tuple(resource.key for resource in catalogue.layered() if resource.search)
    for found in search_all(text, each=EACH, keys=keys) if keys else ():
        boxes = extents(found.hits[0].key, [hit.id for hit in found.hits])
        hits = [_hit(hit.label, hit.detail, "record", hit.key, hit.id, hit.url, boxes.get(hit.id)) for hit in found.hits]
        groups.append({"title": found.title, "hits": hits, "more": found.more})
    return groups


def _hit(
    label: str, detail: str, kind: str, key: str = "", pk: int | str = 0, url: str = "", box: Box | None = None
) -> dict[str, Any]:
    return {"label": label, "detail": detail, "kind": kind, "key": key, "id": pk, "url": url, "box": box}


def _divisions(text: str) -> list[dict[str, Any]]:
    divisions = regions.find(text, limit=EACH) if len(text.strip()) >= 2 else []
    boxes = regions.extents([division.code for division in divisions])
    return [
        _hit(division.name, regions.full_name(division.code), "region", "", division.code, "", boxes.get(division.code))
        for division in divisions
    ]


def extents(key: str, ids: Iterable[int]) -> dict[int, Box]:
    """West, south, east, north of the visible records `ids` of the resource `key`, those with a geometry only."""
    resource = registry.get(key)
    if resource.shape is None:
        return {}
    column = f"t.{resource.shape.column}"
    where, params = Query(resource, narrowed=False).where([('t."id" = ANY(%s)', [list(ids)]), (f"{column} IS NOT NULL", [])])
    sql = f'SELECT t."id", ST_XMin({column}), ST_YMin({column}), ST_XMax({column}), ST_YMax({column}) FROM {resource.table} t WHERE {where}'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {row[0]: row[1:] for row in cursor.fetchall()}
