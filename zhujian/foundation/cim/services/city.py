"""Writes the generated city into the registers: buildings and units here, everything else by whoever owns the register."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pyproj import Transformer

from zhujian.foundation.cim import generator
from zhujian.foundation.cim.generator import ewkb
from zhujian.foundation.cim.generator.records import District, House
from zhujian.foundation.cim.models import Building, Unit
from zhujian.foundation.cim.numbering import zone_of
from zhujian.foundation.cim.rules import codes, floors
from zhujian.foundation.cim.services.bulk import copy_into
from zhujian.foundation.kernel.geo import CGCS2000
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.regions.models import RegionBoundary

SPACE = uuid.UUID("6f6c1c2e-0f0e-5d53-9a55-3f3b0f1c2d10")  # names of generated features: the same city has the same feature ids
ACCURACY_M = 0.5  # what a digitised 1:1000 map gives
BUILDING = (
    "feature_id", "valid_from", "valid_to", "planned", "region_code", "code", "name", "address", "use", "structure", "floors_above", "floors_below",
    "height_m", "base_m", "area_m2", "built_on", "cim_level", "project_code", "status", "outline", "source", "accuracy_m", "height_estimated",
)  # fmt: skip
UNIT = (
    "feature_id", "valid_from", "valid_to", "planned", "region_code", "building", "code", "entrance", "floor", "room_no", "use", "area_m2",
    "inner_area_m2", "shape", "door_order",
)  # fmt: skip
Writer = Callable[[District], int]
_writers: dict[str, Writer] = {}


def register_writer(name: str, write: Writer) -> None:
    """Let `write` store its part of each generated district (``generate_city``); it returns how many rows it wrote."""
    _writers[name] = write


def writers() -> dict[str, Writer]:
    """Who writes what, buildings first."""
    return {"cim": write_buildings, **_writers}


def house_codes(region_code: str, centres: Sequence[generator.Position]) -> list[str]:
    """A house code by coordinates for each place, different from one another."""
    lons, lats = zip(*centres, strict=True) if centres else ((), ())
    made: list[str] = []
    taken: set[str] = set()
    zone = zone_of(region_code)
    eastings, northings = Transformer.from_crs(CGCS2000, zone, always_xy=True).transform(lons, lats)
    for easting, northing in zip(eastings, northings, strict=True):
        step = 0
        while (code := codes.building_code(region_code, easting, northing, step=step)) in taken:
            step += 1
        taken.add(code)
        made.append(code)
    return made


def building_row(house: House, region_code: str, code: str, **changes: Any) -> list[Any]:
    """Values of `BUILDING` for a generated house; `changes` by column."""
    values = {
        "feature_id": uuid.uuid5(SPACE, code), "valid_from": house.built_on, "valid_to": None, "planned": False, "region_code": region_code,
        "code": code, "name": house.name, "address": house.address, "use": house.use, "structure": house.structure,
        "floors_above": house.floors_above, "floors_below": house.floors_below, "height_m": house.height_m, "base_m": house.base_m,
        "area_m2": house.area_m2, "built_on": house.built_on, "cim_level": 3, "project_code": "", "status": "in_use",
        "outline": ewkb.multipolygon(house.outline), "source": "generated", "accuracy_m": ACCURACY_M,
        "height_estimated": False, **changes,
    }  # fmt: skip
    return [values[name] for name in BUILDING]


def write_buildings(made: District) -> int:
    """Store the houses of a district; how many."""
    found = house_codes(made.region_code, [house.centre for house in made.houses])
    rows = (building_row(house, made.region_code, code) for house, code in zip(made.houses, found, strict=True))
    return copy_into(Building, BUILDING, rows)


def rooms(house: House) -> list[floors.Room]:
    """The units of a generated house: its floors as one template, gross areas that add up to the house's."""
    per_floor = house.doors * house.per_floor
    shares = floors.split_area(Decimal(str(house.area_m2)), per_floor * house.floors_above)
    template = floors.Template(1, house.floors_above, house.doors, house.per_floor, house.use if house.use in UNIT_USES else "90",
                               inner_ratio=Decimal("0.78"))  # fmt: skip
    made = []
    for room, area in zip(floors.expand(template), shares, strict=True):
        inner = (area * template.inner_ratio).quantize(floors.CENT)
        made.append(floors.Room(room.floor, room.entrance, room.room_no, room.use, area, inner, room.door_order, room.number))
    return made


