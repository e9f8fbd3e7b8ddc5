"""Time limits: the examples of the standards sheets, then what must hold for every limit, start and pause."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zhujian.foundation.worktime import reference, rules
from zhujian.foundation.worktime.rules import CHINA, Calendar, CalendarMissing, Hours, Limit, Pause, deadline, progress

FILE = tomllib.loads(reference.FILE.read_text(encoding="utf-8"))
DAYS = {day: kind for raw in FILE["year"] for day, (kind, _) in reference.days_of(raw).items()}
OFFICE = Hours(((time(8, 30), time(12)), (time(14), time(17, 30))))
CALENDAR = Calendar(
    years=frozenset({2025, 2026}),
    holidays=frozenset(day for day, kind in DAYS.items() if kind == "holiday"),
    make_up=frozenset(day for day, kind in DAYS.items() if kind == "make_up"),
    hours=(OFFICE,),
)
# The urban-management sheet counts 9–12 and 14–18, seven hours a day.
SEVEN = replace(CALENDAR, hours=(Hours(((time(9), time(12)), (time(14), time(18)))),))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def due(start: str, amount: int, unit: rules.Unit, *pauses: tuple[str, str], calendar: Calendar = CALENDAR) -> str:
    spans = [Pause(at(a), at(b)) for a, b in pauses]
    found = deadline(at(start), Limit(amount, unit), calendar, spans)
    return found.strftime("%Y-%m-%d" if unit not in rules.CLOCK else "%Y-%m-%d %H:%M")


def test_construction_10_4_working_days_over_the_national_holiday() -> None:
    assert due("2026-09-28 10:00", 5, "working_day") == "2026-10-10", "a Saturday that is worked"
    assert due("2026-09-28 10:00", 15, "working_day") == "2026-10-23"
    assert deadline(at("2026-09-28 10:00"), Limit(5, "working_day"), CALENDAR) == at("2026-10-10 23:59:59.999999")


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2026-05-20", 5, "calendar_day", "2026-05-25"), ("2026-05-20", 15, "calendar_day", "2026-06-04"),
        ("2026-05-20", 6, "month", "2026-11-20"), ("2026-05-20", 5, "year", "2031-05-20"),
        ("2026-05-20", 2, "year", "2028-05-20"), ("2026-03-10", 3, "month", "2026-06-10"),
        ("2026-01-15", 1, "month", "2026-02-15"), ("2024-02-29", 1, "year", "2025-02-28"),
        ("2026-01-31", 1, "month", "2026-02-28"), ("2026-12-31", 2, "month", "2027-02-28"),
        ("2026-05-20", 0, "working_day", "2026-05-20"),
    ],
)  # fmt: skip
def test_days_months_and_years_of_the_life_cycle_scenarios(start: str, amount: int, unit: rules.Unit, expected: str) -> None:
    """construction.md §10 rows 6, 7 and 9; months end on the same day or the month's last; holidays do not move them."""
    assert due(start + " 09:00", amount, unit) == expected


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2025-11-07 17:00", 4, "working_hour", "2025-11-10 12:00"), ("2025-11-07 17:00", 4, "hour", "2025-11-07 21:00"),
        ("2025-11-07 17:00", 24, "hour", "2025-11-08 17:00"), ("2025-09-30 16:30", 4, "working_hour", "2025-10-09 11:30"),
        ("2025-09-26 15:00", 7, "working_hour", "2025-09-28 15:00"), ("2025-09-29 10:00", 35, "working_hour", "2025-10-13 10:00"),
        ("2025-09-26 15:00", 1, "office_day", "2025-09-28 15:00"), ("2025-09-29 10:00", 5, "office_day", "2025-10-13 10:00"),
        ("2025-09-26 12:30", 1, "office_day", "2025-09-28 12:00"), ("2025-11-07 23:50", 15, "minute", "2025-11-08 00:05"),
        ("2025-11-10 09:00", 0, "hour", "2025-11-10 09:00"), ("2025-11-08 09:00", 0, "working_hour", "2025-11-10 09:00"),
    ],
)  # fmt: skip
def test_hours_by_the_urban_management_scenarios(start: str, amount: int, unit: rules.Unit, expected: str) -> None:
    """urban-management.md §7 rows 1–5: a quota may end at noon, not at two o'clock."""
    assert due(start, amount, unit, calendar=SEVEN) == expected


def test_hours_paused_by_the_urban_management_scenarios() -> None:
    assert due("2025-11-10 09:00", 4, "working_hour", calendar=SEVEN) == "2025-11-10 15:00"
    paused = ("2025-11-10 10:00", "2025-11-12 14:00")
    assert due("2025-11-10 09:00", 4, "working_hour", paused, calendar=SEVEN) == "2025-11-12 17:00"
    late = progress(at("2025-11-07 17:00"), Limit(4, "working_hour"), SEVEN, at("2025-11-11 10:30"))
    assert late.deadline == at("2025-11-10 12:00")
    assert late.remaining == Fraction(-11, 2), "overdue on the same clock: 5.5 working hours"
    extended = rules.extended(at("2025-11-07 17:00"), Limit(4, "working_hour"), Limit(2, "working_hour"), SEVEN)
    assert extended == at("2025-11-10 16:00")


