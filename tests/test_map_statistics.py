"""Statistics of a drawn shape over a board's lines: metres inside the shape only."""

from __future__ import annotations

from datetime import date

import pytest

from tests.scope_kit import make_row
from zhujian.boards.urban_rural.municipal_assets.models import Road
from zhujian.foundation.identity.testing import login, make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.resources.tests.test_statistics import LAT, LON, WUCHANG, ask


def test_lines_are_measured_inside_the_shape(client, db) -> None:
    login(client, make_official(WUCHANG, roles=("viewer",)))
    for name, start, end in (("里面", LON - 0.005, LON + 0.005), ("穿过", LON, LON + 0.02), ("外面", LON + 0.02, LON + 0.03)):
        geom = f"SRID=4490;LINESTRING({start} {LAT}, {end} {LAT})"
        with scope.system("test"):
            make_row(Road, WUCHANG, [], name=name, geom=geom, valid_from=date(2020, 1, 1))
    found = ask(client, layers=["municipal_assets.road"]).json()["layers"]["municipal_assets.road"]
    assert found["count"] == 2 and found["sums"]["length_m"] == pytest.approx(2 * 959.8, rel=0.01)
    assert found["summed"]["length_m"]["label"] == "长度"
