"""A district with everything in it beside the real outlines of 光谷 (when the shared data stand beside the project)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from zhujian.foundation.cim import generator
from zhujian.foundation.cim.models import Building
from zhujian.foundation.cim.rules import heights
from zhujian.foundation.cim.services import city
from zhujian.foundation.cim.services.bulk import copy_into
from zhujian.foundation.cim.services.levels import verify_all
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.parameters import selectors as parameters

UNITS = 4_000
REAL = "wuhan-guanggu-buildings.geojson"
REAL_REGION = "420111000000"
REAL_SINCE = date(2015, 1, 1)  # the source gives no dates; the buildings stood by then
REAL_USES = {
    "apartments": "10", "residential": "10", "house": "10", "dormitory": "10", "mall": "20", "commercial": "20", "retail": "20", "hotel": "20",
    "supermarket": "20", "office": "30", "industrial": "40", "warehouse": "45", "parking": "50", "school": "61", "university": "61", "college": "61",
    "kindergarten": "61", "hospital": "62", "train_station": "64", "transportation": "64", "stadium": "63", "museum": "63", "civic": "63",
}  # fmt: skip


def load() -> str:
    """Load both; returns what there is."""
    made = generator.district(generator.DEMO)
    count = city.write_buildings(made)
    units = city.write_units(made, UNITS)
    past = copy_into(Building, city.BUILDING, _past_and_future(made))
    real = copy_into(Building, city.BUILDING, _real(shared_data(REAL)))
    verify_all(timezone.localdate())
    evidence.record(
        "cim.demo_loaded", object_id="cim.building:demo", region_code=generator.DEMO.region_code, parties=[],
        payload={"generated": count, "units": units, "versions": past, "real": real, "seed": generator.DEMO.seed},
    )  # fmt: skip
    return f"{count} 幢生成的房屋、{units} 户、{past} 个历史和规划版本" + (
        f"，{real} 幢光谷实测轮廓（© OpenStreetMap）" if real else ""
    )


def shared_data(name: str) -> Path | None:
    """The file `name` of the folder ``shared/data`` beside the project or above it; None where it is absent."""
    for folder in Path(__file__).resolve().parents:
        if (found := folder / "shared" / "data" / name).is_file():
            return found
    return None


def _real(path: Path | None) -> Iterator[list[Any]]:
    """Real outlines, some with heights; the others' are estimated and marked so; what else is not known stays empty."""
    if path is None:
        return
    today = timezone.localdate()
    storey, usual = (
        parameters.value(f"cim.{name}", on=today, region=REAL_REGION).value for name in ("storey_height_m", "usual_height_m")
    )
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    rings = [tuple((round(x, 8), round(y, 8)) for x, y in feature["geometry"]["coordinates"][0]) for feature in features]
    codes = city.house_codes(REAL_REGION, [_middle(ring) for ring in rings])
    for feature, ring, code in zip(features, rings, codes, strict=True):
        facts = feature["properties"]
        height, floors = facts.get("height_m"), facts.get("floors") or None
        use = REAL_USES.get(facts.get("kind") or "", "90")
        shown = height or float(heights.estimated(use, floors, storey, usual))
        house = generator.House(
            number=0, block=0, name=(facts.get("name") or f"光谷房屋{code[9:21]}")[:100], address="", use=use,
            structure="", floors_above=0, floors_below=0, height_m=shown, base_m=0, footprint_m2=0, area_m2=0, built_on=REAL_SINCE,
            outline=ring, centre=ring[0], doors=1, per_floor=1,
        )  # fmt: skip
        yield city.building_row(
            house, REAL_REGION, code, floors_above=floors, height_m=shown, height_estimated=height is None, base_m=None, area_m2=None, built_on=None, source="open", accuracy_m=2.0,
            cim_level=3 if height else 2,
        )  # fmt: skip


def _middle(ring: tuple[generator.Position, ...]) -> generator.Position:
    """The mean of the corners."""
    corners = ring[:-1]
    return sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)


def _past_and_future(made: generator.District) -> Iterator[list[Any]]:
    """Something for the time slider: what stood there before, what had a floor less, what is planned."""
    found = city.house_codes(made.region_code, [house.centre for house in made.houses])
    pairs = list(zip(made.houses, found, strict=True))
    low = [(house, code) for house, code in pairs if house.floors_above <= 6]
    for house, _ in pairs[5::40]:  # a former building on the same ground, gone a year before
        old = city.house_codes(made.region_code, [(house.centre[0] + 0.00002, house.centre[1])])[0]
        if old in found:
            continue
        gone = house.built_on - timedelta(days=400)
        yield city.building_row(
            house, made.region_code, old, name=f"原{house.name}旧房", floors_above=2, floors_below=0, height_m=7.0,
            area_m2=round(house.footprint_m2 * 2, 2), structure="4", valid_from=date(1975, 1, 1), built_on=date(1975, 1, 1), valid_to=gone,
            status="demolished",
        )  # fmt: skip
    for house, code in low[3::25]:  # an earlier version of the same building: one floor less
        yield city.building_row(
            house, made.region_code, code, floors_above=max(1, house.floors_above - 1), height_m=round(house.height_m - 2.8, 2),
            area_m2=round(house.footprint_m2 * max(1, house.floors_above - 1), 2), valid_from=house.built_on - timedelta(days=1500),
            valid_to=house.built_on,
        )  # fmt: skip
    for house, _ in low[7::30]:  # what is to stand there
        new = city.house_codes(made.region_code, [(house.centre[0] - 0.00002, house.centre[1])])[0]
        if new in found:
            continue
        yield city.building_row(
            house, made.region_code, new, feature_id=uuid.uuid5(city.SPACE, f"plan-{new}"), name=f"{house.name}更新规划楼", floors_above=18,
            floors_below=2, height_m=57.0, area_m2=round(house.footprint_m2 * 18, 2), valid_from=date(2028, 6, 30), built_on=None, planned=True,
            status="planned",
        )  # fmt: skip
