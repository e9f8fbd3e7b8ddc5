"""The page of a census batch, its task panel, covers without an owner, steps of an as-built survey."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.urban_rural.municipal_assets.forms.census import FoundForm
from zhujian.boards.urban_rural.municipal_assets.models import CensusBatch
from zhujian.boards.urban_rural.municipal_assets.selectors import census as selectors
from zhujian.boards.urban_rural.municipal_assets.services import census as services
from zhujian.boards.urban_rural.municipal_assets.services import ownerless as cases
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import detail, registry
from zhujian.foundation.workflow import selectors as workflow

STEPS = {"deliver": "登记推送", "check": "质检通过", "store": "登记入库"}
ORDER = ("planned", "survey", "internal", "supervised", "accepted", "published", "maintained")
SAMPLES = (
    ("", "待复测样本", "#6b7a8d"), ("agree", "复测相符", "#166b2f"), ("offset", "位置超差", "#b42318"), ("height", "高程超差", "#c8161d"),
    ("attribute", "属性不符", "#9a5b00"), ("missing", "实地没有", "#0b0c0c"),
)  # fmt: skip


def _labels(key: str) -> dict[str, str]:
    return dict(parameters.code_list(f"municipal_assets.{key}", timezone.localdate()))


def numbers(found: CensusBatch) -> dict[str, Any]:
    """Completeness, samples and counts of a batch, for its page and its tasks."""
    rows, whole = selectors.completeness(found)
    kinds, results, registers = _labels("census_kind"), _labels("sample_result"), _labels("register")
    rates = selectors.rates(found)
    return {
        "rows": [(kinds.get(row.kind, row.kind), row) for row in rows], "whole": whole, "rates": rates,
        "results": [(results.get(code, code), number) for code, number in sorted(rates.results.items())],
        "registers": [(registers.get(name, name), drawn, done) for name, drawn, done in selectors.by_register(found)],
        "counts": [(registers.get(name, name), number) for name, number in selectors.counted(found).items() if number],
        "limit": services.parameter("resurvey_bad_most", found.region_code).value,
    }  # fmt: skip


@access("municipal_assets.census_batch", "view")
@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Numbers, map, samples and process of one batch."""
    resource = registry.get("municipal_assets.census_batch")
    found: Any = registry.find(resource.key, pk)
    instance = workflow.instance_of(services.subject(found), services.PROCESS)
    states = _labels("census_state")
    at = ORDER.index(found.state) if found.state in ORDER else 0
    context = {
        "resource": resource, "record": found, "subject": services.subject(found), "groups": [(g.title, detail.facts(resource, found, g.fields)) for g in resource.sections],
        "steps": [(states.get(code, code), "done" if n < at else "now" if n == at else "") for n, code in enumerate(ORDER)],
        "related": detail.related(resource, found), "instance": instance,
        "tasks": [(task, workflow.may_do(task)) for task in workflow.open_tasks_of(services.subject(found))], "may_change": resource.may("change") and found.state in ("planned", "survey"),
        "layers": json.dumps(_layers(found)), "imports": [(title, url) for title, url in _imports() if found.state in ("planned", "survey", "internal")],
        **numbers(found),
    }  # fmt: skip
    return render(request, "municipal_assets/census.html", context)


def _imports() -> list[tuple[str, str]]:
    found = []
    for name in selectors.REGISTERS:
        resource = registry.get(f"municipal_assets.{name}")
        if resource.may("import"):
            found.append((resource.title, registry.route(resource, "import")))
    return found


