"""Gives a building its 房屋代码 when nobody brings one."""

from __future__ import annotations

from django.contrib.gis.geos import GEOSGeometry
from django.utils import timezone

from zhujian.foundation.cim.models import Building
from zhujian.foundation.cim.rules import codes
from zhujian.foundation.kernel import geo, scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters

TRIES = 200  # metres by which a taken place may be moved


def zone_of(region_code: str) -> int:
    """EPSG code of the projection in which the region's codes and city models are counted."""
    return int(parameters.value("cim.zone_epsg", on=timezone.localdate(), region=region_code).value)


def propose_code(region_code: str, outline: GEOSGeometry) -> str:
    """A code that no building ever had. Refusal ``house_code.full`` when the neighbourhood is used up."""
    centre = outline.centroid
    easting, northing = geo.project(centre.x, centre.y, zone_of(region_code))
    wanted = [codes.building_code(region_code, easting, northing, step=step) for step in range(TRIES)]
    with scope.system("房屋代码查重"):  # a code may be taken in a neighbouring scope
        taken = set(Building.objects.filter(code__in=wanted).values_list("code", flat=True))
    for code in wanted:
        if code not in taken:
            return code
    raise Refusal("house_code.full", "这个位置附近的房屋代码已用完，请手工填写房屋代码。", "code")
