"""Screens: the duty wall, the leader's phone page, and the rules of their figures."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.boards.city_management.command import figures
from zhujian.boards.city_management.command.forms.panels import node_title
from zhujian.boards.city_management.command.models import OPEN, UNSHOWN, Case, DutyRoster, Report
from zhujian.boards.city_management.command.selectors import inspectors, live, posts, roster
from zhujian.boards.city_management.command.views import asked, layers
from zhujian.boards.city_management.command.views.clocks import brief
from zhujian.boards.city_management.command.views.desk import find_report
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.kernel.middleware import reading
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.workflow import selectors as workflow

KPIS = ("received", "waiting", "open", "yellow", "overdue", "closed")
FLOW = ("waiting", "verifying", "to_dispatch", "handling", "checking", "to_close", "suspended")
LEADER = ("overdue", "yellow", "open", "received", "closed", "supervised")


def tightest(limit: int, now: Any) -> list[tuple[Case, Any]]:
    """Open cases whose running clock ends first, overdue ones before them, each with its clock in words."""
    rows = (
        figures.here(Case.objects.filter(state__in=OPEN, paused_at=None, due__isnull=False))
        .defer(*UNSHOWN)
        .order_by("due", "id")[:limit]
    )
    return [(row, brief(row, now)) for row in rows]


def teams(now: Any, found: live.Now) -> list[dict[str, Any]]:
    """For each post: who is on duty by the roster, the tasks in hand, and how many of them are late."""
    present: dict[str, int] = {}
    for one in roster.on_duty(now):
        present[one.role] = present.get(one.role, 0) + 1
    late = workflow.late_by_node("command", live.viewers().prefix, now)
    present["inspector"] = len(inspectors.on_duty_below(scope.current().region_code))
    listed = reverse("command:cases")
    rows = []
    for role, title, nodes in posts.POSTS:
        rows.append({
            "title": title, "people": present.get(role, 0) if role in DutyRoster.Role.values or role == "inspector" else "—", "people_url": _people_url(role, now),
            "tasks": found.hands.get(role, 0), "tasks_url": f"{listed}?post={role}",
            "late": sum(late.get(node, 0) for node in nodes), "late_url": f"{listed}?post={role}&flag=late",
            "nodes": "、".join(node_title(node) for node in nodes),
        })  # fmt: skip
    return rows


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


@reading
@require_GET
@access("command.wall", "view")
def wall(request: HttpRequest) -> HttpResponse:
    """The duty wall: live cases, map, clocks, teams. Every number leads to its rows; its rule is a touch away."""
    now = timezone.now()
    found = live.now_at(live.viewers(), now)
    counted = figures.live(now, found)
    latest = figures.here(Case.objects.filter(state__in=OPEN)).defer(*UNSHOWN).order_by("-id")[:9]
    context = {
        "place": _place(), "region": scope.current().region_code, "now": timezone.localtime(now), "on_time": figures.on_time(counted),
        "kpis": [figures.line(key, counted) for key in KPIS], "flow": [figures.line(key, counted) for key in FLOW],
        "clocks": tightest(9, now), "bodies": live.bodies_at(live.viewers(), now, 7), "teams": teams(now, found), "latest": list(latest),
        "layers": [*layers.ground(dark=True), *layers.eyes(), {"id": "cases", "title": "在办案件", "url": reverse("command:wall_cases"), "colour_by": "light", "colours": layers.COLOURS}],
    }  # fmt: skip
    return render(request, "command/wall.html", context)


@reading
@require_GET
@access("command.wall", "view")
def leader(request: HttpRequest) -> HttpResponse:
    """The leader's phone page: what is late, who is late, what waits for my word."""
    now = timezone.now()
    counted = figures.live(now)
    context = {
        "place": _place(), "now": timezone.localtime(now), "on_time": figures.on_time(counted), "kpis": [figures.line(key, counted) for key in LEADER],
        "clocks": tightest(6, now), "bodies": live.bodies_at(live.viewers(), now, 6), "requests": asked.waiting_for_me(),
    }  # fmt: skip
    return render(request, "command/leader.html", context)


@reading
@require_GET
@access("command.wall", "view")
def rules(request: HttpRequest) -> HttpResponse:
    """How each figure is counted, with its present value and its rows."""
    counted = figures.live()
    lines = [figures.line(one.key, counted) for one in figures.MEASURES]
    return render(request, "command/rules.html", {"lines": lines, "on_time": figures.on_time(counted)})


@reading
@require_GET
@access("command.wall", "view")
def wall_cases(request: HttpRequest) -> JsonResponse:
    """Open cases as points for the wall's map."""
    return JsonResponse(layers.live_features())


@require_GET
@access("collection.shift", "view")
def wall_people(request: HttpRequest) -> JsonResponse:
    """Inspectors on duty where they were last heard of, for the wall's map; where people are is for those who supervise patrols."""
    return JsonResponse(layers.people_features())


@require_GET
@access("command.desk", "use")
def near_cases(request: HttpRequest, pk: int) -> JsonResponse:
    """Open cases around a report."""
    report: Report = find_report(pk)
    rows = layers.around(report.location.x, report.location.y)
    return JsonResponse(layers.features(rows, timezone.now()))
