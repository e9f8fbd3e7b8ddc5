"""A version's page: where it stands, its progress, its checks, its quantities, its files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_POST

from zhujian.foundation.bim import bcf, selectors, services
from zhujian.foundation.bim.convert.words import label
from zhujian.foundation.bim.models import Finding, Quantity, Version
from zhujian.foundation.bim.views.data import answer
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound
from zhujian.foundation.resources.downloads import attachment
from zhujian.foundation.workflow import selectors as workflow

TAGS = {
    "submitted": "tag-info", "checking": "tag-info", "failed_check": "tag-error", "review": "tag-warn", "rejected": "tag-error",
    "passed": "tag-ok", "archived": "tag-ok", "published": "tag-ok",
}  # fmt: skip
STEPS = (
    ("submitted", "提交"),
    ("checking", "自动检查"),
    ("review", "人工审查"),
    ("passed", "通过"),
    ("archived", "归档"),
    ("published", "入CIM"),
)
PAGE = 50
KINDS = {"map": "投影坐标（IfcMapConversion）", "site": "IfcSite 经纬度", "hand": "人工填写", "none": "没有"}


def steps_of(version: Version) -> list[dict[str, str]]:
    """The bar of states: done, now, next; a failed one is late."""
    order = [code for code, _ in STEPS]
    at = {"failed_check": "checking", "rejected": "review"}.get(version.state, version.state)
    place = order.index(at)
    bar = []
    for number, (_, title) in enumerate(STEPS):
        state = "done" if number < place or version.state == "published" else "now" if number == place else "next"
        note = version.get_state_display() if number == place else ""
        bar.append({"title": title, "state": state, "note": note if note != title else ""})
    return bar


def groups_of(version: Version) -> list[dict[str, Any]]:
    """Checks by pack, failed ones first."""
    packs: dict[str, list[dict[str, Any]]] = {}
    for check in version.checks:
        packs.setdefault(check["pack"], []).append(check)
    found = []
    for title, checks in packs.items():
        bad = sorted((c for c in checks if c["status"] == "fail"), key=lambda c: (c["severity"], c["rule"]))
        failed = sum(1 for c in bad if c["severity"] == "error")
        fine = [c for c in checks if c["status"] != "fail"]
        found.append({"title": title, "failed": failed, "warned": len(bad) - failed, "bad": bad, "fine": fine})
    return found


def context_of(version: Version) -> dict[str, Any]:
    """What the page and the progress part show."""
    try:
        viewer = reverse("bim:view", args=[version.pk]) if version.storeys else ""
    except NoReverseMatch:
        viewer = ""
    return {
        "version": version, "model": version.model, "tag": TAGS[version.state], "steps": steps_of(version), "groups": groups_of(version),
        "viewer": viewer, "kind": KINDS.get(version.georef.get("kind", "none"), ""), "running": version.job.waiting,
    }  # fmt: skip


@require_GET
@access("bim.version", "view")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One version."""
    version = selectors.version(pk)
    others = [one for one in selectors.versions(version.model) if one.pk != version.pk and one.storeys]
    rows = selectors.quantities(version)
    context = {
        **context_of(version), "totals": totals_of(rows), "classes": selectors.classes(version)[:12], "others": others,
        "tasks": workflow.open_tasks_of(version.model.subject), "summary": [(row, label(row.ifc_class), sources(row.source)) for row in rows[:400]],
    }  # fmt: skip
    return render(request, "bim/version.html", context)


def totals_of(rows: list[Quantity]) -> list[dict[str, Any]]:
    """Sums of each class over all storeys; None where no element has the quantity."""
    sums: dict[str, dict[str, Any]] = {}
    for row in rows:
        total = sums.setdefault(label(row.ifc_class), {"count": 0, "area": None, "volume": None})
        total["count"] += row.count
        for name, value in (("area", row.area_m2), ("volume", row.volume_m3)):
            if value is not None:
                total[name] = (total[name] or 0.0) + value
    return [{"name": name, **total} for name, total in sums.items()]


def sources(text: str) -> str:
    """Where length, area and volume of a row come from, in words."""
    named = {selectors.SOURCES.get(part) for kind in text.split("|") for part in kind.split("+")} - {None}
    return "、".join(sorted(str(one) for one in named)) or "—"


