"""One point from one frame to another, through CGCS2000."""

from __future__ import annotations

from dataclasses import dataclass

from zhujian.foundation.kernel import geo
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.ogc.coordinates import rules
from zhujian.foundation.ogc.coordinates.rules import Frame


@dataclass(frozen=True)
class Converted:
    """Coordinates in the target, east first, as texts with the digits that mean something; `remark` what to think of."""

    values: tuple[str, ...]
    remark: str


def frame(key: str, field: str) -> Frame:
    """The frame called `key`; Refusal ``coordinates.frame``."""
    found = rules.frames().get(key.strip().upper())
    if found is None:
        raise Refusal("coordinates.frame", "请选择坐标系，例如 EPSG:4490、EPSG:4547、GCJ-02。", field)
    return found


def convert(source: Frame, target: Frame, east: float, north: float, height: float | None = None) -> Converted:
    """A point of `source` in `target`; for geocentric ones `east`, `north`, `height` are X, Y, Z.

    Refusals: what `rules.check` finds, ``geo.accuracy`` for frames without known parameters, ``coordinates.height``.
    """
    if source.kind != "geocentric":
        rules.check(source, east, north)
    lon, lat, up = _to_cgcs2000(source, east, north, height)
    if target.kind == "geocentric":
        if up is None:
            raise Refusal("coordinates.height", "转为地心直角坐标需要大地高，请给出第三个数（米）。")
        return Converted(tuple(f"{value:.4f}" for value in geo.geocentric(lon, lat, up)), "")
    if target.key == "GCJ-02":
        pair = geo.to_gcj02(lon, lat)
    elif target.key == "BD-09":
        pair = geo.to_bd09(lon, lat)
    elif target.epsg == geo.CGCS2000:
        pair = lon, lat
    else:
        pair = geo.project(lon, lat, target.epsg)
    places = 9 if target.kind in ("degrees", "shifted") else 4
    values = [f"{value:.{places}f}" for value in pair]
    if up is not None:
        values.append(f"{up:.4f}")
    remarks = [
        text for text in (rules.remark(target, lon), "源坐标" + rules.EDGE_ONLY if source.kind == "shifted" else "") if text
    ]
    return Converted(tuple(values), "；".join(remarks))


def _to_cgcs2000(source: Frame, east: float, north: float, height: float | None) -> tuple[float, float, float | None]:
    if source.kind == "geocentric":
        if height is None:
            raise Refusal("coordinates.height", "地心直角坐标应有 X、Y、Z 三个数。")
        radius = (east * east + north * north + height * height) ** 0.5
        if not 6_300_000 <= radius <= 6_500_000:
            raise Refusal("coordinates.outside", "X、Y、Z 不在地球表面附近，请核对单位（米）和次序。")
        lon, lat, up = geo.transform(geo.GEOCENTRIC, 4480, east, north, height)
        rules.check(rules.frames()["EPSG:4490"], lon, lat)
        return lon, lat, up
    if source.key == "GCJ-02":
        return *geo.from_gcj02(east, north), height
    if source.key == "BD-09":
        return *geo.from_bd09(east, north), height
    lon, lat = geo.transform(source.epsg, geo.CGCS2000, east, north)
    return lon, lat, height


def point(source: Frame, target: Frame, cells: list[str], *, north_first: bool) -> Converted:
    """The same from texts in the order people wrote them; the third is the height (or Z)."""
    needed = 3 if source.kind == "geocentric" else 2
    if not needed <= len(cells) <= 3:
        raise Refusal(
            "coordinates.count", f"每行应有 {'三个' if needed == 3 else '两个（或加大地高共三个）'}数，用逗号或空格隔开。"
        )
    degrees = source.kind in ("degrees", "shifted")
    numbers = [rules.number(cell, degrees=degrees and n < 2) for n, cell in enumerate(cells)]
    if north_first and source.kind != "geocentric":
        numbers[:2] = numbers[1::-1]
    return convert(source, target, numbers[0], numbers[1], numbers[2] if len(numbers) == 3 else None)


def headings(target: Frame, *, height: bool) -> list[str]:
    """Column headings of what `convert` gives."""
    return [*target.labels, *(["大地高（米）"] if height and target.kind != "geocentric" else [])]
