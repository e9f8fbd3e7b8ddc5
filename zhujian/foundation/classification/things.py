"""Components near a place, whichever module's register they stand in.

A register takes part by what it declares: a resource whose model has a point or other geometry, a `code` and a `class_code`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import cos, radians
from typing import Any

from django.db import connection
from django.utils import timezone

from zhujian.foundation.classification import selectors
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources import periods, registry
from zhujian.foundation.resources.declaration import Resource

METRES_PER_DEGREE = 111_000.0  # a little short, so that the search in degrees finds at least all


@dataclass(frozen=True)
class Thing:
    """A component: its identification code, class, what it is called, metres away, and where it is (degrees)."""

    code: str
    class_code: str
    class_name: str
    name: str
    metres: float
    lon: float
    lat: float

    def json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "code": self.code, "class_code": self.class_code, "class_name": self.class_name, "name": self.name, "metres": self.metres,
            "lon": self.lon, "lat": self.lat,
        }  # fmt: skip


def registers() -> list[Resource]:
    """Resources whose rows are classified things with a place."""
    found = []
    for resource in registry.resources():
        names = {field.name for field in resource.model._meta.concrete_fields}
        if resource.shape and {"code", "class_code"} <= names:
            found.append(resource)
    return found


def nearest(
    lon: float, lat: float, metres: float, *, region_code: str = "", limit: int = 20, on: date | None = None
) -> list[Thing]:
    """Components (with a class of the scheme in force) within `metres` of a place, nearest first.

    Read in a system scope: what stands on a street is no secret of the register that keeps it, and only code, class and place are told.
    """
    day = on or timezone.localdate()
    names = {one.code: one.name for one in selectors.items("component", region_code, day)}
    degrees = metres / (METRES_PER_DEGREE * max(0.2, cos(radians(lat))))
    found: list[Thing] = []
    with scope.system("查找附近部件"), connection.cursor() as cursor:
        for resource in registers():
            column = connection.ops.quote_name(resource.shape.column)  # type: ignore[union-attr]
            fields = {field.name for field in resource.model._meta.concrete_fields}
            name = "t.name" if "name" in fields else "''"
            when = (
                "AND NOT t.planned AND t.valid_from <= %s AND (t.valid_to IS NULL OR t.valid_to > %s)"
                if periods.timed(resource)
                else ""
            )
            sql = (
                f"SELECT t.code, t.class_code, {name}, ST_Distance(t.{column}::geography, p.g::geography) AS away, "  # noqa: S608
                f"ST_X(ST_ClosestPoint(t.{column}, p.g)), ST_Y(ST_ClosestPoint(t.{column}, p.g)) "
                f"FROM {resource.table} t, (SELECT ST_SetSRID(ST_MakePoint(%s, %s), 4490) AS g) p "
                f"WHERE t.{column} && ST_Expand(p.g, %s) AND t.code <> '' AND t.class_code = ANY(%s) {when} ORDER BY away LIMIT %s"
            )
            cursor.execute(sql, [lon, lat, degrees, list(names), *([day, day] if when else []), limit])
            found += [
                Thing(code, kind, names[kind], called or "", round(away, 1), round(x, 7), round(y, 7))
                for code, kind, called, away, x, y in cursor.fetchall()
                if away <= metres
            ]
    return sorted(found, key=lambda one: (one.metres, one.code))[:limit]
