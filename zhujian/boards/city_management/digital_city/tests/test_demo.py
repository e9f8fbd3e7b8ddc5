"""The demonstration's grids are a sound partition, and its addresses are found."""

from __future__ import annotations

import pytest

from zhujian.boards.city_management.digital_city import demo, selectors
from zhujian.boards.city_management.digital_city.models import Grid, Place
from zhujian.boards.city_management.digital_city.selectors import duties, places
from zhujian.foundation.identity import demo as people
from zhujian.foundation.kernel import scope
from zhujian.foundation.regions import reference as regions

pytestmark = pytest.mark.django_db


def test_grids_cover_the_district_without_gap_or_overlap() -> None:
    regions.load()
    with scope.system("test"):
        people.load()
        demo.load()
        assert Grid.objects.count() > 200
        whole = selectors.check("420111", demo.START)
        assert (whole.faults, whole.area is not None, whole.communities > 5) == ((), True, True), "the grids are the managed area"
        door = Place.objects.filter(kind="door").exclude(grid_code="").first()
        assert door is not None
        assert places.find(door.address)[0].level == "door"
        assert places.at(door.location.x, door.location.y).grid_code == door.grid_code
        assert duties.responsible("event", "0110", door.grid_code) is not None
