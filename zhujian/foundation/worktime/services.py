"""Changes of calendars by an official. What lies behind us is never rewritten; deadlines already set stay until recomputed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from zhujian.foundation.kernel import memory, scope
from zhujian.foundation.kernel.errors import Reason, refuse_if
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.parameters.services import check_place, leave_trace
from zhujian.foundation.worktime import arrangement
from zhujian.foundation.worktime.arrangement import Holiday
from zhujian.foundation.worktime.models import CalendarChange, CalendarDay, CalendarYear, OfficeHours

MADE_UP = "调休上班"


def _note(act: str, what: str, *, year: int, region: str, before: object, after: object, reason: str) -> None:
    who = scope.current()
    before, after = (json.loads(json.dumps(value, default=str, ensure_ascii=False)) for value in (before, after))
    CalendarChange.objects.create(
        region_code=region, year=year, act=act, what=what[:300], before=before, after=after, reason=reason.strip(),
        actor_id=who.actor_id, actor_name=who.actor_name or "系统", organisation=who.org_name,
    )  # fmt: skip
    memory.forget()
    leave_trace(
        f"worktime.{act}",
        f"worktime.calendar:{year}",
        region=region,
        before=before,
        after=after,
        reason=reason,
        event="worktime.calendar_changed",
        payload={"year": year, "region": region, "act": act},
    )


def _days_of(year: int, holidays: Sequence[Holiday], make_up: Sequence[date]) -> dict[date, tuple[str, str]]:
    days = {day: (str(CalendarDay.Kind.HOLIDAY), holiday.name) for holiday in holidays for day in holiday.days()}
    return days | {day: (str(CalendarDay.Kind.MAKE_UP), MADE_UP) for day in make_up}


def check_year(
    year: int, *, notice: str, published: date, holidays: Sequence[Holiday], make_up: Sequence[date], reason: str
) -> list[Reason]:
    """What speaks against entering or correcting the national arrangement of `year`."""
    today = timezone.localdate()
    statutory = parameters.value("worktime.statutory_days", on=max(today, date(year, 1, 1))).value
    reasons = check_place("") + arrangement.check(year, holidays, make_up, statutory)
    if not today.year <= year <= today.year + 1:
        reasons.append(Reason("worktime.year", "只能录入今年或明年的安排。", "year"))
    if published > today:
        reasons.append(Reason("worktime.published", "通知的发布日期不能晚于今天。", "published"))
    if not notice.strip():
        reasons.append(Reason("worktime.notice", "请填写通知的名称和文号。", "notice"))
    if not reason.strip():
        reasons.append(Reason("worktime.reason", "请写明录入或更正的原因。", "reason"))
    if CalendarYear.objects.filter(year=year).exists():
        present = {row.day: (row.kind, row.name) for row in CalendarDay.objects.filter(region_code="", day__year=year)}
        wanted = _days_of(year, holidays, make_up)
        past = [day for day in {*present, *wanted} if day < today and present.get(day, ("",))[0] != wanted.get(day, ("",))[0]]
        if past:
            reasons.append(Reason("worktime.past", f"{min(past)} 已经过去，不能再改变当天是否上班。", "holidays"))
    return reasons


@transaction.atomic
def do_enter_year(
    year: int, *, notice: str, published: date, holidays: Sequence[Holiday], make_up: Sequence[date], reason: str
) -> CalendarYear:
    """Enter (or correct, for days to come) the State Council's arrangement of `year`. Provincial parameter administrators only."""
    refuse_if(check_year(year, notice=notice, published=published, holidays=holidays, make_up=make_up, reason=reason))
    rows = CalendarDay.objects.select_for_update().filter(region_code="", day__year=year)
    before = {str(row.day): row.kind for row in rows} if CalendarYear.objects.filter(year=year).exists() else None
    found, _ = CalendarYear.objects.update_or_create(
        year=year, defaults={"notice": notice.strip(), "published": published, "official": True}
    )
    wanted = _days_of(year, holidays, make_up)
    CalendarDay.objects.filter(region_code="", day__year=year).delete()
    # Days of a neighbouring year that this notice names (a New Year's holiday that begins in December) replace what stood there.
    CalendarDay.objects.filter(region_code="", day__in=wanted).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(day=day, kind=kind, name=name, basis=notice.strip(), official=True) for day, (kind, name) in wanted.items()
    )
    after = {str(day): kind for day, (kind, _) in sorted(wanted.items())}
    _note("year", f"{year}年节假日安排", year=year, region="", before=before, after=after, reason=reason)
    return found


