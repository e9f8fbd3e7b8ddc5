"""Where on earth the model stands. Read from the file, never guessed (foundation.md §13).

IfcMapConversion with IfcProjectedCRS (IFC4 on; in IFC2x3 the property sets ePSet_MapConversion and ePSet_ProjectedCRS), else the
latitude and longitude of IfcSite. Angles: `rotation` is the azimuth of the model's +Y axis, degrees clockwise from true north.
"""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from zhujian.foundation.bim.convert.reading import Model, number
from zhujian.foundation.kernel.errors import Refusal

# The projection library takes as much memory as a small model: it is loaded by a helper that ends before anything is drawn.
SOUND_SCALE = (0.5, 2.0)
HEIGHT_1985 = ("1985", "黄海85", "EPSG:5737")


@dataclass
class Georef:
    """A georeference. `kind`: map, site, hand or none; degrees and metres; `problem` says in Chinese what is wrong, empty when usable."""

    kind: str = "none"
    epsg: int | None = None
    crs: str = ""
    vertical: str = ""
    easting: float | None = None
    northing: float | None = None
    lon: float | None = None
    lat: float | None = None
    height: float = 0.0
    rotation: float = 0.0
    problem: str = ""

    @property
    def placed(self) -> bool:
        """Whether the model can be put on the map."""
        return self.lon is not None and self.lat is not None

    def as_dict(self) -> dict[str, Any]:
        """As it is kept with the version."""
        return asdict(self)


@cache
def _names() -> dict[str, int]:
    """Names of projected frames in the EPSG register, lower case."""
    from pyproj.database import query_crs_info
    from pyproj.enums import PJType

    return {one.name.lower(): int(one.code) for one in query_crs_info("EPSG", PJType.PROJECTED_CRS) if one.code.isdigit()}


def epsg_of(name: str) -> int | None:
    """EPSG number of a frame's name: ``EPSG:4547``, ``urn:ogc:def:crs:EPSG::4547`` or a name of the register; never a likeness."""
    text = name.strip()
    if found := re.fullmatch(r"(?:urn:ogc:def:crs:)?EPSG\s*:{1,2}\s*(\d{4,5})", text, re.IGNORECASE):
        return int(found[1])
    return _names().get(text.lower())


def place(georef: Georef, offset: tuple[float, float, float]) -> Georef:
    """Turn map coordinates into longitude, latitude and true-north rotation; `offset` is the drawn origin in model metres."""
    if georef.epsg is None or georef.easting is None or georef.northing is None:
        return georef
    from pyproj import CRS, Geod
    from pyproj.exceptions import CRSError

    from zhujian.foundation.kernel import geo

    try:
        if not CRS.from_epsg(georef.epsg).is_projected:
            georef.problem = f"坐标系 {georef.crs} 不是投影坐标系。请采用 CGCS2000 的3度带投影（例如 EPSG:4547）。"
            return georef
        angle = math.radians(georef.rotation)  # grid azimuth of the model's Y so far
        east = georef.easting + offset[0] * math.cos(angle) + offset[1] * math.sin(angle)
        north = georef.northing - offset[0] * math.sin(angle) + offset[1] * math.cos(angle)
        lon, lat = geo.unproject(east, north, georef.epsg)
        up_lon, up_lat = geo.unproject(east, north + 100.0, georef.epsg)
    except CRSError:
        georef.problem = f"没有坐标系 EPSG:{georef.epsg}，请核对编号。"
        return georef
    except Refusal as refusal:
        georef.problem = refusal.message
        return georef
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        georef.problem = "按所写坐标系换算出的经纬度无效，请检查东、北坐标是否写反或带号是否正确。"
        return georef
    azimuth, _, _ = Geod(ellps="GRS80").inv(lon, lat, up_lon, up_lat)
    georef.lon, georef.lat = round(lon, 10), round(lat, 10)
    georef.rotation = round((georef.rotation + azimuth) % 360, 6)
    georef.height = round(georef.height + offset[2], 4)
    return georef


def read_apart(model: Model, offset: tuple[float, float, float]) -> Georef:
    """`read` in a fork of this process, whose memory goes with it."""
    out, into = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(into, json.dumps(read(model, offset).as_dict()).encode())
        finally:
            os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as stream:
        said = stream.read()
    os.waitpid(pid, 0)
    return Georef(**json.loads(said)) if said else read(model, offset)  # what went wrong there is told here


def read(model: Model, offset: tuple[float, float, float]) -> Georef:
    """The georeference of the drawn origin; `kind` none when the file has none."""
    found = _map(model) or _psets(model)
    if found is not None:
        if not found.crs:
            found.problem = "写了地图转换参数，但没有写坐标系名称（IfcProjectedCRS.Name），不能推测。请补充，例如 EPSG:4547。"
            return found
        found.epsg = epsg_of(found.crs)
        if found.epsg is None:
            found.problem = f"不认识的坐标系“{found.crs[:60]}”。请写 EPSG 编号，例如 EPSG:4547（CGCS2000，中央经线114°E）。"
            return found
        return place(found, offset)
    return _site(model, offset) or Georef(
        problem="模型没有地理参考。请在建模软件中设置 CGCS2000 投影坐标后重新导出，或由提交人说明理由后人工填写位置。"
    )


