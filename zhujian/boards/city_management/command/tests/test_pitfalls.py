"""What toy implementations get wrong (urban-management.md §5) and scenarios 13 and 14, on real cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.gis.geos import Polygon
from django.db import connection
from django.utils import timezone

from zhujian.boards.city_management.command import selectors, services
from zhujian.boards.city_management.command.models import Case, CaseStep, DuplicateProposal, Photo, Report, Suspension
from zhujian.boards.city_management.command.services.effects import proposed_org
from zhujian.boards.city_management.command.tests.kit import HERE, Loop, at, condition, photo
from zhujian.boards.city_management.digital_city.models import Grid, Responsibility
from zhujian.boards.city_management.digital_city.rules import grids, limits
from zhujian.foundation.identity.testing import make_official
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Refusal
from zhujian.foundation.messages.models import Message
from zhujian.foundation.workflow import services as workflow

METRE = 1 / 111_000  # degrees of latitude, about


def refusal(loop: Loop, case: Case, who: str, outcome: str, **more: object) -> str:
    """Code of the reason why somebody cannot complete the open task."""
    with pytest.raises(Refusal) as refused:
        loop.do(case, who, outcome, **more)
    return refused.value.code


# -- scenario 13, 14; pitfalls 7, 9, 17 ------------------------------------------------------------------------------------------------


def test_scenario_13_grid_codes_and_a_report_finds_its_grid(loop: Loop) -> None:
    found = grids.parse("110101001001003")
    assert (found.county, found.street, found.community, found.sequence) == ("110101", "001", "001", "003")
    assert (str(grids.parse("11010100100103")), grids.parse("11010100100103").alias) == ("110101001001003", "11010100100103")
    with pytest.raises(Refusal):
        grids.parse("11010100100100A")
    with pytest.raises(Refusal):
        grids.next_code("110101001001", [f"110101001001{n:03d}" for n in range(1, 1000)])
    report = loop.report(address="随便写的地址，离得很远")
    assert (report.grid_code, report.community) == (loop.people.grid.code, loop.people.grid.community), (
        "by the point, not the text"
    )
    outside = loop.report(lon=114.32, lat=30.52, region_code="420106000000")
    assert outside.grid_code == ""
    with pytest.raises(Refusal) as refused:
        loop.accept(outside, verify=True)
    assert refused.value.code == "case.outside"


def test_pitfall_9_a_point_on_a_boundary_belongs_to_the_smallest_code_only(loop: Loop) -> None:
    first = loop.people.grid
    with scope.system("test"):
        shape = Polygon.from_bbox((114.301, 30.5, 114.302, 30.501))
        shape.srid = 4490
        Grid.objects.create(
            code=first.community + "002", community=first.community, region_code=first.community, boundary=shape, area_m2=10_600,
            valid_from=first.valid_from,
        )  # fmt: skip
    assert loop.report(lon=114.301).grid_code == first.code
    assert loop.report(lon=114.3015).grid_code == first.community + "002"


def test_pitfall_6_a_suspension_says_from_when_to_when_a_case_is_out_of_both_sides_of_a_rate(loop: Loop, now) -> None:
    case = loop.to_department()
    with loop.act("department_desk"):
        asked = services.do_suspend_request(case.pk, until=at("2025-12-01 00:00").date(), plan="计划", reason="原因")
    with loop.act("leader"):
        services.do_suspend_decide(asked.pk, True)
    with scope.system("test"):
        assert list(Case.objects.filter(suspended=True)) == [case]
    now.move_to(at("2025-11-10 09:00"))
    with loop.act("leader"):
        services.do_resume(case.pk)
    with scope.system("test"):
        kept = Suspension.objects.get(pk=asked.pk)
        assert (kept.started_at, kept.ended_at) == (at("2025-11-07 09:30"), at("2025-11-10 09:00"))
    case = loop.close(loop.check(loop.feed_back(loop.see(case))))
    assert (case.overdue_s, case.close_kind) == (0, "normal"), "three days out are not three days late"


def test_scenario_14_and_pitfall_17_duplicates_are_proposed_confirmed_by_a_person_and_all_reporters_answered(loop: Loop) -> None:
    case = loop.patrol()
    near = loop.report("neighbour", lat=HERE[1] + 22 * METRE)
    with loop.act("acceptor"):
        services.do_take(near.pk)
        found = selectors.duplicates(near)
    assert [(one.case_id, round(one.distance_m)) for one in found] == [(case.pk, 22)]
    with scope.system("test"):
        proposal = DuplicateProposal.objects.get(report=near)
        assert proposal.decision == "" and Report.objects.get(pk=near.pk).state == "taken", "nothing is merged by itself"
    far = loop.report("resident", lat=HERE[1] + 35 * METRE)
    with loop.act("acceptor"):
        assert selectors.duplicates(far) == []
        services.do_merge(near.pk, case.pk)
    case = loop.see(case)
    assert case.report_count == 2
    with scope.system("test"):
        proposal.refresh_from_db()
        assert (proposal.decision, proposal.decided_by) == ("merge", loop.people.acceptor.pk)
        assert Case.objects.count() == 1 and Report.objects.filter(case=case).count() == 2, "1 立案, 2 上报"
    case = loop.close(loop.check(loop.feed_back(loop.dispatch(case))))
    with scope.system("test"):
        answered = list(Report.objects.filter(case=case).order_by("id"))
        assert all(one.answered_at and case.number in one.answer for one in answered)
        assert {m.account_id for m in Message.objects.filter(title__contains="答复")} == {
            loop.people.inspector.pk,
            loop.people.neighbour.pk,
        }
    late = loop.report("neighbour", lat=HERE[1] + 22 * METRE)
    with loop.act("acceptor"):
        assert selectors.duplicates(late) == [] and [one.pk for one in selectors.closed_before(late)] == [case.pk]
        with pytest.raises(Conflict):
            services.do_merge(late.pk, case.pk)
    again = loop.accept(late, previous_id=case.pk)
    assert again.pk != case.pk and again.previous_id == case.pk


def test_components_are_the_same_by_their_code_not_by_distance(loop: Loop) -> None:
    code = "4201060137000001"
    first = loop.report("inspector", "patrol", kind="component", class_code="0137", component_code=code)
    case = loop.accept(first, kind="component", code="0137")
    same = loop.report("neighbour", kind="component", class_code="0137", component_code=code, lat=HERE[1] + 40 * METRE)
    other = loop.report(
        "neighbour", kind="component", class_code="0137", component_code="4201060137000002", lat=HERE[1] + 2 * METRE
    )
    with loop.act("acceptor"):
        assert [one.case_id for one in selectors.duplicates(same)] == [case.pk]
        assert selectors.duplicates(other) == []


def test_accepting_anyway_decides_the_proposals(loop: Loop) -> None:
    loop.patrol()
    near = loop.report("neighbour", lat=HERE[1] + 10 * METRE)
    with loop.act("acceptor"):
        services.do_take(near.pk)
    loop.accept(near)
    with scope.system("test"):
        assert DuplicateProposal.objects.get(report=near).decision == "apart"


def test_an_accepted_case_may_still_turn_out_to_be_a_duplicate(loop: Loop) -> None:
    master, case = loop.patrol(), loop.accept(loop.report("neighbour"))
    with loop.act("acceptor"):
        services.do_mark_duplicate(case.pk, master.pk, "同一处垃圾")
    case, master = loop.see(case), loop.see(master)
    assert (case.state, case.close_kind, case.master_id, master.report_count) == ("duplicate", "duplicate", master.pk, 2)
    with scope.system("test"):
        assert Report.objects.filter(case=master).count() == 2 and Report.objects.filter(case=case).count() == 0


def test_pitfall_7_a_closed_case_is_never_opened_again(loop: Loop, now) -> None:
    case = loop.whole()
    for name, call in {
        "void": lambda: services.do_void(case.pk, "x"), "force": lambda: services.do_force_close(case.pk, "x"),
        "supervise": lambda: services.do_supervise(case.pk, "1", "x"),
    }.items():  # fmt: skip
        with loop.act("leader" if name == "supervise" else "shift_leader"), pytest.raises(Conflict):
            call()
    before = loop.see(case).version
    with loop.act("inspector"):
        report = services.do_recur(case.pk, "复查发现又有垃圾", [photo("wide", colour=77)])
        assert report.previous_id == case.pk
    again = loop.accept(report, "other_acceptor")
    assert (again.previous_id, again.pk == case.pk, again.state) == (case.pk, False, "to_dispatch")
    assert loop.see(case).version == before, "the closed case has not been touched"
    with scope.system("test"):
        from zhujian.foundation.events.models import Event

        assert Event.objects.get(name="case.recurred").payload["previous"] == case.number


# -- pitfalls 2, 3 ----------------------------------------------------------------------------------------------------------------------


def test_pitfalls_2_and_3_limits_by_condition_and_in_the_unit_the_schedule_says(loop: Loop, now) -> None:
    now.move_to(at("2025-11-07 17:00"))
    urgent = loop.accept(
        loop.report("inspector", "patrol", kind="component", class_code="0102", component_code=""),
        kind="component",
        code="0102",
        number=1,
    )
    dull = loop.accept(
        loop.report("inspector", "patrol", kind="component", class_code="0102", lat=HERE[1] + 0.0003),
        kind="component",
        code="0102",
        number=3,
    )
    assert (urgent.limit_text, dull.limit_text) == ("2U", "2D")
    assert loop.dispatch(urgent).due == at("2025-11-07 19:00"), "urgent hours run through the night"
    assert loop.dispatch(dull).due == at("2025-11-11 17:00"), "working days do not"
    with pytest.raises(Refusal):
        limits.read("2小时")
    report = loop.report("inspector", "patrol")
    with loop.act("acceptor"), pytest.raises(Refusal) as refused:
        services.do_accept(report.pk, "event", "0110", condition("event", "0112").pk)
    assert refused.value.code == "case.condition", "a condition of another class"


# -- pitfall 5: 核实 and 核查, and who may not ------------------------------------------------------------------------------------------


def test_pitfall_5_public_reports_are_verified_first_and_nothing_closes_without_a_check(loop: Loop) -> None:
    report = loop.report()
    with pytest.raises(Refusal) as refused:
        loop.accept(report, verify=False)
    assert refused.value.code == "case.verify"
    order = loop.accept(loop.report("acceptor", "order"))
    assert order.reporters == [], "who writes an order down is not who gave it"
    assert order.state == "to_dispatch", "a superior's order needs no 核实"
    case = loop.feed_back(loop.dispatch(order))
    assert case.state == "to_check" and "task:close" not in [code for code, _ in loop.task(case).outcomes]
    case = loop.check(case)
    with scope.system("test"):
        Case.objects.filter(pk=case.pk).update(checked_ok=False)
    assert refusal(loop, loop.see(case), "other_acceptor", "close") == "close.unchecked"


def test_pitfall_5_who_reported_neither_verifies_nor_checks_nor_closes(loop: Loop) -> None:
    case = loop.feed_back(loop.to_department())
    task = loop.task(case)
    with loop.act("acceptor"), pytest.raises(Refusal) as refused:
        workflow.do_complete(task.pk, outcome="send", data={"inspector": loop.people.inspector.pk})
    assert refused.value.code == "errand.barred", "the inspector who reported it"
    case = loop.do(case, "acceptor", "send")
    assert case.holder_account != loop.people.inspector.pk
    with scope.system("test"):
        from zhujian.foundation.workflow.models import Task

        Task.objects.filter(pk=case.task).update(assignee=None, status="ready")
    assert refusal(loop, case, "inspector", "pass", files=[photo("check")]) == "case.own_report"


def test_supervision_and_command_are_not_the_same_person_on_one_case(loop: Loop) -> None:
    both = make_official(loop.people.umb.region_code, "UMC", ["dispatcher"], name="两边")
    with scope.system("test"):
        from zhujian.foundation.identity.models import Organisation, Post

        ums = Organisation.objects.get(region_code=loop.people.umb.region_code, authorities=["UMS"])
        post = Post.objects.create(
            account=both,
            organisation=ums,
            title="兼",
            roles=["acceptor"],
            kind="acting",
            valid_from=at("2020-01-01 00:00").date(),
        )
    case = loop.patrol()
    case = loop.do(case, both, "dispatch", org_code=loop.people.umb.code)
    case = loop.feed_back(case)
    from zhujian.foundation.identity.testing import scope_of

    with scope.acting(scope_of(both, post)), pytest.raises(Refusal) as refused:
        workflow.do_complete(loop.task(case).pk, outcome="send")
    assert refused.value.code == "case.two_sides"


def test_who_disposed_does_not_judge_and_an_errand_never_goes_to_who_reported(loop: Loop) -> None:
    case = loop.accept(loop.report("resident"))
    with scope.system("test"):
        from zhujian.boards.city_management.command.services.errands import barred

        assert barred(case) == {loop.people.resident.pk}
    case = loop.do(loop.do(case, "inspector", "true"), "acceptor", "register")
    case = loop.feed_back(loop.dispatch(case))
    with scope.system("test"):
        assert {loop.people.crew.pk, loop.people.department_desk.pk, loop.people.dispatcher.pk} <= barred(loop.see(case))


# -- pitfall 20: three bodies and a last resort; pitfall 21: state + handler, masking; 22: photos ----------------------------------------


def test_pitfall_20_the_maintainer_comes_before_the_last_resort_and_nothing_gets_stuck(loop: Loop) -> None:
    case = loop.patrol()
    with loop.act("dispatcher"):
        assert proposed_org(case) == (loop.people.umb.code, loop.people.umb.name, "last_resort")
    with scope.system("test"):
        Responsibility.objects.create(
            kind="event", class_code="0110", area="420106000000", role="maintainer", organisation=loop.people.wrb, region_code="420106000000",
            valid_from=at("2021-01-01 00:00").date(),
        )  # fmt: skip
    with loop.act("dispatcher"):
        assert proposed_org(case)[::2] == (loop.people.wrb.code, "maintainer")
    assert refusal(loop, case, "dispatcher", "dispatch", org_code="") == "dispatch.org"


def test_pitfall_21_by_state_role_and_handler_on_the_server(loop: Loop) -> None:
    case = loop.patrol()
    task = loop.task(case)
    for name in ("acceptor", "inspector", "department_desk", "crew", "shift_leader", "superviser", "firm", "resident"):
        with loop.act(name), pytest.raises((NotAllowed, Refusal)):
            workflow.do_complete(task.pk, outcome="dispatch", data={"org_code": loop.people.umb.code})
        with loop.act(name):
            assert not [a for a in selectors.may(case) if a.startswith("task:")]
    case = loop.assign(loop.dispatch(case))
    for name in ("other_crew", "department_desk", "water"):
        with loop.act(name), pytest.raises((NotAllowed, Refusal)):
            workflow.do_complete(case.task, outcome="done", data={"files": [photo("after")]})
    for name, call in {
        "department_desk": lambda: services.do_void(case.pk, "x"), "acceptor": lambda: services.do_force_close(case.pk, "x"),
        "water": lambda: services.do_extend_request(case.pk, amount=1, reason="x"), "inspector": lambda: services.do_supervise(case.pk, "1", "x"),
    }.items():  # fmt: skip
        with loop.act(name), pytest.raises(NotAllowed):
            call()
    elsewhere = make_official("420502000000", "UMS", ["acceptor", "shift_leader"])
    with loop.act(elsewhere):
        assert selectors.case(case.number) is None


def test_pitfall_21_reporters_stay_hidden_from_whoever_disposes(loop: Loop) -> None:
    report = loop.report(reporter_name="王居民", reporter_phone="13800001234", anonymous=True, files=[photo("wide").upload])
    with connection.cursor() as cursor, scope.system("test"):
        cursor.execute("SELECT reporter_phone, phone_hash FROM command_report WHERE id = %s", [report.pk])
        stored, hashed = cursor.fetchone()
    assert "13800001234" not in stored and hashed and "13800001234" not in hashed
    case = loop.do(loop.do(loop.accept(report), "inspector", "true"), "acceptor", "register")
    case = loop.dispatch(case, scope_org(loop))
    with loop.act("firm"):
        assert Case.objects.filter(pk=case.pk).exists() and not Report.objects.exists(), (
            "the firm sees the case, not who reported it"
        )
        assert [one.role for one in selectors.photos(case)] == ["wide"], "and the photo"
        assert not CaseStep.objects.filter(actor_name="王居民").exists()
    with loop.act("neighbour"):
        assert not Report.objects.exists() and not Case.objects.exists()
    with loop.act("resident"):
        assert [one.number for one in Report.objects.all()] == [report.number]
    assert [one.case_number for one in selectors.cases_of_reporter(phone_hash=services.phone_hash("138-0000-1234"))] == [
        case.number
    ]
    near = selectors.nearby_public(*HERE, 200)
    assert [(one.class_name, one.description, one.answer) for one in near] == [(case.class_name, "", "")]


def scope_org(loop: Loop) -> object:
    """The firm's organisation."""
    from zhujian.foundation.identity.selectors import posts_of

    return posts_of(loop.people.firm)[0].organisation


