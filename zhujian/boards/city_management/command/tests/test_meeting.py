"""Returned too often: a coordination meeting names the body that has to take the case and may not return it (urban-management.md §2.2)."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from zhujian.boards.city_management.command import selectors
from zhujian.boards.city_management.command.models import Case, Coordination
from zhujian.boards.city_management.command.tests.kit import Loop, at, build, png
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.identity.testing import login, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal


def passed_round(loop: Loop) -> Case:
    """Returned as often as allowed, and once more."""
    case = loop.to_department()
    case = loop.do(case, "department_desk", "return", comment="不属我委", reason_code="not_mine")
    case = loop.do(loop.dispatch(case, loop.people.wrb), "water", "return", comment="不属我局", reason_code="not_mine")
    return loop.do(loop.dispatch(case), "department_desk", "return", comment="还是不属我委", reason_code="other")


def decided(loop: Loop, case: Case, org: str, outcome: str = "designate", **more: object) -> Case:
    values = {"participants": [loop.people.umb.code, loop.people.wrb.code], "org_code": getattr(loop.people, org).code, **more}
    return loop.do(case, "superviser", outcome, comment="道路与排水共用管沟，由水务部门主办", **values)


def test_the_meeting_names_a_body_that_may_not_return_the_case(loop: Loop, now) -> None:
    now.move_to(at("2025-11-10 09:00"))
    case = passed_round(loop)
    task = loop.task(case)
    assert (task.node, task.org_name, task.role, case.state, case.returns) == (
        "coordinate",
        "测试区UMC",
        "superviser",
        "to_dispatch",
        3,
    )
    assert case.pause_kind == "returned"
    now.move_to(at("2025-11-10 11:00"))
    with loop.act("dispatcher"):
        assert "task:designate" not in selectors.may(case), "not one dispatcher alone: a meeting"
    with pytest.raises(Refusal) as refused:
        loop.do(case, "superviser", "designate", participants=[loop.people.umb.code], held_on="2025-11-11")
    assert {r.code for r in refused.value.reasons} == {"meeting.participants", "meeting.decision", "meeting.day", "meeting.org"}
    case = decided(loop, case, "wrb", minutes=ContentFile(png(9), name="纪要.png"))
    assert (case.state, case.org_code, case.designated) == ("dispatched", loop.people.wrb.code, loop.people.wrb.code)
    assert (case.clock_start, case.due) == (at("2025-11-10 11:00"), at("2025-11-10 17:00")), (
        "another body than the last: begun anew"
    )
    with scope.system("test"):
        made = Coordination.objects.get(case=case)
        line = next(one for one in reversed(selectors.steps(case)) if one.action == "coordinate")
        assert (made.org_name, made.returns, made.convener_name, made.minutes_id is not None) == (
            "测试区WRB",
            3,
            "superviser",
            True,
        )
        assert (
            made.participant_names == "测试区UMB、测试区WRB"
            and line.detail["meeting"] == made.pk
            and line.opinion == made.decision
        )
        assert Entry.objects.filter(kind="case.coordinated", object_id=case.subject).count() == 1
    with pytest.raises(Refusal) as refused:
        loop.do(case, "water", "return", comment="仍不办", reason_code="not_mine")
    assert refused.value.code == "return.designated"
    case = loop.do(case, "water", "assign")
    assert case.state == "handling"


def test_named_again_the_same_body_carries_on_with_its_clock(loop: Loop, now) -> None:
    now.move_to(at("2025-11-10 09:00"))
    case = passed_round(loop)
    now.move_to(at("2025-11-10 11:00"))
    case = decided(loop, case, "umb")
    assert (case.clock_start, case.due) == (at("2025-11-10 09:00"), at("2025-11-10 17:00")), (
        "the meeting's two hours are taken out"
    )


def test_a_meeting_may_find_that_nothing_is_to_be_filed(loop: Loop) -> None:
    case = decided(loop, passed_round(loop), "umb", "back", org_code="")
    assert (loop.task(case).node, case.designated) == ("register", "")


def test_in_a_district_the_meeting_is_the_districts_and_above_it_the_citys(now) -> None:
    with scope.system("test"):
        loop = Loop(build("one_two"))
    case = loop.accept(loop.report("city_inspector", "patrol"), "city_acceptor")
    for _ in range(2):
        case = loop.do(loop.do(case, "city_dispatcher", "down"), "dispatcher", "return", comment="属市管", reason_code="not_mine")
    case = loop.do(loop.do(case, "city_dispatcher", "down"), "dispatcher", "return", comment="仍属市管", reason_code="not_mine")
    assert (loop.task(case).node, loop.task(case).org_name, case.level) == ("coordinate", "测试市UMC", "")
    values = {"participants": [loop.people.umc.code, loop.people.wrb.code], "org_code": loop.people.umc.code}
    case = loop.do(case, "city_superviser", "designate", comment="由区负责", **values)
    assert (loop.task(case).node, case.level, case.designated) == ("district", "district", loop.people.umc.code)
    with pytest.raises(Refusal) as refused:
        loop.do(case, "dispatcher", "return", comment="不办", reason_code="not_mine")
    assert refused.value.code == "return.designated"
    case = loop.do(case, "dispatcher", "dispatch", org_code=loop.people.umb.code)
    case = loop.do(case, "department_desk", "return", comment="不属我委", reason_code="not_mine")
    assert (loop.task(case).node, loop.task(case).org_name, case.level) == ("coordinate", "测试区UMC", "district")
    with scope.system("test"):
        running = loop.see(case).paused_at
    assert running is None, "the district's meeting does not stop the city's clock"


def test_the_page_of_the_meeting(loop: Loop, client) -> None:
    case = passed_round(loop)
    login(client, loop.people.superviser)
    page = client.get(f"/command/cases/{case.pk}/").content.decode()
    assert "协调会" in page and "已被回退 3 次" in page and 'name="participants"' in page
    task = loop.task(case)
    given = {
        "outcome": "designate",
        "held_on": "2025-11-07",
        "participants": [loop.people.umb.code, loop.people.wrb.code],
        "version": task.version,
    }
    short = client.post(f"/command/tasks/{task.pk}/", given)
    assert short.status_code == 422 and "请选择必须接办的主办单位" in short.content.decode()
    done = client.post(f"/command/tasks/{task.pk}/", {**given, "org_code": loop.people.wrb.code, "comment": "由水务部门主办"})
    assert done.status_code == 302 and loop.see(case).designated == loop.people.wrb.code
    assert "由水务部门主办" in client.get(f"/command/cases/{case.pk}/").content.decode()
    assert "测试区WRB" in client.get("/r/command/coordination/").content.decode()
    with scope.acting(scope_of(loop.people.crew)):
        assert Coordination.objects.count() == 1, "who took part reads what was decided"
