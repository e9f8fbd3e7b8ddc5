"""Two levels of command: city and district, each with its clock; returns go one level up; the centre that the mode names checks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zhujian.boards.city_management.command import jobs, selectors, services
from zhujian.boards.city_management.command.models import Case, Errand, LevelClock
from zhujian.boards.city_management.command.tests.kit import Loop, at, build
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed, Refusal
from zhujian.foundation.messages.models import Message

Made = Callable[[str], Loop]


@pytest.fixture
def city(now) -> Made:
    """A city in a mode; its clock stands at Monday 2025-11-10, 09:00."""
    now.move_to(at("2025-11-10 09:00"))

    def make(mode: str) -> Loop:
        with scope.system("test"):
            return Loop(build(mode))

    return make


def down(loop: Loop) -> Case:
    """An inspector's find, filed by the city and handed down to the district."""
    case = loop.accept(loop.report("city_inspector", "patrol"), "city_acceptor")
    return loop.do(case, "city_dispatcher", "down")


def level(case: Case) -> LevelClock:
    with scope.system("test"):
        return LevelClock.objects.get(case=case)


def test_a_city_of_one_level_hands_nothing_down(loop: Loop) -> None:
    case = loop.patrol()
    assert [code for code, _ in loop.task(case).outcomes] == ["dispatch", "back"]
    with pytest.raises(Refusal):
        loop.do(case, "dispatcher", "down")


def test_one_supervision_two_commands_the_city_checks_what_the_district_has_dispatched(city: Made, now) -> None:
    loop = city("one_two")
    report = loop.report("city_inspector", "patrol")
    with pytest.raises(NotAllowed, match="统一办理"):  # the district's own acceptor
        loop.accept(report, "acceptor")
    case = loop.accept(report, "city_acceptor")
    task = loop.task(case)
    assert (task.node, task.org_name, [code for code, _ in task.outcomes]) == (
        "dispatch",
        "测试市UMC",
        ["dispatch", "down", "back"],
    )
    with loop.act("dispatcher"):
        assert selectors.may(case) == [], "the district's dispatcher waits until the case is handed down"
    case = loop.do(case, "city_dispatcher", "down")
    task = loop.task(case)
    assert (task.node, task.org_name, case.state, case.level, case.handed_name) == (
        "district",
        "测试区UMC",
        "to_dispatch",
        "district",
        "测试区UMC",
    )
    assert (task.due, case.due) == (at("2025-11-10 09:15"), at("2025-11-10 15:00")), (
        "the step's limit; the total clock runs: 4 working hours"
    )
    now.move_to(at("2025-11-10 09:10"))
    case = loop.do(case, "dispatcher", "dispatch", org_code=loop.people.umb.code)
    row = level(case)
    assert (row.limit_text, row.due, row.target) == ("3H", at("2025-11-10 14:10"), loop.people.umb.code), (
        "0.8 of 4 hours in whole hours"
    )
    assert case.due == at("2025-11-10 15:00") and case.paused_at is None
    now.move_to(at("2025-11-10 10:00"))
    case = loop.feed_back(case)
    task = loop.task(case)
    assert (task.node, task.org_name) == ("send_check", "测试市UMS")
    assert (case.paused_at, level(case).paused_at) == (at("2025-11-10 10:00"), at("2025-11-10 10:00")), "both wait for the check"
    with pytest.raises(Refusal, match="本监督中心"):
        loop.do(case, "city_acceptor", "send", inspector=loop.people.other_inspector.pk)
    case = loop.do(case, "city_acceptor", "send")
    with scope.system("test"):
        assert Errand.objects.get(case=case).inspector is None, (
            "whoever found it may not check it: any other inspector of the city"
        )
    assert loop.task(case).org_name == "测试市UMS"
    with pytest.raises(Refusal):
        loop.do(case, "other_inspector", "fail", comment="区监督员不核查")


def test_two_supervisions_two_commands_the_district_checks_and_the_city_closes(city: Made, now) -> None:
    loop = city("two_two")
    case = loop.accept(loop.report(), "city_acceptor")
    assert loop.task(case).org_name == "测试区UMS", "the district's inspectors look whether it is true"
    case = loop.do(case, "other_inspector", "true", comment="属实")
    case = loop.do(loop.do(case, "city_acceptor", "register"), "city_dispatcher", "down")
    case = loop.feed_back(loop.do(case, "dispatcher", "dispatch", org_code=loop.people.umb.code))
    assert loop.task(case).org_name == "测试区UMS"
    case = loop.check(case, who="inspector")
    assert (case.state, loop.task(case).org_name) == ("to_close", "测试市UMS")
    case = loop.do(case, "city_acceptor", "close")
    assert case.state == "closed" and level(case).closed_at is not None
    with scope.system("test"):
        assert [one.action for one in selectors.steps(case)][:6] == [
            "accept",
            "verify:true",
            "register",
            "hand_down",
            "dispatch",
            "assign",
        ]


def test_what_the_city_gives_to_a_department_of_its_own_it_checks_itself(city: Made) -> None:
    loop = city("two_two")
    case = loop.accept(loop.report("city_inspector", "patrol"), "city_acceptor")
    case = loop.feed_back(loop.do(case, "city_dispatcher", "dispatch", org_code=loop.people.umb.code))
    assert (case.level, loop.task(case).org_name) == ("", "测试市UMS")


