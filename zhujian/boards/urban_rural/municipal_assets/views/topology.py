"""Pages of the topology checks: ask for one, see what it found, accept or pass on a finding."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.urban_rural.municipal_assets.forms.fields import add_reasons
from zhujian.boards.urban_rural.municipal_assets.forms.network import CheckForm, ReasonForm
from zhujian.boards.urban_rural.municipal_assets.forms.upkeep import ReportForm
from zhujian.boards.urban_rural.municipal_assets.models import CensusBatch, TopologyFinding, TopologyRun
from zhujian.boards.urban_rural.municipal_assets.services import orders, topology
from zhujian.boards.urban_rural.municipal_assets.services.values import choices, label
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal

RUN, FINDING, ORDER = "municipal_assets.topology_run", "municipal_assets.topology_finding", "municipal_assets.work_order"
COLOURS = {"错误": "#b42318", "存疑": "#d98e00"}
SHOWN, ON_MAP = 50, 5000


@require_http_methods(["GET", "POST"])
@access(RUN, "view")
def checks(request: HttpRequest) -> HttpResponse:
    """The latest runs and the form to ask for another."""
    may_check = rights.allowed(RUN, "check")
    form = CheckForm(request.POST or None, on=timezone.localdate(), batches=CensusBatch.objects.order_by("-id"))
    if request.method == "POST":
        rights.require(RUN, "check")
        if form.is_valid():
            data = form.cleaned_data
            try:
                run = topology.do_request(data["region_code"], area=data["area"], batch=data["batch"], kinds=data["kinds"])
            except Refusal as refusal:
                add_reasons(form, refusal.reasons)
            else:
                if run.state == "queued":
                    messages.info(request, f"范围较大（{run.lines} 条管线），已转后台检查，完成后刷新本页查看。")
                return redirect("municipal_assets:topology_run", run.pk)
    runs = list(TopologyRun.objects.order_by("-id")[:20])
    context = {"form": form, "runs": runs, "may_check": may_check, "states": {r.pk: label("run_state", r.state) for r in runs}}
    return render(request, "municipal_assets/topology.html", context, status=422 if form.is_bound else 200)


@require_GET
@access(RUN, "view")
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: what each check looked at and found, on the map, with the worst findings."""
    run = TopologyRun.objects.filter(pk=pk).first()
    if run is None:
        raise NotFound("topology.run", "没有找到这次检查，可能不在您的管辖范围内。")
    order = [code for code, _ in choices("topology_rule", timezone.localdate())]
    rules = [{"code": code, "title": label("topology_rule", code), **run.counts[code]} for code in order if code in run.counts]
    findings = (
        TopologyFinding.objects.filter(last_run=run).select_related("line", "point").order_by("severity", "-affected", "id")
    )
    shown = list(findings[:SHOWN])
    context: dict[str, Any] = {
        "run": run, "state": label("run_state", run.state), "rules": rules,
        "findings": [(f, label("topology_rule", f.rule), label("topology_state", f.state)) for f in shown], "more": len(shown) == SHOWN,
        "layers": _layers(run), "kinds": "、".join(label("pipe_kind", kind) for kind in run.kinds),
    }  # fmt: skip
    return render(request, "municipal_assets/topology_run.html", context)


def _layers(run: TopologyRun) -> list[dict[str, Any]]:
    """Findings and pipes for the map."""
    found = [
        {
            "id": "findings", "title": "拓扑问题", "kind": "geojson", "colour_by": "severity", "colours": COLOURS,
            "url": reverse("municipal_assets:topology_geojson", args=[run.pk]), "link": "url", "fit": True,
        }
    ]  # fmt: skip
    if rights.allowed("municipal_assets.pipe_line", "view"):
        found.insert(
            0,
            {
                "id": "pipes", "title": "管线", "kind": "mvt", "url": "/tiles/municipal_assets/pipe_line/{z}/{x}/{y}.mvt", "source_layer": "pipe_line",
                "colour": "#6b7a8d", "link": "/r/municipal_assets/pipe_line/{id}/", "min_zoom": 14,
            },
        )  # fmt: skip
    return found


@require_GET
@access(FINDING, "view")
def run_geojson(request: HttpRequest, pk: int) -> HttpResponse:
    """What a run still found, as points for its map; at most 5,000, errors first."""
    rows = TopologyFinding.objects.filter(last_run=pk).exclude(state="fixed").order_by("severity", "id")[: ON_MAP + 1]
    features = [
        {
            "type": "Feature", "id": row.pk, "geometry": {"type": "Point", "coordinates": [round(row.geom.x, 7), round(row.geom.y, 7)]},
            "properties": {
                "id": row.pk, "name": row.message, "rule": row.rule, "severity": label("topology_severity", row.severity), "state": row.state,
                "url": _detail(row),
            },
        }
        for row in rows
    ]  # fmt: skip
    body = {"type": "FeatureCollection", "features": features[:ON_MAP], "limited": len(features) > ON_MAP}
    return JsonResponse(body, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False})


def _finding(pk: int) -> TopologyFinding:
    found = TopologyFinding.objects.select_related("line", "point").filter(pk=pk).first()
    if found is None:
        raise NotFound("topology.finding", "没有找到这个拓扑问题，可能不在您的管辖范围内。")
    return found


def _detail(finding: TopologyFinding) -> str:
    return f"/r/municipal_assets/topology_finding/{finding.pk}/"


@require_http_methods(["GET", "POST"])
@access(FINDING, "accept")
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Say, with a reason, that a finding is no fault."""
    finding = _finding(pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            topology.do_accept(pk, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            messages.success(request, "已确认无误。该处管网不变时，以后的检查不再提示。")
            return redirect(_detail(finding))
    return _act(request, finding, form, "确认无误", "只有现场核实后才能确认无误，理由会留痕。")


@require_http_methods(["GET", "POST"])
@access(FINDING, "accept")
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an acceptance back."""
    finding = _finding(pk)
    if request.method == "POST":
        topology.do_reopen(pk)
        messages.success(request, "已撤销确认，问题重新列出。")
        return redirect(_detail(finding))
    return _act(request, finding, None, "撤销确认", f"原确认理由：{finding.accepted_reason}")


@require_http_methods(["GET", "POST"])
@access(ORDER, "report")
def to_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a work order of a finding."""
    finding = _finding(pk)
    resource, asset_id = (
        ("municipal_assets.pipe_line", finding.line_id) if finding.line_id else ("municipal_assets.pipe_point", finding.point_id)
    )
    initial = {"kind": "topology", "text": finding.message[:600], "lon": finding.geom.x, "lat": finding.geom.y}
    form = ReportForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            order = orders.do_report(
                resource, asset_id or 0, kind=data["kind"], text=data["text"], urgent=data["urgent"], source="topology", source_id=finding.pk,
                photos=data["photos"], place=form.place(),
            )  # fmt: skip
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            messages.success(request, f"已生成工单 {order.number}。")
            return redirect("municipal_assets:order", order.pk)
    return _act(
        request, finding, form, "转为工单", "工单由派单岗位确定处置单位；处置后重新检查，问题会自动标记为已消除。", multipart=True
    )


def _act(
    request: HttpRequest, finding: TopologyFinding, form: Any, title: str, note: str, *, multipart: bool = False
) -> HttpResponse:
    context = {
        "finding": finding, "form": form, "title": title, "note": note, "back": _detail(finding), "multipart": multipart,
        "rule": label("topology_rule", finding.rule),
    }  # fmt: skip
    return render(
        request, "municipal_assets/finding_act.html", context, status=422 if form is not None and form.is_bound else 200
    )
