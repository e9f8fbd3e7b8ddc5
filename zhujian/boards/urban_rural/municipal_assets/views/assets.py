"""Acts on one facility of any register: a new version, its end, its papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from zhujian.boards.urban_rural.municipal_assets.forms.assets import EndForm, PaperForm, VersionForm
from zhujian.boards.urban_rural.municipal_assets.models import Asset
from zhujian.boards.urban_rural.municipal_assets.services import papers, versions
from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import registry

MODULE = "municipal_assets"
NAMES = ("road", "bridge", "tunnel", "pipe_point", "pipe_line", "gallery", "facility", "lamp", "manhole")
View = Callable[..., HttpResponse]


def _page(request: HttpRequest, name: str, record: Asset, form: object, title: str, note: str, button: str) -> HttpResponse:
    resource = registry.get(f"{MODULE}.{name}")
    context = {
        "resource": resource, "record": record, "form": form, "title": title, "note": note, "button": button,
        "label": getattr(record, resource.label_name), "back": registry.route(resource, "detail", record.pk),
        "version": record.version, "sections": form.sections() if isinstance(form, VersionForm) else [("", list(form))],  # type: ignore[call-overload]
    }  # fmt: skip
    return render(request, "municipal_assets/act.html", context, status=422 if form.is_bound else 200)  # type: ignore[attr-defined]


def _refused(form: object, refusal: Refusal) -> None:
    if refusal.status == 403:
        raise refusal
    for reason in refusal.reasons:
        form.add_error(reason.field if reason.field in form.fields else None, reason.message)  # type: ignore[attr-defined]


def version_view(name: str) -> View:
    """The page that makes a new version of a facility of the register `name`."""

    @access(f"{MODULE}.{name}", "change")
    @require_http_methods(["GET", "HEAD", "POST"])
    def version(request: HttpRequest, pk: int) -> HttpResponse:
        resource = registry.get(f"{MODULE}.{name}")
        record = cast(Asset, registry.find(resource.key, pk))
        form = VersionForm(resource, record, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            values = form.values()
            text = request.POST.get("version", "")
            expected = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else record.version
            try:
                versions.new_version(
                    record, values["valid_from"], values, basis=form.cleaned_data["basis"] or "", expected=expected
                )
            except Refusal as refusal:
                _refused(form, refusal)
            else:
                messages.success(request, "新版本已登记，原来的情况保留为历史版本。")
                return HttpResponseRedirect(registry.route(resource, "detail", pk))
        note = "现场发生了变化（改建、更换、移位）时登记新版本，旧情况保留为历史；只是改正登记错误，请回详情页用“修改”。"
        return _page(request, name, record, form, f"登记{resource.title}的新版本", note, "登记新版本")

    return version


def end_view(name: str) -> View:
    """The page that ends a facility of the register `name`."""

    @access(f"{MODULE}.{name}", "change")
    @require_http_methods(["GET", "HEAD", "POST"])
    def end(request: HttpRequest, pk: int) -> HttpResponse:
        resource = registry.get(f"{MODULE}.{name}")
        record = cast(Asset, registry.find(resource.key, pk))
        form = EndForm(request.POST if request.method == "POST" else None, auto_id="id_%s", label_suffix="")
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                versions.retire(record, data["on"], basis=data["basis"], status=data["status"])
            except Refusal as refusal:
                _refused(form, refusal)
            else:
                messages.success(request, "已登记停用。记录保留为历史，不会删除。")
                return HttpResponseRedirect(registry.route(resource, "detail", pk))
        return _page(
            request, name, record, form, f"停用或拆除{resource.title}", "停用后它从现状中消失，历史和资料仍可查阅。", "登记停用"
        )

    return end


def file_view(name: str) -> View:
    """The page that adds a paper to a facility of the register `name`."""

    @access(f"{MODULE}.{name}", "change")
    @require_http_methods(["GET", "HEAD", "POST"])
    def file(request: HttpRequest, pk: int) -> HttpResponse:
        resource = registry.get(f"{MODULE}.{name}")
        record = cast(Asset, registry.find(resource.key, pk))
        posted = request.method == "POST"
        form = PaperForm(request.POST if posted else None, request.FILES if posted else None, auto_id="id_%s", label_suffix="")
        if posted and form.is_valid():
            data = form.cleaned_data
            try:
                papers.attach(record, data["file"], kind=data["kind"], title=data["title"], dated=data["dated"])
            except Refusal as refusal:
                _refused(form, refusal)
            else:
                messages.success(request, "资料已保存。")
                return HttpResponseRedirect(registry.route(resource, "detail", pk))
        return _page(request, name, record, form, "上传设施资料", "资料属于这处设施，它的各个版本都能看到。", "上传")

    return file


def papers_panel(request: HttpRequest, record: object) -> str:
    """Papers of a facility on its detail page, with the way to add one."""
    asset = cast(Asset, record)
    resource = registry.of_model(type(asset))
    if resource is None:
        return ""
    found = papers.papers(asset)
    may = allowed(resource.key, "change")
    if not found and not may:
        return ""
    from django.utils import timezone

    kinds = dict(parameters.code_list(f"{MODULE}.file_kind", timezone.localdate()))
    rows = [(paper, kinds.get(paper.kind, paper.kind)) for paper in found]
    add = reverse(f"{MODULE}:{resource.name}_file", args=[asset.pk]) if may else ""
    return render_to_string("municipal_assets/papers.html", {"rows": rows, "add": add}, request=request)
