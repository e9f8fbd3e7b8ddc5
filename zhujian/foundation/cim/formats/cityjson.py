"""CityJSON 2.0 of buildings: outlines raised to solids (LoD 1.2), storeys and units inside them; quantised, in a projection in metres.

Spec: https://www.cityjson.org/specs/2.0.1/. Surfaces look outwards; the first shell of a solid is its outer one. A building of unknown height
has its footprint only (LoD 0.1): a height is never invented.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import floor
from typing import Any

VERSION = "2.0"
SCALE = 0.001  # millimetres
Ring = Sequence[tuple[float, float]]  # closed, x and y in metres


@dataclass(frozen=True)
class UnitPlan:
    """A unit to write: id, floor, attributes and, where known, its outline."""

    id: str
    floor: int
    attributes: dict[str, Any]
    ring: Ring | None = None


@dataclass(frozen=True)
class Massing:
    """A building to write. `parts`: polygons, each an outer ring and its holes; metres. `height_m` 0: unknown; `base_m`: of the ground."""

    id: str
    parts: Sequence[Sequence[Ring]]
    base_m: float
    height_m: float
    attributes: dict[str, Any]
    floors_above: int = 0
    floors_below: int = 0
    units: Sequence[UnitPlan] = field(default_factory=tuple)


class Vertices:
    """Quantised vertices, each once."""

    def __init__(self, origin: tuple[float, float, float]) -> None:
        self.origin = origin
        self.known: dict[tuple[int, int, int], int] = {}

    def add(self, x: float, y: float, z: float) -> int:
        """Index of a point, metres."""
        ox, oy, oz = self.origin
        key = (round((x - ox) / SCALE), round((y - oy) / SCALE), round((z - oz) / SCALE))
        return self.known.setdefault(key, len(self.known))

    def ring(self, ring: Ring, z: float, *, up: bool) -> list[int]:
        """A ring at the height `z` as indices, counter-clockwise from above when `up`; no vertex twice in a row."""
        open_ring = list(ring[:-1] if ring[0] == ring[-1] else ring)
        if (signed_area(open_ring) > 0) != up:
            open_ring.reverse()
        return self.line((x, y, z) for x, y in open_ring)

    def line(self, points: Iterable[tuple[float, float, float]]) -> list[int]:
        """Indices of a closed ring of points, neighbours differing after quantisation."""
        found: list[int] = []
        for point in points:
            index = self.add(*point)
            if not found or found[-1] != index:
                found.append(index)
        while len(found) > 1 and found[0] == found[-1]:
            found.pop()
        return found


def signed_area(ring: Sequence[tuple[float, float]]) -> float:
    """Area of an open ring, positive when counter-clockwise."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], *ring[:1]], strict=True)) / 2


def solid(vertices: Vertices, rings: Sequence[Ring], bottom: float, top: float, lod: str) -> dict[str, Any] | None:
    """A prism over a polygon (outer ring first) between two heights, with ground, walls and roof told apart; None when it is degenerate."""
    floor_rings = [vertices.ring(ring, bottom, up=bool(n)) for n, ring in enumerate(rings)]
    roof_rings = [vertices.ring(ring, top, up=not n) for n, ring in enumerate(rings)]
    if len(floor_rings[0]) < 3 or len(roof_rings[0]) < 3:
        return None
    shell: list[list[list[int]]] = [
        [ring for ring in floor_rings if len(ring) >= 3],
        [ring for ring in roof_rings if len(ring) >= 3],
    ]
    values = [0, 1]
    for number, ring in enumerate(rings):
        corners = list(ring[:-1] if ring[0] == ring[-1] else ring)
        # Outer walls run counter-clockwise, walls around a hole clockwise: then they look outwards.
        if (signed_area(corners) > 0) == bool(number):
            corners.reverse()
        for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
            wall = vertices.line([(x1, y1, bottom), (x2, y2, bottom), (x2, y2, top), (x1, y1, top)])
            if len(wall) >= 3:
                shell.append([wall])
                values.append(2)
    surfaces = [{"type": "GroundSurface"}, {"type": "RoofSurface"}, {"type": "WallSurface"}]
    return {"type": "Solid", "lod": lod, "boundaries": [shell], "semantics": {"surfaces": surfaces, "values": [values]}}


