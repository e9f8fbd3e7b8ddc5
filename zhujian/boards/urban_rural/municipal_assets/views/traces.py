"""Pages and JSON of traces, nearby facilities and clearances."""

from __future__ import annotations

import csv
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhujian.boards.urban_rural.municipal_assets.forms.network import NearForm, TraceForm
from zhujian.boards.urban_rural.municipal_assets.models import PipeLine, PipePoint
from zhujian.boards.urban_rural.municipal_assets.selectors import pipes, proximity, traces
from zhujian.boards.urban_rural.municipal_assets.services.releases import gate
from zhujian.boards.urban_rural.municipal_assets.services.values import Values, label
from zhujian.foundation import resources
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotAllowed, Reason, Refusal
from zhujian.foundation.resources import releasing
from zhujian.foundation.resources.releasing import Outflow, Stamp

NETWORK = "municipal_assets.network"
ROLES = {
    "start": "起始管线",
    "traced": "追溯管线",
    "segment": "关阀后停供管段",
    "cut_off": "失去来源的管段",
    "valve": "应关阀门",
    "end": "终点",
}
COLOURS = {
    "起始管线": "#c8161d", "追溯管线": "#1a63c9", "关阀后停供管段": "#e8590c", "失去来源的管段": "#b58900", "应关阀门": "#7a1fa2", "终点": "#166b2f",
}  # fmt: skip
SHOWN = 200


def _start(request: HttpRequest) -> PipeLine | PipePoint | None:
    """The start by ``line=``, ``point=`` or a typed code; Refusal when the code is unknown or names several."""
    for kind in ("line", "point"):
        text = request.GET.get(kind, "")
        if text.isdigit() and len(text) < 19:
            return traces.start_of(kind, int(text))
    code = request.GET.get("q", "").strip()
    if not code:
        return None
    found: list[Any] = [
        *PipeLine.objects.filter(code=code, valid_to=None)[:2],
        *PipePoint.objects.filter(code=code, valid_to=None)[:2],
    ]
    if not found:
        raise Refusal("trace.code", f"没有编号为“{code}”的管线或管点，请核对编号，或从管线的页面进入。", "q")
    if len(found) > 1 and len({type(one) for one in found}) == 1:
        raise Refusal("trace.many", f"编号“{code}”在多个区县使用，请从管线的页面进入。", "q")
    return found[0]


def _stuck(request: HttpRequest) -> list[int]:
    return [int(text) for text in request.GET.getlist("stuck")[:50] if text.isdigit() and len(text) < 19]


@require_GET
@access(NETWORK, "view")
def trace(request: HttpRequest) -> HttpResponse:
    """Trace page: form, figures, map, lists; ``format=csv`` gives the list as a file."""
    form = TraceForm(request.GET or None)
    reasons: tuple[Reason, ...] = ()
    answer = None
    mode = request.GET.get("mode") or traces.DOWN
    try:
        start = _start(request)
        if start is not None:
            answer = traces.trace(start, mode, stuck=_stuck(request))
    except Refusal as refusal:
        reasons = refusal.reasons
    if answer is not None and request.GET.get("format") == "csv":
        return _csv(answer)
    context: dict[str, Any] = {
        "form": form, "reasons": reasons, "answer": answer, "mode": mode, "modes": traces.MODES, "query": _query(answer, request),
        "may_export": rights.allowed(NETWORK, "export"),
    }  # fmt: skip
    if answer is not None:
        context |= {
            "layers": _layers(answer, request), "start_label": _label(answer.start), "rows": [_row(answer, line) for line in answer.lines[:SHOWN]],
            "more": max(0, len(answer.lines) - SHOWN), "by_kind": [{**row, "title": label("pipe_kind", row["kind"])} for row in answer.by_kind],
            "facilities": [(one, label("facility_kind", one.kind)) for one in answer.facilities],
        }  # fmt: skip
    return render(request, "municipal_assets/trace.html", context, status=reasons_status(reasons))


