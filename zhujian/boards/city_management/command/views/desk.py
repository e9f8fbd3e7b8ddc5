"""受理台: the pool beside one opened report. After every decision the next report opens by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from zhujian.boards.city_management.command import figures, selectors, services
from zhujian.boards.city_management.command.forms.desk import AcceptForm, RefuseForm, add_reasons, class_groups, first_conditions
from zhujian.boards.city_management.command.models import Case, DuplicateProposal, Photo, Report
from zhujian.boards.city_management.command.selectors import advice, live
from zhujian.boards.city_management.command.views.layers import near_layer
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Conflict, NotFound, Refusal
from zhujian.foundation.kernel.middleware import reading
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import registry

POOL = 40
EARLIER = 20  # other reports of one person
TODAY = 300  # lines of one's own day
TRIES = 5  # reports that others may be faster with, before the page says so
WAITING = ("waiting", "taken")


def waiting(who: scope.Scope) -> list[Report]:
    """What waits for this acceptor: own taken ones first, then urgent ones, then the longest waiting."""
    rows = (
        figures.here(Report.objects.filter(state__in=WAITING)).order_by("received_at", "id").defer("reporter_phone")[: POOL * 3]
    )
    mine = [row for row in rows if row.state == "waiting" or row.taken_by == who.actor_id]
    return sorted(mine, key=lambda row: (row.state != "taken", not row.urgent))[:POOL]


def limit_minutes(region: str) -> int:
    """Minutes within which a report is to be accepted."""
    return int(parameters.value("command.limit_register", on=timezone.localdate(), region=region).value)


def find_report(pk: int) -> Report:
    """A visible report; NotFound else."""
    found = Report.objects.select_related("case").filter(pk=pk).first()
    if found is None:
        raise NotFound("report.absent", "没有找到这条上报，可能不在您的管辖范围内。")
    return found


@reading
@require_GET
@access("command.desk", "use")
def desk(request: HttpRequest) -> HttpResponse:
    """The pool; nothing opened yet."""
    return _page(request, None)


@reading
@require_GET
@access("command.desk", "use")
def opened(request: HttpRequest, pk: int) -> HttpResponse:
    """The desk with one report."""
    report = find_report(pk)
    return _page(request, report, _form(report, request.GET if "class_key" in request.GET else None))


@require_POST
@access("command.desk", "use")
def take(request: HttpRequest) -> HttpResponse:
    """Take the chosen report of the pool and open it; one's own is just opened."""
    pk = request.POST.get("report", "")
    report = find_report(int(pk) if pk.isdigit() and len(pk) < 19 else 0)
    if report.state == "waiting":
        services.do_take(report.pk)
    return redirect("command:desk_report", report.pk)


@require_POST
@access("command.desk", "use")
def following(request: HttpRequest) -> HttpResponse:
    """Begin: the next report."""
    return _next(request)


def _next(request: HttpRequest) -> HttpResponse:
    """Open what comes next; when somebody else is faster with one, the one after it."""
    for row in waiting(scope.current())[:TRIES]:
        if row.state == "taken":
            return redirect("command:desk_report", row.pk)
        try:
            services.do_take(row.pk)
        except Conflict:
            continue
        return redirect("command:desk_report", row.pk)
    return redirect("command:desk")