def test_pauses_take_whole_days_out_of_a_limit_in_days() -> None:
    # Accepted Monday 11 May; expert review from Wednesday 13th, result on Monday 18th: 14th, 15th and 18th do not count.
    assert due("2026-05-11 09:00", 5, "working_day") == "2026-05-18"
    assert due("2026-05-11 09:00", 5, "working_day", ("2026-05-13 09:00", "2026-05-18 16:00")) == "2026-05-21"
    assert due("2026-05-11 09:00", 10, "calendar_day", ("2026-05-13 09:00", "2026-05-18 16:00")) == "2026-05-26"
    twice = [("2026-05-13 09:00", "2026-05-18 16:00"), ("2026-05-14 09:00", "2026-05-15 16:00")]
    assert due("2026-05-11 09:00", 5, "working_day", *twice) == "2026-05-21", "overlapping pauses count once"
    assert due("2026-05-11 09:00", 5, "working_day", ("2026-05-13 09:00", "2026-05-13 16:00")) == "2026-05-18"


def test_an_open_pause_counts_until_now_and_turns_the_light_grey() -> None:
    start, limit, pause = at("2026-05-11 09:00"), Limit(5, "working_day"), Pause(at("2026-05-13 09:00"))
    now = at("2026-05-18 10:00")
    assert deadline(start, limit, CALENDAR, [pause], now=now).date() == date(2026, 5, 21)
    state = progress(start, limit, CALENDAR, now, [pause])
    assert (state.used, state.paused, rules.light(state, used_ratio=0.8)) == (2, True, "grey")


def lights(start: str, limit: Limit, *nows: str) -> list[str]:
    return [rules.light(progress(at(start), limit, CALENDAR, at(now)), used_ratio=0.8) for now in nows]


def test_traffic_light_of_working_days() -> None:
    # 20 working days from Monday 11 May 2026 end on Monday 8 June; 80 % = 16 used, on 2 June.
    limit = Limit(20, "working_day")
    assert due("2026-05-11 09:00", 20, "working_day") == "2026-06-08"
    nows = ("2026-05-11 10:00", "2026-06-01 23:00", "2026-06-02 00:01", "2026-06-08 23:59", "2026-06-09 00:00")
    assert lights("2026-05-11 09:00", limit, *nows) == ["green", "green", "yellow", "yellow", "red"]


def test_traffic_light_when_one_working_day_remains() -> None:
    # 3 working days from Monday 28 September end on Thursday 8 October: after 30 September one working day remains.
    limit = Limit(3, "working_day")
    assert due("2026-09-28 09:00", 3, "working_day") == "2026-10-08"
    nows = ("2026-09-29 12:00", "2026-09-30 12:00", "2026-10-09 08:00")
    assert lights("2026-09-28 09:00", limit, *nows) == ["green", "yellow", "red"]
    # 15 calendar days that end in the holiday: few working days are left although many days are.
    assert lights("2026-09-21 09:00", Limit(15, "calendar_day"), "2026-09-28 09:00", "2026-09-29 09:00") == ["green", "yellow"]


def test_light_of_hours_looks_at_the_share_only() -> None:
    limit = Limit(10, "hour")
    assert lights("2026-05-11 09:00", limit, "2026-05-11 10:00", "2026-05-11 17:00", "2026-05-11 19:00", "2026-05-11 19:01") == [
        "green", "yellow", "yellow", "red",
    ]  # fmt: skip


def test_a_year_that_is_not_loaded_is_refused_and_only_where_it_matters() -> None:
    start = at("2026-12-20 09:00")
    with pytest.raises(CalendarMissing, match="2027年") as refused:
        deadline(start, Limit(20, "working_day"), CALENDAR)
    assert (refused.value.year, refused.value.code, refused.value.status) == (2027, "worktime.calendar_missing", 422)
    with pytest.raises(CalendarMissing):
        deadline(start, Limit(200, "working_hour"), CALENDAR)
    assert deadline(start, Limit(5, "working_day"), CALENDAR).date() == date(2026, 12, 25)
    assert deadline(start, Limit(30, "calendar_day"), CALENDAR).date() == date(2027, 1, 19)
    # A five-year warranty needs no calendar of 2031, not even for its light.
    state = progress(start, Limit(5, "year"), CALENDAR, at("2026-12-21 09:00"))
    assert rules.light(state, used_ratio=0.8) == "green"
    assert progress(start, Limit(1, "working_hour"), CALENDAR, at("2026-12-31 23:00")).overdue


def test_seasons_and_make_up_days() -> None:
    summer = Hours(((time(8, 30), time(12)), (time(15), time(18))), season=((5, 1), (9, 30)))
    winter = Hours(((time(8, 30), time(12)), (time(14), time(17, 30))), season=((10, 1), (4, 30)))
    calendar = replace(CALENDAR, hours=(summer, winter))
    assert calendar.segments(date(2026, 7, 1))[1][0] == at("2026-07-01 15:00")
    assert calendar.segments(date(2026, 1, 4))[1][0] == at("2026-01-04 14:00"), "a Sunday that is worked keeps office hours"
    assert calendar.segments(date(2026, 10, 1)) == []
    ended = Hours(((time(9), time(12)),), valid_to=date(2026, 1, 1))
    assert replace(CALENDAR, hours=(ended,)).segments(date(2026, 3, 2)) == []


