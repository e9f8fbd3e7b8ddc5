"""Pages of the bridge assessment."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.boards.urban_rural.municipal_assets.forms.fields import add_reasons
from zhujian.boards.urban_rural.municipal_assets.forms.upkeep import DefectForm, InspectionForm
from zhujian.boards.urban_rural.municipal_assets.models import Bridge, BridgeInspection
from zhujian.boards.urban_rural.municipal_assets.services import bridges
from zhujian.boards.urban_rural.municipal_assets.services.values import Values, label
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal

INSPECTION = "municipal_assets.bridge_inspection"


def _inspection(pk: int) -> BridgeInspection:
    found = BridgeInspection.objects.select_related("bridge").filter(pk=pk).first()
    if found is None:
        raise NotFound("bridge.inspection", "没有找到这份桥梁评估，可能不在您的管辖范围内。")
    return found


@require_http_methods(["GET", "POST"])
@access(INSPECTION, "assess")
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin an assessment of the bridge `pk`, or go on with its draft."""
    bridge = Bridge.objects.filter(pk=pk).first()
    if bridge is None:
        raise NotFound("bridge.not_found", "没有找到这座桥，可能不在您的管辖范围内。")
    draft = BridgeInspection.objects.filter(bridge=bridge, state="draft").first()
    if draft is not None:
        return redirect("municipal_assets:bridge_inspection", draft.pk)
    form = InspectionForm(request.POST or None, bridge=bridge)
    if request.method == "POST" and form.is_valid():
        try:
            made = bridges.do_start(bridge.pk, **form.cleaned_data)
        except Refusal as refusal:
            add_reasons(form, refusal.reasons)
        else:
            return redirect("municipal_assets:bridge_inspection", made.pk)
    context = {"bridge": bridge, "form": form}
    return render(request, "municipal_assets/bridge_start.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@access(INSPECTION, "view")
def inspection(request: HttpRequest, pk: int) -> HttpResponse:
    """One assessment: a draft takes defects and shows what they lead to; a final one shows its result."""
    found = _inspection(pk)
    editing = found.state == "draft" and rights.allowed(INSPECTION, "assess")
    form = DefectForm(request.POST or None, request.FILES or None, inspection=found) if editing else None
    if request.method == "POST":
        rights.require(INSPECTION, "assess")
        if form is None:
            raise Refusal("bridge.final", "这份评估已经评定，不能再修改。")
        if form.is_valid():
            try:
                bridges.do_add_defect(found.pk, **form.cleaned_data)
            except Refusal as refusal:
                add_reasons(form, refusal.reasons)
            else:
                messages.success(request, "已记录病害。")
                return redirect("municipal_assets:bridge_inspection", found.pk)
    values = Values(found.inspected_on, found.region_code)
    made, verdict = bridges.assess(found, values)
    grade = found.grade or bridges.CODES.get(verdict.grade, verdict.grade)
    parts = [(bridges.place_name(*key), bridges.GROUPS[key[0]], score) for key, score in made.parts.items() if score < 100]
    context = {
        "inspection": found, "bridge": found.bridge, "form": form, "editing": editing, "made": made, "grade": label("bci_grade", grade),
        "grade_code": grade, "reason": found.reason or verdict.reason, "defects": [
            (d, bridges.place_name(d.group, d.place, d.part), label("bridge_critical", d.critical))
            for d in found.defects.select_related("photo").order_by("group", "place", "id")
        ],
        "groups": [(bridges.GROUPS[key], made.groups[key]) for key in ("m", "s", "x")], "parts": sorted(parts, key=lambda row: row[2]),
        "kind": label("inspection_kind", found.kind), "absent": "、".join(label("bridge_part", part) for part in found.absent),
        "condition": label("condition", str(found.condition)) if found.condition else "",
    }  # fmt: skip
    return render(
        request, "municipal_assets/bridge_inspection.html", context, status=422 if form is not None and form.is_bound else 200
    )


@require_POST
@access(INSPECTION, "assess")
def remove_defect(request: HttpRequest, pk: int, defect: int) -> HttpResponse:
    """Take a defect out of a draft."""
    bridges.do_remove_defect(pk, defect)
    return redirect("municipal_assets:bridge_inspection", pk)


@require_POST
@access(INSPECTION, "assess")
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Fix the result."""
    found = bridges.do_finish(pk)
    messages.success(request, f"已评定：BCI {found.bci}，{label('bci_grade', found.grade)}。")
    return redirect("municipal_assets:bridge_inspection", pk)


@require_GET
@access(INSPECTION, "view")
def overview(request: HttpRequest) -> HttpResponse:
    """Bridges by grade, those never assessed, and the worst ones."""
    from django.db.models import Count
    from django.utils import timezone

    from zhujian.foundation.kernel.valid_time import present

    rows = Bridge.objects.filter(present(timezone.localdate()))
    counts = dict(rows.values_list("bci_grade").annotate(n=Count("id")).order_by())
    order = ("A", "B", "C", "D", "E", "pass", "fail")
    context = {
        "grades": [(label("bci_grade", code), counts[code], code) for code in order if counts.get(code)], "never": counts.get("", 0),
        "worst": list(rows.exclude(bci_grade="").order_by("-condition", "bci", "id")[:30]),
        "labels": {code: label("bci_grade", code) for code in order},
        "drafts": list(BridgeInspection.objects.filter(state="draft").select_related("bridge").order_by("-id")[:20]),
        "may_assess": rights.allowed(INSPECTION, "assess"), "unassessed": list(rows.filter(bci_grade="").order_by("code", "id")[:20]),
    }  # fmt: skip
    return render(request, "municipal_assets/bridges.html", context)
