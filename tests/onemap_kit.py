"""A few buildings with known places, heights and years for the journeys on the one map, and a reader of what its canvases show."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import transaction

from zhujian.foundation.cim import services
from zhujian.foundation.cim.models import Building
from zhujian.foundation.kernel import scope

LON, LAT = 114.4000, 30.5000
STEP = 0.001  # degrees between two buildings
HERE = f"c={LON + 0.002},{LAT + 0.0003}&z=16"

# Places along one line: name, use, height, true from, true to, planned.
CITY = [
    ("一号楼", "10", 18, date(2005, 1, 1), None, False),
    ("二号楼", "10", 33, date(2005, 1, 1), None, False),
    ("老厂房", "40", 9, date(2001, 1, 1), date(2015, 6, 1), False),
    ("新办公楼", "30", 99, date(2018, 9, 1), None, False),
    ("规划学校", "61", 15, date(2030, 1, 1), None, True),
]


def outline(place: int) -> MultiPolygon:
    """A square of about 40 m at the place `place` of the line."""
    west, south = LON + place * STEP, LAT
    return MultiPolygon(Polygon.from_bbox((west, south, west + 0.0004, south + 0.0004)), srid=4490)


def centre(place: int) -> tuple[float, float]:
    """Middle of the building at `place`."""
    return LON + place * STEP + 0.0002, LAT + 0.0002


def build(region: str = "420111000000") -> dict[str, Building]:
    """The line of buildings, by name; made once in a database."""
    made: dict[str, Building] = {}
    with transaction.atomic(), scope.system("测试数据"):
        if standing := {one.name: one for one in Building.objects.filter(address="测试路")}:
            return standing
        for place, (name, use, height, start, end, planned) in enumerate(CITY):
            one = services.register_building(
                region_code=region, outline=outline(place), on=start, name=name, use=use, height_m=height, floors_above=max(1, height // 3),
                address="测试路", planned=planned, status="planned" if planned else "in_use",
            )  # fmt: skip
            made[name] = services.retire(one, end, "测试拆除") if end else one
    return made


def ready(page: Any) -> None:
    """Wait until the map is there and has drawn everything."""
    page.wait_for_selector(".onemap[data-ready]")
    settled(page)


def settled(page: Any) -> None:
    """Wait until no canvas is loading anything and its address is up to date."""
    page.evaluate(
        """Promise.all(document.querySelector('.onemap').app.views().map(view => new Promise(done => {
             const look = () => view.map.areTilesLoaded() && view.map.loaded() ? done() : setTimeout(look, 60);
             setTimeout(look, 60);
           }))).then(() => new Promise(done => setTimeout(done, 320)))"""
    )


def names(page: Any, *, second: bool = False) -> list[str]:
    """Names of the buildings a canvas shows, sorted."""
    return page.evaluate(
        f"""(() => {{
          const app = document.querySelector('.onemap').app;
          const view = {"app.second" if second else "app.view"};
          return view.found().filter(one => one.layer.key === 'cim.building').map(one => one.label).sort();
        }})()"""
    )


def pixel(page: Any, lon: float, lat: float) -> tuple[float, float]:
    """Where a place is on the screen."""
    x, y = page.evaluate(
        """([lon, lat]) => {
          const map = document.querySelector('.onemap').app.view.map;
          const at = map.project([lon, lat]), box = map.getCanvas().getBoundingClientRect();
          return [box.left + at.x, box.top + at.y];
        }""",
        [lon, lat],
    )
    return x, y
