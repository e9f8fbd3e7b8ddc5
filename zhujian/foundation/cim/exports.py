"""Formats in which layers are exported besides tables: GeoJSON and GeoPackage for every layer, CityJSON for buildings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import shapely
from django.utils import timezone
from pyproj import Transformer

from zhujian.foundation.cim.formats import cityjson, features
from zhujian.foundation.cim.models import Building, Unit
from zhujian.foundation.cim.numbering import zone_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.geo import CGCS2000
from zhujian.foundation.kernel.valid_time import present
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import exporting
from zhujian.foundation.resources.declaration import Resource
from zhujian.foundation.resources.query import Query


def attributes_of(building: Building) -> dict[str, Any]:
    """Attributes under the names CityJSON and CityGML know, then ours; only what is known."""
    made = {
        "name": building.name, "house_code": building.code, "postalAddress": building.address,
        "measuredHeight": float(building.height_m) if building.height_m is not None else None,
        "storeysAboveGround": building.floors_above, "storeysBelowGround": building.floors_below,
        "yearOfConstruction": building.built_on.year if building.built_on else None,
        "function": parameters.code_label("cim.building_use", building.use), "use": building.use, "structure": building.structure,
        "status": building.status, "cim_level": building.cim_level, "cim_level_verified": building.cim_level_verified,
        "project_code": building.project_code, "grossArea": float(building.area_m2) if building.area_m2 is not None else None,
        "baseElevation": float(building.base_m) if building.base_m is not None else None, "source": building.source,
        "valid_from": building.valid_from.isoformat(), "valid_to": building.valid_to.isoformat() if building.valid_to else None,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value not in (None, "")}


def massings(buildings: Iterable[Building], epsg: int) -> list[cityjson.Massing]:
    """Buildings as CityJSON writes them, in metres of the projection `epsg`; versions of one building get ids of their own."""
    found = list(buildings)
    shapes = shapely.from_wkb([bytes(one.outline.wkb) for one in found])
    transformer = Transformer.from_crs(CGCS2000, epsg, always_xy=True)
    shapes = shapely.transform(shapes, lambda points: _moved(points, transformer))
    units: dict[int, list[Unit]] = {}
    for unit in Unit.objects.filter(present(timezone.localdate()), building__in=[one.pk for one in found]).order_by(
        "floor", "door_order"
    ):
        units.setdefault(unit.building_id, []).append(unit)
    made, taken = [], set()
    for one, shape in zip(found, shapes, strict=True):
        key = one.code if one.code not in taken else f"{one.code}-{one.valid_from:%Y%m%d}-{one.pk}"
        taken.add(key)
        parts = [[list(ring.coords) for ring in (part.exterior, *part.interiors)] for part in shape.geoms]
        made.append(
            cityjson.Massing(
                key, parts, float(one.base_m or 0), float(one.height_m or 0), attributes_of(one), one.floors_above or 0, one.floors_below,
                [_unit(unit, transformer) for unit in units.get(one.pk, ())],
            )
        )  # fmt: skip
    return made


def _moved(points: Any, transformer: Transformer) -> Any:
    moved = points.copy()
    moved[:, 0], moved[:, 1] = transformer.transform(points[:, 0], points[:, 1])
    return moved


def _unit(unit: Unit, transformer: Transformer) -> cityjson.UnitPlan:
    facts = {
        "house_code": unit.code, "room_no": unit.room_no, "entrance": unit.entrance, "use": unit.use,
        "grossArea": float(unit.area_m2) if unit.area_m2 is not None else None,
    }  # fmt: skip
    ring = [transformer.transform(x, y) for x, y, *_ in unit.shape.exterior_ring] if unit.shape else None
    return cityjson.UnitPlan(
        unit.code, unit.floor, {name: value for name, value in facts.items() if value not in (None, "")}, ring
    )


def to_cityjson(resource: Resource, query: Query, most: int) -> bytes:
    """The chosen buildings with storeys and units in one document; storeys only for those that have units."""
    ids = [row.id for chunk in query.stream([], limit=most) for row in chunk]
    epsg = zone_of(scope.current().region_code)
    found = massings(Building.objects.filter(pk__in=ids).order_by("id"), epsg)
    plain = [one if one.units else cityjson.Massing(one.id, one.parts, one.base_m, one.height_m, one.attributes) for one in found]
    made = cityjson.document(
        plain, epsg=epsg, title=f"{resource.title}（高程：1985国家高程基准）", date=timezone.localdate().isoformat()
    )
    return orjson.dumps(made)


def _on_map(resource: Resource) -> bool:
    return resource.layer is not None


exporting.add_format(
    exporting.Format("gpkg", "GeoPackage", "gpkg", "application/geopackage+sqlite3", features.to_geopackage, _on_map)
)
exporting.add_format(exporting.Format("geojson", "GeoJSON", "geojson", "application/geo+json", features.to_geojson, _on_map))
exporting.add_format(
    exporting.Format(
        "cityjson", "CityJSON 2.0", "city.json", "application/city+json", to_cityjson, lambda resource: resource.model is Building
    )
)
