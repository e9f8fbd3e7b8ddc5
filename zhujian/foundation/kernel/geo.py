"""Coordinates: CGCS2000 and its projections, and the shifted frames of internet maps. Pure; degrees, longitude first, metres.

Master data is CGCS2000 (EPSG:4490). GCJ-02 and BD-09 exist only at an edge, in a labelled layer, and are never stored. EPSG:4547 has
six-digit eastings, 4526 the zone number 38 in front: which one a file uses must be said, never guessed (foundation.md §13).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import atan2, cos, pi, radians, sin, sqrt
from typing import Any

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from zhujian.foundation.kernel.errors import Refusal

CGCS2000 = 4490
GEOCENTRIC = 4479
WEB_MERCATOR = 3857
METRES_PER_DEGREE = 111_000.0  # of latitude, a little short: a search box in degrees is never too small
_EQUAL = {4326: CGCS2000, 4979: 4480}
_A = 6378245.0
_EE = 0.00669342162296594323
_BD = pi * 3000.0 / 180.0


@cache
def _transformer(source: int, target: int) -> Transformer:
    try:
        # A ballpark (accuracy −1, unknown) would return Xi'an 80 and Beijing 54 unchanged: never.
        return Transformer.from_crs(CRS.from_epsg(source), CRS.from_epsg(target), always_xy=True, allow_ballpark=False)
    except CRSError as error:
        raise Refusal("geo.crs", f"没有坐标系 EPSG:{source} 或 EPSG:{target}，请核对编号。") from error
    except ProjError as error:
        message = f"没有从 EPSG:{source} 到 EPSG:{target} 的已知精度的转换参数（西安80、北京54等由测绘部门提供），请先转为CGCS2000再导入。"
        raise Refusal("geo.accuracy", message) from error


def transform(source: int, target: int, *coordinates: float) -> tuple[float, ...]:
    """(x, y[, z]) of EPSG `source` in EPSG `target`; longitude or easting first.

    WGS 84 (4326, what satellite receivers give) counts as CGCS2000: they agree within centimetres. Refusals: ``geo.crs`` (no such
    frame), ``geo.accuracy`` (no transformation of known accuracy), ``geo.outside`` (the projection has no answer there).
    """
    source, target = _EQUAL.get(source, source), _EQUAL.get(target, target)
    if WEB_MERCATOR in (source, target):  # defined on WGS 84
        source, target = (4326 if epsg == CGCS2000 else epsg for epsg in (source, target))
    if source == target:
        return tuple(map(float, coordinates))
    try:
        found = _transformer(source, target).transform(*coordinates, errcheck=True)  # type: ignore[call-overload]
    except ProjError as error:
        raise Refusal("geo.outside", "坐标超出该坐标系的适用范围，请检查经纬度顺序和带号。") from error
    return tuple(float(value) for value in found)


def array_transform(source: int, target: int) -> Callable[[Any, Any], tuple[Any, Any]]:
    """A function that takes arrays of x and y of EPSG `source` to EPSG `target`; infinite where the projection has no answer.

    Refusals as `transform`: ``geo.crs``, ``geo.accuracy``.
    """
    source, target = _EQUAL.get(source, source), _EQUAL.get(target, target)
    if source == target:
        return lambda x, y: (x, y)
    found = _transformer(source, target)
    return lambda x, y: found.transform(x, y, errcheck=False)


def degrees_of(metres: float, lat: float) -> float:
    """At least as many degrees as `metres` are in any direction at the latitude `lat`, for a first search by an index in degrees."""
    return metres / (METRES_PER_DEGREE * max(0.2, cos(radians(lat))))


def project(lon: float, lat: float, epsg: int) -> tuple[float, float]:
    """Easting and northing in metres of a CGCS2000 point in the projection `epsg` (4547: CM 114°E, 4526: zone 38 in front)."""
    easting, northing = transform(CGCS2000, epsg, lon, lat)
    return easting, northing


def unproject(easting: float, northing: float, epsg: int) -> tuple[float, float]:
    """Longitude and latitude, CGCS2000, of a projected point."""
    lon, lat = transform(epsg, CGCS2000, easting, northing)
    return lon, lat


def geocentric(lon: float, lat: float, height: float) -> tuple[float, float, float]:
    """X, Y, Z in metres (EPSG:4479) of a CGCS2000 point with its ellipsoidal height in metres."""
    x, y, z = transform(4480, GEOCENTRIC, lon, lat, height)
    return x, y, z


def in_china(lon: float, lat: float) -> bool:
    """The box in which internet maps shift; outside they do not."""
    return 73.66 < lon < 135.05 and 3.86 < lat < 53.55


def _shift(lon: float, lat: float) -> tuple[float, float]:
    x, y = lon - 105.0, lat - 35.0
    dlat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    dlat += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    dlat += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    dlat += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    dlon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    dlon += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    dlon += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    dlon += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    phi = radians(lat)
    magic = 1 - _EE * sin(phi) ** 2
    dlat = dlat * 180.0 / ((_A * (1 - _EE)) / (magic * sqrt(magic)) * pi)
    dlon = dlon * 180.0 / (_A / sqrt(magic) * cos(phi) * pi)
    return dlon, dlat


def to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """A CGCS2000 point as an internet map (GCJ-02) draws it; for display at an edge only."""
    if not in_china(lon, lat):
        return lon, lat
    dlon, dlat = _shift(lon, lat)
    return lon + dlon, lat + dlat


def from_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """CGCS2000 of a point picked on an internet map, by iteration to 1e-10 degrees."""
    if not in_china(lon, lat):
        return lon, lat
    guess = lon, lat
    for _ in range(30):
        ahead = to_gcj02(*guess)
        error = lon - ahead[0], lat - ahead[1]
        guess = guess[0] + error[0], guess[1] + error[1]
        if max(map(abs, error)) < 1e-11:
            break
    return guess


def gcj02_to_bd09(lon: float, lat: float) -> tuple[float, float]:
    """GCJ-02 to Baidu's BD-09."""
    length = sqrt(lon * lon + lat * lat) + 0.00002 * sin(lat * _BD)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BD)
    return length * cos(angle) + 0.0065, length * sin(angle) + 0.006


def to_bd09(lon: float, lat: float) -> tuple[float, float]:
    """A CGCS2000 point as Baidu's map draws it."""
    return gcj02_to_bd09(*to_gcj02(lon, lat))


def from_bd09(lon: float, lat: float) -> tuple[float, float]:
    """CGCS2000 of a point picked on Baidu's map, by iteration."""
    guess = lon - 0.0065, lat - 0.006
    for _ in range(30):
        ahead = gcj02_to_bd09(*guess)
        error = lon - ahead[0], lat - ahead[1]
        guess = guess[0] + error[0], guess[1] + error[1]
        if max(map(abs, error)) < 1e-11:
            break
    return from_gcj02(*guess)
