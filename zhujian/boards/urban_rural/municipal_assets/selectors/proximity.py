"""What lies near a place, and how far two pipes are apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.rules.clearance import Clearance
from zhujian.boards.urban_rural.municipal_assets.selectors import crossings, pipes
from zhujian.boards.urban_rural.municipal_assets.services.values import Values
from zhujian.foundation import resources
from zhujian.foundation.kernel import access, geo
from zhujian.foundation.kernel.errors import NotFound, Refusal

REGISTERS = ("road", "bridge", "tunnel", "pipe_line", "pipe_point", "gallery", "facility", "lamp", "manhole")
MOST = 100


@dataclass(frozen=True)
class Nearby:
    """A facility near a place: its register, id, what it is called, kind, metres away, and its page."""

    resource: str
    title: str
    id: int
    label: str
    kind: str
    metres: float
    url: str


def nearest(lon: float, lat: float, metres: float, *, registers: tuple[str, ...] = REGISTERS, limit: int = MOST) -> list[Nearby]:
    """Present facilities within `metres` of a place (CGCS2000), nearest first, of the registers the reader may see."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Refusal("nearest.place", "经度应在 -180～180、纬度应在 -90～90 之间，请核对。", "lon")
    if not 0 < metres <= 2000:
        raise Refusal("nearest.radius", "查找范围应大于 0、不超过 2000 米。", "radius")
    today = timezone.localdate()
    place = bytes(Point(lon, lat, srid=4490).ewkb)
    degrees = geo.degrees_of(metres, lat)
    found: list[Nearby] = []
    for name in registers:
        key = f"municipal_assets.{name}"
        if name not in REGISTERS or not access.allowed(key, "view"):
            continue
        resource = resources.get(key)
        names = {f.name for f in resource.model._meta.concrete_fields}
        kind = "kind" if "kind" in names else ("grade" if "grade" in names else "class_code")
        sql = (
            f"SELECT id, coalesce(nullif(name, ''), nullif(code, ''), id::text), {kind}, "  # noqa: S608
            f"ST_Distance(geom::geography, ST_GeomFromEWKB(%s)::geography) AS away FROM {resource.table} "
            "WHERE NOT planned AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s) "
            f"AND geom && ST_Expand(ST_GeomFromEWKB(%s), %s) ORDER BY away, id LIMIT {int(limit)}"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [place, today, today, place, degrees])
            for pk, label, code, away in cursor.fetchall():
                if away <= metres:
                    url = f"/r/municipal_assets/{name}/{pk}/"
                    found.append(Nearby(key, resource.title, pk, label, _kind(resource, kind, code), round(away, 2), url))
    return sorted(found, key=lambda one: (one.metres, one.resource, one.id))[:limit]


def _kind(resource: Any, field: str, code: str) -> str:
    from zhujian.boards.urban_rural.municipal_assets.services.values import label

    list_key = resource.code_lists.get(field, "")
    return label(list_key.removeprefix("municipal_assets."), code) if list_key else code


@dataclass(frozen=True)
class Pair:
    """Two pipes and the net distances between them; `a` and `b` are (id, code, kind)."""

    a: tuple[int, str, str]
    b: tuple[int, str, str]
    net: Clearance
    lon: float
    lat: float


def clearance_of(line_id: int, *, other: int | None = None, on: date | None = None) -> list[Pair]:
    """Net distances of a pipe to every pipe of another class within the search distance (or to one `other` pipe wherever it is),
    what is too close first."""
    day = on or timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT region_code, ST_X(ST_StartPoint(geom)), ST_Y(ST_StartPoint(geom)) FROM {pipes.LINES} WHERE id = %s",  # noqa: S608
            [line_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound("clearance.line", "没有找到这条管线，可能不在您的管辖范围内。")
    region, lon, lat = row
    values = Values(day, region)
    tables = crossings.Tables(values)
    metres = values.number("clearance_search_m") if other is None else 5000.0
    where = "a.id = %s AND NOT b.planned AND b.valid_from <= %s AND (b.valid_to IS NULL OR b.valid_to > %s)"
    params: list[Any] = [line_id, day, day]
    if other is not None:
        where += " AND b.id = %s"
        params.append(other)
    else:  # pipes that share a point with it belong to the same network
        where += " AND b.start_id IS DISTINCT FROM a.start_id AND b.end_id IS DISTINCT FROM a.end_id"
        where += " AND b.start_id IS DISTINCT FROM a.end_id AND b.end_id IS DISTINCT FROM a.start_id"
    found = []
    for pair in crossings.near(where, params, pipes.zone_of(lon), metres, lat, MOST):
        one, two = pair[:10], pair[10:20]
        centre, crosses, at_one, at_two, x, y = pair[20:]
        net = tables.judge(tables.section(one, at_one), tables.section(two, at_two), centre_m=centre, crosses=crosses)
        found.append(Pair(tuple(one[:3]), tuple(two[:3]), net, x, y))
    if other is not None and not found:
        raise NotFound("clearance.other", "两条管线相距超过 5 公里，或另一条管线不在您的管辖范围内。")
    return sorted(found, key=lambda pair: (-(pair.net.short_m or -1.0), pair.net.horizontal))
