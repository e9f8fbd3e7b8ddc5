"""Frozen results: the list, one version with its proof, two versions or periods side by side, freezing again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.city_management.evaluation.models import Indicator, Run, Standing
from zhujian.boards.city_management.evaluation.rules import periods
from zhujian.boards.city_management.evaluation.selectors import boards, definitions
from zhujian.boards.city_management.evaluation.services import freezing
from zhujian.foundation.kernel.access import access, allowed, require
from zhujian.foundation.kernel.errors import NotFound, Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

SHOWN = 60


class FreezeForm(forms.Form):
    """Which period to freeze, and why again."""

    period = forms.CharField(
        label="评价周期",
        max_length=10,
        help_text="例如 2025-11（月）、2025-Q4（季）、2025（年）",
        error_messages={"required": "请填写评价周期。"},
    )
    reason = forms.CharField(
        label="重新计算原因", max_length=300, required=False, help_text="这一周期已经冻结过时必须填写；原结果会保留。"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@access("evaluation.run", "view")
def runs(request: HttpRequest) -> HttpResponse:
    """Frozen periods of a region, newest first; whoever may freezes one."""
    region = request.GET.get("region") or boards.own_region()
    boards.check_region(region)
    may = allowed("evaluation.run", "freeze") and boards.within(region)
    last = periods.containing("month", timezone.localdate()).previous
    form = FreezeForm(request.POST if request.method == "POST" else None, initial={"period": last.key})
    status = 200
    if request.method == "POST":
        require("evaluation.run", "freeze")
        boards.check_own(region)
        status = 422
        if form.is_valid():
            try:
                run = freezing.do_freeze(region, periods.parse(form.cleaned_data["period"]), reason=form.cleaned_data["reason"])
            except Refusal as refusal:
                for reason in refusal.reasons:
                    form.add_error(reason.field if reason.field in form.fields else None, reason.message)
            else:
                messages.success(request, f"{periods.parse(run.period).label}的结果已冻结（第{run.number}版）。")
                return redirect("evaluation:run", run.pk)
    rows = Run.objects.filter(region_code=region).order_by("-starts_on", "-kind", "-number")[:SHOWN]
    context = {
        "rows": [(run, periods.parse(run.period)) for run in rows], "region": regions.region(region), "form": form if may else None,
        "places": [one for one in regions.children(region) if one.level in ("city", "county") and boards.within(one.code)],
        "above": _above(region), "from_above": not boards.within(region),
    }  # fmt: skip
    return render(request, "evaluation/runs.html", context, status=status)


def _above(region: str) -> list[Any]:
    """Regions above that have frozen something the viewer may read."""
    held = set(Run.objects.order_by().values_list("region_code", flat=True).distinct())
    return [one for one in regions.ancestors(region) if one.code != region and one.code in held]


def _run(pk: int) -> Run:
    found = Run.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("run.missing", "没有找到这份冻结结果，可能不在您的管辖范围内。")
    return found


@require_GET
@access("evaluation.run", "view")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One frozen version: what it was made with, its proof, its other versions."""
    row = _run(pk)
    period = periods.parse(row.period)
    others = list(Run.objects.filter(region_code=row.region_code, period=row.period).order_by("-number"))
    before = freezing.latest(row.region_code, period.previous.key)
    targets = dict(parameters.code_list("evaluation.target", timezone.localdate()))
    held = dict.fromkeys(row.standings.order_by().values_list("target", flat=True).distinct(), True)
    context = {
        "run": row, "period": period, "region": regions.region(row.region_code), "others": others, "before": before,
        "from_above": not boards.within(row.region_code), "valid": others[0].pk == row.pk, "whole": freezing.verify(row),
        "targets": [(code, title, f"{reverse('evaluation:board')}?region={row.region_code}&period={row.period}&target={code}&version={row.number}")
                    for code, title in targets.items() if code in held and code != "city"],
        "indicators": Indicator.objects.filter(pk__in=[pk for pk, _, _ in row.rules["indicators"].values()]).order_by("order"),
    }  # fmt: skip
    return render(request, "evaluation/run.html", context)


@require_GET
@access("evaluation.run", "view")
def compare(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Two frozen results side by side: versions of one period, or two periods."""
    new, old = _run(pk), _run(other)
    target = request.GET.get("target") or ("city" if boards.within(new.region_code) else "county")
    targets = [pair for pair in parameters.code_list("evaluation.target", timezone.localdate()) if pair[0] != "grid"]
    if target not in dict(targets):
        raise Refusal("evaluation.target", "请选择评价对象。", "target")
    known = {one.code: one for one in definitions.indicators("cases", on=new.starts_on, region_code=new.region_code)}
    keys = [code for code in known if code in new.rules["indicators"]]
    chosen = request.GET.get("indicator") or "closed_on_time_rate"
    chosen = chosen if chosen in keys else keys[0]
    rows = [{row.code: row for row in Standing.objects.filter(run=run, target=target)} for run in (new, old)]
    context = {
        "new": new, "old": old, "periods": [periods.parse(one.period) for one in (new, old)], "region": regions.region(new.region_code),
        "targets": targets, "target": target, "indicators": [known[key] for key in keys], "chosen": known[chosen], "rows": _pairs(rows[0], rows[1], chosen, known[chosen]),
        "same_region": new.region_code == old.region_code,
    }  # fmt: skip
    return render(request, "evaluation/compare.html", context)


def _pairs(new: dict[str, Standing], old: dict[str, Standing], key: str, indicator: Indicator) -> list[dict[str, Any]]:
    found = []
    for code in sorted({*new, *old}):
        now, was = ((rows[code].figures.get(key) or [None] * 4 if code in rows else [None] * 4) for rows in (new, old))
        change = Decimal(now[2]) - Decimal(was[2]) if now[2] is not None and was[2] is not None else None
        better = None if not change else (change > 0) == (indicator.direction == "higher")
        found.append({"name": (new.get(code) or old[code]).name, "now": now, "was": was, "change": change, "better": better})
    return found
