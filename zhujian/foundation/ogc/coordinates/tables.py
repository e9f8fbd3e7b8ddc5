"""A clerk's table: which columns hold the coordinates, every row converted or told why not, a file back with labelled columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.ogc.coordinates.convert import convert, headings
from zhujian.foundation.ogc.coordinates.rules import Frame, number
from zhujian.foundation.resources import sheets

ROWS_MOST, MEGABYTES_MOST = 20_000, 10
_USUAL = {
    "east": ("经度", "lon", "lng", "longitude", "东坐标", "y坐标", "东", "e", "easting"),
    "north": ("纬度", "lat", "latitude", "北坐标", "x坐标", "北", "n", "northing"),
    "height": ("大地高", "高程", "height", "h", "z"),
}
_GEOCENTRIC = {"east": ("x",), "north": ("y",), "height": ("z",)}


def column(heads: list[str], wanted: str, part: str, source: Frame) -> int | None:
    """Place of the column that holds `part` (east, north, height): as named by heading or letter, else by a usual heading."""
    wanted = wanted.strip()
    if wanted:
        if wanted in heads:
            return heads.index(wanted)
        if re.fullmatch(r"[A-Za-z]{1,2}", wanted):
            place = 0
            for letter in wanted.upper():
                place = place * 26 + ord(letter) - 64
            if place <= len(heads):
                return place - 1
        shown = "、".join(head or "（空）" for head in heads[:12])
        raise Refusal(
            "coordinates.column", f"表格里没有“{wanted[:20]}”这一列。现有的列：{shown}。可填列名，或列标 A、B、C。", part
        )
    usual = (_GEOCENTRIC if source.kind == "geocentric" else _USUAL)[part]
    lowered = [re.sub(r"[（(].*", "", head).strip().lower() for head in heads]
    found = [place for place, head in enumerate(lowered) if head in usual]
    if len(found) == 1:
        return found[0]
    if part == "height" and source.kind != "geocentric":
        return None
    words = {"east": "经度（东坐标、X）", "north": "纬度（北坐标、Y）", "height": "Z"}[part]
    shown = "、".join(head or "（空）" for head in heads[:12])
    raise Refusal("coordinates.column", f"认不出{words}在哪一列，请填写列名或列标。现有的列：{shown}。", part)


def converted(
    data: bytes, name: str, source: Frame, target: Frame, wanted: dict[str, str]
) -> tuple[list[str], Iterator[list[Any]]]:
    """Headings and rows of the answer: the columns as brought, then the target's, then what went wrong or is to be considered."""
    table = sheets.read(data, name, most_rows=ROWS_MOST)
    if not table.rows:
        raise Refusal("import.empty", "表格里没有坐标，请从第2行开始填写。", "file")
    places = {part: column(table.heads, wanted.get(part, ""), part, source) for part in ("east", "north", "height")}
    chosen = [place for place in places.values() if place is not None]
    if len(set(chosen)) != len(chosen):
        raise Refusal("coordinates.column", "同一列被选作两个坐标，请分别填写。", "east")
    heads = headings(target, height=places["height"] is not None)

    def rows() -> Iterator[list[Any]]:
        for _, cells in table.rows:
            made, remark = _row(cells, places, source, target)
            yield [*cells, *(made + [""] * len(heads))[: len(heads)], remark]

    return [*table.heads, *heads, "转换说明"], rows()


def _row(cells: list[Any], places: dict[str, int | None], source: Frame, target: Frame) -> tuple[list[Any], str]:
    degrees = source.kind in ("degrees", "shifted")
    try:
        numbers: list[float | None] = []
        for part in ("east", "north", "height"):
            place = places[part]
            text = "" if place is None else str(cells[place]).strip()
            if not text and part == "height" and source.kind != "geocentric":
                numbers.append(None)
                continue
            numbers.append(number(text, degrees=degrees and part != "height"))
        east, north, height = numbers
        assert east is not None and north is not None, "only the height may be missing"
        found = convert(source, target, east, north, height)
    except Refusal as refusal:
        return [], "未转换：" + refusal.message
    return [float(value) for value in found.values], found.remark
