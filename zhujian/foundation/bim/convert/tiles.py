"""3D Tiles 1.1 (OGC 22-025r4): a root placed on the ground, one child per storey."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

A, F = 6378137.0, 1 / 298.257222101  # GRS80, CGCS2000's axes and flattening
E2 = F * (2 - F)


@dataclass(frozen=True)
class Tile:
    """One storey's content: file below the tileset, corners of its box in model metres (Z up, origin taken off)."""

    uri: str
    low: tuple[float, float, float]
    high: tuple[float, float, float]


def transform(lon: float, lat: float, height: float, rotation: float) -> list[float]:
    """Column-major matrix from model axes (X, Y, Z up) to the earth: ENU at the point, turned by `rotation` (azimuth of +Y, degrees)."""
    g, b, r = math.radians(lon), math.radians(lat), math.radians(rotation)
    n = A / math.sqrt(1 - E2 * math.sin(b) ** 2)
    east = (-math.sin(g), math.cos(g), 0.0)
    north = (-math.sin(b) * math.cos(g), -math.sin(b) * math.sin(g), math.cos(b))
    up = (math.cos(b) * math.cos(g), math.cos(b) * math.sin(g), math.sin(b))
    x = [math.cos(r) * e - math.sin(r) * o for e, o in zip(east, north, strict=True)]
    y = [math.sin(r) * e + math.cos(r) * o for e, o in zip(east, north, strict=True)]
    origin = ((n + height) * up[0], (n + height) * up[1], (n * (1 - E2) + height) * up[2])
    return [*x, 0.0, *y, 0.0, *up, 0.0, *origin, 1.0]


def _box(low: Any, high: Any) -> list[float]:
    centre = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    half = [max((b - a) / 2, 0.005) + 0.001 for a, b in zip(low, high, strict=True)]  # float32 in the content rounds
    return [round(v, 4) for v in (*centre, half[0], 0, 0, 0, half[1], 0, 0, 0, half[2])]


def tileset(tiles: list[Tile], matrix: list[float] | None) -> dict[str, Any]:
    """The tileset; `matrix` None leaves the model in its own coordinates."""
    low = [min(t.low[i] for t in tiles) for i in range(3)]
    high = [max(t.high[i] for t in tiles) for i in range(3)]
    size = math.dist(low, high)
    root: dict[str, Any] = {
        "boundingVolume": {"box": _box([v - 0.01 for v in low], [v + 0.01 for v in high])}, "geometricError": round(size, 3), "refine": "ADD",
        "children": [
            {"boundingVolume": {"box": _box(t.low, t.high)}, "geometricError": 0.0, "content": {"uri": t.uri}} for t in tiles
        ],
    }  # fmt: skip
    if matrix is not None:
        root["transform"] = matrix
    return {"asset": {"version": "1.1"}, "geometricError": round(size * 2, 3), "root": root}


def write(path: Path, tiles: list[Tile], matrix: list[float] | None) -> None:
    """Write ``tileset.json``."""
    path.write_text(json.dumps(tileset(tiles, matrix), ensure_ascii=False), encoding="utf-8")
