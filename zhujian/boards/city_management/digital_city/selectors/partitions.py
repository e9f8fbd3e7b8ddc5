"""Is the partition of a place sound: overlaps, gaps in the managed area, grids beyond it, grids outside their community (GB/T 30428.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.db.models import Q

from zhujian.boards.city_management.digital_city.models import ManagedArea
from zhujian.foundation.kernel.valid_time import present
from zhujian.foundation.parameters import selectors as parameters

PRESENT = "valid_from <= %s AND (valid_to IS NULL OR valid_to > %s) AND NOT planned"
MOST = 500
# Each finding with the shape it is about, so that table and map say the same. The leading digits of the codes bound what is read.
# Pairs are joined on the table itself, so that the index of the boundaries finds each grid's neighbours.
PAIRS = f"""
SELECT a.code, b.code, ST_Area(x.g::geography), ST_AsGeoJSON(x.g, 7, 0)
FROM digital_city_grid a JOIN digital_city_grid b
  ON a.boundary && b.boundary AND a.code < b.code AND ST_Relate(a.boundary, b.boundary, '2********'),
LATERAL (SELECT ST_CollectionExtract(ST_Intersection(a.boundary, b.boundary), 3) AS g) x
WHERE a.region_code LIKE %s AND a.valid_from <= %s AND (a.valid_to IS NULL OR a.valid_to > %s) AND NOT a.planned
  AND b.region_code LIKE %s AND b.valid_from <= %s AND (b.valid_to IS NULL OR b.valid_to > %s) AND NOT b.planned
  AND ST_Area(x.g::geography) > %s ORDER BY 3 DESC LIMIT {MOST}
"""  # noqa: S608
GAPS = f"""
WITH here AS (SELECT ST_Union(boundary) AS g FROM digital_city_grid WHERE region_code LIKE %s AND {PRESENT}),
gaps AS (SELECT (ST_Dump(ST_CollectionExtract(coalesce(ST_Difference(ST_SetSRID(%s::geometry, 4490), g), ST_SetSRID(%s::geometry, 4490)), 3))).geom AS g FROM here)
SELECT ST_AsGeoJSON(g, 7, 0), ST_Area(g::geography) FROM gaps WHERE ST_Area(g::geography) > %s ORDER BY 2 DESC LIMIT {MOST}
"""  # noqa: S608
BEYOND = f"""
WITH m AS MATERIALIZED (SELECT ST_SetSRID(%s::geometry, 4490) AS g),
out AS (SELECT code, ST_CollectionExtract(ST_Difference(boundary, m.g), 3) AS g FROM digital_city_grid, m
  WHERE region_code LIKE %s AND {PRESENT} AND NOT ST_CoveredBy(boundary, m.g))
SELECT code, ST_Area(g::geography), ST_AsGeoJSON(g, 7, 0) FROM out WHERE ST_Area(g::geography) > %s ORDER BY 2 DESC LIMIT {MOST}
"""  # noqa: S608
ASTRAY = f"""
WITH c AS MATERIALIZED (SELECT region_code, boundary FROM digital_city_managedarea WHERE kind = 'community' AND region_code LIKE %s AND {PRESENT}),
out AS (SELECT grid.code, grid.community, ST_CollectionExtract(ST_Difference(grid.boundary, c.boundary), 3) AS g
  FROM (SELECT code, community, boundary FROM digital_city_grid WHERE region_code LIKE %s AND {PRESENT}) grid
  JOIN c ON c.region_code = grid.community AND NOT ST_CoveredBy(grid.boundary, c.boundary))
SELECT code, community, ST_Area(g::geography), ST_AsGeoJSON(g, 7, 0) FROM out WHERE ST_Area(g::geography) > %s ORDER BY 3 DESC LIMIT {MOST}
"""  # noqa: S608


@dataclass(frozen=True)
class Fault:
    """One thing wrong: `rule` ``overlap``, ``gap``, ``beyond`` (outside the managed area) or ``community``; the grids; m²; GeoJSON."""

    rule: str
    grids: tuple[str, ...]
    size: float
    shape: str
    community: str = ""


@dataclass(frozen=True)
class Partition:
    """What is wrong with a partition, largest first within each rule; and what it was measured against."""

    faults: tuple[Fault, ...]
    area: ManagedArea | None = None
    communities: int = 0

    def of(self, rule: str) -> list[Fault]:
        """The findings of one rule."""
        return [one for one in self.faults if one.rule == rule]

    @property
    def overlaps(self) -> list[tuple[str, str, float]]:
        """(code, code, m²) of pairs that overlap."""
        return [(one.grids[0], one.grids[1], one.size) for one in self.of("overlap")]

    @property
    def gaps(self) -> list[tuple[str, float]]:
        """(GeoJSON, m²) of what no grid covers."""
        return [(one.shape, one.size) for one in self.of("gap")]

    @property
    def sound(self) -> bool:
        """Nothing wrong as far as it could be measured."""
        return not self.faults


def tolerance(on: date) -> float:
    """Square metres below which a gap or an overlap is the survey's."""
    return float(parameters.value("digital_city.grid_tolerance", on=on).value)


def area_for(prefix: str, on: date) -> ManagedArea | None:
    """The managed area of the county whose code begins the region's significant digits `prefix` (at least six)."""
    county = prefix[:6].ljust(12, "0")
    return ManagedArea.objects.filter(present(on), kind="managed", region_code=county).first() if len(prefix) >= 6 else None


def _rows(statement: str, values: list[object]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def partition(prefix: str, area: GEOSGeometry | None, on: date) -> Partition:
    """Check the grids of a region (leading digits of its code) on a day.

    Gaps and grids beyond are found when an `area` is given (degrees, CGCS2000); grids outside their community where its outline is known.
    """
    limit, inside = tolerance(on), prefix + "%"
    found = [
        Fault("overlap", (one, other), size, shape)
        for one, other, size, shape in _rows(PAIRS, [inside, on, on, inside, on, on, limit])
    ]
    if area is not None:
        wkb = bytes(area.wkb)
        found += [Fault("gap", (), size, shape) for shape, size in _rows(GAPS, [inside, on, on, wkb, wkb, limit])]
        found += [Fault("beyond", (code,), size, shape) for code, size, shape in _rows(BEYOND, [wkb, inside, on, on, limit])]
    astray = _rows(ASTRAY, [inside, on, on, inside, on, on, limit])
    found += [Fault("community", (code,), size, shape, community) for code, community, size, shape in astray]
    return Partition(tuple(found))


def check(prefix: str, on: date) -> Partition:
    """The partition of a region measured against the county's managed area: a whole county's gaps, or for a part of it those within the
    outlines of its communities; and how many outlines of communities are known."""
    area = area_for(prefix, on)
    known = ManagedArea.objects.filter(present(on), Q(kind="community"), region_code__startswith=prefix)
    shape: GEOSGeometry | None = area.boundary if area is not None and len(prefix) == 6 else None
    if len(prefix) > 6:
        for one in known:
            shape = one.boundary if shape is None else shape.union(one.boundary)
        if shape is not None and area is not None:
            shape = shape.intersection(area.boundary)
    found = partition(prefix, shape, on)
    return Partition(found.faults, area, known.count())
