"""Tile matrix sets: which square of the earth a tile address means."""

from __future__ import annotations

import math
from dataclasses import dataclass

EARTH = 20037508.342789244  # half the width of the web map's plane, metres
DEEPEST = 22
BUFFER = 64 / 4096  # a tile reaches this share of its width beyond its edge, so that symbols on the edge are whole


@dataclass(frozen=True)
class Grid:
    """A tile matrix set. `name` stands in addresses; `columns` × `rows` tiles at level 0, four times as many at every next one."""

    name: str
    title: str
    srid: int
    columns: int
    rows: int

    def has(self, z: int, x: int, y: int) -> bool:
        """Whether the address exists."""
        return 0 <= z <= DEEPEST and 0 <= x < self.columns << z and 0 <= y < self.rows << z

    def bounds(self, z: int, x: int, y: int, buffer: float = BUFFER) -> tuple[float, float, float, float]:
        """West, south, east, north of a tile in degrees, grown by `buffer` of its width."""
        if self.srid == 4490:
            size = 180 / (1 << z)
            west, north = x * size - 180, 90 - y * size
            grown = size * buffer
            return west - grown, north - size - grown, west + size + grown, north + grown
        size = 2 * EARTH / (1 << z)
        left, top = x * size - EARTH - buffer * size, EARTH - y * size + buffer * size
        grown = size * (1 + 2 * buffer)
        return left * 180 / EARTH, _latitude(top - grown), (left + grown) * 180 / EARTH, _latitude(top)

    def flat(self, z: int) -> bool:
        """Whether degrees may be scaled straight into a tile of level `z`.

        In the web map's plane latitude is bent: over a tile of height h (radians) a straight scale is off by at most h² tan φ / 8,
        which from level 12 on is under half a unit of the tile's 4096, below what the tile can hold.
        """
        return self.srid == 4490 or z >= 12


def _latitude(metres: float) -> float:
    return math.degrees(2 * math.atan(math.exp(metres * math.pi / EARTH)) - math.pi / 2)


WEB = Grid("WebMercatorQuad", "Web 墨卡托（EPSG:3857）", 3857, 1, 1)
# Two tiles wide at level 0, as OGC WorldCRS84Quad: level z here is level z + 1 of 天地图's “c” set. Tiles count from the north-west.
CGCS2000 = Grid("CGCS2000", "CGCS2000 经纬度（EPSG:4490）", 4490, 2, 1)
GRIDS = {grid.name: grid for grid in (WEB, CGCS2000)}
