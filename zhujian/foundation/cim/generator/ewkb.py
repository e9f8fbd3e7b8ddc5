"""Geometries as PostGIS reads them in COPY: little-endian EWKB in hex, SRID 4490."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from itertools import chain

Position = tuple[float, float]
SRID = 4490
_FLAG = 0x20000000


def _head(kind: int) -> bytes:
    return struct.pack("<BII", 1, kind | _FLAG, SRID)


_POINT, _LINE, _POLYGON, _MULTI = _head(1), _head(2), _head(3), _head(6)
_INNER = struct.pack("<BI", 1, 3)


def _ring(positions: Sequence[Position]) -> bytes:
    return struct.pack(f"<I{2 * len(positions)}d", len(positions), *chain.from_iterable(positions))


def point(at: Position) -> str:
    """A point."""
    return (_POINT + struct.pack("<2d", *at)).hex()


def line(positions: Sequence[Position]) -> str:
    """A line string."""
    return (_LINE + _ring(positions)).hex()


def polygon(ring: Sequence[Position]) -> str:
    """A polygon without holes; `ring` is closed."""
    return (_POLYGON + struct.pack("<I", 1) + _ring(ring)).hex()


def multipolygon(*rings: Sequence[Position]) -> str:
    """A multipolygon of polygons without holes, one for each closed ring."""
    parts: Iterable[bytes] = (_INNER + struct.pack("<I", 1) + _ring(ring) for ring in rings)
    return (_MULTI + struct.pack("<I", len(rings)) + b"".join(parts)).hex()


__all__ = ["line", "multipolygon", "point", "polygon"]