def footprint(vertices: Vertices, parts: Sequence[Sequence[Ring]], z: float) -> dict[str, Any]:
    """The ground plan as a multi-surface (LoD 0.1)."""
    boundaries = [[ring for n, one in enumerate(rings) if len(ring := vertices.ring(one, z, up=not n)) >= 3] for rings in parts]
    return {"type": "MultiSurface", "lod": "0.1", "boundaries": [surface for surface in boundaries if surface]}


def storeys(one: Massing) -> Iterator[tuple[int, float, float]]:
    """(floor, bottom, top) of each storey: the height shared out evenly above, three metres each below the ground."""
    if one.floors_above and one.height_m:
        each = one.height_m / one.floors_above
        for number in range(one.floors_above):
            yield number + 1, one.base_m + number * each, one.base_m + (number + 1) * each
    for number in range(one.floors_below):
        yield -number - 1, one.base_m - (number + 1) * 3.0, one.base_m - number * 3.0


def objects_of(one: Massing, vertices: Vertices, *, indoor: bool) -> dict[str, dict[str, Any]]:
    """The building with its parts, storeys and units as CityObjects by id."""
    building: dict[str, Any] = {"type": "Building", "attributes": one.attributes, "geometry": []}
    found = {one.id: building}
    children: list[str] = []
    top = one.base_m + one.height_m
    if one.height_m <= 0:
        building["geometry"].append(footprint(vertices, one.parts, one.base_m))
    elif len(one.parts) == 1:
        made = solid(vertices, one.parts[0], one.base_m, top, "1.2")
        building["geometry"] += [made] if made else []
    else:
        for number, rings in enumerate(one.parts, 1):
            made = solid(vertices, rings, one.base_m, top, "1.2")
            if made:
                key = f"{one.id}-P{number}"
                found[key] = {"type": "BuildingPart", "parents": [one.id], "geometry": [made]}
                children.append(key)
    for level, bottom, above in storeys(one) if indoor else ():
        key = f"{one.id}-F{level}"
        shapes = [made for rings in one.parts if (made := solid(vertices, rings, bottom, above, "1.2"))]
        units = [unit for unit in one.units if unit.floor == level]
        storey: dict[str, Any] = {
            "type": "BuildingStorey",
            "parents": [one.id],
            "attributes": {"floor": level},
            "geometry": shapes[:1],
        }
        for unit in units:
            shape = solid(vertices, [unit.ring], bottom, above, "1.2") if unit.ring else None
            found[unit.id] = {
                "type": "BuildingUnit",
                "parents": [key],
                "attributes": unit.attributes,
                "geometry": [shape] if shape else [],
            }
        if units:
            storey["children"] = [unit.id for unit in units]
        found[key] = storey
        children.append(key)
    if children:
        building["children"] = children
    return found


def document(found: Iterable[Massing], *, epsg: int, title: str, date: str, indoor: bool = True) -> dict[str, Any]:
    """A whole CityJSON document. `epsg`: the projection the metres are in; `date`: reference date (ISO)."""
    buildings = list(found)
    corners = [point for one in buildings for rings in one.parts for ring in rings for point in ring]
    west, south = (floor(min(values)) for values in zip(*corners, strict=True)) if corners else (0, 0)
    low = floor(min((one.base_m - 3.0 * one.floors_below for one in buildings), default=0))
    vertices = Vertices((float(west), float(south), float(low)))
    objects: dict[str, dict[str, Any]] = {}
    for one in buildings:
        objects |= objects_of(one, vertices, indoor=indoor)
    points = list(vertices.known)
    extent = _extent(points, vertices.origin)
    metadata: dict[str, Any] = {
        "title": title, "referenceDate": date, "referenceSystem": f"https://www.opengis.net/def/crs/EPSG/0/{epsg}",
    }  # fmt: skip
    if extent:
        metadata["geographicalExtent"] = extent
    return {
        "type": "CityJSON", "version": VERSION, "transform": {"scale": [SCALE] * 3, "translate": list(vertices.origin)}, "metadata": metadata,
        "CityObjects": objects, "vertices": [list(point) for point in points],
    }  # fmt: skip


def _extent(points: Sequence[tuple[int, int, int]], origin: tuple[float, float, float]) -> list[float]:
    if not points:
        return []
    axes = list(zip(*points, strict=True))
    low = [round(min(values) * SCALE + start, 3) for values, start in zip(axes, origin, strict=True)]
    return low + [round(max(values) * SCALE + start, 3) for values, start in zip(axes, origin, strict=True)]


__all__ = ["Massing", "UnitPlan", "document", "signed_area", "storeys"]
