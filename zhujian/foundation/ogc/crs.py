"""Coordinate systems of the OGC interfaces: identifiers, axis order by their authority, and what a collection offers.

EPSG:4490 and 4326 are latitude first, CGCS2000 Gauss zones northing first, CRS84 and 3857 east first; PostGIS always keeps east first.
CGCS2000 and WGS 84 count as equal for maps (see `kernel.geo`).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache

import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from zhujian.foundation.kernel import geo, scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.resources.links import SRID

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
STORED = EPSG + "4490"
CHINA = (73.0, 3.0, 136.0, 54.0)  # what a geometry may lie in (`resources.links.Shape`)
_SAFE = re.compile(r"\[?(?:EPSG:|https?://www\.opengis\.net/def/crs/EPSG/(?:0|[\d.]+)/|urn:ogc:def:crs:EPSG:[\d.]*:)(\d{4,6})\]?")
_SAFE84 = re.compile(r"\[?(?:OGC:CRS84|https?://www\.opengis\.net/def/crs/OGC/1\.3/CRS84|urn:ogc:def:crs:OGC:1\.3:CRS84)\]?")
_SIDES = 16  # a box that is not drawn in degrees has curved sides: so many parts each


@dataclass(frozen=True)
class Frame:
    """One coordinate system. `flipped`: its authority names north before east; `degrees`: geographic."""

    uri: str
    epsg: int
    name: str
    flipped: bool
    degrees: bool

    def column(self, sql: str) -> str:
        """A geometry expression stored in 4490, in this system and its axis order."""
        if not self.degrees:
            # 4490 and 4326 are one for the web map; PostGIS projects the latter without looking for a shift.
            sql = f"ST_Transform(ST_SetSRID({sql}, 4326), 3857)" if self.epsg == 3857 else f"ST_Transform({sql}, {self.epsg:d})"
        return f"ST_FlipCoordinates({sql})" if self.flipped else sql

    @property
    def places(self) -> int:
        """Decimals that GeoJSON carries: about a millimetre."""
        return 8 if self.degrees else 3


@cache
def frame(epsg: int) -> Frame:
    """The system with the EPSG code `epsg`; axis order read from the registry that PROJ carries."""
    try:
        found = CRS.from_epsg(epsg)
    except CRSError as error:
        raise Refusal("ogc.crs", f"没有坐标系 EPSG:{epsg}，请核对编号。", "crs") from error
    return Frame(EPSG + str(epsg), epsg, found.name, found.axis_info[0].direction == "north", found.is_geographic)


FRAME84 = Frame(CRS84, SRID, "CRS84 (longitude, latitude)", False, True)


def read(text: str | None, parameter: str) -> Frame:
    """The system that a parameter names (CRS84 when it is left out), if the collections offer it to the actor."""
    text = (text or "").strip()
    if not text or _SAFE84.fullmatch(text):
        return FRAME84
    match = _SAFE.fullmatch(text)
    found = next((one for one in offered() if match and one.uri != CRS84 and one.epsg == int(match.group(1))), None)
    if found is None:
        raise Refusal("ogc.crs", f"{parameter} 指定的坐标系不在本图层提供的范围内，可用的见图层说明中的 crs 列表。", parameter)
    return found


def extent() -> tuple[float, float, float, float]:
    """West, south, east, north of what the current actor acts in; the whole country for whom no region bounds.

    Taken from the region and not from the rows: an extent of the table would tell of rows that are not shown.
    """
    who = scope.current()
    if who.kind != "official" or not who.region_code:
        return CHINA
    found = (regions.box(division.code) for division in reversed(regions.ancestors(who.region_code)))
    return next((box for box in found if box), CHINA)


def offered(box: tuple[float, float, float, float] | None = None) -> list[Frame]:
    """Systems for features in `box` (default: the actor's extent): geographic ones, the web map's, and the 3° zones it touches."""
    west, _, east, _ = box or extent()
    zones = range(max(25, math.floor((west + 1.5) / 3)), min(45, math.floor((east + 1.5) / 3)) + 1)
    codes = [SRID, 4326, 3857, *(4534 + zone - 25 for zone in zones), *(4513 + zone - 25 for zone in zones)]
    return [FRAME84, *map(frame, codes)]


def to_stored(shape: BaseGeometry, source: Frame) -> BaseGeometry:
    """A geometry given in `source` and its axis order, in CGCS2000 longitude, latitude. Refusal when it lies outside the system."""
    if not shapely.is_empty(shape) and not all(math.isfinite(value) and abs(value) < 1e9 for value in shape.bounds):
        raise Refusal("ogc.coordinates", "坐标应为有限的数字，请核对。", "filter")
    if source.flipped:
        shape = shapely.transform(shape, lambda points: points[:, ::-1])
    if source.degrees:
        west, south, east, north = shape.bounds
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise Refusal("ogc.coordinates", "经纬度超出范围，请核对坐标的先后顺序和坐标系。", "filter")
        return shape

    def move(points: object) -> list[tuple[float, ...]]:
        return [geo.transform(source.epsg, SRID, float(x), float(y)) for x, y in points]  # type: ignore[attr-defined]

    import numpy

    moved = shapely.transform(shape, lambda points: numpy.array(move(points)))
    if not all(math.isfinite(value) for value in moved.bounds):
        raise Refusal("geo.outside", "坐标超出该坐标系的适用范围，请检查坐标顺序和带号。", "filter")
    return moved


def boxes(numbers: list[float], source: Frame) -> list[BaseGeometry]:
    """The box ``min1,min2,max1,max2`` of `source` in CGCS2000: one polygon, two when it crosses the antimeridian."""
    first, second, third, fourth = numbers
    if source.degrees:
        west, south, east, north = (second, first, fourth, third) if source.flipped else (first, second, third, fourth)
        if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
            raise Refusal("ogc.bbox", "bbox 的经纬度超出范围，请核对先后顺序：下限在前，上限在后。", "bbox")
        if west > east:  # RFC 7946 5.2
            return [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
        return [shapely.box(west, south, east, north)]
    if first > third or second > fourth:
        raise Refusal("ogc.bbox", "bbox 应先写两个较小的坐标，再写两个较大的坐标。", "bbox")
    drawn = shapely.box(first, second, third, fourth)
    longest = max(third - first, fourth - second)
    return [to_stored(shapely.segmentize(drawn, longest / _SIDES) if longest > 0 else drawn, source)]
