"""Definitions: list, one version with its diagram, differences and checks, the editor of a variant, publishing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal
from zhujian.foundation.workflow import lint, selectors, services
from zhujian.foundation.workflow.diagram import MAX_BYTES, cached_decision, cached_process
from zhujian.foundation.workflow.layout import with_layout
from zhujian.foundation.workflow.models import Definition
from zhujian.foundation.workflow.selectors import region_name
from zhujian.foundation.workflow.services.definitions import editor_lists, findings


def _definition(pk: int) -> Definition:
    found = Definition.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("workflow.definition.missing", "没有找到这个流程版本。")
    return found


@require_GET
@access("workflow.definition", "view")
def index(request: HttpRequest) -> HttpResponse:
    """All processes and decisions in force, with variants and drafts."""
    rows = selectors.definitions()
    context = {
        "groups": [("流程", [e for e in rows if e["kind"] == "bpmn"]), ("决策表", [e for e in rows if e["kind"] == "dmn"])]
    }
    return render(request, "workflow/definitions.html", context)


@require_GET
@access("workflow.definition", "view")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: diagram or table, checks, differences from the default and from the version before."""
    row = _definition(pk)
    versions = Definition.objects.filter(key=row.key).defer("xml").order_by("region_code", "-number")
    context: dict[str, Any] = {
        "row": row, "region": region_name(row.region_code), "versions": [(v, region_name(v.region_code)) for v in versions],
        "may_change": allowed("workflow.definition", "change"), "target": region_name(_target_region(row)),
        "findings": findings(row.xml, row.region_code) if row.status == "draft" else [],
    }  # fmt: skip
    if row.kind == "dmn":
        context["decision"] = cached_decision(row.xml)
    else:
        context |= {"process": cached_process(row.xml), **_differences(row)}
    return render(request, "workflow/definition.html", context)


def _differences(row: Definition) -> dict[str, Any]:
    """Changes from the provincial default (for a variant) or from the version before (for the default)."""
    others = Definition.objects.filter(key=row.key, region_code="")
    other = (
        others.filter(status="published").first()
        if row.region_code
        else others.filter(number__lt=row.number).order_by("-number").first()
    )
    if other is None:
        return {"changes": None}
    title = "与省级默认流程的差别" if row.region_code else f"与上一版本（v{other.number}）的差别"
    return {"changes": lint.diff(cached_process(other.xml), cached_process(row.xml)), "changes_title": title}


@require_GET
@access("workflow.definition", "view")
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file itself."""
    row = _definition(pk)
    response = HttpResponse(row.xml, content_type="application/xml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{row.key}-v{row.number}.{row.kind}"'
    return response


@require_GET
@access("workflow.definition", "view")
def diagram(request: HttpRequest, pk: int) -> JsonResponse:
    """The diagram for the island, with the addresses of called processes."""
    row = _definition(pk)
    process = cached_process(row.xml)
    found = Definition.objects.filter(key__in=process.calls, status="published", region_code__in=("", row.region_code))
    nearest = {d.key: d.pk for d in found.order_by("region_code").only("key", "pk")}
    called = {
        i.id: reverse("workflow:definition_diagram", args=[nearest[i.called]])
        for i in process.items.values()
        if i.called in nearest
    }
    return JsonResponse({"xml": with_layout(row.xml), "title": row.name, "nodes": {}, "called": called})


def _target_region(row: Definition) -> str:
    """Region whose draft an edit of `row` makes: the row's own, or the actor's city or county when editing the default."""
    who = scope.current()
    if row.region_code or not who.region_code or set(who.region_code[2:]) == {"0"}:
        return row.region_code
    return who.region_code


@require_http_methods(["GET", "POST"])
@access("workflow.definition", "change")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor; without JavaScript a file made elsewhere can be uploaded."""
    row = _definition(pk)
    region = _target_region(row)
    reasons: Sequence[Reason] = ()
    if request.method == "POST":
        try:
            note = request.POST.get("note", "")
            draft, _ = services.do_save_draft(_uploaded(request), region_code=region, note=note, draft_id=_draft_id(row, region))
            return HttpResponseRedirect(reverse("workflow:definition", args=[draft.pk]))
        except Refusal as refusal:
            reasons = refusal.reasons
    context = {"row": row, "region": region_name(region), "reasons": reasons}
    return render(request, "workflow/edit.html", context, status=422 if reasons else 200)


def _uploaded(request: HttpRequest) -> str:
    upload = request.FILES.get("file")
    if upload is None:
        raise Refusal("workflow.definition.file", "请选择要上传的流程文件（.bpmn 或 .dmn）。", "file")
    if (upload.size or 0) > MAX_BYTES:
        raise Refusal("workflow.definition.size", f"文件超过 {MAX_BYTES // 1_000_000} MB，请检查是否选错了文件。", "file")
    try:
        return upload.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("workflow.definition.encoding", "文件不是 UTF-8 编码，请用流程编辑器重新导出。", "file") from None


def _draft_id(row: Definition, region: str) -> int | None:
    """The draft that is being worked on: `row` itself, or the newest one the same person has for the place."""
    if row.status == Definition.Status.DRAFT and row.region_code == region:
        return row.pk
    mine = Definition.objects.filter(key=row.key, region_code=region, status="draft", created_by=scope.current().actor_id)
    return mine.order_by("-number").values_list("pk", flat=True).first()


def _findings(found: list[lint.Finding]) -> list[dict[str, str]]:
    return [{"code": f.code, "message": f.message, "element": f.element, "level": f.level} for f in found]


@require_GET
@access("workflow.definition", "change")
def editor(request: HttpRequest, pk: int) -> JsonResponse:
    """What the editor island starts with: the diagram, the lists for its forms, the findings."""
    row = _definition(pk)
    region = _target_region(row)
    return JsonResponse(
        {"xml": with_layout(row.xml), "options": editor_lists(region), "findings": _findings(findings(row.xml, region))}
    )


@require_POST
@access("workflow.definition", "change")
def save(request: HttpRequest, pk: int) -> JsonResponse:
    """Save the editor's diagram as a draft and answer with what lint says."""
    row = _definition(pk)
    try:
        body = json.loads(request.body)
        xml, note = str(body["xml"]), str(body.get("note", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refusal("workflow.definition.body", "没有收到流程图，请刷新页面重试。") from None
    region = _target_region(row)
    draft, found = services.do_save_draft(xml, region_code=region, note=note, draft_id=_draft_id(row, region))
    return JsonResponse({"url": reverse("workflow:definition", args=[draft.pk]), "findings": _findings(found)})


@require_POST
@access("workflow.definition", "change")
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft."""
    row = services.do_publish(pk)
    messages.success(request, f"“{row.name}”v{row.number} 已发布。新发起的流程使用此版本，办理中的流程仍用原版本。")
    return HttpResponseRedirect(reverse("workflow:definition", args=[pk]))


@require_POST
@access("workflow.definition", "change")
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a variant out of force."""
    row = services.do_retire(pk)
    messages.success(request, f"“{row.name}”的地方变体已停用，新发起的流程使用上级版本。")
    return HttpResponseRedirect(reverse("workflow:definition", args=[pk]))
