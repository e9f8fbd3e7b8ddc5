"""Buildings and people for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.test import Client

from zhujian.foundation.cim import services
from zhujian.foundation.cim.models import Building
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope

REGION = "420106000000"
LON, LAT = 114.30, 30.54


def box(column: int = 0, row: int = 0, size: float = 0.0003) -> MultiPolygon:
    """A square of about 30 m, `column` and `row` times 50 m from a corner."""
    west, south = LON + column * 0.0005, LAT + row * 0.0005
    return MultiPolygon(Polygon.from_bbox((west, south, west + size, south + size)), srid=4490)


@pytest.fixture
def keeper(db: None) -> Account:
    """A county's data administrator."""
    return make_official(REGION, roles=("data_admin",), name="赵数据")


@pytest.fixture
def as_keeper(client: Client, keeper: Account) -> Client:
    """A test client logged in as `keeper`."""
    login(client, keeper)
    return client


@pytest.fixture
def make_building(db: None) -> Callable[..., Building]:
    """Makes one building in 武昌区 (unless told) on the next free place."""
    places = iter(range(1000))

    def make(**values: Any) -> Building:
        at = next(places)
        given: dict[str, Any] = {
            "region_code": REGION, "outline": box(at), "name": f"测试楼{at + 1}栋", "use": "10", "floors_above": 6, "floors_below": 1,
            "height_m": 18, "base_m": 25, "accuracy_m": 0.5, "cim_level": 3, "on": date(2020, 1, 1), **values,
        }  # fmt: skip
        with scope.system("test"):
            return services.register_building(**given)

    return make