def test_a_firm_disposes_through_its_party_key(loop: Loop) -> None:
    case = loop.dispatch(loop.patrol(), scope_org(loop))
    case = loop.do(case, "firm", "assign")
    case = loop.do(case, "firm", "done", files=[photo("after", colour=3)])
    case = loop.do(case, "firm", "pass")
    assert case.state == "to_check" and loop.close(loop.check(case)).state == "closed"


def test_pitfall_22_photos_with_time_place_and_hash_and_none_older_than_the_task(loop: Loop, now) -> None:
    case = loop.assign(loop.to_department())
    old = photo("after", timezone.now() - timedelta(hours=1))
    assert refusal(loop, case, "crew", "done") == "photo.missing"
    assert refusal(loop, case, "crew", "done", files=[old]) == "photo.old"
    assert refusal(loop, case, "crew", "done", files=[photo("after", timezone.now() + timedelta(hours=1))]) == "photo.future"
    with loop.act("crew"):
        services.do_add_photos(case.pk, [old])
    assert refusal(loop, case, "crew", "done") == "photo.old"
    now.move_to(at("2025-11-07 09:50"))
    case = loop.handle(case)
    with scope.system("test"):
        kept = Photo.objects.filter(case=case, role="after").order_by("-id").first()
        assert kept.captured_at == at("2025-11-07 09:50") and len(kept.sm3) == 64 and kept.location is not None
    case = loop.do(case, "department_desk", "pass")
    now.move_to(at("2025-11-07 10:30"))
    case = loop.check(case, "fail")
    case = loop.assign(case)
    assert refusal(loop, case, "crew", "done") == "photo.old", "the photos of before the rework prove nothing"


def test_a_report_is_checked_before_anything_is_kept(loop: Loop) -> None:
    def codes(who: str = "resident", source: str = "public_web", **more: object) -> set[str]:
        with pytest.raises(Refusal) as refused:
            loop.report(who, source, **more)
        return {reason.code for reason in refused.value.reasons}

    assert codes(lon=30.5, lat=114.3) == {"report.location"}
    assert codes(description="  ") == {"report.description"}
    assert codes(source="fax") == {"code.unknown"}
    assert codes(captured_at=timezone.now() + timedelta(hours=2)) == {"report.captured_at"}
    assert codes(client_key="not a key") == {"report.client_key"}
    assert codes(source="patrol") == {"report.source"}, "only an inspector patrols"
    assert codes(self_handled=True) == {"report.self_handled"}
    with scope.system("test"):
        assert not Report.objects.exists()
    done = loop.report("inspector", "patrol", self_handled=True, files=[photo("before"), photo("after", colour=9)])
    assert done.state == "self_handled"
    offline = loop.report("inspector", "patrol", captured_at=timezone.now() - timedelta(hours=9))
    assert offline.received_at - offline.captured_at == timedelta(hours=9)