def _map(model: Model) -> Georef | None:
    for conversion in model.of("IfcMapConversion"):
        crs = getattr(conversion, "TargetCRS", None)
        unit = _unit(crs)
        values = {
            "Eastings": number(conversion, "Eastings"), "Northings": number(conversion, "Northings"),
            "OrthogonalHeight": number(conversion, "OrthogonalHeight"), "XAxisAbscissa": number(conversion, "XAxisAbscissa"),
            "XAxisOrdinate": number(conversion, "XAxisOrdinate"),
        }  # fmt: skip
        found = _from_values(values, unit)
        if found is not None:
            found.crs = str(getattr(crs, "Name", None) or "").strip()[:120]
            found.vertical = str(getattr(crs, "VerticalDatum", None) or "").strip()[:120]
            return found
    return None


def _psets(model: Model) -> Georef | None:
    """The agreed property sets of IFC2x3."""
    import ifcopenshell.util.element as element

    for entity in [*model.of("IfcProject"), *model.of("IfcSite")]:
        sets = {key.lower(): value for key, value in element.get_psets(entity).items()}
        conversion = sets.get("epset_mapconversion")
        if conversion:
            numbers: dict[str, float | None] = {
                k: v for k, v in conversion.items() if isinstance(v, int | float) and not isinstance(v, bool)
            }
            found = _from_values(numbers, 1.0)
            if found is not None:
                crs = sets.get("epset_projectedcrs", {})
                found.crs, found.vertical = str(crs.get("Name") or "").strip()[:120], str(crs.get("VerticalDatum") or "")[:120]
                return found
    return None


def _from_values(values: dict[str, float | None], unit: float) -> Georef | None:
    east, north = values.get("Eastings"), values.get("Northings")
    if east is None or north is None:
        return None
    angle = math.degrees(math.atan2(values.get("XAxisOrdinate") or 0.0, values.get("XAxisAbscissa") or 1.0))
    height = values.get("OrthogonalHeight") or 0.0
    return Georef("map", easting=east * unit, northing=north * unit, height=height * unit, rotation=-angle)


def _unit(crs: Any) -> float:
    """Metres per unit of the map; metre when the file does not say."""
    unit = getattr(crs, "MapUnit", None) if crs is not None else None
    if unit is None:
        return 1.0
    import ifcopenshell.util.unit as units

    try:
        return float(units.convert_unit(1.0, unit, unit.file.createIfcSIUnit(None, "LENGTHUNIT", None, "METRE")))
    except Exception:
        return 1.0


def degrees(parts: Any) -> float | None:
    """Decimal degrees of an IfcCompoundPlaneAngleMeasure (degrees, minutes, seconds, millionths); all parts bear the sign."""
    if not isinstance(parts, tuple | list) or not 3 <= len(parts) <= 4 or not all(isinstance(p, int) for p in parts):
        return None
    sign = -1 if any(p < 0 for p in parts) else 1
    d, m, s, *rest = (abs(p) for p in parts)
    return sign * (d + m / 60 + (s + (rest[0] / 1e6 if rest else 0)) / 3600)


def _site(model: Model, offset: tuple[float, float, float]) -> Georef | None:
    for site in model.of("IfcSite"):
        lat, lon = degrees(getattr(site, "RefLatitude", None)), degrees(getattr(site, "RefLongitude", None))
        if lat is None or lon is None or (abs(lat) < 1e-9 and abs(lon) < 1e-9) or abs(lat) > 90 or abs(lon) > 180:
            continue
        base = origin_of(site, model.scale)
        rotation = -true_north(model)
        dx, dy = offset[0] - base[0], offset[1] - base[1]
        if distance := math.hypot(dx, dy):
            from pyproj import Geod

            azimuth = math.degrees(math.atan2(dx, dy)) + rotation
            lon, lat, _ = Geod(ellps="GRS80").fwd(lon, lat, azimuth, distance)
        height = (number(site, "RefElevation") or 0.0) * model.scale + offset[2] - base[2]
        return Georef(
            "site", 4490, "IfcSite 经纬度", lon=round(lon, 10), lat=round(lat, 10), height=round(height, 4), rotation=round(rotation % 360, 6)
        )  # fmt: skip
    return None


def origin_of(product: Any, scale: float) -> tuple[float, float, float]:
    """Where a product is placed, in model metres."""
    import ifcopenshell.util.placement as placement

    try:
        matrix = placement.get_local_placement(product.ObjectPlacement)
        return float(matrix[0][3]) * scale, float(matrix[1][3]) * scale, float(matrix[2][3]) * scale
    except Exception:
        return 0.0, 0.0, 0.0


def true_north(model: Model) -> float:
    """Bearing of true north in the model, degrees clockwise from +Y."""
    for context in model.of("IfcGeometricRepresentationContext"):
        if context.is_a("IfcGeometricRepresentationSubContext"):
            continue
        north = getattr(context, "TrueNorth", None)
        ratios = getattr(north, "DirectionRatios", None) if north is not None else None
        if ratios and len(ratios) >= 2 and (ratios[0] or ratios[1]):
            return math.degrees(math.atan2(ratios[0], ratios[1]))
    return 0.0
