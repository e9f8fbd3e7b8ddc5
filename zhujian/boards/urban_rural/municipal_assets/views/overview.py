"""The module's front page: how much, in which condition, whose; what runs and what is late; the map."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.boards.urban_rural.municipal_assets.models import AsBuilt, CensusBatch, OwnerlessCase
from zhujian.boards.urban_rural.municipal_assets.selectors import census
from zhujian.boards.urban_rural.municipal_assets.selectors import overview as selectors
from zhujian.foundation.kernel.access import access
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import registry

SHOWN = 6
MAP = (("road", "#8795a8"), ("pipe_line", "#1a63c9"), ("bridge", "#0b3a86"), ("facility", "#c8161d"))


def _list(key: str) -> dict[str, str]:
    return dict(parameters.code_list(f"municipal_assets.{key}", timezone.localdate()))


@access("municipal_assets.overview", "view")
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Numbers of the actor's scope; every number leads to its rows."""
    found = selectors.overview()
    registers, conditions = _list("register"), _list("condition")
    today = timezone.localdate()
    running = [
        (batch, _list("census_state").get(batch.state, batch.state), census.completeness(batch)[1])
        for batch in CensusBatch.objects.exclude(state="maintained").order_by("-id")[:SHOWN]
    ]
    context = {
        "found": found, "registers": [(name, registers.get(name, name), tally, f"/r/municipal_assets/{name}/") for name, tally in found.registers.items()],
        "lengths": _kinds(found, "pipe_line", "pipe_kind"), "roads": _kinds(found, "road", "road_grade"),
        "grades": [conditions[str(grade)] for grade in selectors.GRADES], "bars": _bars(found, registers),
        "bodies": [
            (registers.get(name, name), name, tally, tally.share(tally.owner), tally.share(tally.maintainer), tally.share(tally.regulator), tally.share(tally.surveyed))
            for name, tally in found.registers.items()
        ],
        "running": running, "late": AsBuilt.objects.filter(state="due", due_on__lt=today).order_by("due_on")[:SHOWN], "today": today,
        "cases": OwnerlessCase.objects.select_related("manhole").filter(state__in=("found", "published")).order_by("claim_until", "id")[:SHOWN],
        "layers": json.dumps(_layers(found)),
    }  # fmt: skip
    return render(request, "municipal_assets/overview.html", context)


def _kinds(found: selectors.Overview, name: str, key: str) -> list[tuple[str, str, selectors.Tally]]:
    words = _list(key)
    rows = [(words.get(code, code), code, tally) for code, tally in found.kinds.get(name, {}).items()]
    return sorted(rows, key=lambda row: -row[2].metres)


def _bars(found: selectors.Overview, registers: dict[str, str]) -> list[tuple[str, str, list[tuple[int, int]]]]:
    """(title, register, [(grade, number)]) of registers that have been assessed."""
    return [
        (registers.get(name, name), name, [(grade, tally.conditions.get(grade, 0)) for grade in selectors.GRADES])
        for name, tally in found.registers.items()
        if any(tally.conditions.get(grade) for grade in selectors.GRADES)
    ]


def _layers(found: selectors.Overview) -> list[dict[str, Any]]:
    """Roads, bridges and stations, and one layer for each kind of pipe there is, in the colours of CJJ 61."""
    colours, words = _list("pipe_colour"), _list("pipe_kind")
    layers: list[dict[str, Any]] = []
    for name, colour in MAP:
        resource = registry.get(f"municipal_assets.{name}")
        if not resource.may("view") or resource.layer is None:
            continue
        link = f"/r/municipal_assets/{name}/{{id}}/"
        if name == "road":  # the roads also say where the map begins
            layers.append({
                "id": name, "title": resource.title, "kind": "geojson", "url": f"/api/v1/municipal_assets/{name}/items.geojson?limit=1000", "colour": colour,
                "link": link, "fit": True,
            })  # fmt: skip
            continue
        kinds = list(found.kinds.get(name, {})) if name == "pipe_line" else [""]
        for kind in kinds:
            layers.append({
                "id": f"{name}-{kind}", "title": words.get(kind, resource.title), "kind": "mvt", "source_layer": name, "colour": colours.get(kind, colour),
                "min_zoom": resource.layer.min_zoom, "url": f"/tiles/municipal_assets/{name}/{{z}}/{{x}}/{{y}}.mvt" + (f"?kind={kind}" if kind else ""),
                "link": link,
            })  # fmt: skip
    return layers
