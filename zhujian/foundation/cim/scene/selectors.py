"""What the 3D page shows, under the viewer's scope: tubes and shafts of any register that declares them, models, saved views."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib.gis.db.models.functions import Centroid
from django.contrib.gis.geos import Polygon
from django.db.models import Model, QuerySet
from django.utils import timezone

from zhujian.foundation.cim import selectors as buildings
from zhujian.foundation.cim.models import Building, Viewpoint
from zhujian.foundation.cim.scene.declaration import Shafts, Tubes
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.valid_time import ValidTime, present
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import Resource, registry

MOST = 8000  # lines or points drawn at once
START_SAMPLE = 1500
CELL = 0.005  # degrees, about half a kilometre
Box = tuple[float, float, float, float]


def _found(model: type[Model], geometry: str, box: Box, on: date) -> QuerySet:
    area = Polygon.from_bbox(box)
    area.srid = 4490
    rows = model._default_manager.filter(**{f"{geometry}__bboverlaps": area})
    return rows.filter(present(on)) if issubclass(model, ValidTime) else rows


def _declaring(kind: type) -> list[tuple[Resource, Any]]:
    pairs = [(resource, getattr(resource, "scene", None)) for resource in registry.resources()]
    return [(resource, given) for resource, given in pairs if isinstance(given, kind) and resource.layer and resource.may("view")]


def _metres(value: Decimal | float | None) -> float | None:
    return None if value is None else round(float(value), 3)


def _depth(own: Any, ground: Any, level: Any) -> float | None:
    if own is not None:
        return _metres(own)
    return _metres(ground - level) if ground is not None and level is not None else None


def tubes(box: Box, on: date, most: int = MOST) -> dict[str, Any]:
    """Lines below the ground in `box` on the day `on`.

    ``{"registers": [{key, title, record, kinds: {code: {label, colour}}}], "lines": [[register, id, kind, width, height, depth at start,
    at end, [[lon, lat], …]], …], "limited"}``; metres; width = height for round pipes; depths are of the invert, null when not known.
    """
    registers, lines, limited = [], [], False
    for place, (resource, given) in enumerate(_declaring(Tubes)):
        geometry = resource.layer.geometry  # type: ignore[union-attr]
        asked = (
            "start_depth",
            "end_depth",
            "start_ground",
            "end_ground",
            "start_invert",
            "end_invert",
            "diameter_mm",
            "width_mm",
            "height_mm",
            "kind",
        )
        names = {name: path for name in asked if (path := getattr(given, name))}
        rows = _found(resource.model, geometry, box, on).values_list("pk", geometry, *names.values())[: most + 1]
        for count, (pk, shape, *values) in enumerate(rows):
            if count == most:
                limited = True
                break
            row = dict(zip(names, values, strict=True))
            start = _depth(row.get("start_depth"), row.get("start_ground"), row.get("start_invert"))
            end = _depth(row.get("end_depth"), row.get("end_ground"), row.get("end_invert"))
            wide = (row.get("diameter_mm") or row.get("width_mm") or 0) / 1000
            high = (row.get("diameter_mm") or row.get("height_mm") or 0) / 1000
            parts = shape.coords if shape.geom_type == "MultiLineString" else (shape.coords,)
            lines += [
                [place, pk, row.get("kind") or "", wide, high, start, end, [[round(p[0], 7), round(p[1], 7)] for p in part]]
                for part in parts
            ]
        registers.append({"key": resource.key, "title": resource.title, "kinds": _kinds(given, on)})
    return {"registers": registers, "lines": lines, "limited": limited}


def _kinds(given: Tubes, on: date) -> dict[str, dict[str, str]]:
    labels = dict(parameters.code_list(given.kinds, on)) if given.kinds else {}
    colours = dict(parameters.code_list(given.colours, on)) if given.colours else {}
    return {code: {"label": label, "colour": colours.get(code, "")} for code, label in labels.items()}


def shafts(box: Box, on: date, most: int = MOST) -> dict[str, Any]:
    """Points below the ground in `box`: ``{"registers": [{key, title}], "points": [[register, id, kind, label, depth, lon, lat], …], "limited"}``."""
    registers, points, limited = [], [], False
    for place, (resource, given) in enumerate(_declaring(Shafts)):
        geometry = resource.layer.geometry  # type: ignore[union-attr]
        names = {name: path for name in ("depth", "ground", "bottom", "kind", "label") if (path := getattr(given, name))}
        rows = _found(resource.model, geometry, box, on).values_list("pk", geometry, *names.values())[: most + 1]
        for count, (pk, shape, *values) in enumerate(rows):
            if count == most:
                limited = True
                break
            row = dict(zip(names, values, strict=True))
            depth = _depth(row.get("depth"), row.get("ground"), row.get("bottom"))
            points.append([place, pk, row.get("kind") or "", row.get("label") or "", depth, round(shape.x, 7), round(shape.y, 7)])
        registers.append({"key": resource.key, "title": resource.title})
    return {"registers": registers, "points": points, "limited": limited}


def models(box: Box | None = None) -> list[dict[str, Any]]:
    """Published BIM versions with a place, newest first: id, name, lon, lat, height above the ground of its building, rotation, building."""
    if not apps.is_installed("zhujian.foundation.bim"):
        return []
    version: Any = apps.get_model("bim.Version")
    rows = version._default_manager.filter(state="published", lon__isnull=False, lat__isnull=False).select_related("model")
    if box:
        west, south, east, north = box
        rows = rows.filter(lon__gte=west, lon__lte=east, lat__gte=south, lat__lte=north)
    newest: dict[int, Any] = {}
    for row in rows.order_by("-number")[:500]:
        newest.setdefault(row.model_id, row)
    codes = {row.model.building_code for row in newest.values() if row.model.building_code}
    found = Building.objects.filter(present(timezone.localdate()), code__in=codes)
    grounds = {code: (pk, base) for code, pk, base in found.values_list("code", "pk", "base_m")}
    made = []
    for row in newest.values():
        building, base = grounds.get(row.model.building_code, (None, None))
        above = float(row.height or 0) - float(base) if base is not None else 0.0
        made.append(
            {
                "id": row.pk, "name": row.model.name, "lon": float(row.lon), "lat": float(row.lat), "rotation": float(row.rotation or 0),
                "above": round(above, 3) if abs(above) < 60 else 0.0, "building": building,
            }
        )  # fmt: skip
    return made


def floors(pk: int, on: date) -> dict[str, Any]:
    """Storeys of a building and the units on them, from the lowest up; metres above the ground.

    ``{id, name, outline: [[ring, …], …], floors: [{floor, bottom, top, units: [{id, room, use, label, area, shape: [ring, …] or null}]}]}``.
    A storey is the building's height by its floors, below the ground the same; there is no floor 0.
    """
    one = buildings.newest(buildings.get(pk))
    labels = dict(parameters.code_list("cim.unit_use", on))
    rows = list(buildings.units(one)[:MOST]) if registry.get("cim.unit").may("view") else []
    above = max([one.floors_above or 0, *(row.floor for row in rows), 1])
    below = max([one.floors_below or 0, *(-row.floor for row in rows)])
    each = float(one.height_m) / above if one.height_m else float(parameters.value("cim.scene_storey_height", on=on).value)
    made: dict[int, dict[str, Any]] = {}
    for level in range(-below, above):
        floor = level + 1 if level >= 0 else level
        made[floor] = {"floor": floor, "bottom": round(level * each, 3), "top": round((level + 1) * each, 3), "units": []}
    for row in sorted(rows, key=lambda row: (row.floor, row.entrance, row.door_order)):
        shape = [_ring(ring) for ring in row.shape.coords] if row.shape else None
        unit = {
            "id": row.pk,
            "room": row.room_no,
            "use": row.use,
            "label": labels.get(row.use, ""),
            "area": _metres(row.area_m2),
            "shape": shape,
        }
        made[row.floor]["units"].append(unit)
    outline = [[_ring(ring) for ring in part] for part in one.outline.coords]
    return {"id": pk, "name": one.name, "outline": outline, "floors": list(made.values())}


def _ring(ring: Any) -> list[list[float]]:
    return [[round(point[0], 8), round(point[1], 8)] for point in ring]


def viewpoints() -> list[Viewpoint]:
    """Views the current person may use: own ones first, then those shared with the organisation and one of the person's roles."""
    who = scope.current()
    if who.actor_id is None:
        return []
    rows = Viewpoint.objects.select_related("owner").order_by("-id")[:400]
    fitting = [row for row in rows if row.owner_id == who.actor_id or not row.roles or set(row.roles) & who.roles]
    return sorted(fitting, key=lambda row: row.owner_id != who.actor_id)


def start() -> tuple[float, float] | None:
    """Longitude and latitude where most of the buildings stand that the viewer may see (of a sample); None when there are none."""
    rows = Building.objects.filter(present(timezone.localdate())).order_by("id")
    points = [(point.x, point.y) for point in rows.values_list(Centroid("outline"), flat=True)[:START_SAMPLE]]
    if not points:
        return None
    cells = Counter((round(lon / CELL), round(lat / CELL)) for lon, lat in points)
    fullest = cells.most_common(1)[0][0]
    inside = [(lon, lat) for lon, lat in points if (round(lon / CELL), round(lat / CELL)) == fullest]
    return sum(lon for lon, _ in inside) / len(inside), sum(lat for _, lat in inside) / len(inside)


__all__ = ["floors", "models", "shafts", "start", "tubes", "viewpoints"]
