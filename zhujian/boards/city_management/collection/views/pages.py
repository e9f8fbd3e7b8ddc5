"""Officials' pages: who patrols where, coverage by beat, the track of a shift."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from zhujian.boards.city_management.collection import selectors
from zhujian.boards.city_management.collection.models import Shift
from zhujian.boards.city_management.collection.rules import coverage as rules
from zhujian.boards.city_management.collection.rules import tracks
from zhujian.boards.city_management.collection.selectors import days
from zhujian.boards.city_management.collection.services import limits
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal

SHIFT = "collection.shift"
GRID_COLOURS = {"已巡": "#2f9e4f", "应巡未到": "#d55e00", "当天不用巡": "#b9c4d3"}
# A beat's coverage in steps that people who confuse red and green can tell apart.
STEPS = ((100, "全部巡到", "#1b7f3b"), (80, "80%以上", "#56b4e9"), (50, "50%—80%", "#e69f00"), (0, "不足50%", "#c8161d"))
NONE = ("当天没有班次", "#9aa5b4")


def _day(request: HttpRequest) -> date:
    """The day asked for, today by default; Refusal for what is no day."""
    text = request.GET.get("day", "")
    if not text:
        return timezone.localdate()
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise Refusal("patrol.day", "日期应写成 2026-03-10 这样。", "day")
    return found


def _region() -> str:
    return scope.current().region_code or "420000000000"


@require_GET
@access(SHIFT, "watch")
def patrol(request: HttpRequest) -> HttpResponse:
    """Inspectors on duty and coverage by beat on one day, as lists and on the map."""
    day = _day(request)
    rows = days.by_beat(day)
    people = selectors.on_duty(_region()) if day == timezone.localdate() else []
    total = rules.total(row.coverage for row in rows)
    query = f"?day={day}"
    layers = [
        {
            "id": "beats", "title": "责任网格", "kind": "geojson", "url": reverse("collection:beats_geojson") + query, "colour_by": "grade",
            "colours": {**{words: colour for _, words, colour in STEPS}, NONE[0]: NONE[1]}, "label": "name", "link": "url",
        },
        {
            "id": "people", "title": "在岗监督员", "kind": "geojson", "url": reverse("collection:people_geojson"), "colour": "#0b3a86", "label": "name",
            "link": "url", "fit": False,
        },
    ]  # fmt: skip
    context = {
        "day": day, "rows": rows, "people": people, "total": total, "layers": layers if people else layers[:1], "region": _region(),
        "fresh": sum(one.fresh for one in people),
    }  # fmt: skip
    return render(request, "collection/patrol.html", context)


def grade(done: rules.Coverage) -> str:
    """The step of a coverage in words."""
    if done.percent is None:
        return NONE[0]
    return next(words for least, words, _ in STEPS if done.percent >= least)


@require_GET
@access(SHIFT, "watch")
def beats_geojson(request: HttpRequest) -> HttpResponse:
    """Beats with their coverage on a day."""
    day = _day(request)
    features = []
    for row in days.by_beat(day):
        facts = {
            "id": row.beat.pk, "name": f"{row.beat.name} {row.coverage.text}", "grade": grade(row.coverage), "visited": row.coverage.visited,
            "planned": row.coverage.planned, "url": f"/r/collection/shift/?beat={row.beat.pk}&day__from={day}&day__to={day}",
        }  # fmt: skip
        features.append(
            {"type": "Feature", "id": row.beat.pk, "properties": facts, "geometry": json.loads(row.beat.boundary.geojson)}
        )
    return _collection(features)


@require_GET
@access(SHIFT, "watch")
def people_geojson(request: HttpRequest) -> HttpResponse:
    """Last positions of the inspectors on duty."""
    features = []
    for one in selectors.on_duty(_region()):
        if one.lon is None or one.seen is None:
            continue
        facts = {
            "id": one.shift, "name": f"{one.name} {timezone.localtime(one.seen):%H:%M}" + ("" if one.fresh else "（位置较旧）"),
            "url": reverse("collection:track_page", args=[one.shift]),
        }  # fmt: skip
        point = {"type": "Point", "coordinates": [one.lon, one.lat]}
        features.append({"type": "Feature", "id": one.shift, "properties": facts, "geometry": point})
    return _collection(features)


def _shift(pk: int) -> Shift:
    found = Shift.objects.select_related("beat").filter(pk=pk).first()
    if found is None:
        raise NotFound("shift.not_found", "没有找到这个班次，可能不在您的管辖范围内。")
    return found


@require_GET
@access(SHIFT, "view")
def track(request: HttpRequest, pk: int) -> HttpResponse:
    """One shift: its track, which grids it visited and which it missed, how many points were dropped and why."""
    shift = _shift(pk)
    done = rules.coverage(shift.planned, shift.visited)
    layers = [
        {
            "id": "grids", "title": "单元网格", "kind": "geojson", "url": reverse("collection:grids_geojson", args=[pk]), "colour_by": "state",
            "colours": GRID_COLOURS, "label": "code",
        },
        {
            "id": "track", "title": "巡查轨迹", "kind": "geojson", "url": reverse("collection:track_geojson", args=[pk]), "colour_by": "kind",
            "colours": {"轨迹": "#0b3a86", "中断（没有定位）": "#8a5a00", "最近位置": "#c8161d"}, "label": "name", "fit": False,
        },
    ]  # fmt: skip
    dropped = [(tracks.WORDS[state], number) for state, number in days.verdicts(shift.pk) if state]
    gone = days.forgotten(shift)
    holes = [] if gone else days.drawn(shift).gaps
    context = {
        "shift": shift, "done": done, "layers": layers, "dropped": dropped, "region": shift.region_code, "gone": gone,
        "gaps": [(_moment(one.start), _moment(one.end), minutes(one.seconds)) for one in holes], "gap_text": minutes(shift.gap_s or 0),
        "kept_days": int(limits.number("track_days")), "walked": None if shift.walked_m is None else f"{shift.walked_m / 1000:.1f}",
    }  # fmt: skip
    return render(request, "collection/track.html", context)


def _moment(seconds: float) -> datetime:
    return timezone.localtime(datetime.fromtimestamp(seconds, UTC))


def minutes(seconds: float) -> str:
    """``12分钟``, ``1小时5分钟``; less than a minute is one."""
    whole = max(1, round(seconds / 60))
    return f"{whole // 60}小时{whole % 60}分钟" if whole >= 60 else f"{whole}分钟"


@require_GET
@access(SHIFT, "view")
def track_geojson(request: HttpRequest, pk: int) -> HttpResponse:
    """The counting points of a shift as lines, where there was a gap in another colour, and its last position."""
    shift = _shift(pk)
    features: list[dict[str, Any]] = []
    shown = days.drawn(shift)
    lines = [("轨迹", "", line) for line in shown.lines]
    lines += [("中断（没有定位）", f"中断{minutes(gap.seconds)}", line) for gap, line in shown.bridges]
    for kind, name, line in lines:
        facts = {"kind": kind, "name": name}
        features.append({"type": "Feature", "id": len(features) + 1, "properties": facts, "geometry": line})
    if shift.last_location is not None and shift.last_at is not None:
        facts = {"kind": "最近位置", "name": f"{timezone.localtime(shift.last_at):%H:%M}"}
        features.append(
            {"type": "Feature", "id": len(features) + 1, "properties": facts, "geometry": json.loads(shift.last_location.geojson)}
        )
    return _collection(features)


@require_GET
@access(SHIFT, "view")
def grids_geojson(request: HttpRequest, pk: int) -> HttpResponse:
    """Unit grids of a shift's beat: visited, due and missed, or not due that day."""
    shift = _shift(pk)
    if shift.beat is None:
        return _collection([])
    due, visited = set(shift.planned), set(shift.visited)
    features = []
    sql = (
        "SELECT id, code, ST_AsGeoJSON(boundary, 6) FROM digital_city_grid WHERE code = ANY(%s) "
        "AND NOT planned AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [shift.beat.grids, shift.day, shift.day])
        for pk_, code, shape in cursor.fetchall():
            state = "已巡" if code in visited else "应巡未到" if code in due else "当天不用巡"
            features.append(
                {"type": "Feature", "id": pk_, "properties": {"code": code[-6:], "state": state}, "geometry": json.loads(shape)}
            )
    return _collection(features)


def _collection(features: list[dict[str, Any]]) -> HttpResponse:
    return JsonResponse(
        {"type": "FeatureCollection", "features": features},
        content_type="application/geo+json",
        json_dumps_params={"ensure_ascii": False},
    )
