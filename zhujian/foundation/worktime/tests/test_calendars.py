"""Calendars as loaded: the notices, a region's own days and hours, and freshness."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from zhujian.foundation.kernel import memory, scope
from zhujian.foundation.worktime import reference, selectors
from zhujian.foundation.worktime.models import CalendarDay, CalendarYear, OfficeHours
from zhujian.foundation.worktime.rules import CHINA, CalendarMissing, Limit, deadline

pytestmark = pytest.mark.django_db

# Working days per year as every public calendar counts them: 365 days − weekends − holidays on weekdays + make-up days.
WORKING_DAYS = {2025: 248, 2026: 248}


@pytest.mark.parametrize("year", WORKING_DAYS)
def test_working_days_of_the_loaded_years(year: int) -> None:
    calendar = selectors.calendar()
    days = [date.fromordinal(n) for n in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())]
    assert sum(calendar.is_working(day) for day in days) == WORKING_DAYS[year]


def test_a_make_up_day_is_a_weekend_and_a_notice_covers_the_statutory_days() -> None:
    calendar = selectors.calendar()
    assert all(day.weekday() >= 5 for day in calendar.make_up)
    assert not calendar.make_up & calendar.holidays
    for year in selectors.years():
        for month, day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)):
            assert not calendar.is_working(date(year, month, day))
    assert calendar.names[date(2026, 6, 19)] == "端午节"


def test_a_city_has_its_own_days_and_hours_and_the_country_keeps_its() -> None:
    enshi = "422800000000"
    founding = date(2026, 8, 19)
    before = selectors.calendar(enshi).version
    CalendarDay.objects.create(region_code=enshi, day=founding, kind="holiday", name="自治州成立纪念日", basis="自治条例")
    OfficeHours.objects.create(
        region_code=enshi, weekdays=[0, 1, 2, 3, 4], segments=[["09:00", "12:00"], ["15:00", "18:00"]], basis="州政府通知",
        season_from="06-01", season_to="09-30", valid_from=date(2020, 1, 1),
    )  # fmt: skip
    memory.forget()
    assert not selectors.calendar("422801000000").is_working(founding)
    assert selectors.calendar("420100000000").is_working(founding)
    assert selectors.calendar(enshi).version != before
    start = datetime(2026, 8, 18, 17, tzinfo=CHINA)
    assert deadline(start, Limit(2, "working_hour"), selectors.calendar(enshi)) == datetime(2026, 8, 20, 10, tzinfo=CHINA)
    assert deadline(start, Limit(2, "working_hour"), selectors.calendar()) == datetime(2026, 8, 19, 10, tzinfo=CHINA)


def test_loading_again_changes_nothing_and_an_officials_year_stays() -> None:
    before = list(CalendarDay.objects.order_by("id").values())
    with scope.system("测试"):
        reference.load()
        assert list(CalendarDay.objects.order_by("id").values()) == before
        CalendarYear.objects.filter(year=2026).update(official=True)
        CalendarDay.objects.filter(day=date(2026, 10, 10)).delete()
        reference.load()
    assert not CalendarDay.objects.filter(day=date(2026, 10, 10)).exists()


def test_missing_years_are_told_in_time() -> None:
    assert selectors.missing_years(date(2026, 10, 31)) == []
    assert selectors.missing_years(date(2026, 11, 1)) == [2027]
    with pytest.raises(CalendarMissing):
        selectors.calendar().is_working(date(2027, 1, 1))


def test_state_uses_the_thresholds_in_force() -> None:
    start = datetime(2026, 5, 11, 9, tzinfo=CHINA)
    limit = Limit(20, "working_day")
    state, light = selectors.state(start, limit, datetime(2026, 6, 2, 9, tzinfo=CHINA))
    assert (state.used, light) == (16, "yellow")
    assert selectors.state(start, limit, datetime(2026, 6, 1, 9, tzinfo=CHINA))[1] == "green"