def _accept(request: HttpRequest, report: Report) -> str:
    form = _form(report, request.POST)
    if not form.is_valid():
        raise FormRefused(form)
    values = form.cleaned_data
    kind, _, code = values["class_key"].partition(":")
    try:
        case = services.do_accept(
            report.pk, kind, code, values["condition"], values["urgent"], verify={"verify": True, "judge": False}.get(request.POST.get("act", "")),
            component_code=values["component_code"], address=values["address"], opinion=values["opinion"],
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        add_reasons(form, refusal.reasons, {"class_code": "class_key", "condition_id": "condition"})
        raise FormRefused(form) from refusal
    return f"已受理：{case.class_name} {case.number}，{case.get_state_display()}。"


def _refuse(request: HttpRequest, report: Report) -> str:
    form = RefuseForm(request.POST)
    if not form.is_valid():
        raise FormRefused(_form(report, None), form)
    try:
        services.do_refuse(report.pk, form.cleaned_data["reason_code"], form.cleaned_data["text"])
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        add_reasons(form, refusal.reasons)
        raise FormRefused(_form(report, None), form) from refusal
    return f"{report.number} 已不予受理，理由已答复上报人。"


def _merge(request: HttpRequest, report: Report) -> str:
    pk, number = request.POST.get("case", ""), "".join(request.POST.get("case_number", "").split())[:19]
    rows = Case.objects.filter(pk=int(pk)) if pk.isdigit() and len(pk) < 19 else Case.objects.filter(number=number or "-")
    case = rows.only("pk", "number").first()
    if case is None:
        raise Refusal("merge.case", "没有找到要并入的案件，请核对案件编号。", "case_number")
    services.do_merge(report.pk, case.pk)
    return f"{report.number} 已并入案件 {case.number}，办结后一并答复上报人。"


def _release(request: HttpRequest, report: Report) -> str:
    services.do_release(report.pk)
    return f"{report.number} 已放回等候。"


ACTS: dict[str, Callable[[HttpRequest, Report], str]] = {
    "accept": _accept,
    "refuse": _refuse,
    "merge": _merge,
    "release": _release,
}


class FormRefused(Exception):
    """What was typed has to be mended; the page shows it again."""

    def __init__(self, form: AcceptForm, refuse: RefuseForm | None = None) -> None:
        super().__init__()
        self.form, self.refuse = form, refuse


@require_POST
@access("command.desk", "use")
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Decide about the opened report; then the next one opens."""
    report = find_report(pk)
    do = ACTS.get(name)
    if do is None:
        raise NotFound("desk.act", "没有这项操作。")
    try:
        said = do(request, report)
    except FormRefused as refused:
        return _page(request, report, refused.form, refuse=refused.refuse, status=422)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        return _page(request, find_report(pk), _form(report, None), reasons=refusal.reasons, status=refusal.status)
    messages.success(request, said)
    return redirect("command:desk") if name == "release" else _next(request)


def _form(report: Report, data: Any) -> AcceptForm:
    return AcceptForm(data, report=report)


@require_GET
@access("command.desk", "use")
def conditions(request: HttpRequest) -> HttpResponse:
    """The conditions of a class with their limits, as a part of the page."""
    kind, code = request.GET.get("kind", ""), request.GET.get("code", "")[:5]
    rows = first_conditions(kind, code, scope.current().region_code)
    return render(request, "command/parts/conditions.html", {"conditions": rows, "asked": bool(code)})


def _page(
    request: HttpRequest, report: Report | None, form: AcceptForm | None = None, *, refuse: RefuseForm | None = None,
    reasons: Iterable[Any] = (), status: int = 200,
) -> HttpResponse:  # fmt: skip
    who = scope.current()
    minutes = limit_minutes(who.region_code)
    pool = waiting(who)
    context: dict[str, Any] = {
        "pool": pool,
        "limit_minutes": minutes,
        "day": _day(pool, who, minutes),
        "report": report,
        "reasons": list(reasons),
    }
    if report is not None and form is not None:
        context |= _report_context(report, form, who) | {"refuse_form": refuse or RefuseForm(), "form": form}
    return render(request, "command/desk.html", context, status=status)


def _day(pool: list[Report], who: scope.Scope, minutes: int) -> dict[str, Any]:
    """The line above the desk, of what is already read and one small count."""
    now = timezone.now()
    late = sum(row.received_at < now - timedelta(minutes=minutes) for row in pool)
    mine = sum(row.state == "taken" for row in pool)
    return {
        "waiting": len(pool) - mine, "waiting_more": len(pool) >= POOL, "mine": mine, "late": late,
        "done": decided(who, now).count(),
    }  # fmt: skip


def decided(who: scope.Scope, now: datetime) -> QuerySet[Report]:
    """What this acceptor has decided about today, of what came in since the day before yesterday."""
    rows = figures.here(Report.objects.filter(taken_by=who.actor_id, taken_at__gte=live.midnight(now)))
    return rows.exclude(state__in=WAITING).filter(received_at__gte=now - timedelta(days=2))


@require_GET
@access("command.desk", "use")
def today(request: HttpRequest) -> HttpResponse:
    """What I have decided about today, newest first: to look again at the last one, or to answer who asks."""
    rows = decided(scope.current(), timezone.now()).select_related("case").defer("reporter_phone").order_by("-taken_at", "-id")
    return render(request, "command/desk_list.html", {
        "rows": rows[:TODAY], "most": TODAY, "title": "我今天受理的", "none": "今天还没有受理。受理、并入和不予受理的上报会列在这里。",
    })  # fmt: skip


def of_same_person(report: Report) -> QuerySet[Report]:
    """Other reports under the same telephone number (by its keyed hash), newest first; none where no number was left."""
    rows = (
        Report.objects.filter(phone_hash=report.phone_hash).exclude(pk=report.pk) if report.phone_hash else Report.objects.none()
    )
    return rows.defer("reporter_phone").order_by("-received_at", "-id")


@require_GET
@access("command.desk", "use")
def earlier(request: HttpRequest, pk: int) -> HttpResponse:
    """What the person of the opened report told before, and what became of it."""
    report = find_report(pk)
    rows = of_same_person(report).select_related("case")[:EARLIER]
    return render(request, "command/desk_list.html", {
        "rows": rows, "most": EARLIER, "title": f"{report.number} 上报人的其他上报", "none": "这个联系方式没有其他上报。",
    })  # fmt: skip


def _report_context(report: Report, form: AcceptForm, who: scope.Scope) -> dict[str, Any]:
    photos = list(Photo.objects.filter(report=report).order_by("id"))
    proposals = list(
        DuplicateProposal.objects.filter(report=report, decision="").select_related("case").order_by("-score", "distance_m")[:6]
    )
    given = advice.of(report)
    if given and given.duplicates:
        proposals.sort(key=lambda one: -given.duplicates.get(one.case_id, 0))
    top = proposals[0] if proposals else None
    kind, _, code = form.chosen.partition(":")
    mine = report.taken_by == who.actor_id or "shift_leader" in who.roles
    need = services.verification(report.source, report.region_code, timezone.localdate())
    direct = need == "no"
    others = of_same_person(report).order_by().values_list("pk", flat=True)[:EARLIER]
    resource = registry.get("command.report")
    return {
        "photos": photos, "duplicates": proposals, "top": top, "mine": mine, "may_decide": report.state in WAITING and (report.state == "waiting" or mine),
        "top_photo": next(iter(selectors.photos(top.case)), None) if top else None, "suggestion": given,
        "class_groups": class_groups(report.region_code, form.chosen), "conditions": first_conditions(kind, code, report.region_code), "asked": bool(code),
        "chosen_condition": form.condition_value, "nearby": near_layer(report), "may_verify": direct, "may_judge": need == "may",
        "register_label": "直接立案" if direct else "受理并派人核实", "earlier": len(others), "earlier_more": len(others) == EARLIER, "taken_by_name": report.taken_by_name,
        "may_reveal": bool(report.reporter_phone) and rights.allowed("command.report", "reveal"),
        "reveal_url": registry.route(resource, "reveal", report.pk),
    }  # fmt: skip
