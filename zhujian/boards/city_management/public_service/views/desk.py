"""The call-back desk and the rate of satisfaction."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.boards.city_management.command import selectors as command
from zhujian.boards.city_management.public_service import selectors
from zhujian.boards.city_management.public_service.models import CallBack, WorkOrder
from zhujian.boards.city_management.public_service.rules import call_back as rules
from zhujian.boards.city_management.public_service.services import call_backs
from zhujian.foundation.audit import services as audit
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal
from zhujian.foundation.kernel.masking import mask_name, mask_phone
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

PAGE = 50
GROUPS = {"unit": "承办单位", "class_name": "问题小类", "county_key": "区县"}


@never_cache
@require_GET
@access("public_service.call_back", "answer")
def call_backs_page(request: HttpRequest) -> HttpResponse:
    """Reporters to be called now, and what was answered lately. Phones stay masked until a call is taken on."""
    waiting = list(selectors.to_call()[: PAGE + 1])
    done = (
        CallBack.objects.filter(state=CallBack.State.ANSWERED)
        .select_related("submission", "follow_up")
        .order_by("-answered_at")[:20]
    )
    labels = _labels()
    context = {
        "waiting": waiting[:PAGE], "more": len(waiting) > PAGE,
        "done": [(row, labels.get(row.level or 0, "")) for row in done], "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "public_service/call_backs.html", context)


def _labels() -> dict[int, str]:
    return {int(code): label for code, label in parameters.code_list("command.satisfaction", timezone.localdate())}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access("public_service.call_back", "answer")
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """One call: whom, about what, and what they said. Opening it shows the phone, which is entered into the audit log."""
    found = CallBack.objects.select_related("submission", "follow_up").filter(pk=pk).first()
    if found is None:
        raise NotFound("call_back.absent", "没有这条回访记录，或不在您的管辖范围内。")
    reasons: list[Reason] = []
    if request.method == "POST":
        try:
            return _answered(request, found)
        except Refusal as refusal:
            reasons = list(refusal.reasons)
    name, phone = _reporter(found)
    open_now = found.state in (CallBack.State.WAITING, CallBack.State.UNREACHED) and not call_backs.check_open(found)
    if open_now and phone:
        audit.record("reveal", f"public_service.call_back:{found.pk}", reason="电话回访", fields=["reporter_phone"])
    context = {
        "asked": found, "row": found.submission, "reasons": reasons, "levels": list(_labels().items()), "open": open_now,
        "name": mask_name(name), "phone": phone if open_now else mask_phone(phone), "level": _labels().get(found.level or 0, ""),
    }  # fmt: skip
    return render(request, "public_service/call.html", context, status=422 if reasons else 200)


def _reporter(found: CallBack) -> tuple[str, str]:
    """(name, phone) of whoever is to be called: of the report, or of the hotline's order when they asked not to be named to others."""
    with scope.system("电话回访"):
        order = WorkOrder.objects.filter(submission=found.submission).first()
        if order is not None:
            return order.caller_name, order.caller_phone
        report = command.report(found.submission.number)
        return (report.reporter_name, report.reporter_phone) if report else ("", "")


def _answered(request: HttpRequest, found: CallBack) -> HttpResponse:
    who = scope.current().actor_name
    if request.POST.get("act") == "unreached":
        after = call_backs.do_unreached(found.pk, who)
        said = (
            "已拨打多次未接通，不再列入拨打名单。"
            if after.state == CallBack.State.UNREACHED
            else "已记录未接通，稍后会再次列入拨打名单。"
        )
        messages.info(request, said)
        return redirect("public_service:call_backs")
    level = request.POST.get("level", "")
    after = call_backs.do_answer(
        found.pk, int(level) if level.isascii() and level.isdigit() and len(level) == 1 else 0, channel="desk", by=who,
        note=request.POST.get("note", ""), solved={"1": True, "0": False}.get(request.POST.get("solved", "")),
    )  # fmt: skip
    messages.success(request, f"回访已登记，已登记复办{after.follow_up.number}。" if after.follow_up else "回访已登记。")
    return redirect("public_service:call_backs")


def _day(text: str, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if 2000 <= found.year <= 2100 else otherwise


@never_cache
@require_GET
@access("public_service.satisfaction", "view")
def satisfaction(request: HttpRequest) -> HttpResponse:
    """群众满意率 with numerator and denominator, by unit, class or county; every number leads to its rows."""
    today = timezone.localdate()
    end = _day(request.GET.get("to", ""), today)
    start = min(_day(request.GET.get("from", ""), today - timedelta(days=29)), end)
    by = request.GET.get("by", "unit")
    by = by if by in GROUPS else "unit"
    whole = selectors.satisfaction(start, end)[0]
    lines = selectors.satisfaction(start, end, by=by)
    labels = _labels()
    good = call_backs.levels("satisfied")
    context = {
        "whole": whole, "lines": [(_name(by, line.key), _link(by, line.key, start, end), line, _cells(line)) for line in lines],
        "all_link": _link("", "", start, end),
        "heads": [labels[level] for level in rules.RATED] + [labels[rules.NOT_RATED]], "cells": _cells(whole), "start": start, "end": end,
        "by": by, "groups": GROUPS.items(), "good": "、".join(labels[level] for level in rules.RATED if level in good),
    }  # fmt: skip
    return render(request, "public_service/satisfaction.html", context)


def _cells(line: selectors.Line) -> list[tuple[str, int]]:
    labels = _labels()
    return [(labels[level], line.counts[level]) for level in (*rules.RATED, rules.NOT_RATED)]


def _name(by: str, key: str) -> str:
    return regions.name(key.ljust(12, "0")) if by == "county_key" else key or "未注明"


def _link(by: str, key: str, start: date, end: date) -> str:
    """The list of exactly these rows, where its filters can say so."""
    asked = {"asked_at_from": start.isoformat(), "asked_at_to": end.isoformat()}
    if by == "county_key":
        asked["region_code"] = key.ljust(12, "0")
    elif by and key:
        asked[by] = key
    return "/r/public_service/call_back/?" + urlencode(asked)