def reasons_status(reasons: tuple[Reason, ...]) -> int:
    """422 with reasons, else 200."""
    return 422 if reasons else 200


def _label(start: PipeLine | PipePoint) -> str:
    what = "管线" if isinstance(start, PipeLine) else "管点"
    return f"{label('pipe_kind', start.kind)}{what} {start.code or start.pk}"


def _query(answer: traces.Answer | None, request: HttpRequest) -> str:
    """The address of the same answer without format."""
    if answer is None:
        return ""
    kind = "line" if isinstance(answer.start, PipeLine) else "point"
    return "&".join([f"{kind}={answer.start.pk}", f"mode={answer.mode}", *(f"stuck={pk}" for pk in _stuck(request))])


def _layers(answer: traces.Answer, request: HttpRequest) -> list[dict[str, Any]]:
    used = {ROLES[role] for role in (*answer.roles.values(), *answer.point_roles.values())}
    return [
        {
            "id": "trace", "title": traces.MODES[answer.mode], "kind": "geojson", "url": f"/municipal-assets/trace.geojson?{_query(answer, request)}",
            "colour_by": "role", "colours": {name: shade for name, shade in COLOURS.items() if name in used}, "label": "name", "link": "url", "fit": True,
        }
    ]  # fmt: skip


def _row(answer: traces.Answer, line: PipeLine) -> dict[str, Any]:
    return {
        "line": line, "kind": label("pipe_kind", line.kind), "role": ROLES.get(answer.roles.get(line.pk, ""), ""),
        "size": f"DN{line.diameter_mm}" if line.diameter_mm else (f"{line.width_mm}×{line.height_mm}" if line.width_mm else ""),
    }  # fmt: skip


def _collection(answer: traces.Answer) -> dict[str, Any]:
    lines = pipes.geojson_lines(answer.roles, {pk: ROLES[role] for pk, role in answer.roles.items()})
    points = pipes.geojson_points(answer.point_roles, {pk: ROLES[role] for pk, role in answer.point_roles.items()})
    for feature in lines["features"]:
        feature["properties"]["url"] = f"/r/municipal_assets/pipe_line/{feature['id']}/"
    for feature in points["features"]:
        feature["properties"]["url"] = f"/r/municipal_assets/pipe_point/{feature['id']}/"
    return {"type": "FeatureCollection", "features": [*lines["features"], *points["features"]], "limited": answer.limited}


@require_GET
@access(NETWORK, "view")
def trace_geojson(request: HttpRequest) -> HttpResponse:
    """The answer as features, for the map and other systems."""
    start = _start(request)
    if start is None:
        raise Refusal("trace.start", "请指定起始管线或管点，例如 ?line=12&mode=down。", "line")
    answer = traces.trace(start, request.GET.get("mode") or traces.DOWN, stuck=_stuck(request))
    if releasing.program():
        _released(answer, "items")
    return JsonResponse(_collection(answer), content_type="application/geo+json", json_dumps_params={"ensure_ascii": False})


@require_GET
@access(NETWORK, "view")
def trace_json(request: HttpRequest) -> HttpResponse:
    """The answer in figures: lengths, counts, valves, affected buildings and units."""
    start = _start(request)
    if start is None:
        raise Refusal("trace.start", "请指定起始管线或管点，例如 ?line=12&mode=burst。", "line")
    answer = traces.trace(start, request.GET.get("mode") or traces.DOWN, stuck=_stuck(request))
    body = {
        "mode": answer.mode, "limited": answer.limited, "length_m": round(answer.length_m, 2), "lines": list(answer.roles),
        "by_kind": [{**row, "length_m": round(row["length_m"], 2)} for row in answer.by_kind], "ends": [p.pk for p in answer.ends],
        "valves": [{"id": p.pk, "code": p.code} for p in answer.valves], "stuck": [p.pk for p in answer.stuck],
        "sources_known": answer.sources_known, "facilities": [{"id": f.pk, "name": f.name, "kind": f.kind} for f in answer.facilities],
        "buildings": [{"code": one.building.code, "name": one.building.name, "units": one.units, "metres": round(one.metres, 1)} for one in answer.buildings],
        "units": answer.units, "users": answer.users, "parameters": answer.versions,
    }  # fmt: skip
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


