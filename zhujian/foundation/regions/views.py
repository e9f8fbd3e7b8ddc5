"""Pages and small data feeds of the divisions. Everything here is public but the change of a division."""

from __future__ import annotations

import math
from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.regions import selectors, services
from zhujian.foundation.regions.forms import RetireForm
from zhujian.foundation.regions.models import Kind, Level

SHOWN = 200  # a street has at most some dozens of villages, a county some dozens of towns


def _found(code: str) -> selectors.Division:
    division = selectors.region(code)
    if division is None:
        raise NotFound("regions.unknown", "没有这个行政区划，请从上级逐级选取，或按名称搜索。")
    return division


def _day(request: HttpRequest) -> date | None:
    """The day asked for with ``?on=``; None for today. A day that cannot be is ignored: the page says which day it shows."""
    try:
        return parse_date(request.GET.get("on", ""))
    except ValueError:
        return None


def _rows(divisions: list[selectors.Division], on: date | None) -> list[tuple]:
    """(division, its kind, its level, how many are below it) for a table."""
    return [(one, Kind(one.kind).label, Level(one.level).label, len(selectors.children(one.code, on))) for one in divisions]


@require_GET
@access("regions.region", "view")
def browse(request: HttpRequest, code: str = "") -> HttpResponse:
    """One division with those below it, its history and outline; or what a search finds."""
    on = _day(request)
    text = request.GET.get("q", "").strip()[:60]
    roots = selectors.roots()
    division = _found(code) if code else (roots[0] if len(roots) == 1 else None)
    context: dict = {"q": text, "on": on, "division": division, "limit": SHOWN}
    if text:
        context["hits"] = [
            (*row, selectors.full_name(row[0].code, on)) for row in _rows(selectors.find(text, on=on, limit=SHOWN), on)
        ]
    if division and not text:
        then = selectors.region(division.code, on) if on else division
        below = selectors.children(division.code, on)
        context |= {
            "then": then, "below": _rows(below, on), "trail": selectors.ancestors(division.code, on)[:-1],
            "names": selectors.versions(division.code), "former": selectors.former(division.code),
            "successors": [selectors.region(code) or code for code in division.successors if code != division.code],
            "civil": selectors.other_codes(division.code) if division.level == "town" else [],
            "drawn": division.level in ("province", "city", "county"), "own_kind": Kind(division.kind).label,
            "changeable": not division.valid_to and division.level not in ("province", "grouping"),
        }  # fmt: skip
    elif not text:
        context["below"] = _rows(roots, on)
    return render(request, "regions/browse.html", context)


@require_GET
@access("regions.region", "view")
def children(request: HttpRequest) -> JsonResponse:
    """``?parent=<code>`` → ``{"parent", "items": [{code, name, level, zone}]}``; without parent the provinces. For pickers."""
    parent = request.GET.get("parent", "")
    on = _day(request)
    items = selectors.children(parent, on) if parent else selectors.roots()
    body = [{"code": item.code, "name": item.name, "level": item.level, "zone": item.zone} for item in items]
    response = JsonResponse({"parent": parent, "items": body}, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, max-age=600"
    return response


@require_GET
@access("regions.region", "view")
def point(request: HttpRequest) -> JsonResponse:
    """``?lon=&lat=`` (CGCS2000 degrees) → ``{"code", "name"}`` of the county that holds the point, to propose in a form."""
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
    except (KeyError, ValueError):
        lon = lat = math.nan
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise Refusal("regions.point", "请给出经度 lon 和纬度 lat，如 lon=114.3055&lat=30.5928。")
    found = selectors.at(lon, lat)
    body = {"code": found.code if found else None, "name": selectors.full_name(found.code) if found else None}
    return JsonResponse({**body, "notice": "示意边界，仅供参考"}, json_dumps_params={"ensure_ascii": False})


@require_GET
@access("regions.region", "view")
def boundaries(request: HttpRequest, code: str) -> HttpResponse:
    """GeoJSON outlines of the divisions below `code` (with ``?deep=1`` of all levels below); 示意，非法定界线."""
    text, packed, tag = selectors.boundaries(_found(code).code, deep=request.GET.get("deep") == "1")
    etag = f'"{tag}"'
    response: HttpResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(packed, content_type="application/geo+json")
        response["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(text, content_type="application/geo+json")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=3600"
    response["Vary"] = "Accept-Encoding"
    return response


@require_http_methods(["GET", "POST"])
@access("regions.region", "retire")
def retire(request: HttpRequest, code: str) -> HttpResponse:
    """End a division from a day on and name what follows it: 撤并, or a new name under the same code."""
    division = _found(code)
    form = RetireForm(request.POST or None, initial={"day": timezone.localdate(), "expected": division.valid_from.isoformat()})
    reasons: tuple = ()
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            if values["act"] == "rename":
                services.do_rename(code, on=values["day"], name=values["name"], reason=values["reason"])
            else:
                services.do_retire(code, on=values["day"], successors=values["successors"], reason=values["reason"])
            return redirect("regions:region", code=code)
        except Refusal as refusal:
            for reason in refusal.reasons:
                if reason.field in form.fields:
                    form.add_error(reason.field, reason.message)
            reasons = tuple(reason for reason in refusal.reasons if reason.field not in form.fields)
    context = {"division": division, "form": form, "reasons": reasons, "full_name": selectors.full_name(code)}
    return render(request, "regions/retire.html", context, status=422 if form.errors or reasons else 200)
