"""The auditor's pages."""

from __future__ import annotations

import csv
import io
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from zhujian.foundation.audit import selectors, services
from zhujian.foundation.audit.models import Record
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Reason, refuse_if

PAGE = 50
RESULTS = [
    ("", "全部"),
    ("ok", "成功"),
    ("not_ok", "未成功（全部）"),
    ("refused", "被拒绝"),
    ("wrong", "验证错误"),
    ("locked", "已锁定"),
]
COLUMNS = ["链上序号", "时间", "账号", "姓名", "单位", "来源地址", "行为", "对象", "结果", "记录全文"]


def _day(request: HttpRequest, name: str, reasons: list[Reason]) -> date | None:
    text = request.GET.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        reasons.append(Reason("audit.date", f"日期“{text[:20]}”不正确，请按 2026-01-31 的格式填写。", name))
        return None


def _filter(request: HttpRequest) -> tuple[selectors.Filter, list[Reason]]:
    reasons: list[Reason] = []
    words = {name: request.GET.get(name, "").strip()[:200] for name in ("act", "actor", "target", "result", "source_ip")}
    wanted = selectors.Filter(**words, since=_day(request, "since", reasons), until=_day(request, "until", reasons))
    if wanted.since and wanted.until and wanted.until < wanted.since:
        reasons.append(Reason("audit.period", "截止日期不能早于起始日期。", "until"))
    return wanted, reasons


@require_GET
@access("audit.record", "list")
def records(request: HttpRequest) -> HttpResponse:
    """Records newest first, filtered; pages by key."""
    wanted, reasons = _filter(request)
    before = request.GET.get("before", "")
    rows: list[Record] = []
    if not reasons:
        found = selectors.records(wanted)
        if before.isascii() and before.isdigit() and len(before) < 18:
            found = found.filter(pk__lt=int(before))
        rows = list(found[: PAGE + 1])
    query = request.GET.copy()
    query.pop("before", None)
    more = rows[PAGE - 1].pk if len(rows) > PAGE else None
    context = {
        "rows": rows[:PAGE], "more": more, "wanted": wanted, "results": RESULTS, "reasons": reasons, "query": query.urlencode(),
        "end": selectors.chain_end(), "pending": selectors.pending(),
    }  # fmt: skip
    return render(request, "audit/records.html", context, status=422 if reasons else 200)


@require_GET
@access("audit.record", "view")
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """One record with its place in the chain."""
    found = selectors.record(pk)
    if found is None:
        raise NotFound("audit.no_record", "没有找到这条审计记录。")
    return render(request, "audit/record.html", {"record": found})


@require_GET
@access("audit.record", "export")
def export(request: HttpRequest) -> HttpResponse:
    """The filtered records as CSV (UTF-8 with BOM, for Excel); the export is itself recorded."""
    wanted, reasons = _filter(request)
    refuse_if(reasons)
    most = int(services._parameter("export_rows"))
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    count = 0
    for row in selectors.records(wanted)[:most].iterator(2000):
        seq = row.link.seq if hasattr(row, "link") else ""
        values = [seq, row.at.astimezone().isoformat(), row.actor_id or "", row.actor_name, row.org_name, row.source_ip, row.act,
                  row.target, row.result, row.body]  # fmt: skip
        writer.writerow([_plain(value) for value in values])
        count += 1
    services.record("audit.export", target="audit.record", filter=request.GET.urlencode()[:500], rows=count)
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return HttpResponse("\ufeff" + stream.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _plain(value: object) -> object:
    """A cell no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


@require_POST
@access("audit.record", "verify")
def verify(request: HttpRequest) -> HttpResponse:
    """Recompute the chain now."""
    with scope.system("审计链核查"):
        faults, count = services.verify()
    services.record("audit.verify", target="audit.chain", result="wrong" if faults else "ok", faults=faults[:20], links=count)
    if faults:
        messages.error(request, "审计链核查不通过：" + "；".join(faults[:5]) + "。请立即保护现场并报告。")
    else:
        messages.success(request, f"审计链核查通过：{count} 条记录完整无改动。")
    return redirect("audit:records")
