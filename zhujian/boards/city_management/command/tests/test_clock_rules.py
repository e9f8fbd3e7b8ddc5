"""The clock of disposal: urban-management.md §7 scenarios 1–5, 7, 8 and 10, then properties."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.command.rules import clock as rules
from zhujian.boards.city_management.command.tests.kit import at
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.foundation.worktime.rules import Calendar, Hours

HOURS = Hours(((time(9), time(12)), (time(14), time(18))))
DAYS_OFF = frozenset(date(2025, 10, day) for day in range(1, 9))
CALENDAR = Calendar(frozenset({2025}), DAYS_OFF, frozenset({date(2025, 9, 28), date(2025, 10, 11)}), (HOURS,))


def clock(start: str, limit: str) -> rules.Clock:
    return rules.Clock(at(start), limits.read(limit))


@pytest.mark.parametrize(
    ("number", "start", "limit", "due"),
    [
        (1, "2025-11-07 17:00", "4H", "2025-11-10 12:00"),
        (2, "2025-11-07 17:00", "4U", "2025-11-07 21:00"),
        (2, "2025-11-07 17:00", "1UD", "2025-11-08 17:00"),
        (3, "2025-09-30 16:30", "4H", "2025-10-09 11:30"),
        (4, "2025-09-26 15:00", "1D", "2025-09-28 15:00"),
        (5, "2025-09-29 10:00", "5D", "2025-10-13 10:00"),
    ],
)
def test_scenarios_1_to_5_deadlines(number: int, start: str, limit: str, due: str) -> None:
    assert rules.due(clock(start, limit), CALENDAR) == at(due)


def test_scenario_1_at_the_deadline_is_in_time_a_second_later_is_not() -> None:
    running = clock("2025-11-07 17:00", "4H")
    end = rules.due(running, CALENDAR)
    assert rules.overdue(running, CALENDAR, end) == timedelta(0)
    assert rules.light(end, None, None, end) == "green" and rules.light(end, None, None, end + timedelta(seconds=1)) == "red"


def test_scenario_7_a_suspension_keeps_what_is_left() -> None:
    running = clock("2025-11-10 09:00", "4H")
    assert rules.due(running, CALENDAR) == at("2025-11-10 15:00")
    held = rules.pause(running, at("2025-11-10 10:00"), rules.SUSPENDED)
    assert rules.used(held, CALENDAR, at("2025-11-12 11:00")) == timedelta(hours=1)
    again = rules.resume(held, at("2025-11-12 14:00"))
    assert rules.due(again, CALENDAR) == at("2025-11-12 17:00")
    assert rules.remaining(again, CALENDAR, at("2025-11-12 14:00")) == timedelta(hours=3)


def test_scenario_8_an_extension_adds_working_hours() -> None:
    running = clock("2025-11-07 17:00", "4H")
    assert rules.due(rules.extend(running, 2), CALENDAR) == at("2025-11-10 16:00")


def test_scenario_10_overdue_is_measured_in_the_same_time() -> None:
    running = clock("2025-11-07 17:00", "4H")
    assert rules.overdue(running, CALENDAR, at("2025-11-11 10:30")) == timedelta(hours=5, minutes=30)
    assert rules.remaining(running, CALENDAR, at("2025-11-11 10:30")) == timedelta(hours=-5, minutes=-30)


def test_yellow_when_a_quarter_is_left() -> None:
    running = clock("2025-11-10 09:00", "4H")
    assert rules.yellow_at(running, CALENDAR, Fraction(1, 4)) == at("2025-11-10 12:00")
    assert rules.yellow_at(clock("2025-11-10 09:00", "4U"), CALENDAR, Fraction(1, 4)) == at("2025-11-10 12:00")
    assert rules.yellow_at(clock("2025-11-10 09:00", "1D"), CALENDAR, Fraction(1, 4)) == at("2025-11-10 16:15")


def test_a_clock_that_stands_still_is_grey_and_stays_red_when_it_was() -> None:
    end = at("2025-11-10 12:00")
    assert rules.light(end, None, at("2025-11-10 11:00"), at("2025-11-12 11:00")) == "grey"
    assert rules.light(end, None, at("2025-11-10 13:00"), at("2025-11-12 11:00")) == "red"
    assert rules.light(None, None, None, end) == ""


MOMENTS = st.integers(0, 60 * 24 * 40).map(lambda n: at("2025-09-20 00:00") + timedelta(minutes=n))
LIMITS = st.sampled_from(["1H", "4H", "2D", "5D", "2U", "1UD", "30M"])
MOVES = st.lists(st.tuples(st.integers(0, 60 * 24 * 3), st.sampled_from(["pause", "resume", "extend", "look"])), max_size=12)


@given(MOMENTS, LIMITS, MOVES)
def test_used_never_goes_back_nor_below_zero_and_used_plus_rest_is_the_limit(start: datetime, limit: str, moves: list) -> None:
    running, now, before = rules.Clock(start, limits.read(limit)), start, timedelta(0)
    for minutes, move in moves:
        now += timedelta(minutes=minutes)
        if now > at("2025-12-20 00:00"):
            break
        if move == "pause":
            running = rules.pause(running, now, rules.CHECK)
        elif move == "resume":
            running = rules.resume(running, now)
        elif move == "extend":
            running = rules.extend(running, 1)
        used, left = rules.used(running, CALENDAR, now), rules.remaining(running, CALENDAR, now)
        assert used >= before >= timedelta(0)
        before = used
        if running.limit.unit != "office_day":
            one = timedelta(minutes=1) if running.limit.unit == "minute" else timedelta(hours=1)
            assert used + left == running.whole.amount * one
        assert rules.pauses_from(rules.pauses_for_storage(running.pauses)) == running.pauses


@given(MOMENTS, LIMITS, st.integers(1, 4000), st.integers(1, 4000))
def test_the_rest_does_not_change_while_the_clock_stands_still(start: datetime, limit: str, first: int, second: int) -> None:
    held = rules.pause(rules.Clock(start, limits.read(limit)), start + timedelta(minutes=first), rules.SUSPENDED)
    now, later = start + timedelta(minutes=first), start + timedelta(minutes=first + second)
    assert rules.remaining(held, CALENDAR, now) == rules.remaining(held, CALENDAR, later)
    assert rules.used(held, CALENDAR, now) == rules.used(held, CALENDAR, later)
    assert rules.remaining(rules.resume(held, later), CALENDAR, later) == rules.remaining(held, CALENDAR, now)
