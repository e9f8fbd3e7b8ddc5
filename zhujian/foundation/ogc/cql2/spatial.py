"""Geometries in CQL2: literals checked and brought into CGCS2000, and the eight relations PostGIS knows (OGC 21-065r2, 7.6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from zhujian.foundation.ogc import crs
from zhujian.foundation.ogc.cql2.text import wrong
from zhujian.foundation.resources.links import SRID

RELATIONS = {
    "s_intersects": "ST_Intersects", "s_equals": "ST_Equals", "s_disjoint": "ST_Disjoint", "s_touches": "ST_Touches",
    "s_within": "ST_Within", "s_overlaps": "ST_Overlaps", "s_crosses": "ST_Crosses", "s_contains": "ST_Contains",
}  # fmt: skip
MOST_POINTS = 2000
_TYPES = {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}


def literal(tree: dict[str, Any], frame: crs.Frame) -> str:
    """EWKB (hexadecimal, SRID 4490) of a GeoJSON geometry or a ``bbox`` given in `frame`."""
    if "bbox" in tree:
        return ewkb(_box(tree["bbox"], frame))
    if tree.get("type") not in _TYPES:
        raise wrong("图形的 type 应为 Point、LineString、Polygon、它们的 Multi 形式或 GeometryCollection。")
    found = list(_numbers(tree, 0))
    if len(found) > MOST_POINTS * 3:
        raise wrong(f"图形最多 {MOST_POINTS} 个点，请先简化。")
    try:
        made = shapely.force_2d(shape(tree))
    except Exception:  # shapely raises many kinds for foreign input; all mean the same to the person
        raise wrong("图形的坐标不完整，请核对：面要首尾相接，线至少两个点。") from None
    if made.is_empty or not shapely.is_valid(made):
        raise wrong("图形无效（为空或边线自相交），请修正后重试。")
    return ewkb(crs.to_stored(made, frame))


def _numbers(tree: Any, depth: int) -> Iterable[float]:
    if depth > 12:
        raise wrong("图形嵌套过深。")
    if isinstance(tree, dict):
        for name in ("coordinates", "geometries"):
            if name in tree:
                yield from _numbers(tree[name], depth + 1)
    elif isinstance(tree, list):
        for one in tree:
            yield from _numbers(one, depth + 1)
    elif isinstance(tree, bool) or not isinstance(tree, (int, float)):
        raise wrong("图形的坐标应为数字。")
    else:
        yield tree


def _box(numbers: Any, frame: crs.Frame) -> BaseGeometry:
    if (
        not isinstance(numbers, list)
        or len(numbers) not in (4, 6)
        or any(isinstance(n, bool) or not isinstance(n, (int, float)) for n in numbers)
    ):
        raise wrong("BBOX 应有 4 个数：两个下限和两个上限。")
    if len(numbers) == 6:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    parts = crs.boxes([float(n) for n in numbers], frame)
    return parts[0] if len(parts) == 1 else unary_union(parts)


def ewkb(made: BaseGeometry) -> str:
    """Hexadecimal EWKB with the stored system."""
    return shapely.to_wkb(shapely.set_srid(made, SRID), hex=True, include_srid=True, output_dimension=2)
