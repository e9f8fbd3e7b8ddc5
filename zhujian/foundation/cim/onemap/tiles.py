"""Basemap tiles: kept on disk within bounds, fetched when absent or old, brought from the CGCS2000 set onto the web map's plane.

Kept tiles lie in 256 folders per map by a hash of their address. Each folder holds at most its share of the map's space: the oldest
go first, so that no sweep ever has to look at everything.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy
from django.conf import settings
from PIL import Image

from zhujian.foundation.cim.onemap import upstream
from zhujian.foundation.cim.onemap.basemaps import Basemap
from zhujian.foundation.kernel import geo
from zhujian.foundation.kernel.errors import NotFound, Refusal

FOLDERS = 256
SIDE = 256
SIDE_MOST = 1024  # pixels of one side of a picture that is decoded
MISSING = b""  # what is kept for a tile that the upstream does not have


@dataclass(frozen=True)
class Limits:
    """Bounds: bytes of one picture, bytes kept per map, seconds a kept one is fresh, seconds to wait for the upstream."""

    tile: int
    space: int
    age: float
    wait: float


class Store:
    """Pictures of one map on disk."""

    def __init__(self, root: Path, limits: Limits) -> None:
        self.root, self.limits = root, limits

    def path(self, name: str) -> Path:
        """Where the picture `name` lies."""
        return self.root / hashlib.sha256(name.encode()).hexdigest()[:2] / name

    def get(self, name: str, now: float) -> tuple[bytes | None, bool]:
        """(bytes or None, whether they are fresh)."""
        path = self.path(name)
        try:
            return path.read_bytes(), now - path.stat().st_mtime < self.limits.age
        except OSError:
            return None, False

    def put(self, name: str, data: bytes) -> None:
        """Keep a picture; the oldest of its folder go when the folder's share is used up. A full disk only means nothing is kept."""
        path = self.path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(data)
                os.replace(draft, path)
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise
            self._trim(path.parent)
        except OSError:
            return

    def _trim(self, folder: Path) -> None:
        kept = []
        for entry in os.scandir(folder):
            try:
                found = entry.stat()
            except OSError:  # another process was faster
                continue
            kept.append((found.st_mtime, found.st_blocks * 512, entry.path))
        size = sum(one[1] for one in kept)
        for _, length, path in sorted(kept):
            if size <= self.limits.space / FOLDERS:
                return
            Path(path).unlink(missing_ok=True)
            size -= length


def limits() -> Limits:
    """Bounds from the parameters in force."""
    from django.utils import timezone

    from zhujian.foundation.parameters import selectors

    def number(name: str) -> float:
        return float(selectors.value(f"cim.basemap_{name}", on=timezone.localdate()).value)

    return Limits(int(number("tile_max") * 1024), int(number("space") * 1024**2), number("age") * 86400, number("wait"))


def check_address(basemap: Basemap, z: int, x: int, y: int, *, rows: int) -> None:
    """Refuse a tile outside the map's levels or its set of 2^z columns and `rows` rows."""
    if not basemap.min_zoom <= z <= basemap.max_zoom or x >= 1 << z or y >= rows:
        raise Refusal("onemap.tile", "瓦片编号超出这个底图的范围。")


def source(basemap: Basemap, z: int, x: int, y: int, bounds: Limits) -> bytes:
    """The picture as the upstream has it. NotFound when it has none; Unavailable when it does not answer and nothing is kept."""
    store = Store(Path(settings.VAR) / "basemaps" / basemap.name, bounds)
    return _kept(
        store, f"{z}-{x}-{y}", lambda: upstream.fetch(basemap.address(z, x, y), timeout=bounds.wait, most=bounds.tile)[0]
    )


def _kept(store: Store, name: str, make: Callable[[], bytes]) -> bytes:
    data, fresh = store.get(name, time.time())
    if data is None or not fresh:
        try:
            data = make()
            store.put(name, data)
        except upstream.Missing:
            data = MISSING
            store.put(name, data)
        except upstream.Unavailable:
            if data is None:  # an old picture is better than none
                raise
    if data == MISSING:
        raise NotFound("onemap.tile", "上游底图没有这一块。")
    return data


def web(basemap: Basemap, z: int, x: int, y: int) -> bytes:
    """The tile (z, x, y) on the web map's plane, whatever set the upstream has."""
    check_address(basemap, z, x, y, rows=1 << z)
    bounds = limits()
    if basemap.datum == "gcj02":
        store = Store(Path(settings.VAR) / "basemaps" / f"{basemap.name}.moved", bounds)
        return _kept(store, f"{z}-{x}-{y}", lambda: _moved_back(basemap, z, x, y, bounds))
    if basemap.matrix == "3857":
        return source(basemap, z, x, y, bounds)
    store = Store(Path(settings.VAR) / "basemaps" / f"{basemap.name}.web", bounds)
    return _kept(store, f"{z}-{x}-{y}", lambda: _warped(basemap, z, x, y, bounds))


