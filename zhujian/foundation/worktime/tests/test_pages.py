"""An official keeps the calendar: the yearly notice, a region's own days, office hours; what is past stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from zhujian.foundation.events.models import Event
from zhujian.foundation.identity.testing import login, make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.worktime import arrangement, selectors, services
from zhujian.foundation.worktime.models import CalendarChange, CalendarDay
from zhujian.foundation.worktime.rules import CHINA, CalendarMissing, Limit, deadline

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, tzinfo=CHINA)
# Not the real notice of that year: made for these tests only.
HOLIDAYS = "元旦 2027-01-01 2027-01-03\n春节 2027-02-05 2027-02-11\n劳动节 2027-05-01 2027-05-05\n国庆节 2027-10-01 2027-10-07"
FORM = {
    "year": "2027", "notice": "测试通知", "published": "2026-11-20", "holidays": HOLIDAYS, "make_up": "2027-02-14 2027-10-09",
    "reason": "按通知录入",
}  # fmt: skip


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


def keeper(region: str = "420000000000"):
    return make_official(region, roles=("parameter_admin",))


def text(response) -> str:
    return response.content.decode()


def test_a_missing_year_warns_and_a_notice_ends_the_warning(client) -> None:
    start = datetime(2026, 12, 28, 9, tzinfo=CHINA)
    with pytest.raises(CalendarMissing):
        deadline(start, Limit(5, "working_day"), selectors.calendar())
    login(client, keeper())
    assert "尚未录入2027年节假日安排" in text(client.get("/worktime/"))
    assert "不推算落在这一年" in text(client.get("/worktime/", {"year": "2027"}))
    tried = client.get("/worktime/", {"start": "2026-12-28", "amount": "5", "unit": "working_day"})
    assert "无法推算期限" in text(tried)
    assert 'value="2027"' in text(client.get("/worktime/enter/"))
    assert client.post("/worktime/enter/", FORM).status_code == 302
    assert deadline(start, Limit(5, "working_day"), selectors.calendar()).date() == date(2027, 1, 5)
    page = text(client.get("/worktime/", {"year": "2027"}))
    assert "尚未录入" not in page
    assert "测试通知" in page
    assert "按通知录入" in page
    assert Event.objects.get(name="worktime.calendar_changed").payload == {"year": 2027, "region": "", "act": "year"}


def test_a_deadline_is_tried_out(client) -> None:
    login(client, make_enterprise())
    asked = {"start": "2026-09-28", "amount": "5", "unit": "working_day"}
    page = text(client.get("/worktime/", asked))
    assert "2026年10月10日" in page
    assert "星期六，调休上班" in page
    assert client.get("/worktime/", {**asked, "amount": "-1"}).status_code == 200
    assert "2026年10月3日" in text(client.get("/worktime/", {**asked, "unit": "calendar_day"}))
    assert client.get("/worktime/", {"year": "x", "region": "nowhere"}).status_code == 200
    assert client.get("/worktime/enter/").status_code == 403


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"holidays": "元旦"}, "第1行看不懂"), ({"holidays": HOLIDAYS + "\n中秋节 2027-09-15 2027-09-14"}, "结束日期应在开始日期之后"),
        ({"holidays": HOLIDAYS.replace("劳动节 2027-05-01", "劳动节 2027-05-02")}, "5月1日 没有放假"),
        ({"holidays": HOLIDAYS + "\n又 2027-01-01 2027-01-01"}, "写了两次"), ({"holidays": HOLIDAYS + "\n中秋节 2026-09-25"}, "不在2027年内"),
        ({"make_up": "2027-02-15"}, "不是周末"), ({"make_up": "2027-02-06"}, "既放假又上班"), ({"make_up": "二月"}, "不是日期"),
        ({"make_up": "2026-12-26"}, "不在2027年内"), ({"year": "2029"}, "今年或明年"), ({"published": "2026-12-01"}, "不能晚于今天"),
        ({"notice": " "}, "通知"), ({"reason": ""}, "原因"), ({"holidays": ""}, "放假安排"),
    ],
)  # fmt: skip
def test_a_bad_notice_is_refused_and_nothing_is_saved(client, changes: dict, says: str) -> None:
    login(client, keeper())
    answer = client.post("/worktime/enter/", {**FORM, **changes})
    assert answer.status_code == 422
    assert says in text(answer)
    assert 2027 not in selectors.years()
    assert not CalendarChange.objects.exists()


def test_the_past_of_a_loaded_year_stays(client) -> None:
    login(client, keeper())
    rows = CalendarDay.objects.filter(region_code="", day__year=2026).order_by("day")
    lines = [f"{row.name} {row.day}" for row in rows if row.kind == "holiday"]
    same = {
        **FORM, "year": "2026", "holidays": "\n".join(lines), "make_up": " ".join(str(r.day) for r in rows if r.kind == "make_up"),
    }  # fmt: skip
    assert client.post("/worktime/enter/", same).status_code == 302
    assert selectors.calendar().is_working(date(2026, 10, 10))
    changed = {**same, "make_up": same["make_up"].replace("2026-10-10", "2026-10-11")}
    answer = client.post("/worktime/enter/", changed)
    assert answer.status_code == 422
    assert "已经过去" in text(answer)


def test_a_prefecture_has_its_own_day(client) -> None:
    enshi = "422800000000"
    login(client, keeper(enshi))
    day = {"region": enshi, "day": "2026-12-18", "kind": "holiday", "name": "纪念日", "basis": "自治条例", "reason": "州庆"}
    assert client.get("/worktime/day/").status_code == 200
    assert client.post("/worktime/day/", {**day, "region": "420100000000"}).status_code == 422
    assert client.post("/worktime/day/", {**day, "day": "2026-11-23"}).status_code == 422
    assert client.post("/worktime/day/", {**day, "basis": ""}).status_code == 422
    assert client.post("/worktime/day/", day).status_code == 302
    assert not selectors.calendar("422801000000").is_working(date(2026, 12, 18))
    assert selectors.calendar("420100000000").is_working(date(2026, 12, 18))
    assert client.post("/worktime/day/", {**day, "kind": "", "name": "", "basis": ""}).status_code == 302
    assert selectors.calendar("422801000000").is_working(date(2026, 12, 18))
    assert client.post("/worktime/day/", {**day, "kind": ""}).status_code == 422
    assert client.post("/worktime/enter/", FORM).status_code == 422, "the national notice belongs to the province"


def test_office_hours_change_from_a_day_on(client) -> None:
    city = "420500000000"
    login(client, keeper(city))
    hours = {
        "region": city, "weekdays": ["0", "1", "2", "3", "4"], "segments": "08:30-12:00 14:30-18:00", "season_from": "01-01",
        "season_to": "12-31", "valid_from": "2026-12-01", "basis": "市政府通知", "reason": "冬季作息",
    }  # fmt: skip
    assert client.get("/worktime/hours/").status_code == 200
    for bad in (
        {"segments": "8点到12点"}, {"segments": "12:00-08:30"}, {"segments": "08:30-12:00 11:00-17:00"}, {"season_from": "13-01"},
        {"valid_from": "2026-11-23"}, {"weekdays": []}, {"basis": " "}, {"region": "420100000000"},
    ):  # fmt: skip
        assert client.post("/worktime/hours/", {**hours, **bad}).status_code == 422
    assert client.post("/worktime/hours/", hours).status_code == 302
    calendar = selectors.calendar(city)
    assert calendar.segments(date(2026, 12, 1))[1][0].hour == 14
    assert calendar.segments(date(2026, 12, 1))[1][0].minute == 30
    friday = {**hours, "weekdays": ["4"], "segments": "08:30-12:30", "valid_from": "2027-01-04"}
    assert client.post("/worktime/hours/", friday).status_code == 302
    with scope.acting(scope_of(keeper())):
        services.do_enter_year(
            2027, notice="测试", published=NOW.date(), holidays=arrangement.parse_holidays(HOLIDAYS)[0], make_up=[], reason="测试"
        )
    calendar = selectors.calendar(city)
    assert len(calendar.segments(date(2027, 1, 8))) == 1
    assert len(calendar.segments(date(2027, 1, 7))) == 2
    assert len(calendar.segments(date(2026, 12, 31))) == 2


def test_before_the_first_day_of_a_citys_own_hours_the_default_counts() -> None:
    city = "420500000000"
    with scope.acting(scope_of(keeper(city))):
        services.do_set_hours(
            region=city, weekdays=[0, 1, 2, 3, 4], segments="09:00-12:00", season=("01-01", "12-31"), day=date(2026, 12, 1),
            basis="文", reason="因",
        )  # fmt: skip
    start = datetime(2026, 11, 24, 9, tzinfo=CHINA)
    assert deadline(start, Limit(2, "working_hour"), selectors.calendar(city)) == datetime(2026, 11, 24, 11, tzinfo=CHINA)


def test_a_working_day_is_not_yesterday() -> None:
    with scope.acting(scope_of(keeper("422800000000"))), pytest.raises(Refusal, match="今天以后"):
        services.do_set_day(
            timezone.localdate() - timedelta(days=1), region="422800000000", kind="holiday", name="x", basis="y", reason="z"
        )


def test_the_page_keeps_its_query_budget(client, django_assert_max_num_queries) -> None:
    login(client, keeper())
    client.get("/worktime/")
    with django_assert_max_num_queries(22):
        client.get("/worktime/")
