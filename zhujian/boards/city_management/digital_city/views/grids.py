"""Is the partition sound; split a grid along a line, merge neighbours. A retired code is never given again."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
from django.contrib import messages
from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry, LineString
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.city_management.digital_city import selectors, services
from zhujian.boards.city_management.digital_city.models import Grid
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.resources import registry


def _area(request: HttpRequest) -> str:
    """Region to check: the one asked for when it lies in one's own, else one's own; towns and communities as well as counties."""
    own = scope.current().region_code
    asked = request.GET.get("region_code", "")
    inside = asked.isdecimal() and len(asked) == 12 and asked.startswith(scope.region_prefix(own))
    return asked if inside else own


RULES = (
    ("overlap", "重叠", "网格之间不能重叠，请调整边界。"), ("gap", "缝隙", "管理区域内没有网格的地方，请补划网格或调整边界。"),
    ("beyond", "超出管理区域", "网格不能超出管理区域，请调整边界或更新管理区域。"),
    ("community", "跨社区", "网格必须在所属社区界线以内，请拆分或调整边界。"),
)  # fmt: skip


@require_GET
@access("digital_city.grid", "view")
def partition(request: HttpRequest) -> HttpResponse:
    """Overlaps, gaps and what stands in the wrong community, of a street or a county."""
    area = _area(request)
    prefix = scope.region_prefix(area)
    context: dict[str, Any] = {"region_code": area, "parts": [], "found": None}
    if len(prefix) >= 6:
        found = selectors.check(prefix, timezone.localdate())
        context["found"] = found
        context["tables"] = [(rule, title, what, rows) for rule, title, what in RULES if (rows := _rows(rule, found.of(rule)))]
        context["count"] = Grid.objects.filter(region_code__startswith=prefix, valid_to=None, planned=False).count()
        context["whole"] = len(prefix) == 6
    context["parts"] = regions.children(area)
    own = scope.region_prefix(scope.current().region_code)
    context["up"] = next((one for one in reversed(regions.ancestors(area)[:-1]) if one.code.startswith(own)), None)
    return render(request, "digital_city/partition.html", context)


def _rows(rule: str, faults: list[selectors.Fault]) -> list[dict[str, Any]]:
    """What the table shows: the grids with their pages, the community, the size, the number that the map shows too."""
    codes = {code for one in faults for code in one.grids}
    known = dict(Grid.objects.filter(code__in=codes).values_list("code", "pk"))
    return [
        {
            "number": _label(rule, number), "grids": [(code, known.get(code)) for code in one.grids], "size": one.size,
            "community": regions.full_name(one.community) if one.community else "",
        }
        for number, one in enumerate(faults, 1)
    ]  # fmt: skip


def _label(rule: str, number: int) -> str:
    return f"{dict((code, title) for code, title, _ in RULES)[rule]}{number}"


@require_GET
@access("digital_city.grid", "view")
def faults(request: HttpRequest) -> HttpResponse:
    """Every finding as an area for the map, by the number it has in its table."""
    prefix = scope.region_prefix(_area(request))
    features = []
    if len(prefix) >= 6:
        found = selectors.check(prefix, timezone.localdate())
        for rule, title, _ in RULES:
            for number, one in enumerate(found.of(rule), 1):
                properties = {
                    "label": f"{_label(rule, number)} {one.size:.0f}㎡", "rule": title, "pair": " / ".join(one.grids), "size": round(one.size),
                }  # fmt: skip
                features.append({"type": "Feature", "geometry": orjson.loads(one.shape), "properties": properties})
    return HttpResponse(orjson.dumps({"type": "FeatureCollection", "features": features}), content_type="application/geo+json")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("grid.date", "请填写启用日期。", "on") from None


def _line(text: str) -> LineString:
    """The cutting line: GeoJSON of a line, or positions one a line."""
    try:
        if text.lstrip().startswith("{"):
            shape = GEOSGeometry(text)
        else:
            rows = [row.replace("，", ",").replace(",", " ").split() for row in text.splitlines() if row.strip()]
            shape = LineString([(float(x), float(y)) for x, y in rows], srid=4490)
    except (ValueError, TypeError, GEOSException, GDALException) as error:
        raise Refusal("grid.line", "分割线无法识别。请在图上画一条线，或每行填一个“经度,纬度”，至少两行。", "line") from error
    if not isinstance(shape, LineString):
        raise Refusal("grid.line", "请画一条线来分割网格。", "line")
    shape.srid = 4490
    return shape


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


@access("digital_city.grid", "create")
@require_http_methods(["GET", "HEAD", "POST"])
def split(request: HttpRequest, pk: int) -> HttpResponse:
    """Split a present grid along a line."""
    grid = Grid.objects.filter(pk=pk).first()
    if grid is None:
        raise NotFound("grid.absent", "没有找到这个网格，可能不在您的管辖范围内。")
    given: dict[str, Any] = {"line": request.POST.get("line", ""), "on": request.POST.get("on", str(timezone.localdate()))}
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST":
        try:
            made = services.do_split(
                grid, services.cut(grid.boundary, _line(given["line"])), _day(given["on"]), _whole(request.POST.get("version"))
            )
            messages.success(request, f"网格{grid.code}已停用，新网格为{'、'.join(one.code for one in made)}。")
            return redirect(registry.route(registry.get("digital_city.grid"), "detail", made[0].pk))
        except Refusal as refusal:
            reasons = refusal.reasons
    return render(request, "digital_city/split.html", {"grid": grid, "reasons": reasons, **given}, status=422 if reasons else 200)


@access("digital_city.grid", "create")
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest) -> HttpResponse:
    """Merge adjacent grids of one community."""
    given = request.POST if request.method == "POST" else request.GET
    state: dict[str, Any] = {"codes": given.get("codes", ""), "on": given.get("on", str(timezone.localdate()))}
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST":
        try:
            asked = [code for code in state["codes"].replace("，", " ").replace(",", " ").replace("、", " ").split() if code]
            known = {grid.code: grid for grid in Grid.objects.filter(code__in=asked)}
            if absent := [code for code in asked if code not in known]:
                raise Refusal("grid.absent", f"没有找到网格{'、'.join(absent[:5])}，请核对编码。", "codes")
            made = services.do_merge([known[code] for code in dict.fromkeys(asked)], _day(state["on"]))
            messages.success(request, f"已合并为新网格{made.code}，原网格停用，编码不再使用。")
            return redirect(registry.route(registry.get("digital_city.grid"), "detail", made.pk))
        except Refusal as refusal:
            reasons = refusal.reasons
    return render(request, "digital_city/merge.html", {**state, "reasons": reasons}, status=422 if reasons else 200)
