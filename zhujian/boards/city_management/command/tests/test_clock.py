"""The clock on real cases: scenarios 1, 7, 8 and 10 through the services, pauses, rework, return, another department, stages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from zhujian.boards.city_management.command import jobs, selectors, services
from zhujian.boards.city_management.command.models import Case, Extension, Suspension
from zhujian.boards.city_management.command.services import clock, recompute
from zhujian.boards.city_management.command.tests.kit import Loop, at, condition, photo
from zhujian.boards.city_management.digital_city.models import Condition
from zhujian.foundation.kernel import memory, scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Refusal
from zhujian.foundation.messages.models import Message
from zhujian.foundation.workflow.models import Task
from zhujian.foundation.worktime.models import CalendarDay, CalendarYear, OfficeHours


def shown(case: Case) -> object:
    with scope.system("test"):
        return Task.objects.get(pk=case.task).due


def test_scenario_1_dispatched_on_friday_at_five_due_on_monday_at_noon(loop: Loop, now) -> None:
    case = loop.patrol()
    now.move_to(at("2025-11-07 17:00"))
    case = loop.dispatch(case)
    assert case.due == at("2025-11-10 12:00") == shown(case)
    assert case.yellow_at == at("2025-11-10 11:00")
    assert selectors.clock(case, at("2025-11-10 12:00")).light == "yellow"
    assert selectors.clock(case, at("2025-11-10 12:00")).remaining_s == 0
    late = selectors.clock(case, at("2025-11-11 10:30"))
    assert (late.light, late.overdue_s) == ("red", int(5.5 * 3600)), "scenario 10"


def test_scenario_7_suspension_stops_the_clock_and_the_date_or_a_person_resumes_it(loop: Loop, now) -> None:
    now.move_to(at("2025-11-10 09:00"))
    case = loop.to_department()
    assert case.due == at("2025-11-10 15:00")
    with loop.act("department_desk"):
        asked = services.do_suspend_request(case.pk, until=date(2025, 12, 1), plan="下月集中清运", reason="清运车辆检修")
    now.move_to(at("2025-11-10 10:00"))
    with loop.act("shift_leader"):
        services.do_suspend_decide(asked.pk, True)
    case = loop.see(case)
    assert case.suspended and case.state == "dispatched" and case.paused_at == at("2025-11-10 10:00")
    with pytest.raises(Conflict):
        loop.do(case, "department_desk", "assign")
    now.move_to(at("2025-11-12 14:00"))
    assert selectors.clock(loop.see(case)).light == "grey" and selectors.clock(loop.see(case)).used_s == 3600
    with loop.act("department_desk"):
        services.do_resume(case.pk, "车辆已修好")
    case = loop.see(case)
    assert not case.suspended and case.due == at("2025-11-12 17:00") == shown(case)
    assert selectors.clock(case).remaining_s == 3 * 3600
    with loop.act("department_desk"), pytest.raises(Refusal, match="只能挂账一次"):
        services.do_suspend_request(case.pk, until=date(2025, 12, 1), plan="再等等", reason="再等等")
    assert loop.assign(case).state == "handling"


def test_a_suspension_ends_by_itself_on_its_date(loop: Loop, now) -> None:
    case = loop.to_department()
    with loop.act("department_desk"):
        for until, code in ((date(2025, 11, 7), "suspension.until"), (date(2026, 11, 9), "suspension.until")):
            with pytest.raises(Refusal) as refused:
                services.do_suspend_request(case.pk, until=until, plan="计划", reason="原因")
            assert refused.value.code == code
        asked = services.do_suspend_request(case.pk, until=date(2025, 11, 12), plan="计划", reason="原因")
    with loop.act("leader"):
        services.do_suspend_decide(asked.pk, True)
    now.move_to(at("2025-11-11 23:59"))
    with scope.system("test"):
        assert jobs.resume_suspended() == 0
    now.move_to(at("2025-11-12 00:01"))
    with scope.system("test"):
        assert jobs.resume_suspended() == 1
        assert Suspension.objects.get(pk=asked.pk).ended_how == "auto"
    case = loop.see(case)
    assert (case.suspended, case.due) == (False, at("2025-11-12 15:00")), "09:30 to 09:30 of Friday: nothing was used"


def test_scenario_8_extension_before_the_deadline_two_levels_at_most_twice(loop: Loop, now) -> None:
    case = loop.patrol()
    now.move_to(at("2025-11-07 17:00"))
    case = loop.assign(loop.dispatch(case))
    now.move_to(at("2025-11-10 10:30"))
    with loop.act("crew"):
        asked = services.do_extend_request(case.pk, amount="2H", reason="需要吊车")
        with pytest.raises(Refusal, match="等待审批"):
            services.do_extend_request(case.pk, amount="2H", reason="需要吊车")
    assert asked.state == "department"
    with loop.act("crew"), pytest.raises(NotAllowed):
        services.do_extend_decide(asked.pk, True)
    with loop.act("department_desk"):
        assert services.do_extend_decide(asked.pk, True).state == "centre"
        with pytest.raises(NotAllowed):
            services.do_extend_decide(asked.pk, True)
    now.move_to(at("2025-11-10 11:00"))
    with loop.act("dispatcher"):
        services.do_extend_decide(asked.pk, True)
    case = loop.see(case)
    assert case.due == at("2025-11-10 16:00") == shown(case) and case.extensions == 1
    with loop.act("department_desk"):
        with pytest.raises(Refusal, match="盖章"):
            services.do_extend_request(case.pk, amount="2H", reason="还要两小时")
        with pytest.raises(Refusal, match="单位"):
            services.do_extend_request(case.pk, amount="1D", reason="还要一天")
        second = services.do_extend_request(case.pk, amount="2H", reason="还要", form=photo("other").upload)
    with loop.act("dispatcher"), pytest.raises(NotAllowed):
        services.do_extend_decide(second.pk, True)
    with loop.act("leader"):
        services.do_extend_decide(second.pk, False, "抓紧办理")
    case = loop.see(case)
    assert (case.extensions, case.due) == (1, at("2025-11-10 16:00")), "a refusal does not count"


def test_scenario_8_an_application_after_the_deadline_is_refused(loop: Loop, now) -> None:
    case = loop.patrol()
    now.move_to(at("2025-11-07 17:00"))
    case = loop.dispatch(case)
    now.move_to(at("2025-11-10 12:00"))
    with loop.act("department_desk"):
        services.do_extend_request(case.pk, amount="2H", reason="到期前一刻仍可申请")
    with scope.system("test"):
        Extension.objects.all().delete()
    now.move_to(at("2025-11-10 12:30"))
    with loop.act("department_desk"), pytest.raises(Refusal) as refused:
        services.do_extend_request(case.pk, amount="2H", reason="已经超期")
    assert refused.value.code == "extension.late"


def test_pitfall_4_waiting_for_the_check_does_not_eat_the_departments_time_and_rework_goes_on(loop: Loop, now) -> None:
    now.move_to(at("2025-11-10 09:00"))
    case = loop.to_department()
    now.move_to(at("2025-11-10 10:00"))
    case = loop.feed_back(case)
    assert case.paused_at == at("2025-11-10 10:00")
    now.move_to(at("2025-11-11 15:00"))
    case = loop.check(case, "fail")
    assert (case.state, case.reworks, case.org_code) == ("dispatched", 1, loop.people.umb.code)
    assert case.due == at("2025-11-11 18:00") == shown(case), "3 of 4 hours left at 15:00: until 18:00, to the second"
    assert selectors.clock(case).remaining_s == 3 * 3600


def test_rework_with_nothing_left_gets_a_least_time_and_stays_overdue(loop: Loop, now) -> None:
    now.move_to(at("2025-11-10 09:00"))
    case = loop.to_department()
    now.move_to(at("2025-11-10 16:00"))
    case = loop.feed_back(case)
    now.move_to(at("2025-11-11 09:00"))
    case = loop.check(case, "fail")
    assert (case.due, case.overdue_s) == (at("2025-11-10 15:00"), 3600)
    with scope.system("test"):
        assert selectors.steps(case)[-1].detail["work_until"] == at("2025-11-11 11:00").isoformat()
        assert Message.objects.filter(title__startswith="案件返工", body__contains="11月11日11:00前").exists()


def test_pitfall_4_returned_and_sent_to_the_same_department_the_clock_goes_on_to_another_it_begins_anew(loop: Loop, now) -> None:
    now.move_to(at("2025-11-10 09:00"))
    case = loop.to_department()
    now.move_to(at("2025-11-10 10:00"))
    case = loop.do(case, "department_desk", "return", comment="不属我委", reason_code="not_mine")
    assert (case.state, case.returns, case.wrong_dispatches, case.pause_kind) == ("to_dispatch", 1, 1, "returned")
    now.move_to(at("2025-11-10 11:00"))
    case = loop.dispatch(case)
    assert case.due == at("2025-11-10 16:00"), "the same department: an hour was the dispatcher's"
    now.move_to(at("2025-11-10 12:00"))
    case = loop.do(case, "department_desk", "return", comment="确实不属我委", reason_code="other")
    now.move_to(at("2025-11-10 14:00"))
    case = loop.dispatch(case, loop.people.wrb)
    assert (case.due, case.clock_start) == (at("2025-11-10 18:00"), at("2025-11-10 14:00")), "another department begins anew"
    assert (case.returns, case.wrong_dispatches, case.dispatches) == (2, 1, 3)
    case = loop.do(case, "water", "return", comment="不办", reason_code="other")
    assert (loop.task(case).node, case.returns, case.pause_kind) == ("coordinate", 3, "returned"), "no third return: a meeting"


def test_the_department_must_revoke_an_assignment_before_it_returns_the_case(loop: Loop) -> None:
    case = loop.assign(loop.to_department())
    task = loop.task(case)
    with loop.act("department_desk"):
        assert "task:return" not in selectors.may(case) and "revoke_assignment" in selectors.may(case)
        services.do_revoke_assignment(case.pk, "改由他人处置")
    case = loop.see(case)
    assert (case.state, case.handler, case.task == task.pk) == ("dispatched", None, False)
    assert loop.do(case, "department_desk", "return", comment="不属我委", reason_code="not_mine").state == "to_dispatch"


def test_the_city_may_start_the_clock_at_registering(loop: Loop, now, monkeypatch) -> None:
    ours = clock.parameters.value

    def value(key: str, **where: object) -> object:
        found = ours(key, **where)
        return replace(found, value="register") if key == "command.clock_start" else found

    monkeypatch.setattr(clock.parameters, "value", value)
    case = loop.patrol()
    now.move_to(at("2025-11-07 11:00"))
    case = loop.dispatch(case)
    assert case.clock_start == at("2025-11-07 09:30") and case.due == at("2025-11-07 15:30")


def test_stages_have_each_their_own_limit_and_evidence(loop: Loop, now) -> None:
    """供水管道破裂: fence at once (3U), mend (8U), make good (5D)."""
    first = condition("event", "0501")
    with scope.system("test"):
        Condition.objects.filter(pk=first.pk).update(limit="3U", closing="现场已围护")
        for stage, limit, closing in ((2, "8U", "已修复供水"), (3, "5D", "路面已恢复")):
            Condition.objects.create(
                item=first.item, number=first.number, stage=stage, text=first.text, limit=limit, closing=closing, valid_from=first.valid_from,
                region_code=first.region_code, basis="大英（城市例）",
            )  # fmt: skip
    case = loop.accept(loop.report("inspector", "patrol", class_code="0501"), code="0501")
    assert (case.stage, case.stages) == (1, 3)
    case = loop.dispatch(case)
    assert case.due == at("2025-11-07 12:30")
    case = loop.check(loop.feed_back(case))
    assert (case.state, case.stage, case.limit_text, case.due) == ("dispatched", 2, "8U", at("2025-11-07 17:30"))
    with pytest.raises(Refusal, match="处置后照片"):
        loop.do(loop.assign(case), "crew", "done")
    now.move_to(at("2025-11-07 18:30"))
    case = loop.do(loop.handle(loop.see(case), colour=20), "department_desk", "pass")
    assert case.overdue_s == 3600
    case = loop.check(case, colour=30)
    assert (case.stage, case.limit_text, case.overdue_s) == (3, "5D", 3600), "the earlier stage's delay is not forgotten"
    now.move_to(at("2025-11-10 09:00"))
    case = loop.do(loop.handle(loop.assign(case), colour=40), "department_desk", "pass")
    case = loop.close(loop.check(case, colour=50))
    assert (case.state, case.overdue_s) == ("closed", 3600)


def test_pitfall_1_a_year_without_holidays_gives_no_date_and_the_work_goes_on(loop: Loop, now) -> None:
    now.move_to(at("2026-12-31 16:00"))
    case = loop.to_department()
    assert case.state == "dispatched" and case.due is None
    assert selectors.clock(case).light == ""


def test_clocks_are_computed_anew_only_on_purpose_with_a_line_in_the_log(loop: Loop, now) -> None:
    case = loop.to_department()
    with scope.system("test"):
        OfficeHours.objects.filter(region_code="420106000000").update(segments=[["09:00", "12:00"], ["13:00", "17:00"]])
        memory.forget()
        assert shown(case) == at("2025-11-07 15:30")
    with loop.act("acceptor"), pytest.raises(NotAllowed):
        services.do_recompute("420106000000", "作息调整")
    with loop.act("shift_leader"):
        assert services.do_recompute("420106000000", "作息调整") == 1
    case = loop.see(case)
    assert case.due == at("2025-11-07 14:30") == shown(case)
    with scope.system("test"):
        assert selectors.steps(case)[-1].action == "recompute"


def test_a_date_that_could_not_be_computed_comes_with_the_calendar(loop: Loop, now) -> None:
    now.move_to(at("2026-12-31 16:00"))
    case = loop.to_department()
    with scope.system("test"):
        CalendarYear.objects.create(year=2027, notice="测试", published=date(2026, 11, 4))
        CalendarDay.objects.create(region_code="", day=date(2027, 1, 1), kind="holiday", name="元旦", basis="测试")
        memory.forget()
        assert recompute.fill_in() == 1
    assert loop.see(case).due == at("2027-01-04 11:00") == shown(case)
