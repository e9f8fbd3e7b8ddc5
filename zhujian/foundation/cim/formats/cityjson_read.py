"""Buildings in a CityJSON document: footprint, ground, height and attributes, in the document's own coordinates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import shapely
from shapely.geometry import MultiPolygon, Polygon

from zhujian.foundation.cim.formats.cityjson_check import Problem, number, problems, whole
from zhujian.foundation.kernel.errors import Reason, Refusal

MOST_BYTES = 60_000_000
FLAT = 0.5  # metres above the lowest vertex within which a level surface counts as the ground plan
USES = {
    "10": ("residential", "apartment", "house", "habitation", "住宅"), "20": ("commercial", "retail", "shop", "商业"), "30": ("office", "办公"),
    "40": ("industrial", "工业"), "45": ("warehouse", "storage", "仓储"), "50": ("garage", "parking", "车库"),
    "61": ("school", "education", "university", "教育"), "62": ("hospital", "health", "医疗"), "63": ("sport", "culture", "文化", "体育"),
    "64": ("station", "transport", "交通"), "70": ("utility", "municipal", "市政"),
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """One building: its footprint (x, y of the document), lowest and highest elevation, attributes, ids of its storeys and units."""

    id: str
    footprint: MultiPolygon
    base_m: float
    height_m: float | None
    attributes: dict[str, Any]
    storeys: int
    units: int


def parse(data: bytes) -> dict[str, Any]:
    """The document in `data`. Refusals ``cityjson.size``, ``cityjson.json``, ``cityjson.invalid`` (with the first things wrong)."""
    if len(data) > MOST_BYTES:
        raise Refusal("cityjson.size", f"文件超过 {MOST_BYTES // 1_000_000} MB，请分片后导入。", "file")
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise Refusal("cityjson.json", "文件不是有效的 JSON，请确认选择的是 CityJSON 文件（.city.json）。", "file") from None
    if wrong := problems(document):
        listed = [Reason("cityjson.invalid", f"{one.where}：{one.message}。", "file") for one in wrong[:10]]
        if len(wrong) > 10:
            listed.append(Reason("cityjson.invalid", "还有更多问题，请先用 CityJSON 校验工具检查文件。", "file"))
        raise Refusal(reasons=listed)
    return document


def epsg(document: dict[str, Any]) -> int:
    """EPSG code of the document. Refusal ``cityjson.crs`` when it names none: a place is never guessed."""
    system = (document.get("metadata") or {}).get("referenceSystem") or ""
    found = re.fullmatch(r"https?://www\.opengis\.net/def/crs/EPSG/[^/]+/(\d{4,6})", system, re.ASCII)
    if not found:
        raise Refusal(
            "cityjson.crs", "文件没有写明坐标系（metadata.referenceSystem），或不是 EPSG 编号，请补充后再导入。", "file"
        )
    return int(found[1])


def buildings(document: dict[str, Any]) -> Iterator[Found | Problem]:
    """Every building with a footprint, or what is wrong with it. The document must be `parse`d."""
    scale, move = document["transform"]["scale"], document["transform"]["translate"]
    vertices = [
        tuple(value * size + start for value, size, start in zip(one, scale, move, strict=True)) for one in document["vertices"]
    ]
    objects = document["CityObjects"]
    for key, one in objects.items():
        if one["type"] == "Building":
            try:
                yield _building(key, one, objects, vertices)
            except (ValueError, shapely.errors.GEOSException, RecursionError) as error:
                yield Problem(key, str(error)[:200] or "几何无法识别")


def _building(key: str, one: dict[str, Any], objects: dict[str, Any], vertices: list[tuple]) -> Found:
    family = list(_family(key, objects))
    solids = [
        item
        for member in family
        if objects[member]["type"] in ("Building", "BuildingPart")
        for item in objects[member].get("geometry", [])
    ]
    surfaces = [surface for item in solids for surface in _surfaces(item)]
    if not surfaces:
        raise ValueError("没有几何，无法得到轮廓")
    heights = [vertices[index][2] for _, _, rings in surfaces for ring in rings for index in ring]
    low, high = min(heights), max(heights)
    shape = _footprint(surfaces, vertices, low)
    if shape.is_empty or shape.area < 1e-12:
        raise ValueError("轮廓面积为零，请检查几何")
    attributes = one.get("attributes") or {}
    said = attributes.get("measuredHeight")
    height = (
        float(said)
        if isinstance(said, (int, float)) and number(said) and said > 0
        else (high - low if high - low > 0.5 else None)
    )
    kinds = [objects[member]["type"] for member in family]
    return Found(key, shape, float(low), height, attributes, kinds.count("BuildingStorey"), kinds.count("BuildingUnit"))


def _family(key: str, objects: dict[str, Any]) -> Iterator[str]:
    """The object and everything below it, each once."""
    seen: set[str] = set()
    waiting = [key]
    while waiting:
        at = waiting.pop()
        if at not in seen and isinstance(objects.get(at), dict):
            seen.add(at)
            yield at
            waiting += objects[at].get("children", [])


def _surfaces(geometry: dict[str, Any]) -> Iterator[tuple[str, str, list[list[int]]]]:
    """(lod, semantic type or '', rings) of every surface of a geometry."""
    depth = {"MultiSurface": 1, "CompositeSurface": 1, "Solid": 2, "MultiSolid": 3, "CompositeSolid": 3}.get(geometry["type"])
    if depth is None:
        return
    semantics = geometry.get("semantics") or {}
    types = [surface["type"] for surface in semantics.get("surfaces", [])]

    def walk(part: list, values: Any, left: int) -> Iterator[tuple[str, str, list[list[int]]]]:
        if left == 0:
            yield geometry["lod"], types[values] if whole(values) and 0 <= values < len(types) else "", part
            return
        for number_, inner in enumerate(part):
            yield from walk(inner, values[number_] if isinstance(values, list) and number_ < len(values) else None, left - 1)

    yield from walk(geometry["boundaries"], semantics.get("values"), depth)


def _footprint(surfaces: list[tuple[str, str, list[list[int]]]], vertices: list[tuple], low: float) -> MultiPolygon:
    """Ground surfaces, else a plan of LoD 0, else level surfaces at the bottom, else everything seen from above."""
    ground = [rings for _, kind, rings in surfaces if kind == "GroundSurface"]
    plan = [rings for lod, _, rings in surfaces if lod.startswith("0")]
    bottom = [rings for _, _, rings in surfaces if all(vertices[index][2] - low <= FLAT for ring in rings for index in ring)]
    for chosen in (ground, plan, bottom, [rings for _, _, rings in surfaces]):
        shapes = [shape for rings in chosen if (shape := _polygon(rings, vertices)) is not None]
        if shapes:
            made = shapely.union_all(shapes)
            parts = [part for part in shapely.get_parts(made) if part.geom_type == "Polygon" and part.area > 0]
            if parts:
                return MultiPolygon(parts)
    return MultiPolygon()


def _polygon(rings: list[list[int]], vertices: list[tuple]) -> Any:
    """A surface seen from above; None when it stands upright."""
    flat = [[vertices[index][:2] for index in ring] for ring in rings]
    if len(set(flat[0])) < 3:
        return None
    shape = shapely.make_valid(Polygon(flat[0], [ring for ring in flat[1:] if len(set(ring)) >= 3]))
    return shape if shape.area > 0 else None


def use_of(attributes: dict[str, Any]) -> str:
    """Our code of the building's use: its own ``use`` when it is two digits, else by words in ``function`` or ``usage``, else 90."""
    own = attributes.get("use")
    if isinstance(own, str) and re.fullmatch(r"\d\d", own, re.ASCII):
        return own
    words = f"{attributes.get('function', '')} {attributes.get('usage', '')} {attributes.get('class', '')}".lower()
    return next((code for code, names in USES.items() if any(name in words for name in names)), "90")


__all__ = ["Found", "buildings", "epsg", "parse", "use_of"]
