"""Facilities for tests, made with as little as they need."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, LineString, Point

from zhujian.boards.urban_rural.municipal_assets import models
from zhujian.foundation.kernel import scope

WUCHANG, HONGSHAN = "420106000000", "420111000000"
START = date(2020, 1, 1)
SHAPES: dict[str, GEOSGeometry] = {
    "Road": LineString((114.33, 30.53), (114.34, 30.53), srid=4490), "PipeLine": LineString((114.33, 30.53), (114.331, 30.53), srid=4490),
    "Tunnel": LineString((114.33, 30.53), (114.34, 30.53), srid=4490), "Gallery": LineString((114.33, 30.53), (114.34, 30.53), srid=4490),
}  # fmt: skip
KINDS = {"Road": {"grade": "branch"}, "Manhole": {"kind": "YS"}, "PipePoint": {"kind": "YS"}, "PipeLine": {"kind": "YS"},
         "Facility": {"kind": "outfall"}, "Bridge": {"kind": "ordinary"}}  # fmt: skip


def make(name: str, /, **values: Any) -> Any:
    """One stored facility of the model `name` in Wuchang, as background work."""
    given = {
        "region_code": WUCHANG,
        "valid_from": START,
        "geom": SHAPES.get(name, Point(114.33, 30.53, srid=4490)),
        **KINDS.get(name, {}),
        **values,
    }
    with scope.system("test"):
        return getattr(models, name).objects.create(**given)
