"""应用维护: what an official changes shows on the pages at once, without a release."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from zhujian.boards.city_management.command import selectors
from zhujian.boards.city_management.command.models import DutyRoster
from zhujian.boards.city_management.command.selectors import roster
from zhujian.boards.city_management.command.tests.kit import COUNTY, Loop, at
from zhujian.foundation.identity.testing import login
from zhujian.foundation.kernel import scope
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.parameters import services as keeping


def client_of(loop: Loop, name: str) -> Client:
    client = Client()
    login(client, getattr(loop.people, name))
    return client


def test_a_column_of_the_intake_form_is_taken_out_and_another_made_compulsory(loop: Loop) -> None:
    desk = client_of(loop, "acceptor")
    assert "外部工单号" in desk.get("/command/intake/").content.decode()
    today = timezone.localdate()
    with scope.system("test"):
        item = next(one for one in parameters.listing("command.intake_field").items if one.code == "external_no")
        keeping.do_end_code("command.intake_field", item_id=item.id, day=today, reason="本市不用")
        keeping.do_add_code("command.intake_required", code="phone", label="来电号码", day=today, reason="本市要求回访")
    page = desk.get("/command/intake/").content.decode()
    assert "外部工单号" not in page
    values = {
        "client_key": "2b1f7d5c-0000-4000-8000-0000000000aa", "source": "public_phone", "description": "路灯不亮", "lon": "114.3005", "lat": "30.5005",
    }  # fmt: skip
    answer = desk.post("/command/intake/", values)
    assert answer.status_code == 422 and "请填写“来电号码”" in answer.content.decode()


def today_of_the_database(now) -> None:
    """A parameter begins on the database's own day, which no test can turn back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now.move_to(cursor.fetchone()[0])


def test_a_city_calls_its_steps_as_it_does(loop: Loop, now) -> None:
    """Some cities swap 核实 and 核查: the codes stay, the words are theirs."""
    today_of_the_database(now)
    case = loop.accept(loop.report())
    today = timezone.localdate()
    with scope.system("test"):
        keeping.do_change(
            "command.word_verify", text="核查", day=today, basis="本市规程", reason="本市称呼", expected=keeping.edge("command.word_verify", COUNTY),
            region=COUNTY,
        )  # fmt: skip
    page = client_of(loop, "inspector").get("/command/todo/").content.decode()
    assert case.number in page and ">核查 <span" in page


def test_a_limit_changed_by_an_official_lights_the_desk(loop: Loop, now) -> None:
    today_of_the_database(now)
    loop.report()
    now.shift(timedelta(minutes=10))
    desk = client_of(loop, "acceptor")
    assert "已等候超过" not in desk.get("/command/desk/").content.decode()
    with scope.system("test"):
        keeping.do_change(
            "command.limit_register", text="5", day=timezone.localdate(), basis="本区规程", reason="提速", region=COUNTY,
            expected=keeping.edge("command.limit_register", COUNTY),
        )  # fmt: skip
    assert "已等候超过 5 分钟的 1 件" in desk.get("/command/desk/").content.decode()


def test_the_page_shows_state_and_warns(loop: Loop) -> None:
    page = client_of(loop, "shift_leader").get("/command/maintain/").content.decode()
    for title in (
        "部件事件分类",
        "立案条件与处置时限",
        "表单、名称与代码",
        "工作日历与作息时间",
        "值班表",
        "责任主体",
        "单位、岗位与权限",
        "案件流程",
    ):
        assert title in page
    assert "现在没有人在班，请补排" in page and "第 1 版" in page and "受理、立案时限" in page
    assert client_of(loop, "acceptor").get("/command/maintain/").status_code == 403


@pytest.mark.parametrize(
    ("moment", "present"),
    [("2025-11-07 07:59", []), ("2025-11-07 08:00", ["李敏"]), ("2025-11-07 19:59", ["李敏"]), ("2025-11-07 20:00", ["周涛"]), ("2025-11-08 07:59", ["周涛"]),
     ("2025-11-08 08:00", [])],
)  # fmt: skip
def test_a_shift_over_midnight_belongs_to_the_day_it_began(loop: Loop, moment: str, present: list[str]) -> None:
    day = at("2025-11-07 00:00").date()
    with scope.system("test"):
        for name, starts, ends in (("李敏", "08:00", "20:00"), ("周涛", "20:00", "08:00")):
            DutyRoster.objects.create(day=day, role="acceptor", name=name, starts=starts, ends=ends, region_code=COUNTY)
        assert [one.name for one in roster.on_duty(at(moment))] == present


def test_a_roster_row_must_be_a_clock_time(loop: Loop) -> None:
    leader = client_of(loop, "shift_leader")
    values = {"day": timezone.localdate() + timedelta(days=1), "role": "acceptor", "name": "李敏", "region_code": COUNTY}
    answer = leader.post("/r/command/duty_roster/new/", {**values, "starts": "8点", "ends": "20:00"})
    assert answer.status_code == 422 and "24小时制" in answer.content.decode()
    assert leader.post("/r/command/duty_roster/new/", {**values, "starts": "08:00", "ends": "08:00"}).status_code == 422
    assert leader.post("/r/command/duty_roster/new/", {**values, "starts": "08:00", "ends": "20:00"}).status_code == 302


def test_figures_agree_with_their_rows(loop: Loop, now) -> None:
    """Every figure of the screens is the number of rows it leads to; a clock that stands still is not late, one that was late stays so."""
    from zhujian.boards.city_management.command import figures

    late = loop.to_department()
    loop.dispatch(loop.accept(loop.report("inspector", "patrol", lon=114.3008)))
    waits = loop.feed_back(loop.dispatch(loop.accept(loop.report("inspector", "patrol", lon=114.3002))))
    loop.report()
    now.move_to(at("2025-11-10 15:30"))
    client = client_of(loop, "shift_leader")
    with loop.act("shift_leader"):
        counted = figures.live()
        lines = [figures.line(one.key, counted) for one in figures.MEASURES]
        assert selectors.live_counts(COUNTY)["open"] == counted["open"] == 3
    assert counted["overdue"] == 2 and counted["checking"] == 1, (
        "two are late, the third waits for its check with its clock stopped"
    )
    for one in lines:
        if "/command/cases/" in one["url"]:
            assert client.get(one["url"]).content.decode().count('data-label="案件"') == one["value"], one["key"]
    assert late.number and waits.number