def test_a_return_goes_one_level_up_and_the_clocks_go_on_as_each_level_dispatches(city: Made, now) -> None:
    loop = city("one_two")
    case = loop.do(down(loop), "dispatcher", "dispatch", org_code=loop.people.umb.code)
    now.move_to(at("2025-11-10 10:00"))
    case = loop.do(case, "department_desk", "return", comment="不属我委", reason_code="not_mine")
    assert (loop.task(case).node, case.returns, case.level) == ("district", 1, "district"), "to the district, not to the city"
    assert (case.paused_at, level(case).pause_kind) == (None, "returned"), "the city's clock runs on: the district has the case"
    now.move_to(at("2025-11-10 11:00"))
    case = loop.do(case, "dispatcher", "dispatch", org_code=loop.people.wrb.code)
    row = level(case)
    assert (row.clock_start, row.due, row.dispatches) == (at("2025-11-10 11:00"), at("2025-11-10 16:00"), 2), (
        "another department: anew"
    )
    assert case.due == at("2025-11-10 15:00"), "the total clock knows one district only"
    case = loop.do(case, "water", "return", comment="也不属我局", reason_code="need_others")
    case = loop.do(case, "dispatcher", "return", comment="属市管道路", reason_code="not_mine")
    task = loop.task(case)
    assert (task.node, task.org_name, case.level, case.returns) == ("coordinate", "测试市UMC", "", 3), (
        "returned too often: the city's meeting"
    )


def test_the_district_gives_the_case_back_to_the_city_and_gets_it_again(city: Made, now) -> None:
    loop = city("one_two")
    case = down(loop)
    now.move_to(at("2025-11-10 10:00"))
    with pytest.raises(Refusal) as refused:
        loop.do(case, "dispatcher", "return")
    assert {reason.code for reason in refused.value.reasons} == {"return.reason", "return.text"}
    case = loop.do(case, "dispatcher", "return", comment="属市管道路", reason_code="not_mine")
    assert (loop.task(case).node, loop.task(case).org_name, case.level) == ("dispatch", "测试市UMC", "")
    assert (case.paused_at, case.pause_kind, case.wrong_dispatches) == (at("2025-11-10 10:00"), "returned", 1)
    now.move_to(at("2025-11-10 11:00"))
    case = loop.do(case, "city_dispatcher", "down")
    assert (case.due, case.paused_at) == (at("2025-11-10 16:00"), None), (
        "the same district: it runs on, the city's hour is taken out"
    )
    case = loop.do(case, "dispatcher", "return", comment="确属市管道路", reason_code="not_mine")
    case = loop.do(case, "city_dispatcher", "dispatch", org_code=loop.people.wrb.code)
    assert (case.clock_start, case.recipient) == (at("2025-11-10 11:00"), loop.people.wrb.code), "another body: begun anew"


def test_both_clocks_stop_for_a_suspension_and_gain_an_extension_that_the_city_agrees_to(city: Made, now) -> None:
    loop = city("one_two")
    case = loop.do(down(loop), "dispatcher", "dispatch", org_code=loop.people.umb.code)
    with loop.act("department_desk"):
        asked = services.do_extend_request(case.pk, amount="2H", reason="材料未到")
    with loop.act("dispatcher"), pytest.raises(NotAllowed, match="市级审批"):
        services.do_extend_decide(asked.pk, True)
    with loop.act("city_dispatcher"):
        services.do_extend_decide(asked.pk, True)
    assert (loop.see(case).due, level(case).due) == (at("2025-11-10 17:00"), at("2025-11-10 16:00"))
    now.move_to(at("2025-11-10 10:00"))
    with loop.act("department_desk"):
        held = services.do_suspend_request(case.pk, until=at("2025-11-20 00:00").date(), plan="计划", reason="原因")
    with loop.act("city_leader"):
        services.do_suspend_decide(held.pk, True)
    assert level(case).paused_at == at("2025-11-10 10:00")
    now.move_to(at("2025-11-11 09:00"))
    with loop.act("city_leader"):
        services.do_resume(case.pk)
    assert (loop.see(case).due, level(case).due) == (at("2025-11-11 16:00"), at("2025-11-11 15:00")), "an hour used of each"


def test_the_district_and_its_department_are_told_once_when_the_districts_time_is_up(city: Made, now) -> None:
    loop = city("one_two")
    case = loop.do(down(loop), "dispatcher", "dispatch", org_code=loop.people.umb.code)
    now.move_to(at("2025-11-10 14:30"))
    with scope.system("test"):
        assert (jobs.mark_overdue(), jobs.mark_overdue()) == (1, 0)
        told = set(Message.objects.filter(title__startswith="区级时限已到").values_list("account_id", flat=True))
    assert told == {loop.people.department_desk.pk, loop.people.dispatcher.pk, loop.people.superviser.pk}
    assert (level(case).due, loop.see(case).overdue_told) == (at("2025-11-10 12:00"), False), (
        "the city's clock has half an hour left"
    )
