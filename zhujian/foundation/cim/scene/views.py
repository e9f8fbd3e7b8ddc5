"""The 3D page and its data: all of it under the viewer's scope."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.html import strip_tags
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.foundation.cim import selectors as buildings
from zhujian.foundation.cim.models import Viewpoint
from zhujian.foundation.cim.scene import rules, selectors, services
from zhujian.foundation.identity.roles import grantable
from zhujian.foundation.kernel import access as matrix
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import detail, registry

WUHAN = (114.3953, 30.5085)  # where the scene stands when nothing is registered yet


def _box(request: HttpRequest) -> selectors.Box:
    box = rules.box_of(request.GET.get("bbox", ""))
    if box is None:
        raise Refusal("scene.bbox", f"bbox 应为“西,南,东,北”四个经纬度，范围不超过{rules.SPAN}度，请放大后再看。", "bbox")
    return box


def _day(request: HttpRequest) -> date:
    try:
        return parse_date(request.GET.get("on", "")) or timezone.localdate()
    except ValueError:
        return timezone.localdate()


def _json(body: Any) -> JsonResponse:
    return JsonResponse(body, safe=False, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})


@require_GET
@access("cim.scene", "view")
def scene(request: HttpRequest) -> HttpResponse:
    """The 3D page; without scripts: models and saved views as lists, with ways to the map and the registers."""
    today = timezone.localdate()
    lon, lat = selectors.start() or WUHAN
    found = buildings.building(request.GET.get("building", "")[:26]) if request.GET.get("building") else None
    if found:
        lon, lat = found.outline.centroid.x, found.outline.centroid.y
    models = selectors.models()
    views = selectors.viewpoints()
    building = registry.get("cim.building")
    may = building.may("view")
    config = {
        "start": {"lon": round(lon, 6), "lat": round(lat, 6)}, "focus": found.pk if found else None,
        "buildings": {"tiles": f"/tiles/{building.path}/{{z}}/{{x}}/{{y}}.mvt", "layer": building.name, "key": building.key} if may else None,
        "uses": parameters.code_list("cim.building_use", today), "levels": parameters.code_list("cim.level", today),
        "flat": [
            {"key": one.key, "title": one.layer.title or one.title, "layer": one.name, "min_zoom": one.layer.min_zoom, "tiles": f"/tiles/{one.path}/{{z}}/{{x}}/{{y}}.mvt"}
            for one in registry.resources()
            if one.layer and not one.layer.underground and one.key != building.key and one.may("view") and getattr(one, "scene", None) is None
        ],
        "pipes": reverse("cim:scene_pipes"), "shafts": reverse("cim:scene_shafts"), "models": reverse("cim:scene_models"),
        "feature": reverse("cim:scene_feature"), "floors": reverse("cim:scene_floors", args=[0]).replace("/0.json", "/{id}.json"), "viewpoints": reverse("cim:scene_viewpoints"),
        "assumed_depth": float(parameters.value("cim.scene_assumed_depth", on=today).value),
        "may_save": matrix.allowed("cim.viewpoint", "create"), "organisation": scope.current().org_name,
        "roles": [[role.code, role.title] for role in grantable() if role.duty == "business"],
        "tree": "/bim/versions/{id}/tree.json", "model_page": "/bim/versions/{id}/view/", "today": today.isoformat(),
    }  # fmt: skip
    return render(request, "cim/scene.html", {"config": config, "models": models, "viewpoints": views, "building": building})


@require_GET
@access("cim.scene", "view")
def building(request: HttpRequest, pk: int) -> HttpResponse:
    """The 3D page at one building, which is chosen."""
    return redirect(f"{reverse('cim:scene')}?building={buildings.get(pk).code}")


@require_GET
@access("cim.scene", "view")
def pipes(request: HttpRequest) -> JsonResponse:
    """``?bbox=west,south,east,north&on=`` → tubes (see `selectors.tubes`)."""
    return _json(selectors.tubes(_box(request), _day(request)))


@require_GET
@access("cim.scene", "view")
def shafts(request: HttpRequest) -> JsonResponse:
    """``?bbox=…&on=`` → shafts (see `selectors.shafts`)."""
    return _json(selectors.shafts(_box(request), _day(request)))


@require_GET
@access("cim.scene", "view")
def models(request: HttpRequest) -> JsonResponse:
    """Published BIM models with their place."""
    return _json(selectors.models(_box(request) if request.GET.get("bbox") else None))


@require_GET
@access("cim.scene", "view")
def feature(request: HttpRequest) -> JsonResponse:
    """``?layer=<resource>&id=`` → what the panel shows of one record: ``{title, kind, url, groups: [{title, rows: [[label, text]]}]}``."""
    key, number = request.GET.get("layer", ""), request.GET.get("id", "")
    missing = NotFound("resource.not_found", "没有找到这条记录，可能已被移走，或不在您的管辖范围内。")
    try:
        resource = registry.get(key)
    except KeyError:
        raise missing from None
    if not resource.may("view") or not number.isdecimal() or len(number) > 12:
        raise missing
    record = detail.load(resource, int(number))
    groups = []
    for group in resource.sections:
        rows = [
            [field.label, text]
            for field, html, _ in detail.facts(resource, record, group.fields)
            if (text := strip_tags(html).strip()) and text != "—" and field is not resource.shape
        ]
        if rows:
            groups.append({"title": group.title, "rows": rows})
    title = str(getattr(record, resource.label_name) or record)
    return _json({"title": title, "kind": resource.title, "url": registry.route(resource, "detail", record.pk), "groups": groups})


@require_GET
@access("cim.building", "view")
def floors(request: HttpRequest, pk: int) -> JsonResponse:
    """Storeys of one building (see `selectors.floors`)."""
    return _json(selectors.floors(pk, _day(request)))


def _row(one: Viewpoint) -> dict[str, Any]:
    mine = one.owner_id == scope.current().actor_id
    return {
        "id": one.pk,
        "name": one.name,
        "mine": mine,
        "shared": one.shared,
        "owner": "" if mine else one.owner.name,
        "view": one.view,
    }


@require_http_methods(["GET", "POST"])
@access("cim.scene", "view")
def viewpoints(request: HttpRequest) -> JsonResponse:
    """GET: views one may use. POST ``{name, view, shared, roles}``: save one."""
    if request.method == "POST":
        matrix.require("cim.viewpoint", "create")
        try:
            body = json.loads(request.body or b"{}")
        except ValueError as error:
            raise Refusal("scene.view", "视角数据不正确，请在三维场景中重新保存。", "view") from error
        body = body if isinstance(body, dict) else {}
        roles = tuple(role for role in body.get("roles") or () if isinstance(role, str) and len(role) <= 40)[:20]
        made = services.save_viewpoint(
            str(body.get("name") or ""), body.get("view"), shared=body.get("shared") is True, roles=roles
        )
        return JsonResponse(_row(made), status=201, json_dumps_params={"ensure_ascii": False})
    return _json([_row(one) for one in selectors.viewpoints()])


@require_POST
@access("cim.viewpoint", "delete")
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove one's own view; a script gets 204, a form goes back to the page."""
    services.remove_viewpoint(pk)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({}, status=200)
    return redirect("cim:scene")
