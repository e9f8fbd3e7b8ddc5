"""The one map's page, the small feeds its island reads, the printed map, and the basemap proxy."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from zhujian.foundation.cim.onemap import basemaps, catalogue, features, output, search, tiles, upstream
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.resources import registry

LAYERS_MOST = 60
DAY = 86400


def _json(body: Any) -> JsonResponse:
    return JsonResponse(body, safe=False, json_dumps_params={"ensure_ascii": False})


def _ground() -> str:
    """The region whose divisions are the ground: the province of the actor's range, or the only one that is loaded."""
    own = scope.current().region_code
    if own and regions.exists(own):
        return regions.ancestors(own)[0].code
    roots = regions.roots()
    return roots[0].code if roots else ""


def _settings(boards: list[catalogue.Board]) -> dict[str, Any]:
    """Everything the island must know at start. No upstream address and no key of a basemap is among it."""
    who = scope.current()
    layers = catalogue.flat(boards)
    ground = _ground()
    own = who.region_code if who.kind == "official" and regions.exists(who.region_code) else ground
    boxes = regions.extents([own, ground])
    return {
        "layers": layers, "first": catalogue.first_shown(layers), "ground": ground, "home": boxes.get(own) or boxes.get(ground), "region": own,
        "basemaps": [one.public() for one in basemaps.offered()], "today": timezone.localdate().isoformat(),
        "maker": " ".join(part for part in (who.org_name, who.actor_name) if part), "note": output.NOTE,
    }  # fmt: skip


def _divisions(own: str) -> list[tuple[str, str]]:
    """(code, indented name) of the divisions to count in: the actor's own and those directly below, as far as they have outlines."""
    found = [one for one in (regions.region(own), *regions.children(own)) if one and one.level in ("city", "county")]
    return [(one.code, ("" if one.code == own else "\u3000") + one.name) for one in found]


@require_GET
@access("cim.map", "view")
def page(request: HttpRequest) -> HttpResponse:
    """The map with its layer tree; without scripts the tree is a list of links to the registers."""
    boards = catalogue.tree()
    settings = _settings(boards)
    context = {
        "boards": boards, "settings": settings, "regions": _divisions(settings["region"]), "basemaps": basemaps.offered(),
        "faults": basemaps.configured()[1], "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "cim/onemap/page.html", context)


@require_GET
@access("cim.map", "view")
def search_json(request: HttpRequest) -> HttpResponse:
    """``?q=`` → groups of hits with places to fly to."""
    return _json({"groups": search.find(request.GET.get("q", "")[:80])})


@require_GET
@access("cim.map", "view")
def times_json(request: HttpRequest) -> HttpResponse:
    """``?layers=a.b,c.d`` → first and last day that these layers know."""
    keys = [key for key in request.GET.get("layers", "").split(",") if key][:LAYERS_MOST]
    return _json(features.span([resource for resource in catalogue.layered() if resource.key in keys]))


@require_GET
@access("cim.map", "view")
def feature_json(request: HttpRequest, module: str, name: str, pk: int) -> HttpResponse:
    """The card of one feature, under the rights of its own register."""
    return _json(features.card(catalogue.get(f"{module}.{name}"), min(pk, 2**63 - 1)))


@require_GET
@access("cim.map", "view")
def classes_json(request: HttpRequest, module: str, name: str, field: str) -> HttpResponse:
    """Bounds of classes of a number, for thematic colours."""
    return _json(features.classes(catalogue.get(f"{module}.{name}"), field, request.GET))


@require_POST
@access("cim.map", "export")
def pdf(request: HttpRequest) -> HttpResponse:
    """The posted picture as a printed map; entered into the audit log."""
    upload = request.FILES.get("picture")
    if upload is None or (upload.size or 0) > output.BYTES_MOST:
        raise Refusal("onemap.picture", "没有收到地图图片，或图片过大，请重新导出。", "picture")
    data = output.pdf(request.POST.dict(), upload.read())
    title = output.text(request.POST.get("title", ""), output.TITLE_MOST)
    registry.audit(
        "export", "cim.map", title=title, view={name: request.POST.get(name, "")[:20] for name in ("lon", "lat", "zoom")}
    )
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(title + '.pdf')}"
    return response


def _picture(data: bytes) -> HttpResponse:
    response = HttpResponse(data, content_type=upstream.kind_of(data))
    response["Cache-Control"] = f"private, max-age={DAY}"
    return response


def _unavailable() -> HttpResponse:
    response = HttpResponse("上游底图暂时没有响应。", status=502, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@access("cim.map", "view")
def basemap(request: HttpRequest, name: str, z: int, x: int, y: int) -> HttpResponse:
    """One picture of a configured background map on the web map's plane, from the cache or the upstream."""
    try:
        return _picture(tiles.web(basemaps.get(name), z, x, y))
    except upstream.Unavailable:
        return _unavailable()


@require_GET
@access("cim.map", "view")
def basemap_geographic(request: HttpRequest, name: str, z: int, x: int, y: int) -> HttpResponse:
    """The same of the upstream's own CGCS2000 set, for clients that draw degrees."""
    try:
        return _picture(tiles.geographic(basemaps.get(name), z, x, y))
    except upstream.Unavailable:
        return _unavailable()
