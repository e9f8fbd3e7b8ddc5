"""Frames a clerk may meet, and what can be told wrong about a pair of numbers before it is converted. Pure.

East stands before north everywhere inside (longitude before latitude); which way round people write them they say themselves.
Source: foundation.md §13 (3° zones with six-digit eastings and with the zone number in front; GCJ-02 and BD-09 only at an edge).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from zhujian.foundation.kernel.errors import Refusal

EDGE_ONLY = "仅供互联网底图，不得存入业务数据"
ZONES = range(25, 46)
_DMS = re.compile(
    r"(?P<sign>-?)(?P<d>\d{1,3})\s*[°度d:：]\s*(?:(?P<m>\d{1,2})\s*['′’分m:：]\s*)?(?:(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:[\"″”秒s]|''|)\s*)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,15})?", re.ASCII)


@dataclass(frozen=True)
class Frame:
    """One frame: `kind` is degrees, zone, plane, geocentric or shifted; `zone` the 3° zone's number, `prefixed` whether eastings carry it."""

    key: str
    title: str
    kind: str
    epsg: int
    zone: int = 0
    prefixed: bool = False
    note: str = ""

    @property
    def meridian(self) -> int:
        """Central meridian of the zone in degrees."""
        return self.zone * 3

    @property
    def labels(self) -> tuple[str, ...]:
        """Column headings of its coordinates, east first, with unit and frame."""
        mark = f"，{self.note}" if self.kind == "shifted" else ""
        if self.kind in ("degrees", "shifted"):
            return f"经度（{self.short}，°{mark}）", f"纬度（{self.short}，°{mark}）"
        if self.kind == "geocentric":
            return tuple(f"{axis}（{self.short}，米）" for axis in "XYZ")
        return f"东坐标（{self.short}，米）", f"北坐标（{self.short}，米）"

    @property
    def short(self) -> str:
        """Name for a heading."""
        if self.kind == "zone":
            return f"CGCS2000 3度带第{self.zone}带，带带号" if self.prefixed else f"CGCS2000 3度带 {self.meridian}°E，不带带号"
        return self.title.split("（")[0]


def frames() -> dict[str, Frame]:
    """Every frame by its key, in the order it is offered."""
    found = [
        Frame("EPSG:4490", "CGCS2000 经纬度（EPSG:4490）", "degrees", 4490),
        Frame("EPSG:4479", "CGCS2000 地心直角坐标（EPSG:4479）", "geocentric", 4479, note="需要大地高"),
        Frame("EPSG:4326", "WGS84 经纬度（EPSG:4326，卫星定位）", "degrees", 4326, note="与 CGCS2000 相差在厘米级，按相同处理"),
        *(Frame(f"EPSG:{4534 + z - 25}", f"CGCS2000 3度带 中央经线{z * 3}°E，不带带号（EPSG:{4534 + z - 25}）", "zone", 4534 + z - 25, z) for z in ZONES),
        *(Frame(f"EPSG:{4513 + z - 25}", f"CGCS2000 3度带 第{z}带，带带号（EPSG:{4513 + z - 25}）", "zone", 4513 + z - 25, z, True) for z in ZONES),
        Frame("EPSG:3857", "Web 墨卡托（EPSG:3857）", "plane", 3857),
        Frame("GCJ-02", f"GCJ-02（{EDGE_ONLY}）", "shifted", 0, note=EDGE_ONLY),
        Frame("BD-09", f"BD-09（{EDGE_ONLY}）", "shifted", 0, note=EDGE_ONLY),
        Frame("EPSG:4610", "西安80 经纬度（EPSG:4610）", "degrees", 4610, note="没有公开的转换参数，不能转换"),
        Frame("EPSG:4214", "北京54 经纬度（EPSG:4214）", "degrees", 4214, note="没有公开的转换参数，不能转换"),
    ]  # fmt: skip
    return {one.key: one for one in found}


def number(text: str, *, degrees: bool) -> float:
    """A number as people write it; with `degrees` also 114°18′19.8″. Refusal ``coordinates.number``."""
    tidy = text.strip().strip("\u3000").replace("，", ",").replace("．", ".")
    if _NUMBER.fullmatch(tidy):
        return float(tidy)
    match = _DMS.fullmatch(tidy) if degrees else None
    if match:
        minutes, seconds = float(match["m"] or 0), float(match["s"] or 0)
        if minutes < 60 and seconds < 60:
            value = int(match["d"]) + minutes / 60 + seconds / 3600
            return -value if match["sign"] else value
    form = "数字或度分秒（如 114.3055 或 114°18′19.8″）" if degrees else "数字，单位米（如 529299.860）"
    raise Refusal("coordinates.number", f"“{text[:30]}”不是坐标，应为{form}。")


def check(frame: Frame, east: float, north: float) -> None:
    """Refuse a pair that cannot be meant: swapped, with or without a zone number against what was said, outside China."""
    if frame.kind in ("degrees", "shifted"):
        if 73 <= east <= 136 and 3 <= north <= 54:
            return
        if 73 <= north <= 136 and 3 <= east <= 54:
            raise Refusal("coordinates.swapped", "经度和纬度似乎写反了，请检查“坐标次序”。")
        raise Refusal("coordinates.outside", "经纬度不在中国范围内（经度73–136，纬度3–54），请核对。")
    if frame.kind != "zone":
        return
    if frame.prefixed != (25_000_000 <= east < 46_000_000) or frame.prefixed and int(east // 1_000_000) != frame.zone:
        raise _zone(frame, east, north)
    offset = east - frame.zone * 1_000_000 if frame.prefixed else east
    if not (100_000 <= offset <= 900_000 and 300_000 <= north <= 6_000_000):
        raise _zone(frame, east, north)


def _zone(frame: Frame, east: float, north: float) -> Refusal:
    zone = int(east // 1_000_000)
    if zone in ZONES and not frame.prefixed:
        return Refusal("coordinates.zone", f"东坐标前面带有带号 {zone}，请把坐标系改选为“第{zone}带，带带号”。")
    if zone in ZONES:
        return Refusal("coordinates.zone", f"东坐标的带号是 {zone}，与所选的第{frame.zone}带不符，请改选坐标系。")
    if int(north // 1_000_000) in ZONES or (300_000 <= east <= 6_000_000 and 100_000 <= north <= 900_000 and east > north):
        return Refusal("coordinates.swapped", "东坐标和北坐标似乎写反了，请检查“坐标次序”。")
    if frame.prefixed and 100_000 <= east <= 900_000:
        return Refusal("coordinates.zone", "东坐标没有带号，请把坐标系改选为“不带带号”的一项，并确认中央经线。")
    return Refusal("coordinates.outside", "坐标不在3度带的范围内（东坐标约10万至90万米，北坐标30万至600万米），请核对。")


def remark(frame: Frame, lon: float) -> str:
    """What to think of besides: a point far from the zone's meridian, a frame of internet maps."""
    if frame.kind == "shifted":
        return EDGE_ONLY
    if frame.kind == "zone" and abs(lon - frame.meridian) > 1.5 + 0.5:
        return f"该点距中央经线{frame.meridian}°超过2°，投影变形大，请确认带号"
    return ""
