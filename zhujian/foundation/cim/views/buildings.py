"""Pages of one building: floor table, units from a template, new version, extinction."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.foundation.cim import selectors, services
from zhujian.foundation.cim.forms import RetireForm, TemplateForm, VersionForm
from zhujian.foundation.cim.models import Building
from zhujian.foundation.cim.rules import floors
from zhujian.foundation.cim.selectors import table
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Conflict, Reason, Refusal, refuse_if
from zhujian.foundation.resources import registry


def _open(pk: int) -> Building:
    building = selectors.get(pk)
    if building.valid_to is not None:
        raise Conflict("building.closed", "这是历史版本或已灭失的房屋，不能再变更。请打开现状版本。")
    return building


def _tell(form: forms.Form | forms.ModelForm, refusal: Refusal) -> tuple[Reason, ...]:
    """Reasons beside their fields; returned are those that belong to none."""
    for reason in refusal.reasons:
        if reason.field in form.fields:
            form.add_error(reason.field, reason.message)
    return tuple(reason for reason in refusal.reasons if reason.field not in form.fields)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    bad = context["form"].errors or context.get("reasons")
    return render(request, template, context, status=422 if bad else 200)


@require_GET
@access("cim.building", "view")
def floor_table(request: HttpRequest, pk: int) -> HttpResponse:
    """The 楼盘表 on a page of its own, fit for paper."""
    building = selectors.get(pk)
    context = {
        "building": building,
        "table": table.floor_table(building),
        "printed": timezone.localtime(),
        "link": registry.url_for(building),
    }
    return render(request, "cim/floor_table.html", context)


@require_http_methods(["GET", "POST"])
@access("cim.unit", "create")
def add_units(request: HttpRequest, pk: int) -> HttpResponse:
    """Units from a template: first shown, then saved."""
    building = _open(pk)
    start = {"first": 1, "last": building.floors_above or 1, "use": "10"}
    form = TemplateForm(request.POST or None, initial=start)
    reasons: tuple[Reason, ...] = ()
    rooms: list[floors.Room] = []
    if request.method == "POST" and form.is_valid():
        try:
            template = form.template()
            refuse_if(floors.template_reasons(template, building.floors_above, building.floors_below))
            rooms = floors.expand(template)
            if "save" in request.POST:
                made = services.add_units(building, map(asdict, rooms))
                messages.success(request, f"已生成{len(made)}户。")
                return redirect(registry.url_for(building))
            services.check_rooms(building, rooms)
        except Refusal as refusal:
            reasons = _tell(form, refusal)
            rooms = []
    context = {
        "building": building,
        "form": form,
        "reasons": reasons,
        "rooms": rooms[:60],
        "count": len(rooms),
        "link": registry.url_for(building),
    }
    return _page(request, "cim/add_units.html", context)


@require_http_methods(["GET", "POST"])
@access("cim.building", "version")
def new_version(request: HttpRequest, pk: int) -> HttpResponse:
    """变更: the building from a day on; what it was becomes a historical version."""
    building = _open(pk)
    form = VersionForm(request.POST or None, instance=building, initial={"on": timezone.localdate()})
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            changes = form.changes()
            if building.planned and changes.get("status", "planned") != Building.Status.PLANNED:
                changes["planned"] = False
            made = services.new_version(selectors.get(pk), form.cleaned_data["on"], **changes)
            messages.success(request, f"新版本自 {made.valid_from:%Y-%m-%d} 起启用，原版本已转为历史。")
            return redirect(registry.url_for(made))
        except Refusal as refusal:
            reasons = _tell(form, refusal)
    context = {"building": selectors.get(pk), "form": form, "reasons": reasons, "link": registry.url_for(building)}
    return _page(request, "cim/new_version.html", context)


@require_http_methods(["GET", "POST"])
@access("cim.building", "retire")
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """灭失: ends the building, deletes nothing."""
    building = _open(pk)
    form = RetireForm(request.POST or None, initial={"on": timezone.localdate()})
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            services.retire(building, form.cleaned_data["on"], form.cleaned_data["basis"])
            messages.success(request, "已标记灭失，房屋和各户转为历史，档案保留。")
            return redirect(registry.url_for(building))
        except Refusal as refusal:
            reasons = _tell(form, refusal)
    context = {
        "building": building, "form": form, "reasons": reasons, "units": selectors.units(building).count(), "link": registry.url_for(building),
    }  # fmt: skip
    return _page(request, "cim/retire.html", context)