@require_GET
@access("bim.version", "view")
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part that says how far the check is; asked for again every second while it runs, then the page is loaded anew."""
    version = selectors.version(pk)
    response = render(request, "bim/parts/progress.html", context_of(version))
    if not version.job.waiting:
        response["HX-Refresh"] = "true"
    return response


@require_GET
@access("bim.version", "view")
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the version stands, for programs: state, progress, verdict, counts."""
    version = selectors.version(pk)
    return answer(
        {
            "id": version.pk, "model": version.model_id, "number": version.number, "state": version.state, "state_text": version.get_state_display(),
            "progress": version.job.progress, "stage_text": version.job.stage_text, "finished": not version.job.waiting,
            "verdict": version.verdict, "verdict_code": version.verdict_code, "errors": version.errors_count, "warnings": version.warnings_count,
            "schema": version.schema, "elements": version.elements_count, "level": version.level, "origin": version.origin, "checks": version.checks,
        }
    )  # fmt: skip


@require_GET
@access("bim.version", "view")
def rule(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Failures of one rule, page by page."""
    version = selectors.version(pk)
    check = next((one for one in version.checks if one["rule"] == code), None)
    if check is None:
        raise NotFound("bim.rule_not_found", "这个版本没有按这条规则检查。")
    after = request.GET.get("after", "")
    rows = selectors.faults_of_rule(version, code, int(after) if after.isascii() and after.isdigit() else 0, PAGE + 1)
    context = {
        **context_of(version),
        "check": check,
        "rows": rows[:PAGE],
        "more": rows[PAGE - 1].pk if len(rows) > PAGE else None,
    }
    return render(request, "bim/rule.html", context)


@require_GET
@access("bim.version", "view")
def comparison(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """What changed from one version to another, as lists."""
    old, new = selectors.version(pk), selectors.version(other)
    found = selectors.compare(old, new)
    words = {"properties": "属性", "placement": "位置", "geometry": "形状"}
    shown = 300
    fresh = selectors.named(new, [*found.added[:shown], *(one.global_id for one in found.changed[:shown])])
    gone = selectors.named(old, list(found.removed[:shown]))
    context = {
        "old": old, "new": new, "found": found, "model": new.model,
        "added": [(fresh[code], label(fresh[code].ifc_class)) for code in found.added[:shown]],
        "removed": [(gone[code], label(gone[code].ifc_class)) for code in found.removed[:shown]],
        "changed": [
            (fresh[one.global_id], label(fresh[one.global_id].ifc_class), "、".join(words[name] for name in one.fields))
            for one in found.changed[:shown]
        ],
    }  # fmt: skip
    return render(request, "bim/compare.html", context)


@require_GET
@access("bim.version", "download")
def issues(request: HttpRequest, pk: int) -> HttpResponse:
    """The failures as a BCF file; ``?version=2.1`` for older programs."""
    version = selectors.version(pk)
    edition = "2.1" if request.GET.get("version") == "2.1" else "3.0"
    rows = Finding.objects.filter(version=version).select_related("element").order_by("severity", "rule", "id")[: bcf.MOST]
    author = version.model.submitter or "平台"
    data = bcf.write(bcf.project_of(version, author), [bcf.issue_of(version, row) for row in rows], edition)
    name = f"{version.model.name}-v{version.number}.bcf" if edition == "3.0" else f"{version.model.name}-v{version.number}.bcfzip"
    return attachment(data, name, "application/octet-stream")


@require_GET
@access("bim.version", "download")
def quantities(request: HttpRequest, pk: int) -> HttpResponse:
    """The quantities as an Excel workbook."""
    from zhujian.foundation.bim.sheets import workbook

    version = selectors.version(pk)
    data = workbook(version, selectors.quantities(version), sources)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return attachment(data, f"{version.model.name}-v{version.number}-工程量.xlsx", kind)


@require_POST
@access("bim.version", "recheck")
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Check again by today's rule packs."""
    version = services.do_recheck(selectors.version(pk), reason=request.POST.get("reason", ""))
    messages.success(request, "已重新排队检查，完成后页面会自动更新。")
    return redirect("bim:version", version.pk)
