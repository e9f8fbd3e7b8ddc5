"""A small beat of three by three grids with an inspector, for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.gis.geos import Polygon

from zhujian.boards.city_management.digital_city import services as city
from zhujian.boards.city_management.digital_city.models import CompositeGrid, Grid
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope

COUNTY, COMMUNITY = "420111000000", "420111080001"
WEST, SOUTH, EAST, NORTH = 114.4, 30.48, 0.00104, 0.0009
SINCE = date(2021, 7, 1)


def cell(column: int, row: int) -> Polygon:
    """The outline of a grid, columns from the west, rows from the south."""
    x, y = round(WEST + column * EAST, 8), round(SOUTH + row * NORTH, 8)
    shape = Polygon.from_bbox((x, y, round(x + EAST, 8), round(y + NORTH, 8)))
    shape.srid = 4490
    return shape


def middle(column: float, row: float) -> tuple[float, float]:
    """A place inside a grid."""
    return round(WEST + (column + 0.5) * EAST, 8), round(SOUTH + (row + 0.5) * NORTH, 8)


def make_grids(size: int = 3) -> dict[tuple[int, int], Grid]:
    """Grids of one community; the first row has level 1, the second 2, the others 3."""
    with scope.system("测试"):
        return {
            (column, row): city.do_register(COMMUNITY, cell(column, row), SINCE, level=str(min(row + 1, 3)))
            for row in range(size)
            for column in range(size)
        }


def make_inspector(name: str = "周巡查", **post: Any) -> Account:
    """An inspector of the county's supervision centre."""
    return make_official(COUNTY, "UMS", roles=("inspector", "viewer"), name=name, **post)


def make_beat(grids: dict[tuple[int, int], Grid], *holders: Account) -> CompositeGrid:
    """All the grids as one beat."""
    with scope.system("测试"):
        codes = [grid.code for grid in grids.values()]
        return city.do_compose("duty", "D-1", "关东一号责任网格", codes, SINCE, holders=[one.pk for one in holders])