UNIT_USES = {"10", "20", "30", "40"}


def slices(ring: Sequence[generator.Position], parts: int) -> list[tuple[generator.Position, ...]]:
    """A four-cornered ring cut into `parts` strips along its first side; empty when it has other corners."""
    if len(ring) != 5:
        return []
    a, b, c, d = ring[:4]

    def at(p: generator.Position, q: generator.Position, share: float) -> generator.Position:
        return round(p[0] + (q[0] - p[0]) * share, 8), round(p[1] + (q[1] - p[1]) * share, 8)

    made: list[tuple[generator.Position, ...]] = []
    for n in range(parts):
        low, high = n / parts, (n + 1) / parts
        corners = at(a, b, low), at(a, b, high), at(d, c, high), at(d, c, low)
        made.append((*corners, corners[0]))
    return made


def unit_rows(house: House, region_code: str, code: str, building_id: int) -> Iterator[list[Any]]:
    """Values of `UNIT` for every unit of a house."""
    strips = slices(house.outline, house.doors * house.per_floor)
    for serial, room in enumerate(rooms(house), 1):
        own = codes.unit_code(code, room.number or serial)
        yield [
            uuid.uuid5(SPACE, own), house.built_on, None, False, region_code, building_id, own, room.entrance, room.floor, room.room_no, room.use,
            room.area_m2, room.inner_area_m2, ewkb.polygon(strips[room.door_order - 1]) if strips else None, room.door_order,
        ]  # fmt: skip


def write_units(made: District, most: int) -> int:
    """Store units of the first homes of a district, whole houses only, until `most` are reached; how many. After `write_buildings`."""
    found = house_codes(made.region_code, [house.centre for house in made.houses])
    chosen: list[tuple[House, str]] = []
    left = most
    for house, code in zip(made.houses, found, strict=True):
        size = house.doors * house.per_floor * house.floors_above
        # Where a floor or a room does not fit into the four digits of a code, numbers could meet: such houses get their units by hand.
        if house.use == "10" and size <= left and house.floors_above <= 89 and house.doors * house.per_floor <= 99:
            chosen.append((house, code))
            left -= size
        if left < 20:
            break
    ids = dict(Building.objects.filter(code__in=[code for _, code in chosen], valid_to=None).values_list("code", "pk"))
    rows = (row for house, code in chosen for row in unit_rows(house, made.region_code, code, ids[code]))
    return copy_into(Unit, UNIT, rows)


def places(on: date) -> list[generator.Place]:
    """Where towns of the loaded provinces may stand: the centre of every county."""
    centres = dict(RegionBoundary.objects.filter(code__regex=r"^\d{6}000000$").values_list("code", "centre"))
    counties = [
        code for code in sorted(centres) if (found := regions.region(code, on)) and found.level == "county" and not found.valid_to
    ]
    return [generator.Place(code, regions.name(code), centres[code].x, centres[code].y) for code in counties if centres[code]]


def tolerance(name: str, region_code: str, on: date) -> Decimal:
    """The parameter ``cim.<name>``."""
    return Decimal(str(parameters.value(f"cim.{name}", on=on, region=region_code).value))


__all__ = [
    "building_row", "house_codes", "places", "register_writer", "rooms", "slices", "tolerance", "unit_rows", "write_buildings", "write_units", "writers",
]  # fmt: skip