def _layers(found: CensusBatch) -> list[dict[str, Any]]:
    """What the map shows: the area, the samples, and the batch's own facilities."""
    layers: list[dict[str, Any]] = []
    if found.area:
        layers.append(
            {
                "id": "area",
                "title": "普查范围",
                "url": f"/api/v1/municipal_assets/census_batch/items.geojson?id={found.pk}",
                "kind": "geojson",
                "colour": "#0b3a86",
                "fit": True,
            }
        )
    for name, colour in (("road", "#6b7a8d"), ("pipe_line", "#1a63c9"), ("manhole", "#9a5b00")):
        resource = registry.get(f"municipal_assets.{name}")
        layers.append({
            "id": name, "title": resource.title, "kind": "mvt", "source_layer": name, "colour": colour, "min_zoom": resource.layer.min_zoom if resource.layer else 0,
            "url": f"/tiles/municipal_assets/{name}/{{z}}/{{x}}/{{y}}.mvt?batch={found.pk}", "link": f"/r/municipal_assets/{name}/{{id}}/",
        })  # fmt: skip
    samples = f"/api/v1/municipal_assets/census_sample/items.geojson?limit=1000&batch={found.pk}"
    for code, title, colour in SAMPLES:  # all first, what was found on top of it
        layers.append({
            "id": f"census_sample{code}", "title": title, "kind": "geojson", "url": samples + (f"&result={code}" if code else ""), "colour": colour,
            "link": "/r/municipal_assets/census_sample/{id}/", "fit": not code and not found.area,
        })  # fmt: skip
    return layers


def task_panel(request: HttpRequest, task: Any) -> dict[str, Any]:
    """What somebody who decides about a batch has to see."""
    found = services.batch_of(task.subject)
    return {
        "template": "municipal_assets/parts/census_task.html",
        "batch": found,
        "page": reverse("municipal_assets:census", args=[found.pk]),
        **numbers(found),
    }


@access("municipal_assets.ownerless_case", "open")
@require_http_methods(["GET", "HEAD", "POST"])
def ownerless(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a case about a cover whose owner is not known."""
    resource = registry.get("municipal_assets.manhole")
    cover: Any = registry.find(resource.key, pk)
    data = request.POST if request.method == "POST" else None
    form = FoundForm(data, auto_id="id_%s", label_suffix="", initial={"found_on": timezone.localdate()})
    if data is not None and form.is_valid():
        try:
            case = cases.open_case(pk, **form.cleaned_data)
        except Refusal as refusal:
            for reason in refusal.reasons:
                form.add_error(reason.field if reason.field in form.fields else None, reason.message)
        else:
            messages.success(request, f"已立案 {case.number}，下一步由主管部门公告。")
            return HttpResponseRedirect(registry.route(registry.get("municipal_assets.ownerless_case"), "detail", case.pk))
    return _act(
        request,
        resource,
        cover,
        form,
        "按无主办理",
        "查不到产权单位的井盖按“发现→公告→认领→指定代管”办理，不得默认由街道或发现单位承担产权。",
        "立案",
    )


def asbuilt_view(step: str) -> Callable[..., HttpResponse]:
    """The page that takes an as-built survey one step on."""

    @access("municipal_assets.as_built", "change")
    @require_http_methods(["GET", "HEAD", "POST"])
    def advance(request: HttpRequest, pk: int) -> HttpResponse:
        resource = registry.get("municipal_assets.as_built")
        row: Any = registry.find(resource.key, pk)
        form = forms.Form(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                text = request.POST.get("version", "")
                services.advance_asbuilt(
                    row, step, int(text) if text.isascii() and text.isdigit() and len(text) < 9 else row.version
                )
            except Refusal as refusal:
                for reason in refusal.reasons:
                    form.add_error(None, reason.message)
            else:
                messages.success(request, f"{STEPS[step]}已记录。")
                return HttpResponseRedirect(registry.route(resource, "detail", pk))
        return _act(request, resource, row, form, STEPS[step], f"《{row.name}》的竣工测量成果，今天{STEPS[step]}。", STEPS[step])

    return advance


def _act(request: HttpRequest, resource: Any, record: Any, form: Any, title: str, note: str, button: str) -> HttpResponse:
    context = {
        "resource": resource, "record": record, "form": form, "title": title, "note": note, "button": button, "version": record.version,
        "label": getattr(record, resource.label_name), "back": registry.route(resource, "detail", record.pk), "sections": [("", list(form))],
    }  # fmt: skip
    return render(request, "municipal_assets/act.html", context, status=422 if form.is_bound else 200)
