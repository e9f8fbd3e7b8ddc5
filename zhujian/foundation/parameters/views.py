"""Pages of parameters: what is in force, where and why; and an official's change from a day on."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.foundation.kernel import registry, scope
from zhujian.foundation.kernel.access import access, allowed, require
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal
from zhujian.foundation.parameters import selectors, services
from zhujian.foundation.parameters.forms import ChangeForm, CodeForm, EndCodeForm, EndForm, WithdrawForm
from zhujian.foundation.parameters.models import Confidence, ParameterChange, ParameterVersion
from zhujian.foundation.parameters.rules import Parameter, display, pick, show
from zhujian.foundation.parameters.units import unit_label
from zhujian.foundation.regions import selectors as regions

PAGE = 50
ACTS = {
    "change": "变更", "override": "设定本地数值", "end": "停用本地数值", "withdraw": "撤回", "correct": "程序升级更正",
    "code_add": "新增代码", "code_end": "停用代码",
}  # fmt: skip


def _day(request: HttpRequest) -> date:
    try:
        return parse_date(request.GET.get("on", "")) or timezone.localdate()
    except ValueError:
        return timezone.localdate()


def _versions(key: str) -> tuple[Parameter, ...]:
    try:
        return selectors.versions(key)
    except KeyError:
        raise NotFound("parameters.unknown", "没有这个参数，请从列表中查找。") from None


def _title(code: str) -> str:
    return next((mod.title for mod in registry.modules() if mod.code == code), code)


def _row(version: Parameter) -> dict:
    return {
        "version": version, "shown": display(version.kind, version.value), "unit": unit_label(version.unit),
        "confidence": Confidence(version.confidence).label, "place": regions.full_name(version.region) if version.region else "全省",
    }  # fmt: skip


def _tell(form: Form, refusal: Refusal) -> tuple[Reason, ...]:
    """Put each reason beside its field; what belongs to no field is returned for the summary. A conflict is a page of its own."""
    if refusal.status != 422:
        raise refusal
    for reason in refusal.reasons:
        if reason.field in form.fields:
            form.add_error(reason.field, reason.message)
    return tuple(reason for reason in refusal.reasons if reason.field not in form.fields)


@require_GET
@access("parameters.parameter", "view")
def index(request: HttpRequest) -> HttpResponse:
    """All parameters as in force on a day, by module; search in names, keys and bases; pages by key."""
    on, text = _day(request), request.GET.get("q", "").strip()[:60]
    module, local = request.GET.get("module", ""), request.GET.get("local") == "1"
    region, after = scope.current().region_code, request.GET.get("after", "")
    found = []
    known = selectors.keys()
    for key in known:
        versions = selectors.versions(key)
        first = versions[-1]
        if (module and first.module != module) or key <= after:
            continue
        if local and not any(version.official or version.region for version in versions):
            continue
        if text and not any(text.lower() in whole.lower() for whole in (first.title, key, first.basis, first.note)):
            continue
        found.append((versions, pick(versions, on, region)))
        if len(found) > PAGE:
            break
    more = len(found) > PAGE
    rows = [
        {
            **_row(current or versions[-1]), "in_force": current is not None, "module": _title(versions[-1].module),
            "overrides": len({version.region for version in versions if version.region and version.in_force(on)}),
            "planned": any(version.valid_from > on for version in versions),
        }
        for versions, current in found[:PAGE]
    ]  # fmt: skip
    query = request.GET.copy()
    if more:
        query["after"] = rows[-1]["version"].key
    context = {
        "rows": rows, "q": text, "module": module, "local": local, "on": on, "today": timezone.localdate(), "after": after,
        "modules": sorted({(v[0].module, _title(v[0].module)) for v in map(selectors.versions, known)}, key=lambda m: m[1]),
        "next": query.urlencode() if more else "",
    }  # fmt: skip
    return render(request, "parameters/list.html", context)


@require_GET
@access("parameters.parameter", "view")
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """One parameter: the value here and now, every version by region, and who changed what and why."""
    versions = _versions(key)
    today = timezone.localdate()
    here = scope.current().region_code
    current = pick(versions, today, here)
    places: dict[str, list[dict]] = {}
    for version in reversed(versions):
        state = "now" if version.in_force(today) else "planned" if version.valid_from > today else "past"
        places.setdefault(version.region, []).append({**_row(version), "state": state})
    context = {
        "key": key, "title": versions[-1].title, "module": _title(versions[-1].module), "current": _row(current) if current else None,
        "places": sorted(places.items()), "note": versions[-1].note,
        "changes": [(change, ACTS.get(change.act, change.act)) for change in ParameterChange.objects.filter(key=key).order_by("-id")[:50]],
        "may_end": {region for region in places if region and not services.check_place(region)},
        "can": allowed("parameters.parameter", "change"), "may_default": not services.check_place(""),
    }  # fmt: skip
    return render(request, "parameters/detail.html", context)


@require_http_methods(["GET", "POST"])
@access("parameters.parameter", "change")
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Give a parameter a new value from a day on, for the province or for one region."""
    versions = _versions(key)
    default_place = "" if not services.check_place("") else scope.current().region_code
    region = request.POST.get("region", "") if request.method == "POST" else request.GET.get("region", default_place)
    region = "" if region[2:] == "0" * 10 else region  # the whole province is the default
    opened_for = request.POST.get("opened_for", region)
    present = pick(versions, timezone.localdate(), region)
    initial = {
        "region": region, "value": show(present.kind, present.value) if present else "", "expected": services.edge(key, region),
        "confidence": "A",
    }  # fmt: skip
    form = ChangeForm(request.POST or None, initial=initial, kind=versions[0].kind)
    unit = unit_label(versions[-1].unit)
    form.fields["value"].help_text = f"单位：{unit}。" if unit else ""
    form.fields["region"].help_text = "请选择本单位管辖的地区。" if default_place else "不选表示全省。"
    reasons: tuple = ()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        # `expected` speaks of the place the form was opened for; another place chosen in the form starts from its own state.
        expected = given["expected"] if opened_for == region else services.edge(key, region)
        try:
            services.do_change(
                key, text=given["value"], day=given["valid_from"], basis=given["basis"], reason=given["reason"], expected=expected,
                region=region, confidence=given["confidence"],
            )  # fmt: skip
            messages.success(request, f"已登记：自 {given['valid_from']} 起执行新数值。")
            return redirect("parameters:detail", key=key)
        except Refusal as refusal:
            reasons = _tell(form, refusal)
    context = {
        "form": form, "reasons": reasons, "key": key, "title": versions[-1].title, "present": _row(present) if present else None,
        "opened_for": opened_for, "only_here": bool(default_place),
    }  # fmt: skip
    return render(request, "parameters/change.html", context, status=422 if form.errors or reasons else 200)


