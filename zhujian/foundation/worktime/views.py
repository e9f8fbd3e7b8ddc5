"""Pages of the working calendars: a year at a glance, a deadline tried out, and an official's changes."""

from __future__ import annotations

import calendar as months
from collections.abc import Callable
from datetime import date, datetime, time

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.parameters.rules import covering
from zhujian.foundation.parameters.services import check_place
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.worktime import rules, selectors, services
from zhujian.foundation.worktime.forms import WEEKDAYS, DayForm, HoursForm, LimitForm, YearForm
from zhujian.foundation.worktime.models import CalendarChange, CalendarYear, OfficeHours


def _region(request: HttpRequest) -> str:
    asked = request.GET.get("region", scope.current().region_code)
    return asked if regions.region(asked) else ""


def _month(calendar: rules.Calendar, year: int, month: int, today: date) -> dict:
    """One month as weeks of cells (day, what it is, its name), Monday first."""
    weeks = []
    working = 0
    for week in months.Calendar().monthdatescalendar(year, month):
        cells = []
        for day in week:
            if day.month != month:
                cells.append(None)
                continue
            works = calendar.is_working(day)
            working += works
            kind = "holiday" if day in calendar.holidays else "make_up" if day in calendar.make_up else "" if works else "weekend"
            cells.append({"day": day, "kind": kind, "name": calendar.names.get(day, ""), "today": day == today})
        weeks.append(cells)
    return {"title": f"{month}月", "weeks": weeks, "working": working}


def _hours(region: str) -> tuple[str, list[OfficeHours]]:
    """The nearest region that has office hours, and those in use or to come."""
    for code in covering(region):
        rows = [
            row for row in OfficeHours.objects.filter(region_code=code) if not row.valid_to or row.valid_to > timezone.localdate()
        ]
        if rows:
            return code, sorted(rows, key=lambda row: (row.season_from, row.valid_from))
    return "", []


def _weekdays(numbers: list[int]) -> str:
    """``周一至周五`` for days in a row, else each by name."""
    names = ["周" + WEEKDAYS[number][2] for number in numbers]
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{names[0]}至{names[-1]}"
    return "、".join(names)


def _tried(request: HttpRequest, calendar: rules.Calendar) -> tuple[LimitForm, dict | None]:
    form = LimitForm(request.GET if "amount" in request.GET else None)
    if not form.is_bound or not form.is_valid():
        return form, None
    limit = rules.Limit(form.cleaned_data["amount"], form.cleaned_data["unit"])
    start = datetime.combine(form.cleaned_data["start"], time(9), rules.CHINA)
    try:
        due = rules.deadline(start, limit, calendar)
    except (rules.CalendarMissing, OverflowError) as refusal:
        return form, {"refused": str(refusal)}
    return form, {"due": due, "limit": limit, "weekday": WEEKDAYS[due.weekday()], "name": calendar.names.get(due.date(), "")}


@require_GET
@access("worktime.calendar", "view")
def year(request: HttpRequest) -> HttpResponse:
    """A year's calendar in a region, office hours, a deadline tried out, changes."""
    today = timezone.localdate()
    asked = request.GET.get("year", "")
    shown = int(asked) if asked.isascii() and asked.isdigit() and 2000 <= int(asked) <= 2100 else today.year
    region = _region(request)
    calendar = selectors.calendar(region)
    loaded = shown in calendar.years
    form, tried = _tried(request, calendar)
    place, hours = _hours(region)
    context = {
        "shown": shown, "years": sorted({*selectors.years(), today.year, today.year + 1}), "region": region, "loaded": loaded,
        "place": regions.full_name(region) if region else "全国", "missing": selectors.missing_years(today),
        "months": [_month(calendar, shown, month, today) for month in range(1, 13)] if loaded else [],
        "notice": CalendarYear.objects.filter(year=shown).first(), "form": form, "tried": tried,
        "hours": [
            {"row": row, "weekdays": _weekdays(row.weekdays), "segments": ["–".join(pair) for pair in row.segments]}
            for row in hours
        ],
        "hours_place": regions.name(place) if place else "全国默认",
        "changes": CalendarChange.objects.filter(year=shown, region_code__in=covering(region)).order_by("-id")[:20],
        "can": allowed("worktime.calendar", "change"), "may_enter": not check_place(""),
    }  # fmt: skip
    if context["months"]:
        context["working"] = sum(month["working"] for month in context["months"])
    return render(request, "worktime/year.html", context)


def _change(
    request: HttpRequest, form: Form, heading: str, lead: str, act: Callable[[dict], object], back: Callable[[dict], dict]
) -> HttpResponse:
    """Show a form, do what it asks, put every refused reason beside its field."""
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            act(given)
            messages.success(request, "已登记。正在运行的期限将按新的日历重新推算。")
            return redirect(reverse("worktime:year") + "?" + urlencode(back(given)))
        except Refusal as refusal:
            for reason in refusal.reasons:
                if reason.field in form.fields:
                    form.add_error(reason.field, reason.message)
            reasons = tuple(reason for reason in refusal.reasons if reason.field not in form.fields)
    context = {"form": form, "reasons": reasons, "heading": heading, "lead": lead, "with_region": "region" in form.fields}
    return render(request, "worktime/change.html", context, status=422 if form.errors or reasons else 200)


@require_http_methods(["GET", "POST"])
@access("worktime.calendar", "change")
def enter_year(request: HttpRequest) -> HttpResponse:
    """Enter or correct the national arrangement of a year."""
    number = request.GET.get("year", "")
    form = YearForm(request.POST or None, initial={"year": number if number.isdigit() else services.next_notice_year()})
    lead = "照国务院办公厅的通知逐条录入。系统核对法定节日是否齐全、调休上班日是否为周末；已经过去的日子不能改。"
    return _change(
        request, form, "录入年度节假日安排", lead, lambda given: services.do_enter_year(given.pop("year"), **given),
        lambda _: {"year": form.data["year"]},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@access("worktime.calendar", "change")
def set_day(request: HttpRequest) -> HttpResponse:
    """A region's own holiday or working day."""
    form = DayForm(request.POST or None, initial={"region": scope.current().region_code})
    lead = "只用于本地区特有的放假或上班，如民族自治地方的纪念日；全国的安排请录入年度通知。"
    return _change(
        request, form, "设定本地区的日子", lead, lambda given: services.do_set_day(given["day"], **{k: v for k, v in given.items() if k != "day"}),
        lambda given: {"year": given["day"].year, "region": given["region"]},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@access("worktime.calendar", "change")
def set_hours(request: HttpRequest) -> HttpResponse:
    """Office hours of a region."""
    form = HoursForm(request.POST or None, initial={"region": scope.current().region_code})
    lead = "上下班时间决定“工作时”如何计算。同一季节、同一星期的旧时间到启用日前一天为止；冬夏作息不同时分两次登记。"

    def act(given: dict) -> object:
        return services.do_set_hours(
            region=given["region"], weekdays=given["weekdays"], segments=given["segments"], day=given["valid_from"],
            season=(given["season_from"], given["season_to"]), basis=given["basis"], reason=given["reason"],
        )  # fmt: skip

    return _change(request, form, "设定上下班时间", lead, act, lambda given: {"region": given["region"]})
