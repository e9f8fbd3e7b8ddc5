"""地理编码 as a page: an address gives ranked candidates with their level, a point its nearest address and its unit grid."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhujian.boards.city_management.digital_city.selectors import places
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.regions import selectors as regions

MOST = 10


def _degrees(text: str, most: float) -> float | None:
    """A coordinate as typed; None when it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -most <= value <= most else None


@require_GET
@access("digital_city.place", "view")
def geocode(request: HttpRequest) -> HttpResponse:
    """Ask by address (``q``) or by point (``lon``, ``lat`` in CGCS2000 degrees); ``format=json`` answers programs."""
    text = request.GET.get("q", "").strip()[:200]
    typed = request.GET.get("lon", "").strip(), request.GET.get("lat", "").strip()
    lon, lat = _degrees(typed[0], 180), _degrees(typed[1], 90)
    region = scope.current().region_code
    found = places.find(text, region_code=region, limit=MOST) if text else []
    nearby = places.at(lon, lat) if lon is not None and lat is not None else None
    if request.GET.get("format") == "json":
        return JsonResponse({
            "candidates": [one.json() for one in found],
            "point": {"address": nearby.address, "metres": nearby.metres, "grid": nearby.grid_code} if nearby else None,
        })  # fmt: skip
    context: dict[str, Any] = {
        "text": text, "found": found, "lon": typed[0], "lat": typed[1], "nearby": nearby, "wrong": any(typed) and nearby is None, "region": region,
        "centre": _middle(region),
    }  # fmt: skip
    return render(request, "digital_city/geocode.html", context)


@require_GET
@access("digital_city.place", "view")
def points(request: HttpRequest) -> JsonResponse:
    """The candidates of an address (``q``) as points for the page's map."""
    text = request.GET.get("q", "").strip()[:200]
    found = places.find(text, region_code=scope.current().region_code, limit=MOST) if text else []
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [one.lon, one.lat]},
         "properties": {"name": f"{number} {one.address}", "level": one.level_label}}
        for number, one in enumerate(found, 1)
    ]  # fmt: skip
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _middle(region: str) -> tuple[float, float] | None:
    box = regions.box(region[:6] + "0" * 6) if region else None
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) if box else None
