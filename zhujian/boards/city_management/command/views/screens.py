"""Screens: the duty wall, the leader's phone page, and the rules of their figures."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.boards.city_management.command import figures
from zhujian.boards.city_management.command.forms.panels import node_title
from zhujian.boards.city_management.command.models import OPEN, Case, DutyRoster, Report
from zhujian.boards.city_management.command.selectors import inspectors, posts, roster
from zhujian.boards.city_management.command.views import asked, layers
from zhujian.boards.city_management.command.views.clocks import brief
from zhujian.boards.city_management.command.views.desk import find_report
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access, allowed, require
from zhujian.foundation.regions import selectors as regions

KPIS = ("received", "waiting", "open", "yellow", "overdue", "closed")
FLOW = ("waiting", "verifying", "to_dispatch", "handling", "checking", "to_close", "suspended")
LEADER = ("overdue", "yellow", "open", "received", "closed", "supervised")


def tightest(limit: int, now: Any) -> list[tuple[Case, Any]]:
    """Open cases whose running clock ends first, overdue ones before them, each with its clock in words."""
    rows = (
        figures.here(Case.objects.filter(state__in=OPEN, paused_at=None, due__isnull=False))
        .defer("pauses")
        .order_by("due", "id")[:limit]
    )
    return [(row, brief(row, now)) for row in rows]


def teams(now: Any) -> list[dict[str, Any]]:
    """For each post: who is on duty by the roster, the tasks in hand, and how many of them are late."""
    present: dict[str, int] = {}
    for one in roster.on_duty(now):
        present[one.role] = present.get(one.role, 0) + 1
    rows = posts.tasks().order_by().values("node").annotate(number=Count("id"), late=Count("id", filter=posts.late(now)))
    counted = {row["node"]: row for row in rows}
    present["inspector"] = len(inspectors.on_duty_below(scope.current().region_code))
    listed = reverse("command:cases")
    found = []
    for role, title, nodes in posts.POSTS:
        mine = [counted[node] for node in nodes if node in counted]
        found.append({
            "title": title, "people": present.get(role, 0) if role in DutyRoster.Role.values or role == "inspector" else "—", "people_url": _people_url(role, now),
            "tasks": sum(row["number"] for row in mine), "tasks_url": f"{listed}?post={role}",
            "late": sum(row["late"] for row in mine), "late_url": f"{listed}?post={role}&flag=late",
            "nodes": "、".join(node_title(node) for node in nodes),
        })  # fmt: skip
    return found


def _people_url(role: str, now: Any) -> str:
    """Where it stands who is on duty: shifts of inspectors, the roster of the posts that have one; empty when the viewer may not see it."""
    day = timezone.localdate(now)
    if role == "inspector":
        return f"/r/collection/shift/?day_from={day}" if allowed("collection.shift", "view") else ""
    rostered = role in DutyRoster.Role.values and allowed("command.duty_roster", "view")
    return f"/r/command/duty_roster/?day_from={day}&role={role}" if rostered else ""


def _place() -> str:
    code = scope.current().region_code
    return regions.name(code) if code else ""


@require_GET
@access("command.wall", "view")
def wall(request: HttpRequest) -> HttpResponse:
    """The duty wall: live cases, map, clocks, teams. Every number leads to its rows; its rule is a touch away."""
    now = timezone.now()
    counted = figures.live(now)
    latest = figures.here(Case.objects.filter(state__in=OPEN)).defer("pauses").order_by("-id")[:9]
    context = {
        "place": _place(), "region": scope.current().region_code, "now": timezone.localtime(now), "on_time": figures.on_time(counted),
        "kpis": [figures.line(key, counted) for key in KPIS], "flow": [figures.line(key, counted) for key in FLOW],
        "clocks": tightest(9, now), "bodies": figures.by_body(now, 7), "teams": teams(now), "latest": list(latest),
        "layers": [*layers.ground(dark=True), *layers.eyes(), {"id": "cases", "title": "在办案件", "url": reverse("command:wall_cases"), "colour_by": "light", "colours": layers.COLOURS}],
    }  # fmt: skip
    return render(request, "command/wall.html", context)


@require_GET
@access("command.wall", "view")
def leader(request: HttpRequest) -> HttpResponse:
    """The leader's phone page: what is late, who is late, what waits for my word."""
    now = timezone.now()
    counted = figures.live(now)
    context = {
        "place": _place(), "now": timezone.localtime(now), "on_time": figures.on_time(counted), "kpis": [figures.line(key, counted) for key in LEADER],
        "clocks": tightest(6, now), "bodies": figures.by_body(now, 6), "requests": asked.waiting_for_me(),
    }  # fmt: skip
    return render(request, "command/leader.html", context)


@require_GET
@access("command.wall", "view")
def rules(request: HttpRequest) -> HttpResponse:
    """How each figure is counted, with its present value and its rows."""
    counted = figures.live()
    lines = [figures.line(one.key, counted) for one in figures.MEASURES]
    return render(request, "command/rules.html", {"lines": lines, "on_time": figures.on_time(counted)})


@require_GET
@access("command.wall", "view")
def wall_cases(request: HttpRequest) -> JsonResponse:
    """Open cases as points for the wall's map."""
    return JsonResponse(layers.live_features())


@require_GET
@access("command.wall", "view")
def wall_people(request: HttpRequest) -> JsonResponse:
    """Inspectors on duty where they were last heard of, for the wall's map."""
    require("collection.shift", "view")
    return JsonResponse(layers.people_features())


@require_GET
@access("command.desk", "use")
def near_cases(request: HttpRequest, pk: int) -> JsonResponse:
    """Open cases around a report."""
    report: Report = find_report(pk)
    rows = layers.around(report.location.x, report.location.y)
    return JsonResponse(layers.features(rows, timezone.now()))
