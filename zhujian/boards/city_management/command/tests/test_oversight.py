"""Returns to the acceptor, void, forced close, supervision, overdue marks, errands in time, appeal, call-back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from zhujian.boards.city_management.command import jobs, selectors, services
from zhujian.boards.city_management.command.models import Case, Errand, Report, Supervision
from zhujian.boards.city_management.command.selectors import inspectors
from zhujian.boards.city_management.command.tests.kit import HERE, Loop, at, photo
from zhujian.boards.city_management.digital_city.models import CompositeGrid
from zhujian.foundation.events import services as events
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Refusal
from zhujian.foundation.messages.models import Message
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.models import Instance


def test_refusing_needs_a_reason_the_shift_leaders_consent_and_answers_the_reporter(loop: Loop) -> None:
    case = loop.do(loop.accept(loop.report()), "inspector", "false", comment="现场没有垃圾")
    with pytest.raises(Refusal):
        loop.do(case, "acceptor", "refuse")
    case = loop.do(case, "acceptor", "refuse", comment="经核实不属实", reason_code="untrue")
    assert (case.state, case.holder_role) == ("to_register", "shift_leader")
    case = loop.do(case, "shift_leader", "deny", comment="再去看一次")
    case = loop.do(loop.do(case, "acceptor", "verify", comment="换个时段看"), "other_inspector", "false", comment="仍然没有")
    case = loop.do(loop.do(case, "acceptor", "refuse", comment="两次核实均不属实"), "shift_leader", "approve")
    assert (case.state, case.close_kind, case.task) == ("void", "void", None)
    with scope.system("test"):
        report = Report.objects.get(case=case)
        assert report.state == "refused" and "两次核实均不属实" in report.answer
        assert Errand.objects.filter(case=case).count() == 2


def test_a_report_may_be_refused_at_once_with_a_reason_of_the_list(loop: Loop) -> None:
    report = loop.report()
    with loop.act("acceptor"):
        with pytest.raises(Refusal) as refused:
            services.do_refuse(report.pk, "because", "")
        assert {r.code for r in refused.value.reasons} == {"code.unknown", "report.refuse_text"}
        services.do_refuse(report.pk, "outside", "不在城区范围，请向镇政府反映")
    with scope.system("test"):
        assert "镇政府" in Report.objects.get(pk=report.pk).answer
    with loop.act("resident"):
        assert Message.objects.filter(account_id=loop.people.resident.pk).count() == 1


def test_the_pool_belongs_to_the_first_claimer(loop: Loop) -> None:
    report = loop.report()
    with loop.act("acceptor"):
        assert list(selectors.pool()) == [report]
        services.do_take(report.pk)
    with loop.act("other_acceptor"):
        assert list(selectors.pool()) == []
        with pytest.raises(Conflict):
            services.do_take(report.pk)
    with pytest.raises(Conflict):
        loop.accept(report, "other_acceptor")
    with loop.act("acceptor"):
        services.do_release(report.pk)
    with loop.act("other_acceptor"):
        services.do_take(report.pk)


def test_the_dispatcher_sends_back_what_should_not_have_been_filed_and_it_is_voided(loop: Loop) -> None:
    case = loop.do(loop.patrol(), "dispatcher", "back", comment="属于小区内部")
    assert case.state == "to_register"
    with loop.act("shift_leader"):
        with pytest.raises(Refusal):
            services.do_void(case.pk, " ")
        services.do_void(case.pk, "属小区物业管理范围")
    case = loop.see(case)
    assert (case.state, case.close_reason) == ("void", "属小区物业管理范围")
    with scope.system("test"):
        assert Instance.objects.get(subject=case.subject).status == "terminated"
        assert events.deliver_all() > 0, "and the handler of the stopped process finds nothing more to do"
    assert loop.see(case).version == case.version


def test_a_process_stopped_from_outside_takes_its_case_along(loop: Loop) -> None:
    case = loop.patrol()
    with scope.system("test"):
        instance = Instance.objects.get(subject=case.subject)
        workflow.do_terminate(instance.pk, reason="误操作")
        events.deliver_all()
    assert loop.see(case).state == "void"


def test_forced_close_by_somebody_who_had_no_hand_in_it(loop: Loop) -> None:
    case = loop.assign(loop.to_department())
    with loop.act("shift_leader"):
        with pytest.raises(Conflict):
            services.do_void(case.pk, "x")
        services.do_force_close(case.pk, "道路已整体改造，问题不复存在")
    case = loop.see(case)
    assert (case.state, case.close_kind, case.checked_ok) == ("forced", "forced", None)
    with scope.system("test"):
        assert Report.objects.get(case=case).answered_at is not None


def test_supervision_has_its_own_reply_limit_and_does_not_move_the_case(loop: Loop, now) -> None:
    now.move_to(at("2025-11-07 15:00"))
    case = loop.to_department()
    with loop.act("superviser"):
        with pytest.raises(NotAllowed):
            services.do_supervise(case.pk, "3", "请领导督办")
        made = services.do_supervise(case.pk, "2", "请今天处置")
    assert made.due == at("2025-11-10 10:00"), "4 working hours"
    assert (loop.see(case).state, loop.see(case).supervise_level) == ("dispatched", "2")
    with loop.act("water"), pytest.raises(NotAllowed):
        services.do_reply_supervision(made.pk, "不归我们")
    with loop.act("department_desk"):
        services.do_reply_supervision(made.pk, "已安排")
        with pytest.raises(Conflict):
            services.do_reply_supervision(made.pk, "再回一次")


def test_overdue_is_marked_once_told_and_supervised_by_rule(loop: Loop, now) -> None:
    case = loop.to_department()
    now.move_to(case.due)
    with scope.system("test"):
        assert jobs.mark_overdue() == 0, "at the deadline is in time"
    now.move_to(case.due + timedelta(seconds=1))
    with scope.system("test"):
        assert (jobs.mark_overdue(), jobs.mark_overdue()) == (1, 0)
        made = Supervision.objects.get(case=case)
        assert (made.level, made.trigger, made.to_org) == ("1", "overdue", loop.people.umb.code)
        assert Message.objects.filter(account_id=loop.people.department_desk.pk, title__contains=case.number).exists()


def test_two_reworks_are_supervised_by_rule(loop: Loop) -> None:
    case = loop.to_department()
    for turn in range(2):
        case = loop.do(loop.handle(loop.assign(case), colour=10 + 3 * turn), "department_desk", "pass")
        case = loop.check(case, "fail", colour=60 + turn)
    assert (case.reworks, case.supervise_level) == (2, "1")


def test_errands_go_to_the_beats_owner_then_the_nearest_on_duty_then_anybody(loop: Loop, monkeypatch) -> None:
    one, two = loop.people.inspector.pk, loop.people.other_inspector.pk
    with scope.system("test"):
        here = (loop.people.grid.code, *HERE, "420106001001")
        assert inspectors.choose(*here, ()) == inspectors.Choice(None, "office"), "nothing is known of duty"
        CompositeGrid.objects.create(
            code="D1", name="一号责任网格", kind="duty", grids=[loop.people.grid.code], boundary=loop.people.grid.boundary, holders=[one],
            region_code="420106001001", valid_from=at("2021-01-01 00:00").date(),
        )  # fmt: skip
        assert inspectors.choose(*here, ()) == inspectors.Choice(one, "beat")
        assert inspectors.choose(*here, {one}).account is None, "not who reported it"
        near = inspectors.OnDuty(two, HERE[0] + 0.001, HERE[1])
        monkeypatch.setattr(inspectors, "_providers", [lambda region: [near]])
        assert inspectors.choose(*here, ()) == inspectors.Choice(two, "nearest"), "the owner is off duty"
        monkeypatch.setattr(inspectors, "_providers", [lambda region: [near, inspectors.OnDuty(one)]])
        assert inspectors.choose(*here, ()) == inspectors.Choice(one, "beat")


def test_an_errand_has_a_limit_is_escalated_once_and_can_be_handed_on(loop: Loop, now) -> None:
    case = loop.accept(loop.report())
    with scope.system("test"):
        errand = Errand.objects.get(case=case)
    assert errand.due == at("2025-11-07 10:00"), "30 minutes without a break"
    now.move_to(at("2025-11-07 10:01"))
    with scope.system("test"):
        assert (jobs.escalate_errands(), jobs.escalate_errands()) == (1, 0)
        assert Message.objects.filter(account_id=loop.people.shift_leader.pk, title__contains=case.number).exists()
    with loop.act("shift_leader"):
        services.do_reassign(errand.pk, loop.people.other_inspector.pk, "原监督员离岗")
        with pytest.raises(Refusal):
            services.do_reassign(errand.pk, loop.people.crew.pk, "不是监督员")
    assert loop.see(case).holder_account == loop.people.other_inspector.pk
    with loop.act("inspector"), pytest.raises(NotAllowed):
        workflow.do_complete(case.task, outcome="true")
    case = loop.do(case, "other_inspector", "true", lon=HERE[0], lat=HERE[1])
    with scope.system("test"):
        done = Errand.objects.get(pk=errand.pk)
    assert (done.result, done.location is not None, done.done_at) == ("true", True, timezone.now())


def test_an_appeal_needs_two_reviewers_and_leaves_the_facts(loop: Loop, now) -> None:
    case = loop.to_department()
    now.move_to(at("2025-11-10 09:00"))
    case = loop.close(loop.check(loop.feed_back(case)))
    assert case.overdue_s == int(2.5 * 3600) and case.close_kind == "normal"
    with loop.act("department_desk"):
        with pytest.raises(Refusal):
            services.do_appeal(case.pk, "rework", "没有返工过")
        made = services.do_appeal(case.pk, "overdue", "当日暴雨橙色预警")
    with loop.act("acceptor"), pytest.raises(NotAllowed):
        services.do_review_appeal(made.pk, True, "同意")
    with loop.act("assessor"):
        services.do_review_appeal(made.pk, True, "情况属实")
        with pytest.raises(NotAllowed):
            services.do_review_appeal(made.pk, True, "我再看一次")
    assert loop.see(case).appeal == "open"
    with loop.act("other_assessor"):
        services.do_review_appeal(made.pk, True, "同意")
    after = loop.see(case)
    assert (after.appeal, after.exempt, after.overdue_s) == ("upheld", True, case.overdue_s)


def test_a_dissatisfied_reporter_gets_one_linked_follow_up(loop: Loop) -> None:
    report = loop.report(reporter_phone="13800001234", external_no="12345-7")
    case = loop.do(loop.do(loop.accept(report), "inspector", "true"), "acceptor", "register")
    case = loop.close(loop.check(loop.feed_back(loop.dispatch(case))))
    with loop.act("acceptor"):
        with pytest.raises(Refusal):
            services.do_resolve_call_back(case.pk, "4")
        services.do_resolve_call_back(case.pk, "4", "没清干净")
        with pytest.raises(Conflict):
            services.do_resolve_call_back(case.pk, "1")
    with scope.system("test"):
        follow = Report.objects.get(previous=case)
        assert (follow.state, follow.external_no, follow.phone_hash) == ("waiting", "12345-7", services.phone_hash("13800001234"))
        assert Case.objects.get(pk=case.pk).satisfaction == "4"
    again = loop.do(loop.do(loop.accept(follow), "inspector", "true"), "acceptor", "register")
    again = loop.close(loop.check(loop.feed_back(loop.dispatch(again))))
    with loop.act("acceptor"):
        services.do_resolve_call_back(again.pk, "4", "还是不行")
    with scope.system("test"):
        assert not Report.objects.filter(previous=again).exists(), "once"


def test_live_counts_and_what_may_be_done(loop: Loop) -> None:
    loop.report()
    case = loop.to_department()
    with loop.act("leader"):
        counts = selectors.live_counts("420106000000")
        assert (counts["open"], counts["states"], counts["lights"], counts["pool"]) == (1, {"dispatched": 1}, {"green": 1}, 1)
        assert selectors.may(case) == ["supervise"]
    with loop.act("department_desk"):
        assert set(selectors.may(case)) == {"task:assign", "task:return", "extend_request", "suspend_request", "add_photos"}
    with loop.act("other_acceptor"):
        assert selectors.live_counts("420502000000")["open"] == 0
    assert selectors.public_words("handling") == ("dispose", "任务处置")


def test_photos_can_be_added_by_whoever_has_the_case_in_hand(loop: Loop) -> None:
    case = loop.assign(loop.to_department())
    with loop.act("crew"):
        services.do_add_photos(case.pk, [photo("before", colour=31)])
    with loop.act("water"), pytest.raises(NotAllowed):
        services.do_add_photos(case.pk, [photo("before", colour=32)])
    with loop.act("inspector"):
        assert [one.role for one in selectors.photos(case)] == ["before"]


def test_media_and_repeated_reports_are_supervised_when_a_department_has_the_case(loop: Loop) -> None:
    media = loop.accept(loop.report("acceptor", "media"))
    media = loop.dispatch(loop.do(loop.do(media, "inspector", "true", comment="属实"), "acceptor", "register"))
    with scope.system("test"):
        found = Supervision.objects.get(case=media)
        assert (media.supervise_level, found.trigger, found.to_org, found.due is not None) == (
            "1",
            "media",
            loop.people.umb.code,
            True,
        )
    case = loop.accept(loop.report("inspector", "patrol", class_code="0112"), code="0112")
    for name in ("resident", "neighbour"):
        again = loop.report(name, class_code="0112")
        with loop.act("acceptor"):
            services.do_merge(again.pk, case.pk)
        if name == "resident":
            assert loop.see(case).supervise_level == ""
            case = loop.dispatch(case)
    with scope.system("test"):
        assert (loop.see(case).report_count, Supervision.objects.get(case=case).trigger) == (3, "repeated")