@require_http_methods(["GET", "POST"])
@access("parameters.parameter", "change")
def end(request: HttpRequest, key: str, region: str) -> HttpResponse:
    """End a region's own value."""
    versions = _versions(key)
    form = EndForm(request.POST or None, initial={"expected": services.edge(key, region)})
    reasons: tuple = ()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.do_end(key, region=region, day=given["day"], reason=given["reason"], expected=given["expected"])
            messages.success(request, f"已登记：{regions.name(region)}自 {given['day']} 起恢复执行上级数值。")
            return redirect("parameters:detail", key=key)
        except Refusal as refusal:
            reasons = _tell(form, refusal)
    context = {
        "form": form, "reasons": reasons, "key": key, "title": versions[-1].title, "heading": f"停用{regions.name(region)}的单独数值",
        "button": "确认停用",
    }  # fmt: skip
    return render(request, "parameters/act.html", context, status=422 if form.errors or reasons else 200)


@require_http_methods(["GET", "POST"])
@access("parameters.parameter", "change")
def withdraw(request: HttpRequest, version_id: int) -> HttpResponse:
    """Take back a version that has not begun."""
    row = ParameterVersion.objects.filter(pk=version_id).first()
    if row is None:
        raise NotFound("parameters.unknown", "没有这个版本，可能已被撤回。")
    form = WithdrawForm(request.POST or None)
    reasons: tuple = ()
    if request.method == "POST" and form.is_valid():
        try:
            services.do_withdraw(version_id, reason=form.cleaned_data["reason"])
            messages.success(request, "已撤回，原数值继续执行。")
            return redirect("parameters:detail", key=row.key)
        except Refusal as refusal:
            reasons = _tell(form, refusal)
    context = {
        "form": form, "reasons": reasons, "key": row.key, "title": row.title, "heading": f"撤回自 {row.valid_from} 起的版本",
        "button": "确认撤回",
    }  # fmt: skip
    return render(request, "parameters/act.html", context, status=422 if form.errors or reasons else 200)


