"""A small town of pipes for tests: a drain that falls to its outlet, a water main with valves, a gas main."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.gis.geos import LineString, Point

from zhujian.boards.urban_rural.municipal_assets.models import Facility, PipeLine, PipePoint

WUCHANG = "420106000000"
LON, LAT = 114.30, 30.55
STEP = 0.0004  # about 38 metres
SINCE = date(2020, 1, 1)


def at(column: float, row: float) -> tuple[float, float]:
    """Degrees of a place on the town's grid."""
    return LON + column * STEP, LAT + row * STEP


def point(code: str, place: tuple[float, float], kind: str = "YS", **more: Any) -> PipePoint:
    """A pipe point; places in grid steps."""
    values = {"ground_elev": 24, "source_datum": "1985", "region_code": WUCHANG, "valid_from": SINCE, **more}
    return PipePoint.objects.create(code=code, kind=kind, geom=Point(*at(*place), srid=4490), **values)


def line(code: str, start: PipePoint | None, end: PipePoint | None, **more: Any) -> PipeLine:
    """A pipe line drawn from point to point."""
    known = start or end
    assert known is not None
    coords = [(p.geom.x, p.geom.y) if p else (known.geom.x + STEP, known.geom.y) for p in (start, end)]
    values = {"flow": 1, "diameter_mm": 400, "source_datum": "1985", "region_code": WUCHANG, "valid_from": SINCE, **more}
    values.setdefault("kind", known.kind)
    return PipeLine.objects.create(code=code, start=start, end=end, geom=LineString(coords, srid=4490), **values)


def drain() -> tuple[list[PipePoint], list[PipeLine]]:
    """Y1 → Y2 → Y3 → outlet Y4, each falling 0.1 m."""
    points = [point(f"Y{n}", (n, 0), attachment="outfall" if n == 4 else "manhole") for n in range(1, 5)]
    lines = [
        line(f"L{n}", points[n - 1], points[n], start_invert=22 - n * 0.1, end_invert=21.9 - n * 0.1, diameter_mm=300 + n * 100)
        for n in range(1, 4)
    ]
    return points, lines


def main() -> tuple[dict[str, PipePoint], list[PipeLine]]:
    """Water: works J0 — valve J1 — J2 — J3 — valve J4 — J5; a house connection J2 — J6."""
    named = {
        "J1": {"attachment": "valve"},
        "J4": {"attachment": "valve"},
        "J5": {"feature": "cap"},
        "J6": {"feature": "entry", "users": 48},
    }
    points = {f"J{n}": point(f"J{n}", (n, 2), "JS", **named.get(f"J{n}", {})) for n in range(6)}
    points["J6"] = point("J6", (2, 3), "JS", **named["J6"])
    Facility.objects.create(
        code="SC1",
        name="水厂",
        kind="water_plant",
        geom=points["J0"].geom,
        point=points["J0"],
        region_code=WUCHANG,
        valid_from=SINCE,
    )
    pairs = [("J0", "J1"), ("J1", "J2"), ("J2", "J3"), ("J3", "J4"), ("J4", "J5"), ("J2", "J6")]
    lines = [line(f"W{n}", points[a], points[b], flow=0, diameter_mm=200) for n, (a, b) in enumerate(pairs)]
    return points, lines
