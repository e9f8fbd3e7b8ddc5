"""Public pages. Nothing here needs an account, and nothing here shows a person."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.boards.construction.project_management import selectors as projects
from zhujian.boards.construction.project_management import steps
from zhujian.foundation.kernel import codes
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Reason
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions
from zhujian.portals.public import services
from zhujian.portals.shell.context import first_route

UNITS = {
    "working_day": "个工作日",
    "calendar_day": "日",
    "working_hour": "个工作小时",
    "hour": "小时",
    "month": "个月",
    "year": "年",
}


@require_GET
@access("public.page", "view")
def home(request: HttpRequest) -> HttpResponse:
    """What the platform is and what anyone can do here."""
    stages = [
        {"code": code, "title": title, "count": len(steps.load().applied_for(code))} for code, title in steps.STAGES.items()
    ]
    return render(request, "public/home.html", {"stages": stages, "verify_url": first_route("certificates:verify_form")})


@require_GET
@access("public.progress", "view")
def progress(request: HttpRequest) -> HttpResponse:
    """Public progress by project code; any other number is taken for a certificate's and goes to its verification."""
    number = "".join(request.GET.get("number", "").split()).upper()[:64]
    if not number:
        reasons = [Reason("public.number.missing", "请输入项目代码或证照编号。", "number")] if "number" in request.GET else []
        return _form(request, number, reasons)
    services.do_count(request.META.get("REMOTE_ADDR", ""))
    if number.count("-") == 0 and first_route("certificates:verify_form"):
        return redirect("certificates:verify", identifier=number)
    if faults := codes.project_code_check(number):
        return _form(request, number, [Reason(fault.code, fault.message, "number") for fault in faults])
    found = projects.public_progress(number)
    if found is None:
        return _form(
            request, number, [Reason("public.number.unknown", "没有找到这个项目代码，请与批准文件逐位核对。", "number")], 404
        )
    return render(request, "public/progress.html", {"found": found, "number": number, **_shown(found)})


def _form(request: HttpRequest, number: str, reasons: list[Reason], status: int = 422) -> HttpResponse:
    context = {"number": number, "reasons": reasons}
    return render(request, "public/progress.html", context, status=status if reasons else 200)


def _shown(found: projects.PublicProgress) -> dict[str, object]:
    """Stage bar and steps as the page shows them."""
    order = list(steps.STAGES)
    here = order.index(found.stage) if found.stage in order else 0
    catalogue = steps.load(found.region_code)
    bar = [
        {"title": title, "state": "done" if at < here else "now" if at == here else "next"}
        for at, (_, title) in enumerate(steps.STAGES.items())
    ]
    rows = [
        {"title": catalogue[row.step].title if row.step in catalogue.steps else row.step, "row": row}
        for row in sorted(found.steps, key=lambda one: one.step)
    ]
    return {"bar": bar, "rows": rows, "place": regions.full_name(found.region_code)}


@require_GET
@access("public.page", "view")
def guides(request: HttpRequest) -> HttpResponse:
    """Service guides by stage."""
    catalogue = steps.load()
    stages = [
        {"code": code, "title": title, "steps": [_line(step) for step in catalogue.applied_for(code)]}
        for code, title in steps.STAGES.items()
    ]
    return render(request, "public/guides.html", {"stages": stages, "chosen": request.GET.get("stage", "")})


def _line(step: steps.Step) -> dict[str, object]:
    return {"id": step.id, "title": step.title, "office": steps.AUTHORITIES.get(step.authority, ""), "output": step.output.title}


@require_GET
@access("public.page", "view")
def guide(request: HttpRequest, step_id: str) -> HttpResponse:
    """One step's guide: who, what to hand in, how long, on what basis; `?region=` shows a city's own way of doing it."""
    region = request.GET.get("region", "")
    region = region if region in steps.profile_regions() else ""
    catalogue = steps.load(region)
    if step_id not in catalogue.steps:
        raise NotFound("public.guide.unknown", "没有这个事项，请从办事指南目录重新选择。")
    step = catalogue[step_id]
    limits: dict[str, list[str]] = {}
    for kind, title in steps.PROJECT_TYPES.items():
        if text := _limit(catalogue.limit_key(step_id, kind), region):
            limits.setdefault(text, []).append(title)
    context = {
        "step": step, "stage": steps.STAGES[step.stage], "office": steps.AUTHORITIES.get(step.authority, step.authority),
        "applicant": steps.PARTIES.get(step.applicant) or steps.AUTHORITIES.get(step.applicant, ""), "kind": steps.KINDS.get(step.kind, ""),
        "limits": [(text, "、".join(kinds) if len(kinds) < len(steps.PROJECT_TYPES) else "各类项目") for text, kinds in limits.items()],
        "before": [catalogue[one] for one in step.depends if one in catalogue.steps],
        "cities": [(code, regions.name(code)) for code in steps.profile_regions()], "region": region,
    }  # fmt: skip
    return render(request, "public/guide.html", context)


def _limit(key: str, region: str) -> str:
    """The time limit behind a parameter key in words, or an empty string."""
    if not key:
        return ""
    try:
        found = parameters.value(key, on=timezone.localdate(), region=region)
    except KeyError:
        return ""
    value, unit = found.value, found.unit
    if isinstance(value, dict):
        value, unit = value.get("amount", ""), value.get("unit", unit)
    return f"{value} {UNITS.get(str(unit), unit)}".strip()
