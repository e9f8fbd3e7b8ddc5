"""A few buildings with known places, heights and times, and people who look at them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from zhujian.foundation.cim.models import Building
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope

WUCHANG, XILING = "420106000000", "420502000000"
LON, LAT = 114.3005, 30.5505
_serial = iter(range(1, 10**6))


def square(lon: float, lat: float, size: float) -> str:
    """A square as EWKT."""
    ring = [(lon, lat), (lon + size, lat), (lon + size, lat + size), (lon, lat + size), (lon, lat)]
    return "SRID=4490;MULTIPOLYGON(((" + ",".join(f"{x} {y}" for x, y in ring) + ")))"


@pytest.fixture
def build(db) -> Callable[..., Building]:
    """Makes one building (武昌区 unless told)."""

    def make(
        name: str, lon: float = LON, lat: float = LAT, region: str = WUCHANG, size: float = 0.0003, **values: Any
    ) -> Building:
        told = {"use": "10", "valid_from": date(2020, 1, 1), "code": f"{next(_serial):026d}", "region_code": region, **values}
        with scope.system("test"):
            return Building.objects.create(name=name, outline=square(lon, lat, size), **told)

    return make


@pytest.fixture
def official(client, db):
    """A viewer of 武昌区 at the keyboard."""
    login(client, make_official(WUCHANG, roles=("viewer",)))
    return client


@pytest.fixture
def city(build) -> dict[str, Building]:
    """Five buildings of 武昌区 (one of them past, one planned) and one of 西陵区."""
    return {
        "low": build("江边平房", 114.3005, 30.5505, floors_above=1, height_m="4.2", status="in_use", address="临江大道1号"),
        "mid": build("江汉大厦", 114.3105, 30.5505, floors_above=18, height_m="60.5", status="in_use", valid_from=date(2022, 5, 1)),
        "high": build("ABC Tower", 114.3205, 30.5605, floors_above=40, height_m="166.0", status="building", valid_from=date(2024, 1, 1)),
        "past": build("老仓库", 114.3305, 30.5605, floors_above=2, valid_from=date(2010, 1, 1), valid_to=date(2019, 1, 1), status="demolished"),
        "planned": build("规划中心", 114.3405, 30.5605, floors_above=60, valid_from=date(2030, 1, 1), planned=True, status="planned"),
        "elsewhere": build("西陵楼", 111.3005, 30.7005, region=XILING, floors_above=5, height_m="15.0"),
    }  # fmt: skip