@require_GET
@access("parameters.code_list", "view")
def code_lists(request: HttpRequest) -> HttpResponse:
    """All code lists."""
    text, today = request.GET.get("q", "").strip()[:60], timezone.localdate()
    rows = [
        (found, sum(item.in_use(today) for item in found.items), _title(found.module))
        for found in selectors.listings()
        if not text or any(text.lower() in whole.lower() for whole in (found.title, found.key, found.basis))
    ]
    return render(request, "parameters/code_lists.html", {"rows": rows, "q": text})


@require_http_methods(["GET", "POST"])
@access("parameters.code_list", "view")
def code_list(request: HttpRequest, key: str) -> HttpResponse:
    """One code list with retired codes; with the right, a form for a new code."""
    try:
        found = selectors.listing(key)
    except KeyError:
        raise NotFound("code.list_unknown", "没有这个代码表，请从列表中查找。") from None
    may = allowed("parameters.code_list", "change") and not services.check_place("")
    form = CodeForm(request.POST or None, initial={"day": timezone.localdate()})
    reasons: tuple = ()
    if request.method == "POST":
        require("parameters.code_list", "change")
        if form.is_valid():
            given = form.cleaned_data
            try:
                services.do_add_code(key, code=given["code"], label=given["label"], day=given["day"], reason=given["reason"])
                messages.success(request, f"已新增代码 {given['code']}。")
                return redirect("parameters:code_list", key=key)
            except Refusal as refusal:
                reasons = _tell(form, refusal)
    today = timezone.localdate()
    context = {
        "found": found, "items": [(item, item.in_use(today)) for item in found.items], "form": form if may else None,
        "reasons": reasons, "module": _title(found.module),
        "changes": [(change, ACTS.get(change.act, change.act)) for change in ParameterChange.objects.filter(key=key).order_by("-id")[:50]],
    }  # fmt: skip
    return render(request, "parameters/code_list.html", context, status=422 if reasons or form.errors else 200)


@require_http_methods(["GET", "POST"])
@access("parameters.code_list", "change")
def end_code(request: HttpRequest, key: str, item_id: int) -> HttpResponse:
    """Retire a code."""
    try:
        found = selectors.listing(key)
        item = next(item for item in found.items if item.id == item_id)
    except (KeyError, StopIteration):
        raise NotFound("code.unknown", "没有这个代码，请从代码表中选取。") from None
    form = EndCodeForm(request.POST or None, initial={"day": timezone.localdate()})
    reasons: tuple = ()
    if request.method == "POST" and form.is_valid():
        try:
            services.do_end_code(key, item_id=item_id, day=form.cleaned_data["day"], reason=form.cleaned_data["reason"])
            messages.success(request, f"代码 {item.code} 已登记停用。")
            return redirect("parameters:code_list", key=key)
        except Refusal as refusal:
            reasons = _tell(form, refusal)
    context = {
        "form": form, "reasons": reasons, "list_key": key, "title": found.title, "heading": f"停用代码 {item.code} {item.label}",
        "button": "确认停用",
    }  # fmt: skip
    return render(request, "parameters/act.html", context, status=422 if form.errors or reasons else 200)
