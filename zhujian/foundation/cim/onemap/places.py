"""Reading a place that a person typed: longitude and latitude in decimal degrees or degrees, minutes, seconds. Pure."""

from __future__ import annotations

import math
import re

NUMBER = r"[-+]?\d{1,3}(?:\.\d{1,12})?"
DECIMAL = re.compile(rf"\s*({NUMBER})\s*°?\s*[EeNn东北]?\s*[,，;；\s]\s*({NUMBER})\s*°?\s*[EeNn东北]?\s*", re.ASCII)
DEGREES = r"(?:东经|北纬)?\s*(\d{1,3})\s*[°度]\s*(?:(\d{1,2})\s*[′'分]\s*)?(?:(\d{1,2}(?:\.\d{1,6})?)\s*[″\"秒]\s*)?[EeNn东北]?"
SEXAGESIMAL = re.compile(rf"\s*{DEGREES}\s*[,，;；]?\s*{DEGREES}\s*", re.ASCII)
LON, LAT = (73.0, 136.0), (3.0, 54.0)  # the box of the country, as for every geometry that is typed


def _inside(value: float, box: tuple[float, float]) -> bool:
    return box[0] <= value <= box[1]


def coordinate(text: str) -> tuple[float, float] | None:
    """(longitude, latitude) in degrees, or None when `text` is no coordinate inside the country.

    ``114.3055, 30.5928``; also with latitude first (``30.5928 114.3055``), which cannot be mistaken here, with letters
    (``30.5928N 114.3055E``) or in degrees, minutes, seconds (``114°18′20″ 30°35′34″``, ``东经114度18分 北纬30度35分``).
    """
    text = text.strip()[:80]
    if found := DECIMAL.fullmatch(text):
        pair = float(found[1]), float(found[2])
    elif found := SEXAGESIMAL.fullmatch(text):
        pair = _degrees(*found.groups()[:3]), _degrees(*found.groups()[3:])
    else:
        return None
    first, second = pair
    if _inside(first, LON) and _inside(second, LAT):
        return first, second
    if _inside(second, LON) and _inside(first, LAT):
        return second, first
    return None


def _degrees(whole: str, minutes: str | None, seconds: str | None) -> float:
    """Decimal degrees; not a number when minutes or seconds are 60 or more, which lies in no box."""
    if float(minutes or 0) >= 60 or float(seconds or 0) >= 60:
        return math.nan
    return int(whole) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
