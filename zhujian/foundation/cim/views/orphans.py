"""The report of what stands alone, both ways, and its export."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.foundation.cim import sources
from zhujian.foundation.cim.selectors import orphans
from zhujian.foundation.kernel.access import access
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.resources import registry, sheets
from zhujian.foundation.resources.downloads import XLSX, attachment

SHOWN, EXPORTED = 20, 5_000
HEADS = ["类别", "编码", "名称", "行政区划", "问题", "下一步"]


@require_GET
@access("cim.orphan", "view")
def report(request: HttpRequest) -> HttpResponse:
    """Each kind with its first rows; ``?kind=`` shows one kind in full."""
    only = request.GET.get("kind", "")
    only = only if only in orphans.KINDS else ""
    found = orphans.sections(500 if only else SHOWN, only)
    for_people = [
        (section, [(row, regions.name(row.region_code) if row.region_code else "") for row in section.rows]) for section in found
    ]
    waiting = [title for kind, title in (("sensor", "感知平台"), ("facility", "市政设施")) if not sources.of(kind)]
    context = {"sections": for_people, "only": only, "alone": sum(bool(section.rows) for section in found), "waiting": waiting}
    return render(request, "cim/orphans.html", context)


@require_GET
@access("cim.orphan", "export")
def export(request: HttpRequest) -> HttpResponseBase:
    """All kinds (or ``?kind=``) as a workbook, at most so many rows of each."""
    only = request.GET.get("kind", "")
    only = only if only in orphans.KINDS else ""
    rows = [
        [section.title, row.key, row.label, regions.name(row.region_code) if row.region_code else "", row.problem, row.next_step]
        for section in orphans.sections(EXPORTED, only) for row in section.rows
    ]  # fmt: skip
    registry.audit("export", "cim.orphan", kind=only, rows=len(rows))
    book = sheets.workbook("孤立对象", HEADS, rows, widths=[26, 28, 40, 14, 40, 50])
    return attachment(book, f"孤立对象{timezone.localdate():%Y%m%d}.xlsx", XLSX)
