"""The overview as a page and as a big screen, and the rules of its numbers."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.models import Project
from zhujian.foundation.kernel.access import access
from zhujian.foundation.resources import registry
from zhujian.portals.overview import figures, selectors

LIGHTS = (("red", "已超期"), ("yellow", "即将到期"), ("green", "按期"), ("grey", "暂停计时"), ("none", "未设时限"))
COLOURS = {"red": "#d92d20", "yellow": "#e69a00", "green": "#2a9d4a", "grey": "#8a97a8", "none": "#5a6b82"}


def rows_url(query: str = "") -> str:
    """Address of the project list, narrowed by `query`."""
    try:
        base = registry.route(registry.get("project_management.project"), "list")
    except KeyError:
        return ""
    return f"{base}?{query}" if query else base


def _context() -> dict[str, Any]:
    division = selectors.top()
    level = selectors.level_below(division)
    rows = selectors.counts(level)
    names = selectors.areas(division)
    stages = figures.by_area(rows, names, steps.STAGES, lambda row: row.stage)
    lights = selectors.lights()
    link = rows_url("region_code=")
    kpis = [
        {"measure": one, "value": f"{one.value(rows):,.{one.digits}f}", "url": rows_url(one.query)} for one in figures.MEASURES
    ]  # fmt: skip
    choropleth = {
        "title": "工程项目数", "unit": "个", "values": {area.code: area.total for area in stages},
        **({"link": link + "{code}"} if link else {}),
    }  # fmt: skip
    return {
        "division": division, "level": level, "areas": stages, "top_areas": stages[:10], "stages": steps.STAGES, "kpis": kpis, "now": timezone.localtime(),
        "choropleth": json.dumps(choropleth, ensure_ascii=False), "rows_url": rows_url(), "region_link": link,
        "by_stage": [(steps.STAGES[key], key, number, rows_url(f"stage={key}")) for key, number in figures.by_group(rows, steps.STAGES, lambda row: row.stage)],
        "by_type": [
            (steps.PROJECT_TYPES[key], number, rows_url(f"type_code={key}"))
            for key, number in figures.by_group(rows, steps.PROJECT_TYPES, lambda row: row.type_code)
        ],
        "by_status": [
            (label, number, rows_url(f"status={key}"))
            for (key, number), label in zip(
                figures.by_group(rows, Project.Status.values, lambda row: row.status), Project.Status.labels, strict=True
            )
        ],
        "lights": [(title, lights[code], code, COLOURS[code]) for code, title in LIGHTS], "late": lights["red"],
        "on_time": _share(lights),
    }  # fmt: skip


def _share(lights: dict[str, int]) -> float:
    """Share of running clocks that are not overdue, in per cent; 100 when no clock runs."""
    running = lights["red"] + lights["yellow"] + lights["green"]
    return round(100 * (running - lights["red"]) / running, 1) if running else 100.0


@require_GET
@access("overview.page", "view")
def home(request: HttpRequest) -> HttpResponse:
    """Map, key figures and charts of the viewer's region."""
    return render(request, "overview/home.html", _context())


@require_GET
@access("overview.page", "view")
def screen(request: HttpRequest) -> HttpResponse:
    """The same numbers for a wall: 16 : 9, dark, without the frame; asks for itself again every five minutes."""
    response = render(request, "overview/screen.html", _context())
    response.headers["Refresh"] = "300"
    return response


@require_GET
@access("overview.page", "view")
def rules(request: HttpRequest) -> HttpResponse:
    """How each number is counted."""
    return render(request, "overview/rules.html", {"measures": [(one, rows_url(one.query)) for one in figures.MEASURES]})
