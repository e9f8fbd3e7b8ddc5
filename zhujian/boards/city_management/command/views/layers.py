"""What the maps of these pages show: open cases around a report, open cases of the viewer's region."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Polygon
from django.urls import reverse
from django.utils import timezone

from zhujian.boards.city_management.command import figures
from zhujian.boards.city_management.command.models import OPEN, Case, Report
from zhujian.boards.city_management.command.rules import clock
from zhujian.boards.city_management.command.selectors import inspectors
from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel import scope

COLOURS = {"超期": "#d92d20", "即将到期": "#e69a00", "按期": "#2a9d4a", "暂停计时": "#8a97a8", "未起算": "#1a63c9"}
WORDS = {"red": "超期", "yellow": "即将到期", "green": "按期", "grey": "暂停计时", "": "未起算"}
NEAR = 0.0027  # degrees, some 300 m
MOST = 3_000  # points that a screen draws


def light(case: Case, now: datetime) -> str:
    """Code of the light of a case's clock by its stored moments: red, yellow, green, grey (paused), empty (not started)."""
    return clock.light(case.due, case.yellow_at, case.paused_at, now)


def features(cases: Any, now: Any) -> dict[str, Any]:
    """GeoJSON points of cases, coloured by light, each leading to its page."""
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [case.location.x, case.location.y]},
             "properties": {"name": case.class_name or case.number, "light": WORDS[light(case, now)], "url": reverse("command:case", args=[case.pk])}}
            for case in cases
        ],
    }  # fmt: skip


COLUMNS = ("pk", "number", "class_name", "location", "due", "yellow_at", "paused_at")


def ground(dark: bool = False) -> list[dict[str, Any]]:
    """Buildings and unit grids below the cases, as far as the viewer may see them."""
    layers = (
        ("cim.building", "building", "建筑", "#12386e" if dark else "#c3cede", 14), ("digital_city.grid", "grid", "单元网格", "#1d4f8f" if dark else "#9db3d0", 15),
    )  # fmt: skip
    return [
        {"id": name, "title": title, "url": f"/tiles/{key.replace('.', '/')}/{{z}}/{{x}}/{{y}}.mvt", "kind": "mvt", "source_layer": name, "colour": colour,
         "min_zoom": zoom, "fit": False}
        for key, name, title, colour, zoom in layers
        if rights.allowed(key, "view")
    ]  # fmt: skip


def eyes() -> list[dict[str, Any]]:
    """What the wall sees with: inspectors on duty, and the cameras of the register, each leading to its picture.

    The camera register belongs to the module `supervision`, whose tiles are taken by their address as the ground's are; there is no register
    of vehicles yet, so the wall shows none.
    """
    found: list[dict[str, Any]] = []
    if rights.allowed("supervision.camera", "view"):
        link = (
            "/supervision/cameras/{id}/watch/" if rights.allowed("supervision.camera", "watch") else "/r/supervision/camera/{id}/"
        )
        found += [
            {"id": f"cameras-{status}", "title": title, "url": f"/tiles/supervision/camera/{{z}}/{{x}}/{{y}}.mvt?status={status}", "kind": "mvt",
             "source_layer": "camera", "colour": colour, "min_zoom": 10, "fit": False, "link": link}
            for status, title, colour in (("offline", "摄像机（离线）", "#6b5f8f"), ("online", "摄像机", "#b79bff"))
        ]  # fmt: skip
    if rights.allowed("collection.shift", "view"):
        found.append(
            {"id": "people", "title": "在岗监督员", "url": reverse("command:wall_people"), "colour": "#35c3ff", "fit": False}
        )
    return found


def people_features() -> dict[str, Any]:
    """GeoJSON points of inspectors on duty whose position is known, each leading to the day's shifts."""
    duty = inspectors.on_duty_below(scope.current().region_code)
    names = dict(Account.objects.filter(pk__in=list(duty)).values_list("pk", "name"))
    url = f"/r/collection/shift/?day_from={timezone.localdate()}"
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [one.lon, one.lat]},
             "properties": {"name": f"{names.get(one.account, '')} 监督员", "url": url}}
            for one in duty.values()
            if one.lon is not None and one.lat is not None
        ],
    }  # fmt: skip


def around(lon: float, lat: float) -> list[Case]:
    """Open cases within some 300 m."""
    box = Polygon.from_bbox((lon - NEAR, lat - NEAR, lon + NEAR, lat + NEAR))
    box.srid = 4490
    return list(Case.objects.filter(state__in=OPEN, location__bboverlaps=box).only(*COLUMNS)[:100])


def near_layer(report: Report) -> list[dict[str, Any]]:
    """The map layer of open cases around a report; its points are asked for by the map, not with the page."""
    url = reverse("command:near_cases", args=[report.pk])
    return [*ground(), {"id": "near", "title": "附近未结案件", "url": url, "colour": "#e69a00", "fit": False}]


def live_features() -> dict[str, Any]:
    """Open cases of the viewer's region for the screens, the newest `MOST`."""
    now = timezone.now()
    return features(figures.here(Case.objects.filter(state__in=OPEN)).only(*COLUMNS).order_by("-id")[:MOST], now)
