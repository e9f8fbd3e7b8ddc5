"""A small plan of a task's surroundings, in metres from its place, so that it can be drawn on a device without a map and a network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import cos, radians
from typing import Any

from django.db import connection
from django.utils import timezone

from zhujian.foundation.cim.selectors import near as buildings
from zhujian.foundation.kernel import scope

REACH = 130  # metres to every side
BUILDINGS = 24  # the nearest
DEGREE = 111_320.0  # metres of a degree along the equator
GRIDS = """
SELECT p.n, g.code, ST_AsGeoJSON(ST_ExteriorRing(g.boundary), 6) FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS p(lon, lat, n)
JOIN digital_city_grid g ON g.boundary && ST_Expand(ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4490), %s)
WHERE NOT g.planned AND g.valid_from <= %s AND (g.valid_to IS NULL OR g.valid_to > %s) ORDER BY p.n, g.code
"""


def local(ring: Sequence[tuple[float, float]], lon: float, lat: float) -> list[int]:
    """``[x, y, x, y …]`` in whole metres east and north of a place; good to a metre over a few hundred."""
    east = DEGREE * cos(radians(lat))
    return [round(value) for x, y in ring for value in ((x - lon) * east, (y - lat) * DEGREE)]


def around(places: Sequence[tuple[float, float]]) -> list[dict[str, Any]]:
    """For each place ``{"grids": [[code, ring]], "buildings": [ring]}``; unit grids are no secret, buildings as the actor sees them."""
    found: list[dict[str, Any]] = [{"grids": [], "buildings": []} for _ in places]
    if not places:
        return found
    day = timezone.localdate()
    reach = REACH / (DEGREE * min(cos(radians(lat)) for _, lat in places))
    with scope.system("绘制任务示意图"), connection.cursor() as cursor:
        cursor.execute(GRIDS, [[lon for lon, _ in places], [lat for _, lat in places], reach, day, day])
        for number, code, ring in cursor.fetchall():
            found[number - 1]["grids"].append([code, local(json.loads(ring)["coordinates"], *places[number - 1])])
    for number, rings in enumerate(buildings.outlines(places, REACH, limit=BUILDINGS)):
        found[number]["buildings"] = [local(ring, *places[number]) for ring in rings]
    return found