@transaction.atomic
def do_set_day(day: date, *, region: str, kind: str, name: str, basis: str, reason: str) -> CalendarDay | None:
    """Make `day` a holiday or a working day in one region, or (``kind=""``) let it follow the level above again."""
    reasons = check_place(region)
    if not region:
        reasons = [Reason("worktime.region", "全国的安排请录入年度通知；这里只设定本地区的日子。", "region")]
    if day <= timezone.localdate():
        reasons.append(Reason("worktime.past", "只能设定今天以后的日子。", "day"))
    if kind and not name.strip():
        reasons.append(Reason("worktime.name", "请填写名称，如“自治州成立纪念日”。", "name"))
    if kind and not basis.strip():
        reasons.append(Reason("worktime.basis", "请写明依据的文件。", "basis"))
    if not reason.strip():
        reasons.append(Reason("worktime.reason", "请写明原因。", "reason"))
    present = CalendarDay.objects.select_for_update().filter(region_code=region, day=day).first()
    if not kind and not present:
        reasons.append(Reason("worktime.nothing", "本地区这一天没有单独的安排。", "kind"))
    refuse_if(reasons)
    before = present and {"kind": present.kind, "name": present.name, "basis": present.basis}
    if present:
        present.delete()
    made = None
    if kind:
        made = CalendarDay.objects.create(
            region_code=region, day=day, kind=kind, name=" ".join(name.split()), basis=basis.strip(), official=True
        )
    after = made and {"kind": made.kind, "name": made.name, "basis": made.basis}
    _note("day", f"{day} {name}", year=day.year, region=region, before=before, after=after, reason=reason)
    return made


@transaction.atomic
def do_set_hours(
    *, region: str, weekdays: Sequence[int], segments: str, season: tuple[str, str], day: date, basis: str, reason: str
) -> OfficeHours:
    """Give a region office hours for a season from `day` on; hours of the same season and weekdays end the day before."""
    reasons = check_place(region)
    pairs, bad = arrangement.parse_segments(segments)
    reasons += bad
    if not weekdays or not set(weekdays) <= set(range(7)):
        reasons.append(Reason("worktime.weekdays", "请至少选一个星期。", "weekdays"))
    for text in season:
        try:
            date.fromisoformat(f"2024-{text}")
        except ValueError:
            reasons.append(Reason("worktime.season", f"“{text}”不是月-日，请写成 05-01 的样子。", "season_from"))
    if day <= timezone.localdate():
        reasons.append(Reason("worktime.past", "启用日期应在今天以后，已经推算的工作时不能改写。", "valid_from"))
    if not basis.strip():
        reasons.append(Reason("worktime.basis", "请写明依据的文件。", "basis"))
    if not reason.strip():
        reasons.append(Reason("worktime.reason", "请写明原因。", "reason"))
    refuse_if(reasons)
    open_rows = OfficeHours.objects.select_for_update().filter(
        region_code=region, valid_to=None, season_from=season[0], season_to=season[1]
    )
    replaced = [row for row in open_rows if set(row.weekdays) & set(weekdays)]
    before = [{"weekdays": row.weekdays, "segments": row.segments, "valid_from": row.valid_from} for row in replaced]
    for row in replaced:
        if row.valid_from >= day:
            row.delete()
        else:
            row.valid_to, row.official = day, True
            row.save(update_fields=["valid_to", "official"])
        if left := sorted(set(row.weekdays) - set(weekdays)):
            OfficeHours.objects.create(
                region_code=region, weekdays=left, segments=row.segments, season_from=row.season_from, season_to=row.season_to,
                basis=row.basis, valid_from=max(day, row.valid_from), official=True,
            )  # fmt: skip
    made = OfficeHours.objects.create(
        region_code=region, weekdays=sorted(set(weekdays)), segments=pairs, season_from=season[0], season_to=season[1],
        basis=basis.strip(), valid_from=day, official=True,
    )  # fmt: skip
    after = {"weekdays": made.weekdays, "segments": pairs, "season": list(season), "valid_from": day}
    _note("hours", "上下班时间", year=day.year, region=region, before=before or None, after=after, reason=reason)
    return made


def next_notice_year() -> int:
    """The year an official most likely enters next: the first one that is not loaded."""
    today = timezone.localdate()
    return today.year if not CalendarYear.objects.filter(year=today.year).exists() else (today + timedelta(days=366)).year
