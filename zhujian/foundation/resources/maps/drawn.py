"""Shapes drawn on a map: read, made sound, kept for the person who drew them, and used to filter lists."""

from __future__ import annotations

import math
import secrets
from typing import TYPE_CHECKING, Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from shapely.geometry import MultiPolygon, Polygon

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources.links import SRID
from zhujian.foundation.resources.models import DrawnShape
from zhujian.foundation.resources.query import Condition

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

PARAMETER = "within"
POINTS_MOST = 5000
WEST, SOUTH, EAST, NORTH = 73.0, 3.0, 136.0, 54.0


def read(raw: Any) -> tuple[Polygon | MultiPolygon, bool]:
    """(area, repaired): the (multi)polygon in a GeoJSON object, its crossing lines undone. Refusal ``shape.…`` when it is none.

    A bow tie becomes its two triangles; what encloses nothing is refused. A division's outline may have several parts.
    """
    if (
        not isinstance(raw, dict)
        or raw.get("type") not in ("Polygon", "MultiPolygon")
        or not isinstance(raw.get("coordinates"), list)
    ):
        raise Refusal("shape.type", "请画一个面：shape 应为 GeoJSON 的 Polygon 或 MultiPolygon。", "shape")
    outlines = raw["coordinates"] if raw["type"] == "MultiPolygon" else [raw["coordinates"]]
    if not all(isinstance(outline, list) for outline in outlines):
        raise Refusal("shape.coordinates", "范围的坐标应为 [经度, 纬度] 数组，每个环至少四点，请重新画。", "shape")
    shapes = [[_ring(ring) for ring in outline] for outline in outlines]
    if not shapes or not all(shapes):
        raise Refusal("shape.empty", "画的范围没有顶点，请重新画。", "shape")
    if sum(len(ring) for rings in shapes for ring in rings) > POINTS_MOST:
        raise Refusal("shape.points", f"画的范围顶点太多，最多 {POINTS_MOST} 个，请简化后再试。", "shape")
    outer = [Polygon(rings[0], rings[1:]) for rings in shapes]
    made = outer[0] if len(outer) == 1 else MultiPolygon(outer)
    repaired = not made.is_valid
    if repaired:
        parts = [part for part in _polygons(shapely.make_valid(made)) if part.area > 0]
        made = parts[0] if len(parts) == 1 else MultiPolygon(parts)
    if made.is_empty or made.area <= 0:
        raise Refusal("shape.empty", "画的范围没有围成面积，请重新画。", "shape")
    return made, repaired


def _ring(raw: Any) -> list[tuple[float, float]]:
    wrong = Refusal("shape.coordinates", "范围的坐标应为 [经度, 纬度] 数组，每个环至少四点，请重新画。", "shape")
    if not isinstance(raw, list) or len(raw) < 4 or len(raw) > POINTS_MOST:
        raise wrong
    found = []
    for place in raw:
        if not isinstance(place, list) or not 2 <= len(place) <= 3:
            raise wrong
        if not all(isinstance(part, (int, float)) and not isinstance(part, bool) for part in place[:2]):
            raise wrong
        x, y = float(place[0]), float(place[1])
        if not (math.isfinite(x) and math.isfinite(y) and WEST <= x <= EAST and SOUTH <= y <= NORTH):
            raise Refusal("shape.range", "坐标不在中国范围内，请使用 CGCS2000 经纬度（先经度后纬度，十进制度）。", "shape")
        found.append((x, y))
    if found[0] != found[-1]:
        raise wrong
    return found


def _polygons(made: Any) -> list[Polygon]:
    if isinstance(made, Polygon):
        return [made]
    return [part for one in getattr(made, "geoms", ()) for part in _polygons(one)]


def keep(made: Polygon | MultiPolygon) -> str:
    """Keep an area for the current person; its token, empty for a visitor who has nothing to keep it by."""
    who = scope.current()
    parties = [key for key in who.keys if key.startswith("person:")]
    if not parties:
        return ""
    token = secrets.token_urlsafe(9)
    DrawnShape.objects.create(token=token, parties=parties, shape=GEOSGeometry(memoryview(shapely.to_wkb(made)), srid=SRID))
    return token


def condition(resource: Resource, token: str) -> Condition:
    """Rows that meet the area kept under `token`; Refusal when the current person has none such."""
    kept = (
        DrawnShape.objects.filter(token=token).values_list("shape", flat=True).first()
        if len(token) <= 24 and "\0" not in token
        else None
    )
    if kept is None:
        raise Refusal("filter.within", "地图上画的范围已失效，请回到地图重新画。", PARAMETER)
    return meets(resource, bytes(kept.ewkb))


def meets(resource: Resource, ewkb: bytes) -> Condition:
    """Rows whose geometry meets an area."""
    column = f"t.{resource.shape.column}"  # type: ignore[union-attr]
    # The box first: under row-level security only its operator may use an index.
    return f"{column} && %s::bytea::geometry AND ST_Intersects({column}, %s::bytea::geometry)", [ewkb, ewkb]
