"""Is it CityJSON 2.0? The rules of the published schema and of the specification that concern a document as a whole. Pure.

Checked: members and their types, version, transform, vertices, reference system, extent, CityObjects with their types, parents and children,
geometries with the depth of their boundaries, rings, indices and semantics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple

TOP = {"Building", "Bridge", "CityFurniture", "CityObjectGroup", "GenericCityObject", "LandUse", "OtherConstruction", "PlantCover",
       "SolitaryVegetationObject", "TINRelief", "TransportSquare", "Road", "Railway", "Waterway", "Tunnel", "WaterBody"}  # fmt: skip
INNER = {
    "BuildingPart": {"Building"}, "BuildingInstallation": {"Building", "BuildingPart"}, "BuildingConstructiveElement": {"Building", "BuildingPart"},
    "BuildingFurniture": {"Building", "BuildingPart", "BuildingStorey", "BuildingRoom", "BuildingUnit"},
    "BuildingStorey": {"Building", "BuildingPart"}, "BuildingRoom": {"Building", "BuildingPart", "BuildingStorey", "BuildingUnit"},
    "BuildingUnit": {"Building", "BuildingPart", "BuildingStorey"},
    "BridgePart": {"Bridge"}, "BridgeInstallation": {"Bridge", "BridgePart"}, "BridgeConstructiveElement": {"Bridge", "BridgePart"},
    "BridgeRoom": {"Bridge", "BridgePart"}, "BridgeFurniture": {"Bridge", "BridgePart", "BridgeRoom"},
    "TunnelPart": {"Tunnel"}, "TunnelInstallation": {"Tunnel", "TunnelPart"}, "TunnelConstructiveElement": {"Tunnel", "TunnelPart"},
    "TunnelHollowSpace": {"Tunnel", "TunnelPart"}, "TunnelFurniture": {"Tunnel", "TunnelPart", "TunnelHollowSpace"},
}  # fmt: skip
DEPTH = {
    "MultiPoint": 1,
    "MultiLineString": 2,
    "MultiSurface": 3,
    "CompositeSurface": 3,
    "Solid": 4,
    "MultiSolid": 5,
    "CompositeSolid": 5,
}
SEMANTIC_DEPTH = {"MultiSurface": 1, "CompositeSurface": 1, "Solid": 2, "MultiSolid": 3, "CompositeSolid": 3}
LOD = re.compile(r"[0-3](\.[0-3])?", re.ASCII)
CRS = re.compile(r"https?://www\.opengis\.net/def/crs/[^/]+/[^/]+/[^/]+", re.ASCII)
MOST = 200  # problems after which counting stops


class Problem(NamedTuple):
    """What is wrong and where (a path in the document, or an object's id)."""

    where: str
    message: str


def number(value: Any) -> bool:
    """A finite number, no boolean."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def whole(value: Any) -> bool:
    """An integer, no boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


def problems(document: Any) -> list[Problem]:
    """Everything wrong with a parsed document, at most `MOST` of it; empty when it is CityJSON 2.0."""
    found: list[Problem] = []
    for one in _problems(document):
        found.append(one)
        if len(found) >= MOST:
            break
    return found


def _problems(document: Any) -> Iterator[Problem]:
    if not isinstance(document, dict) or document.get("type") != "CityJSON":
        yield Problem("type", "不是 CityJSON 文件（type 应为 CityJSON）")
        return
    if document.get("version") != "2.0":
        yield Problem("version", f"版本应为 2.0，现在是 {str(document.get('version'))[:20]}，请先用 cjio upgrade 升级")
    yield from _transform(document.get("transform"))
    vertices = document.get("vertices")
    if not isinstance(vertices, list):
        yield Problem("vertices", "缺少顶点数组 vertices")
        return
    wrong = next(
        (n for n, one in enumerate(vertices) if not (isinstance(one, list) and len(one) == 3 and all(map(whole, one)))), None
    )
    if wrong is not None:
        yield Problem(f"vertices[{wrong}]", "顶点应为三个整数（量化坐标）")
    yield from _metadata(document.get("metadata"))
    objects = document.get("CityObjects")
    if not isinstance(objects, dict):
        yield Problem("CityObjects", "缺少 CityObjects")
        return
    for key, one in objects.items():
        yield from _object(key, one, objects, len(vertices))


def _transform(transform: Any) -> Iterator[Problem]:
    if not isinstance(transform, dict):
        yield Problem("transform", "缺少 transform（2.0 版必须量化）")
        return
    for name in ("scale", "translate"):
        values = transform.get(name)
        if not (isinstance(values, list) and len(values) == 3 and all(map(number, values))):
            yield Problem(f"transform.{name}", "应为三个数")
        elif name == "scale" and not all(value > 0 for value in values):
            yield Problem("transform.scale", "比例应大于0")


def _metadata(metadata: Any) -> Iterator[Problem]:
    if metadata is None:
        return
    if not isinstance(metadata, dict):
        yield Problem("metadata", "应为对象")
        return
    extent = metadata.get("geographicalExtent")
    if extent is not None:
        if not (isinstance(extent, list) and len(extent) == 6 and all(map(number, extent))):
            yield Problem("metadata.geographicalExtent", "应为六个数")
        elif any(low > high for low, high in zip(extent[:3], extent[3:], strict=True)):
            yield Problem("metadata.geographicalExtent", "最小值大于最大值")
    system = metadata.get("referenceSystem")
    if system is not None and not (isinstance(system, str) and CRS.fullmatch(system)):
        yield Problem("metadata.referenceSystem", "应写成 https://www.opengis.net/def/crs/EPSG/0/4547 的形式")


def _object(key: str, one: Any, objects: dict[str, Any], vertices: int) -> Iterator[Problem]:
    if not isinstance(one, dict):
        yield Problem(key, "应为对象")
        return
    kind = one.get("type")
    if not isinstance(kind, str) or (kind not in TOP and kind not in INNER and not kind.startswith("+")):
        yield Problem(key, f"没有类型 {str(kind)[:40]}")
        return
    if not isinstance(one.get("attributes", {}), dict):
        yield Problem(key, "attributes 应为对象")
    parents, children = one.get("parents", []), one.get("children", [])
    for name, others in (("parents", parents), ("children", children)):
        if not isinstance(others, list) or not all(isinstance(other, str) for other in others):
            yield Problem(key, f"{name} 应为编号数组")
            return
    if kind in INNER and not parents:
        yield Problem(key, f"{kind} 必须有上级（parents）")
    for parent in parents:
        other = objects.get(parent)
        if not isinstance(other, dict):
            yield Problem(key, f"上级 {parent[:60]} 不存在")
        elif kind in INNER and other.get("type") not in INNER[kind]:
            yield Problem(key, f"{kind} 的上级不能是 {str(other.get('type'))[:40]}")
        elif key not in (other.get("children") or []):
            yield Problem(key, f"上级 {parent[:60]} 没有把它列为下级")
    for child in children:
        other = objects.get(child)
        if not isinstance(other, dict):
            yield Problem(key, f"下级 {child[:60]} 不存在")
        elif kind != "CityObjectGroup" and key not in (other.get("parents") or []):
            yield Problem(key, f"下级 {child[:60]} 没有指回它")
    geometries = one.get("geometry", [])
    if not isinstance(geometries, list):
        yield Problem(key, "geometry 应为数组")
        return
    for number_, geometry in enumerate(geometries):
        yield from _geometry(f"{key}.geometry[{number_}]", geometry, vertices)


def _geometry(where: str, geometry: Any, vertices: int) -> Iterator[Problem]:
    if not isinstance(geometry, dict):
        yield Problem(where, "应为对象")
        return
    kind = geometry.get("type")
    if kind == "GeometryInstance":
        return
    if not isinstance(kind, str) or kind not in DEPTH:
        yield Problem(where, f"没有几何类型 {str(kind)[:40]}")
        return
    if not (isinstance(geometry.get("lod"), str) and LOD.fullmatch(geometry["lod"])):
        yield Problem(where, "lod 应为字符串，如 1.2")
    boundaries = geometry.get("boundaries")
    if not isinstance(boundaries, list):
        yield Problem(where, "缺少 boundaries")
        return
    fault = _nested(boundaries, DEPTH[kind], vertices, least=3 if DEPTH[kind] >= 3 else 2 if DEPTH[kind] == 2 else 1)
    if fault:
        yield Problem(where, fault)
    elif "semantics" in geometry:
        yield from _semantics(where, kind, geometry["semantics"], boundaries)


def _nested(part: Any, depth: int, vertices: int, *, least: int) -> str:
    """What is wrong with a nest of indices `depth` deep; empty when nothing is."""
    if not isinstance(part, list):
        return "boundaries 的嵌套层数不对"
    if depth == 1:
        if len(part) < least:
            return f"一个环至少要有{least}个顶点"
        for index in part:
            if not whole(index):
                return "boundaries 的嵌套层数不对"
            if not 0 <= index < vertices:
                return f"顶点序号 {index} 超出范围"
        return ""
    if not part and depth == 2:
        return "面不能为空"
    return next((fault for one in part if (fault := _nested(one, depth - 1, vertices, least=least))), "")


def _semantics(where: str, kind: str, semantics: Any, boundaries: list[Any]) -> Iterator[Problem]:
    if not isinstance(semantics, dict) or not isinstance(semantics.get("surfaces"), list):
        yield Problem(where, "semantics 应有 surfaces 数组")
        return
    surfaces = semantics["surfaces"]
    if any(not (isinstance(one, dict) and isinstance(one.get("type"), str)) for one in surfaces):
        yield Problem(where, "语义面应有 type")
    if kind not in SEMANTIC_DEPTH:
        return
    if not _same_shape(semantics.get("values"), boundaries, SEMANTIC_DEPTH[kind], len(surfaces)):
        yield Problem(where, "semantics.values 与 boundaries 的面不对应")


def _same_shape(values: Any, boundaries: Any, depth: int, surfaces: int) -> bool:
    if values is None:
        return True
    if depth == 0:
        return whole(values) and 0 <= values < surfaces
    if not isinstance(values, list) or not isinstance(boundaries, list) or len(values) != len(boundaries):
        return False
    return all(_same_shape(value, part, depth - 1, surfaces) for value, part in zip(values, boundaries, strict=True))


__all__ = ["INNER", "TOP", "Problem", "problems"]
