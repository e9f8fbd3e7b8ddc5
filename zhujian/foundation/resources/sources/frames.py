"""Which frame coordinates are in: what the file says, what the numbers suggest. Suggested, never assumed: a person confirms.

Pure. EPSG of CGCS2000 Gauss–Krüger (foundation.md §13): three-degree zones with number 4513–4533 (zones 25–45), with central meridian
4534–4554 (75°–135°); six-degree zones with number 4491–4501 (13–23), with central meridian 4502–4512.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyproj import CRS
from pyproj.exceptions import CRSError

GCJ02, BD09 = "gcj02", "bd09"  # frames of internet maps: converted at this edge, never stored
SHIFTED = {GCJ02: "互联网地图坐标 GCJ-02（高德、腾讯等）", BD09: "百度地图坐标 BD-09"}
_WKT = re.compile(r"\s*(GEOG|PROJ|GEOGCRS|PROJCRS|GEODCRS|COMPOUNDCRS|COMPD_CS|BOUNDCRS|GEODETICCRS|PROJECTEDCRS)", re.IGNORECASE)


@dataclass(frozen=True)
class Guess:
    """A frame to propose: its EPSG number (0: none), where it comes from, and what to look out for."""

    epsg: int
    reason: str
    warning: str = ""


def three_degree(meridian: int) -> int:
    """EPSG of the three-degree zone with this central meridian, six-digit eastings: 114 → 4547."""
    return 4534 + (meridian - 75) // 3


def three_degree_zone(zone: int) -> int:
    """EPSG of the three-degree zone whose number stands before the easting: 38 → 4526."""
    return 4513 + zone - 25


def six_degree_zone(zone: int) -> int:
    """EPSG of the six-degree zone whose number stands before the easting: 19 → 4497."""
    return 4491 + zone - 13


def title(epsg: int) -> str:
    """How the frame is called on the page."""
    if epsg == 4490:
        return "CGCS2000 经纬度（EPSG:4490）"
    if epsg == 4326:
        return "WGS 84 经纬度（EPSG:4326，视同 CGCS2000）"
    if 4513 <= epsg <= 4533:
        zone = epsg - 4513 + 25
        return f"CGCS2000 3度带第{zone}带，东坐标带带号（EPSG:{epsg}）"
    if 4534 <= epsg <= 4554:
        return f"CGCS2000 3度带，中央经线 {75 + 3 * (epsg - 4534)}°，不带带号（EPSG:{epsg}）"
    if 4491 <= epsg <= 4501:
        return f"CGCS2000 6度带第{epsg - 4491 + 13}带，东坐标带带号（EPSG:{epsg}）"
    if 4502 <= epsg <= 4512:
        return f"CGCS2000 6度带，中央经线 {75 + 6 * (epsg - 4502)}°，不带带号（EPSG:{epsg}）"
    if epsg == 3857:
        return "Web 墨卡托（EPSG:3857）"
    try:
        return f"{CRS.from_epsg(epsg).name}（EPSG:{epsg}）"
    except CRSError:
        return f"EPSG:{epsg}"


def options(meridians: tuple[int, ...]) -> list[tuple[str, str]]:
    """(value, title) to choose from: degrees, the zones of these central meridians, shifted frames."""
    numbers = [4490, 4326]
    numbers += [three_degree(m) for m in meridians] + [three_degree_zone(m // 3) for m in meridians]
    numbers += sorted({six_degree_zone((m + 6) // 6) for m in meridians}) + [3857]
    return [(str(n), title(n)) for n in numbers] + list(SHIFTED.items())


def from_wkt(text: str) -> int:
    """EPSG of a frame described in WKT (also ESRI's dialect of .prj files); 0 when it cannot be told."""
    text = text[:20_000]
    if not _WKT.match(text):
        return 0
    try:
        crs = CRS.from_wkt(text)
    except (CRSError, UnicodeError, ValueError):
        return 0
    return crs.to_epsg(min_confidence=70) or _by_parameters(crs)


def _by_parameters(crs: CRS) -> int:
    """CGCS2000 Gauss–Krüger described by its numbers under a name of the software's own."""
    names = f"{crs.name} {crs.datum.name if crs.datum else ''}".upper().replace(" ", "_")
    if not ("CGCS2000" in names or "CHINA_2000" in names or "CHINA_GEODETIC_COORDINATE_SYSTEM_2000" in names):
        return 0
    if crs.is_geographic:
        return 4490
    said = {p.name.lower(): p.value for p in (crs.coordinate_operation.params if crs.coordinate_operation else ())}
    meridian, false_easting = said.get("longitude of natural origin"), said.get("false easting")
    scale = said.get("scale factor at natural origin", 1.0)
    if meridian is None or false_easting is None or abs(scale - 1) > 1e-9 or meridian % 3 or not 75 <= meridian <= 135:
        return 0
    zone, rest = divmod(false_easting, 1_000_000)
    if rest != 500_000 or said.get("false northing", 0) or said.get("latitude of natural origin", 0):
        return 0
    if zone == 0:
        return three_degree(int(meridian))
    if zone == meridian // 3:
        return three_degree_zone(int(zone))
    return six_degree_zone(int(zone)) if zone == (meridian + 3) // 6 and 13 <= zone <= 23 else 0


def guess(bounds: tuple[float, float, float, float] | None, said: int, lon: float) -> Guess:
    """What to propose for coordinates within `bounds` when the file says EPSG `said` (0: nothing); `lon`: longitude of the region.

    What the file says is proposed unless the numbers contradict it.
    """
    if bounds is None:
        return Guess(said, "文件声明" if said else "")
    west, south, east, north = bounds
    if said and _fits(bounds, said):
        return Guess(said, "文件声明")
    if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
        found = Guess(
            4490, "坐标是度，像是经纬度", "请确认不是高德、腾讯（GCJ-02）或百度（BD-09）坐标，它们与 CGCS2000 相差数百米。"
        )
    elif 25_000_000 <= west <= east < 46_000_000 and west // 1_000_000 == east // 1_000_000:
        zone = int(west // 1_000_000)
        found = Guess(
            three_degree_zone(zone),
            f"东坐标为8位，前两位 {zone} 像是3度带带号",
            f"请确认第{zone}带（中央经线 {zone * 3}°）与测区一致。",
        )
    elif 13_000_000 <= west <= east < 24_000_000 and west // 1_000_000 == east // 1_000_000:
        zone = int(west // 1_000_000)
        found = Guess(
            six_degree_zone(zone),
            f"东坐标为8位，前两位 {zone} 像是6度带带号",
            f"请确认第{zone}带（中央经线 {zone * 6 - 3}°）与测区一致。",
        )
    elif 100_000 <= west <= east < 1_000_000 and 1_500_000 <= south <= north <= 6_500_000:
        meridian = min(135, max(75, 3 * round(lon / 3)))
        found = Guess(
            three_degree(meridian),
            f"东坐标为6位、不带带号，按本地经度推测中央经线 {meridian}°",
            "坐标本身看不出中央经线和坐标系（也可能是1954北京或1980西安），请按成果说明选择。",
        )
    elif 8_000_000 <= west <= east <= 15_500_000 and 300_000 <= south <= north <= 7_500_000:
        found = Guess(3857, "坐标像是 Web 墨卡托", "Web 墨卡托的图往往来自互联网地图，可能带有偏移，请确认来源。")
    elif 100_000 <= south <= north < 46_000_000 and 1_500_000 <= west <= east <= 6_500_000:
        found = Guess(0, "", "横、纵坐标似乎写反了（测量坐标 X 为北、Y 为东），请在“坐标列”或导出设置中交换。")
    else:
        found = Guess(0, "", "从坐标看不出坐标系，请按成果说明选择。")
    if said:
        return Guess(found.epsg, found.reason, f"文件声明为 {title(said)}，但坐标数值与它不符。{found.warning}")
    return found


def _fits(bounds: tuple[float, float, float, float], epsg: int) -> bool:
    """Whether coordinates can be in the frame, judged by their size."""
    west, south, east, north = bounds
    degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    try:
        crs = CRS.from_epsg(epsg)
    except CRSError:
        return False
    if crs.is_geographic:
        return degrees
    if degrees:
        return False
    if 4513 <= epsg <= 4533:
        return west // 1_000_000 == epsg - 4513 + 25
    if 4491 <= epsg <= 4501:
        return west // 1_000_000 == epsg - 4491 + 13
    if 4502 <= epsg <= 4512 or 4534 <= epsg <= 4554:
        return -1_000_000 < west <= east < 2_000_000
    return True