def _released(answer: traces.Answer, way: str, form: str = "") -> Stamp | None:
    """Ask for leave to take the pipes of an answer away (looking at it on the page needs none)."""
    boxes = [line.geom.extent for line in answer.lines]
    box = (
        (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
        if boxes
        else None
    )
    return gate(Outflow(resources.get("municipal_assets.pipe_line"), way, len(boxes), box, form))


def _csv(answer: traces.Answer) -> HttpResponse:
    """The list of pipes; leaving the platform with underground data is an export and is kept in the audit log."""
    if not rights.allowed(NETWORK, "export"):
        raise NotAllowed("access.denied", "地下管线成果导出限审批和数据管理岗位，请联系本单位安全管理员。")
    from zhujian.foundation.resources import registry

    stamp = _released(answer, "export", "csv")
    registry.audit("export", f"municipal_assets.network:{answer.mode}", rows=len(answer.lines), actor=scope.current().actor_name)
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers={"X-Release": stamp.number} if stamp else {})
    response["Content-Disposition"] = 'attachment; filename="trace.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(["编号", "管类", "管径", "长度（米）", "角色", "资料标记"])
    for line in answer.lines:
        row = _row(answer, line)
        writer.writerow([_plain(line.code), row["kind"], row["size"], line.length_m, row["role"], stamp.mark if stamp else ""])
    return response


def _plain(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


@require_GET
@access(NETWORK, "view")
def nearby(request: HttpRequest) -> HttpResponse:
    """Facilities near a place, and the clearances of a pipe; as a page or, with ``format=json``, as data."""
    form = NearForm(request.GET or None)
    found: list[proximity.Nearby] = []
    pairs: list[proximity.Pair] = []
    reasons: tuple[Reason, ...] = ()
    line = request.GET.get("line", "")
    other = request.GET.get("other", "")
    try:
        if line.isdigit():
            pairs = proximity.clearance_of(int(line), other=int(other) if other.isdigit() else None)
        elif form.is_bound and form.is_valid() and form.cleaned_data["lon"] is not None and form.cleaned_data["lat"] is not None:
            from django.utils import timezone

            radius = form.cleaned_data["radius"] or Values(timezone.localdate(), scope.current().region_code).number(
                "nearest_radius_m"
            )
            found = proximity.nearest(form.cleaned_data["lon"], form.cleaned_data["lat"], radius)
    except Refusal as refusal:
        if request.GET.get("format") == "json":
            raise
        reasons = refusal.reasons
    if request.GET.get("format") == "json":
        return JsonResponse(
            {"nearby": [vars(one) for one in found], "clearances": [_pair(pair) for pair in pairs]},
            json_dumps_params={"ensure_ascii": False},
        )
    subject = PipeLine.objects.filter(pk=int(line)).first() if line.isdigit() else None
    context = {
        "form": form, "found": found, "reasons": reasons, "subject": subject, "pairs": [(pair, label("pipe_kind", pair.b[2])) for pair in pairs],
        "asked": form.is_bound and not line, "kinds": resources.get("municipal_assets.pipe_line").title,
    }  # fmt: skip
    return render(request, "municipal_assets/nearby.html", context, status=reasons_status(reasons))


def _pair(pair: proximity.Pair) -> dict[str, Any]:
    net = pair.net
    return {
        "a": pair.a[0], "b": pair.b[0], "crosses": net.crosses, "horizontal_m": round(net.horizontal, 3),
        "vertical_m": None if net.vertical is None else round(net.vertical, 3), "need_horizontal_m": net.need_horizontal,
        "need_vertical_m": net.need_vertical, "short_m": net.short_m, "lon": pair.lon, "lat": pair.lat,
    }  # fmt: skip
