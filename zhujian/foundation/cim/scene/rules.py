"""What a saved view may hold, and boxes of the map. Pure."""

from __future__ import annotations

import math
import re
from typing import Any

from zhujian.foundation.kernel.errors import Reason

# field: smallest, greatest. Degrees, metres, degrees below the horizon (negative: from below), degrees clockwise from north.
BOUNDS = {
    "lon": (-180.0, 180.0), "lat": (-85.0, 85.0), "distance": (1.0, 100_000.0), "pitch": (-90.0, 90.0), "bearing": (-360.0, 360.0),
    "ground": (0.0, 1.0),
}  # fmt: skip
NEEDED = ("lon", "lat", "distance", "pitch", "bearing")
SPAN = 0.2  # degrees: the widest box whose pipes are drawn one by one


def view_of(raw: Any) -> tuple[dict[str, Any], list[Reason]]:
    """What of `raw` describes a view, and what is wrong with it. Unknown fields are left out."""
    if not isinstance(raw, dict):
        return {}, [Reason("scene.view", "视角数据不完整，请在三维场景中重新保存。", "view")]
    view: dict[str, Any] = {}
    for name, (low, high) in BOUNDS.items():
        value = raw.get(name)
        if value is None and name not in NEEDED:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or not low <= value <= high:
            return {}, [Reason("scene.view", "视角数据不正确，请在三维场景中重新保存。", "view")]
        view[name] = float(value)
    at = raw.get("at")
    if isinstance(at, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", at, re.ASCII):
        view["at"] = at
    layers = raw.get("layers")
    if isinstance(layers, list):
        view["layers"] = [name for name in layers if isinstance(name, str) and re.fullmatch(r"[a-z_.:]{1,80}", name)][:40]
    return view, []


def box_of(text: str) -> tuple[float, float, float, float] | None:
    """``west,south,east,north`` in degrees; None when that is no box or a box too wide to draw."""
    parts = text.split(",")
    if len(parts) != 4 or not all(re.fullmatch(r"\s*-?\d{1,3}(\.\d{1,12})?\s*", part, re.ASCII) for part in parts):
        return None
    west, south, east, north = (float(part) for part in parts)
    fits = -180 <= west < east <= 180 and -90 <= south < north <= 90 and east - west <= SPAN and north - south <= SPAN
    return (west, south, east, north) if fits else None


__all__ = ["BOUNDS", "NEEDED", "SPAN", "box_of", "view_of"]
