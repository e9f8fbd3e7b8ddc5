"""Shapes of a file as the register takes them: into CGCS2000, of the register's type, valid; a fault stays with its row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry

from zhujian.foundation.kernel import geo
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources.links import SRID, Unfit
from zhujian.foundation.resources.sources import frames

WORDS = {
    0: "点", 1: "线", 2: "环", 3: "面", 4: "多点", 5: "多段线", 6: "多部分面", 7: "图形集合", -1: "无图形",
}  # fmt: skip
WANTED = {"POINT": "点", "LINESTRING": "线", "POLYGON": "面", "MULTIPOLYGON": "面", "MULTILINESTRING": "线", "GEOMETRY": "图形"}


def census(shapes: np.ndarray) -> dict[str, int]:
    """How many shapes of each type, in words, most first."""
    counts = Counter(WORDS.get(int(kind), "其他") for kind in shapely.get_type_id(shapes))
    return dict(counts.most_common())


def bounds(shapes: np.ndarray | None) -> tuple[float, float, float, float] | None:
    """West, south, east, north in the file's frame; None without finite coordinates."""
    if shapes is None or not len(shapes):
        return None
    boxes = shapely.bounds(shapes)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return None
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def mover(frame: str) -> Callable[[np.ndarray], np.ndarray]:
    """A function from (n, 2) coordinates in `frame` (an EPSG number or `frames.SHIFTED`) to CGCS2000 degrees; inf where outside.

    Refusals of `kernel.geo`: no such frame, no transformation of known accuracy.
    """
    if frame in frames.SHIFTED:
        one = geo.from_gcj02 if frame == frames.GCJ02 else geo.from_bd09
        return lambda points: np.array([one(x, y) if math.isfinite(x + y) else (math.inf, math.inf) for x, y in points]).reshape(
            -1, 2
        )
    if not frame.isascii() or not frame.isdigit() or len(frame) > 6:
        raise Refusal("geo.crs", "请选择坐标系，或填写 EPSG 编号（4到6位数字）。", "frame")
    move = geo.array_transform(int(frame), geo.CGCS2000)
    return lambda points: np.column_stack(move(points[:, 0], points[:, 1]))


def fit(shapes: np.ndarray, frame: str, geometry: str) -> list[GEOSGeometry | Unfit]:
    """Each shape in CGCS2000 and of the type `geometry` (``POINT``, ``LINESTRING`` …), or why it is unfit."""
    move = mover(frame)
    with np.errstate(invalid="ignore"):
        moved = shapely.transform(shapes, move)
    shaped = [_typed(one, geometry) for one in moved]
    good = np.array([one if not isinstance(one, Unfit) else None for one in shaped], dtype=object)
    boxes = shapely.bounds(good)
    valid = shapely.is_valid(good)
    blobs = shapely.to_wkb(good, output_dimension=2)
    found: list[GEOSGeometry | Unfit] = []
    for number, one in enumerate(shaped):
        if isinstance(one, Unfit):
            found.append(one)
        elif bad := _misplaced(boxes[number]):
            found.append(bad)
        elif not valid[number]:
            found.append(Unfit("shape_valid", "图形无效（边线自相交，或线的各点重合），请在制图软件中修正。"))
        else:
            made = GEOSGeometry(memoryview(blobs[number]))
            made.srid = SRID
            found.append(made)
    return found


def _misplaced(box: np.ndarray) -> Unfit | None:
    west, south, east, north = (float(value) for value in box)
    if not all(map(math.isfinite, (west, south, east, north))):
        return Unfit("shape", "坐标超出所选坐标系的适用范围，请检查坐标系和带号。")
    if south >= 73 and north <= 136 and west >= 3 and east <= 54:
        return Unfit("shape_swapped", "经度和纬度（或东、北坐标）似乎写反了。")
    if not (west >= 73 and east <= 136 and south >= 3 and north <= 54):
        return Unfit("shape_range", "换算后的位置不在中国范围内，请检查坐标系和带号。")
    return None


def _typed(shape: Any, geometry: str) -> Any:
    """The shape as `geometry`, or `Unfit`."""
    if shape is None or shape.is_empty:
        return Unfit("shape_missing", "没有图形，请补画后再导入。")
    kind = shape.geom_type.upper()
    if kind == geometry or geometry == "GEOMETRY":
        return shape
    if kind == f"MULTI{geometry}" and len(shape.geoms) == 1:
        return shape.geoms[0]
    if f"MULTI{kind}" == geometry:
        return {"POLYGON": shapely.multipolygons, "LINESTRING": shapely.multilinestrings, "POINT": shapely.multipoints}[kind](
            [shape]
        )
    if kind == "MULTILINESTRING" and geometry == "LINESTRING":
        joined = shapely.line_merge(shape)
        if joined.geom_type == "LineString":
            return joined
        return Unfit("shape_parts", f"一条记录里有 {len(shape.geoms)} 段不相连的线，请打散为单线后再导入。")
    name = WORDS.get(int(shapely.get_type_id(shape)), kind)
    return Unfit("shape_type", f"这里需要{WANTED.get(geometry, geometry)}，收到的是{name}。")