def geographic(basemap: Basemap, z: int, x: int, y: int) -> bytes:
    """The tile (z, x, y) of the upstream's own CGCS2000 set: 2^z columns and 2^(z−1) rows from 180°W, 90°N."""
    if basemap.matrix != "c":
        raise NotFound("onemap.matrix", "这个底图没有 CGCS2000 经纬度切片。")
    check_address(basemap, z, x, y, rows=max(1, 1 << z - 1) if z else 1)
    return source(basemap, z, x, y, limits())


def latitude(row: float, z: int) -> float:
    """Latitude in degrees of a (fractional) tile row of the web map's plane."""
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / (1 << z)))))


def tile_of(lon: float, lat: float, z: int) -> tuple[float, float]:
    """(column, row), fractional, of a place on the web map's plane."""
    n = 1 << z
    return (lon + 180) / 360 * n, (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n


def _moved_back(basemap: Basemap, z: int, x: int, y: int, bounds: Limits) -> bytes:
    """The tile where it really is, cut from pictures of an internet map that are drawn some hundred metres off (GCJ-02).

    At the corners of a tile the offset is exact, in between it is interpolated: right to less than a pixel at every level, because
    the offset bends by metres over tens of kilometres only. Outside China the frame is not shifted.
    """
    west, east = (column / (1 << z) * 360 - 180 for column in (x, x + 1))
    north, south = latitude(y, z), latitude(y + 1, z)
    corners = [tile_of(*geo.to_gcj02(lon, lat), z) for lon, lat in ((west, north), (west, south), (east, south), (east, north))]
    left, top = math.floor(min(c for c, _ in corners)), math.floor(min(r for _, r in corners))
    right, bottom = math.floor(max(c for c, _ in corners) - 1e-9), math.floor(max(r for _, r in corners) - 1e-9)
    most = (1 << z) - 1
    if right - left > 1 or bottom - top > 1:  # no offset is that large: the frame is not what the configuration says
        raise upstream.Unavailable("offset too large")
    sheet = Image.new("RGBA", ((right - left + 1) * SIDE, (bottom - top + 1) * SIDE))
    found = 0
    for column in range(left, right + 1):
        for row in range(top, bottom + 1):
            if 0 <= column <= most and 0 <= row <= most:
                pixels = _pixels(basemap, z, column, row, bounds)
                found += bool(pixels[..., 3].any())
                sheet.paste(Image.fromarray(pixels.astype("uint8"), "RGBA"), ((column - left) * SIDE, (row - top) * SIDE))
    if not found:
        raise upstream.Missing
    quad = [value for column, row in corners for value in ((column - left) * SIDE, (row - top) * SIDE)]
    out = io.BytesIO()
    sheet.transform((SIDE, SIDE), Image.Transform.QUAD, quad, Image.Resampling.BILINEAR).save(out, "PNG")
    return out.getvalue()


def _warped(basemap: Basemap, z: int, x: int, y: int, bounds: Limits) -> bytes:
    """Columns agree in both sets; every row of pixels is taken from the latitude it stands for.

    A tile of the web map is never higher in degrees than one of the geographic set: at most two of those are needed.
    """
    degrees = 360.0 / (1 << z)  # height of a geographic tile
    wanted = numpy.array([latitude(y + (row + 0.5) / SIDE, z) for row in range(SIDE)])
    places = (90.0 - wanted) / degrees * SIDE - 0.5  # fractional pixel rows from the top of the geographic set
    first, last = int((places[0] + 0.5) // SIDE), int((places[-1] + 0.5) // SIDE)
    strip = numpy.vstack([_pixels(basemap, z, x, row, bounds) for row in range(first, last + 1)])
    local = numpy.clip(places - first * SIDE, 0, len(strip) - 1)
    low = numpy.floor(local).astype(int)
    high = numpy.minimum(low + 1, len(strip) - 1)
    share = (local - low)[:, None, None]
    mixed = strip[low] * (1 - share) + strip[high] * share
    out = io.BytesIO()
    Image.fromarray(numpy.rint(mixed).astype("uint8"), "RGBA").save(out, "PNG")
    return out.getvalue()


def _pixels(basemap: Basemap, z: int, x: int, y: int, bounds: Limits) -> numpy.ndarray:
    try:
        picture = Image.open(io.BytesIO(source(basemap, z, x, y, bounds)), formats=("PNG", "JPEG", "WEBP"))
        if max(picture.size) > SIDE_MOST:
            raise upstream.Unavailable("picture too large")
        made = picture.convert("RGBA").resize((SIDE, SIDE)) if picture.size != (SIDE, SIDE) else picture.convert("RGBA")
    except NotFound:
        return numpy.zeros((SIDE, SIDE, 4))
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for a broken picture
        raise upstream.Unavailable("broken picture") from error
    return numpy.asarray(made, dtype=float)
