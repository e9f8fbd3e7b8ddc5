"""Grids, addresses and duties over the generated district, so that a report there finds its grid and its office."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Point, Polygon

from zhujian.boards.city_management.digital_city.models import Grid, ManagedArea, Place, Responsibility
from zhujian.boards.city_management.digital_city.services import area_of
from zhujian.foundation.cim import generator
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.identity.selectors import organisation_for
from zhujian.foundation.regions import selectors as regions

START = date(2021, 7, 1)
TOWN = "420111080000"  # 关东街道
EAST, NORTH = 0.00104, 0.0009  # a cell of about 100 by 100 m
BLOCK = 6  # cells along a community's side
DOORS = 1_500
USES = {
    "10": "live",
    "20": "shop",
    "30": "public",
    "40": "industry",
    "45": "industry",
    "61": "public",
    "62": "public",
    "63": "public",
}
# Departments and firms that have classes of their own, so that a case finds more than one body.
OTHER_OFFICES = (
    ("regulator", "WRB", "0506"),
    ("regulator", "WRB", "0125"),
    ("regulator", "HUD", "0304"),
    ("regulator", "EEB", "0130"),
)
FIRMS = (
    ("武汉东湖市政工程有限公司", "event", ("0113", "0505")),
    ("武汉东湖市政工程有限公司", "component", ("0103", "0104", "0217")),
    ("武汉汉水供水有限公司", "event", ("0501",)),
    ("武汉汉水供水有限公司", "component", ("0101", "0125")),
)
OFFICES = (("last_resort", ""), ("regulator", "01"), ("regulator", "02"), ("regulator", "03"))


def load() -> str:
    """Load them; returns what there is."""
    made = generator.district(generator.DEMO)
    grids = _grids(made)
    found = Grid.objects.bulk_create(grids)
    places = Place.objects.bulk_create(list(_places(made, grids)), batch_size=500)
    duties = Responsibility.objects.bulk_create(list(_duties()))
    areas = ManagedArea.objects.bulk_create(list(_areas(made)))
    return f"{len(areas) - 1} 条社区界线、{len(found)} 个单元网格、{len(places)} 条地名地址、{len(duties)} 项责任"


def _frame(made: generator.District) -> tuple[float, float, int, int]:
    """(west, south, columns, rows) of the cells over the district."""
    spots = [position for street in made.streets for position in street.line]
    west, south = min(p[0] for p in spots), min(p[1] for p in spots)
    columns = int((max(p[0] for p in spots) - west) / EAST) + 1
    return west, south, columns, int((max(p[1] for p in spots) - south) / NORTH) + 1


def _box(west: float, south: float, first: tuple[int, int], last: tuple[int, int]) -> Polygon:
    """From the south-west corner of one cell to the south-west corner of another."""
    corner = [round(west + first[0] * EAST, 8), round(south + first[1] * NORTH, 8)]
    return Polygon.from_bbox((*corner, round(west + last[0] * EAST, 8), round(south + last[1] * NORTH, 8)))


def _areas(made: generator.District) -> Iterator[ManagedArea]:
    """The managed area of the county, and the outlines of the communities that its blocks of cells belong to."""
    west, south, columns, rows = _frame(made)
    communities = [one.code for one in regions.children(TOWN)]
    across = -(-columns // BLOCK)
    blocks: dict[str, list[Polygon]] = {}
    for down in range(-(-rows // BLOCK)):
        for right in range(across):
            last = (min((right + 1) * BLOCK, columns), min((down + 1) * BLOCK, rows))
            code = communities[(down * across + right) % len(communities)]
            blocks.setdefault(code, []).append(_box(west, south, (right * BLOCK, down * BLOCK), last))
    whole = MultiPolygon(_box(west, south, (0, 0), (columns, rows)), srid=4490)
    county = generator.DEMO.region_code
    common = {"valid_from": START, "basis": "数字城管管理范围划定方案（演示）"}
    yield ManagedArea(
        kind="managed",
        name=f"{regions.full_name(county)}数字城管管理区域",
        region_code=county,
        boundary=whole,
        area_m2=area_of(whole),
        **common,
    )
    for code, boxes in blocks.items():
        joined = MultiPolygon(*boxes, srid=4490).unary_union
        outline = joined if isinstance(joined, MultiPolygon) else MultiPolygon(joined, srid=4490)
        division = regions.region(code)
        yield ManagedArea(
            kind="community",
            name=division.name if division else code,
            region_code=code,
            boundary=outline,
            area_m2=area_of(outline),
            **common,
        )


def _grids(made: generator.District) -> list[Grid]:
    """Cells over the district, numbered in each community from west to east, then from north to south."""
    west, south, columns, rows = _frame(made)
    uses: dict[tuple[int, int], Counter[str]] = {}
    for house in made.houses:
        cell = int((house.centre[0] - west) / EAST), int((house.centre[1] - south) / NORTH)
        uses.setdefault(cell, Counter())[USES.get(house.use, "other")] += 1
    communities = [one.code for one in regions.children(TOWN)]
    across = -(-columns // BLOCK)
    numbers: Counter[str] = Counter()
    found = []
    for row in reversed(range(rows)):
        for column in range(columns):
            community = communities[(row // BLOCK * across + column // BLOCK) % len(communities)]
            numbers[community] += 1
            boundary = _box(west, south, (column, row), (column + 1, row + 1))
            boundary.srid = 4490
            here = uses.get((column, row))
            use = here.most_common(1)[0][0] if here else "street"
            found.append(
                Grid(
                    code=f"{community}{numbers[community]:03d}",
                    community=community,
                    region_code=community,
                    boundary=boundary,
                    area_m2=0,
                    valid_from=START,
                    land_use=use,
                    level="1" if use in ("shop", "public") else "2" if use == "live" else "3",
                )  # fmt: skip
            )
    size = area_of(found[0].boundary)  # all alike to within a square metre
    for grid in found:
        grid.area_m2 = size
    return found


def _places(made: generator.District, grids: list[Grid]) -> Iterator[Place]:
    cells = {(round(g.boundary.extent[0] / EAST), round(g.boundary.extent[1] / NORTH)): g for g in grids}
    west, south = min(g.boundary.extent[0] for g in grids), min(g.boundary.extent[1] for g in grids)

    def grid_of(at: Any) -> str:
        column, row = int((at[0] - west) / EAST), int((at[1] - south) / NORTH)
        found = cells.get((round((west + column * EAST) / EAST), round((south + row * NORTH) / NORTH)))
        return found.code if found else ""

    common = {"region_code": TOWN, "valid_from": START, "source": "演示数据"}
    town = regions.full_name(TOWN)
    longest = {street.name: street for street in sorted(made.streets, key=lambda one: one.length_m)}
    for name, street in longest.items():
        at = street.line[len(street.line) // 2]
        yield Place(
            name=name, kind="street", address=f"{town}{name}", location=Point(*at[:2], srid=4490), grid_code=grid_of(at), **common
        )
    middles = [(street.name, street.line[len(street.line) // 2]) for street in made.streets]
    numbers: Counter[str] = Counter()
    for house in made.houses[:DOORS]:
        x, y = house.centre[:2]
        street_name = min(middles, key=lambda one: (one[1][0] - x) ** 2 + (one[1][1] - y) ** 2)[0]
        numbers[street_name] += 1
        yield Place(name=house.name, kind="door", address=f"{town}{street_name}{numbers[street_name]}号", location=Point(x, y, srid=4490),
                    grid_code=grid_of(house.centre), **common)  # fmt: skip


def _duties() -> Iterator[Responsibility]:
    county = generator.DEMO.region_code
    office = organisation_for("UMB", county) or organisation_for("HUD", county)
    if office is None:
        return
    common = {"area": county, "region_code": county, "valid_from": START}
    for kind in ("component", "event"):
        for role, code in OFFICES:
            yield Responsibility(
                kind=kind, role=role, class_code=code, organisation=office, basis="区政府部门职责分工（演示）", **common
            )
    for role, authority, code in OTHER_OFFICES:
        other = organisation_for(authority, county)
        if other is not None:
            yield Responsibility(
                kind="event", role=role, class_code=code, organisation=other, basis="区政府部门职责分工（演示）", **common
            )
    firms = {one.name: one for one in Organisation.objects.filter(name__in=[name for name, _, _ in FIRMS], is_active=True)}
    for name, kind, codes in FIRMS:
        for code in codes if name in firms else ():
            yield Responsibility(
                kind=kind, role="maintainer", class_code=code, organisation=firms[name], basis="养护合同（演示）", **common
            )