def test_what_is_no_limit() -> None:
    for bad in ((-1, "working_day"), (1.5, "hour"), (1, "week")):
        with pytest.raises(ValueError, match="limit|unit"):
            Limit(*bad)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="aware"):
        deadline(datetime(2026, 5, 11), Limit(1, "hour"), CALENDAR)
    with pytest.raises(ValueError, match="unit"):
        rules.extended(at("2026-05-11"), Limit(1, "hour"), Limit(1, "month"), CALENDAR)
    assert str(Limit(20, "working_day")) == "20个工作日"


# ---- properties ------------------------------------------------------------------------------------------------------

STARTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 6, 30)).map(lambda moment: moment.replace(tzinfo=CHINA))
LIMITS = st.one_of(
    st.builds(Limit, st.integers(0, 60), st.sampled_from(["working_day", "calendar_day"])),
    st.builds(Limit, st.integers(0, 300), st.sampled_from(["working_hour", "hour", "minute"])),
    st.builds(Limit, st.integers(0, 40), st.just("office_day")),
    st.builds(Limit, st.integers(0, 5), st.just("month")),
)


@st.composite
def pauses(draw: st.DrawFn) -> list[Pause]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        start = draw(STARTS)
        found.append(Pause(start, start + timedelta(hours=draw(st.integers(1, 24 * 12)))))
    return found


@given(STARTS, LIMITS, pauses(), st.integers(1, 5))
def test_more_amount_is_never_earlier(start: datetime, limit: Limit, spans: list[Pause], more: int) -> None:
    longer = Limit(limit.amount + more, limit.unit)
    assert deadline(start, longer, CALENDAR, spans) > deadline(start, limit, CALENDAR, spans)


@given(STARTS, LIMITS, pauses(), st.dates(date(2025, 1, 1), date(2026, 9, 30)))
def test_another_holiday_never_shortens(start: datetime, limit: Limit, spans: list[Pause], day: date) -> None:
    more = replace(CALENDAR, holidays=CALENDAR.holidays | {day}, make_up=CALENDAR.make_up - {day})
    assert deadline(start, limit, more, spans) >= deadline(start, limit, CALENDAR, spans)


@given(STARTS, LIMITS, pauses(), STARTS, st.integers(1, 300))
def test_another_pause_never_shortens(start: datetime, limit: Limit, spans: list[Pause], when: datetime, hours: int) -> None:
    more = [*spans, Pause(when, when + timedelta(hours=hours))]
    assert deadline(start, limit, CALENDAR, more) >= deadline(start, limit, CALENDAR, spans)


@given(STARTS, st.integers(1, 40), st.integers(0, 39), st.integers(0, 20))
def test_a_pause_of_n_working_days_shifts_by_n(start: datetime, amount: int, offset: int, length: int) -> None:
    assume(offset < amount)
    begin = deadline(start, Limit(offset, "working_day"), CALENDAR)
    pause = Pause(begin, begin + timedelta(days=length))
    n = rules.working_days_between(begin.date(), pause.end.date(), CALENDAR)  # type: ignore[union-attr]
    shifted = deadline(start, Limit(amount, "working_day"), CALENDAR, [pause])
    assert shifted == deadline(start, Limit(amount + n, "working_day"), CALENDAR)


@given(STARTS, LIMITS, pauses(), st.timedeltas(timedelta(0), timedelta(days=80)))
def test_used_and_remaining_make_the_total_and_agree_with_the_deadline(
    start: datetime, limit: Limit, spans: list[Pause], later: timedelta
) -> None:
    now = start + later
    state = progress(start, limit, CALENDAR, now, spans)
    assert state.used + state.remaining == state.total
    assert state.used >= 0
    if state.remaining < 0:
        assert state.overdue
    if not state.overdue:
        assert state.remaining >= 0
    if state.overdue and state.unit == "hour" and not any(p.start <= now < p.end for p in spans):
        assert state.remaining <= 0


@given(STARTS, LIMITS, pauses())
def test_counting_again_or_in_another_order_gives_the_same(start: datetime, limit: Limit, spans: list[Pause]) -> None:
    first = deadline(start, limit, CALENDAR, spans)
    assert deadline(start, limit, CALENDAR, [*reversed(spans), *spans]) == first
    state = progress(start, limit, CALENDAR, first, spans)
    assert state.deadline == first
    assert not state.overdue
    assert limit.amount == 0 or state.remaining == 0


@given(STARTS, st.integers(0, 60))
def test_a_deadline_in_working_days_is_a_working_day(start: datetime, amount: int) -> None:
    found = deadline(start, Limit(amount, "working_day"), CALENDAR)
    assert amount == 0 or CALENDAR.is_working(found.date())
    assert rules.working_days_between(start.date(), found.date(), CALENDAR) == amount
