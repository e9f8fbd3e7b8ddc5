"""A case from the report to its end, and what every step leaves behind."""

from __future__ import annotations

from zhujian.boards.city_management.command import selectors
from zhujian.boards.city_management.command.models import Errand, Report
from zhujian.boards.city_management.command.tests.kit import Loop, photo
from zhujian.foundation.events.models import Event
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.kernel import scope


def test_a_citizens_report_is_verified_filed_dispatched_handled_checked_and_closed(loop: Loop) -> None:
    report = loop.report(reporter_phone="13800001234")
    assert (report.state, report.grid_code, len(report.number)) == ("waiting", loop.people.grid.code, 20)
    case = loop.accept(report)
    assert (case.state, case.number, case.limit_text) == ("verifying", "4201062025110700001", "4H")
    inspector = "inspector"
    case = loop.do(case, inspector, "true", comment="属实", files=[photo("check")])
    assert (case.state, case.holder_role) == ("to_register", "acceptor")
    case = loop.do(case, "acceptor", "register")
    assert case.state == "to_dispatch" and case.registered_by == loop.people.acceptor.pk
    case = loop.dispatch(case)
    assert (case.state, case.org_code, case.holder_org) == ("dispatched", loop.people.umb.code, loop.people.umb.code)
    assert case.due is not None and case.calendar_version
    case = loop.assign(case)
    assert (case.state, case.holder_account) == ("handling", loop.people.crew.pk)
    case = loop.handle(case)
    assert case.state == "dept_confirm"
    case = loop.do(case, "department_desk", "pass")
    assert (case.state, case.pause_kind) == ("to_check", "check")
    case = loop.check(case)
    assert (case.state, case.checked_by, case.checked_ok) == ("to_close", loop.people.other_inspector.pk, True)
    case = loop.close(case)
    assert (case.state, case.close_kind, case.task, case.holder_org) == ("closed", "normal", None, "")
    with scope.system("test"):
        told = list(Event.objects.filter(subject=case.subject).order_by("id").values_list("name", flat=True))
        names = [name for name in told if name.startswith("case.")]
        assert names == ["case.registered", "case.dispatched", "case.handled", "case.closed"]
        payload = Event.objects.get(subject=case.subject, name="case.closed").payload
        assert payload["number"] == case.number and payload["report_numbers"] == [report.number] and payload["state"] == "closed"
        kinds = set(Entry.objects.filter(object_id=case.subject).values_list("kind", flat=True))
        assert {"case.accepted", "case.registered", "case.closed"} <= kinds
        assert [e.result for e in Errand.objects.filter(case=case).order_by("id")] == ["true", "pass"]
        report = Report.objects.get(pk=report.pk)
        assert report.state == "registered" and report.answered_at is not None and case.number in report.answer
        steps = selectors.steps(case)
    assert [s.action for s in steps] == [
        "accept", "verify:true", "register", "dispatch", "assign", "handle", "feed_back", "send_check", "check:pass", "close",
    ]  # fmt: skip
    assert [s.to_state for s in steps][1:] == [
        "to_register", "to_dispatch", "dispatched", "handling", "dept_confirm", "to_check", "checking", "to_close", "closed",
    ]  # fmt: skip
    assert all(s.actor and s.role and s.org_code for s in steps), "who, in which post, of which body"
    assert steps[-1].used_s is not None and steps[-1].used_s + (steps[-1].remaining_s or 0) == 4 * 3600


def test_an_inspectors_own_find_is_filed_at_once_and_not_by_himself(loop: Loop) -> None:
    case = loop.patrol()
    assert (case.state, case.registered_at is not None) == ("to_dispatch", True)
    assert case.register_due is not None and case.registered_at <= case.register_due
    with scope.system("test"):
        assert not Errand.objects.filter(case=case).exists(), "no 核实"


def test_the_same_key_gives_the_first_report(loop: Loop) -> None:
    key = "2b1f7d5c-0000-4000-8000-000000000001"
    first = loop.report(client_key=key)
    again = loop.report(client_key=key, description="又发了一遍")
    assert again.pk == first.pk and again.description == "路边有一堆垃圾"
    with scope.system("test"):
        assert Event.objects.filter(name="report.received", subject=first.subject).count() == 1
