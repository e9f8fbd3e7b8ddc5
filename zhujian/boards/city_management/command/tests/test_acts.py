"""Who may do what on a case's pages: by state, by post, and by whose hands the case is in. What is not offered is refused as well."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from zhujian.boards.city_management.command.models import Appeal, Case, Extension, Supervision, Suspension
from zhujian.boards.city_management.command.tests.kit import Loop, at
from zhujian.boards.city_management.command.views.acts import ACTS
from zhujian.foundation.identity.testing import login
from zhujian.foundation.kernel import scope

PEOPLE = (
    "inspector", "other_inspector", "acceptor", "other_acceptor", "shift_leader", "assessor", "dispatcher", "superviser", "leader",
    "department_desk", "crew", "other_crew", "water", "firm",
)  # fmt: skip
SUPERVISE = {"superviser": {"supervise"}, "leader": {"supervise"}}
FORCE = {"shift_leader": {"force_close"}}
# state: (who has the step in hand, what else is open to whom)
EXPECTED: dict[str, tuple[set[str], dict[str, set[str]]]] = {
    "to_dispatch": (
        {"dispatcher"},
        {**SUPERVISE, "acceptor": {"mark_duplicate"}, "other_acceptor": {"mark_duplicate"}, "shift_leader": {"mark_duplicate", "void"}},
    ),
    "dispatched": (
        {"department_desk"},
        {**SUPERVISE, **FORCE, "department_desk": {"extend_request", "suspend_request"}, "crew": {"extend_request"}, "other_crew": {"extend_request"}},
    ),
    "handling": (
        {"crew"},
        {**SUPERVISE, **FORCE, "department_desk": {"extend_request", "suspend_request", "revoke_assignment"}, "crew": {"extend_request"},
         "other_crew": {"extend_request"}},
    ),
    "dept_confirm": (
        {"department_desk"},
        {**SUPERVISE, **FORCE, "department_desk": {"extend_request"}, "crew": {"extend_request"}, "other_crew": {"extend_request"}},
    ),
    "to_check": ({"acceptor", "other_acceptor", "shift_leader"}, {**SUPERVISE, **FORCE}),
    "checking": (
        {"other_inspector"},
        {**SUPERVISE, "acceptor": {"reassign"}, "other_acceptor": {"reassign"}, "shift_leader": {"reassign", "force_close"}},
    ),
    "to_close": ({"acceptor", "other_acceptor", "shift_leader"}, {**SUPERVISE, **FORCE}),
    "closed": (
        set(),
        {"department_desk": {"appeal"}, "inspector": {"recur"}, "other_inspector": {"recur"}, "acceptor": {"recur"}, "other_acceptor": {"recur"},
         "shift_leader": {"recur"}},
    ),
}  # fmt: skip


def bring(loop: Loop, state: str) -> Case:
    """A case in `state`."""
    case = loop.patrol()
    steps = {
        "dispatched": loop.dispatch, "handling": loop.assign, "dept_confirm": loop.handle,
        "to_check": lambda c: loop.do(c, "department_desk", "pass"),
        "checking": lambda c: loop.do(c, "acceptor", "send", inspector=loop.people.other_inspector.pk),
        "to_close": lambda c: loop.do(c, "other_inspector", "pass", files=[_check()]), "closed": loop.close,
    }  # fmt: skip
    for name, step in steps.items():
        if case.state == state:
            break
        case = step(case)
        assert case.state == name
    return case


def _check():
    from zhujian.boards.city_management.command.tests.kit import photo

    return photo("check", colour=5)


def client_of(loop: Loop, name: str) -> Client:
    client = Client()
    login(client, getattr(loop.people, name))
    return client


@pytest.mark.parametrize("state", EXPECTED)
def test_steps_and_acts_are_offered_and_done_by_state_post_and_handler(loop: Loop, state: str) -> None:
    case = bring(loop, state)
    hands, more = EXPECTED[state]
    task = case.task
    for who in PEOPLE:
        client = client_of(loop, who)
        answer = client.get(f"/command/cases/{case.pk}/")
        if who == "firm":  # not named on the case: it does not exist for them
            assert answer.status_code == 404
            assert client.post(f"/command/tasks/{task or 1}/", {"outcome": "dispatch"}).status_code == 404
            continue
        page = answer.content.decode()
        assert answer.status_code == 200, who
        assert ('id="work"' in page) == (who in hands), (who, "the step's panel")
        offered = {name for name in ACTS if f'href="/command/cases/{case.pk}/{name}/"' in page}
        assert ("add_photos" in offered) <= (state != "closed"), "a closed case keeps its photos as they are"
        offered.discard("add_photos")
        assert offered == more.get(who, set()), who
        closed = sorted(set(ACTS) - offered - {"add_photos"})
        for name in closed[PEOPLE.index(who) % 4 :: 4]:  # a quarter of the closed doors each; between them all are tried
            assert client.get(f"/command/cases/{case.pk}/{name}/").status_code == 403, (who, name)
        if task and who not in hands:
            tried = client.post(
                f"/command/tasks/{task}/", {"outcome": "dispatch", "org_code": loop.people.umb.code, "comment": "试"}
            )
            assert tried.status_code in (403, 422), (who, tried.status_code)
    assert loop.see(case).state == state, "nothing has moved"


def test_a_refused_act_changes_nothing(loop: Loop) -> None:
    case = loop.to_department()
    for who, name, data in (
        ("crew", "force_close", {"reason": "算了"}), ("dispatcher", "void", {"reason": "算了"}), ("water", "extend_request", {"amount": 1, "reason": "慢"}),
        ("acceptor", "supervise", {"level": "1", "text": "快"}), ("department_desk", "suspend_decide", {"decision": "yes"}),
    ):  # fmt: skip
        assert client_of(loop, who).post(f"/command/cases/{case.pk}/{name}/", data).status_code == 403, (who, name)
    with scope.system("test"):
        assert Case.objects.get(pk=case.pk).state == "dispatched"
        assert not Extension.objects.exists() and not Supervision.objects.exists() and not Suspension.objects.exists()


def test_extension_from_the_crew_to_the_centre(loop: Loop, now) -> None:
    """Scenario 8 on the pages: asked before the deadline, agreed by the department, approved by the centre; after it refused with a reason."""
    case = loop.assign(loop.to_department())
    url = f"/command/cases/{case.pk}/"
    crew = client_of(loop, "crew")
    answer = crew.post(url + "extend_request/", {"amount": "", "reason": ""})
    assert answer.status_code == 422 and "请填写延长多少" in answer.content.decode()
    assert crew.post(url + "extend_request/", {"amount": 2, "reason": "现场要断水"}).status_code == 302
    page = client_of(loop, "department_desk").get("/command/todo/").content.decode()
    assert "审批延期" in page
    assert client_of(loop, "dispatcher").get(url + "extend_decide/").status_code == 403, "the department first"
    decide = client_of(loop, "department_desk").get(url + "extend_decide/").content.decode()
    assert "2个工作时" in decide and "现场要断水" in decide
    assert (
        client_of(loop, "department_desk").post(url + "extend_decide/", {"decision": "yes", "opinion": "属实"}).status_code == 302
    )
    assert client_of(loop, "dispatcher").post(url + "extend_decide/", {"decision": "yes"}).status_code == 302
    with scope.system("test"):
        asked = Extension.objects.get(case=case)
        assert asked.state == "approved" and asked.due_after > asked.due_before
    now.move_to(at("2025-11-12 09:30"))
    answer = client_of(loop, "crew").post(url + "extend_request/", {"amount": 1, "reason": "再给点时间"})
    assert answer.status_code == 422 and "时限已过" in answer.content.decode()


def test_suspension_is_on_the_ledger_and_stops_the_page_s_clock(loop: Loop) -> None:
    case = loop.to_department()
    url = f"/command/cases/{case.pk}/"
    until = timezone.localdate() + timedelta(days=60)
    desk = client_of(loop, "department_desk")
    assert desk.post(url + "suspend_request/", {"until": until, "reason": "冬季不能栽", "plan": "三月补植"}).status_code == 302
    assert (
        client_of(loop, "shift_leader").post(url + "suspend_decide/", {"decision": "yes", "opinion": "同意"}).status_code == 302
    )
    page = desk.get(url).content.decode()
    assert "挂账，暂停计时" in page and 'id="work"' not in page, "nobody works on a suspended case"
    ledger = client_of(loop, "leader").get("/r/command/suspension/").content.decode()
    assert "三月补植" in ledger and "挂账中" in ledger
    assert desk.post(url + "resume/", {"opinion": "开春了"}).status_code == 302
    assert 'id="work"' in desk.get(url).content.decode()


def test_supervision_waits_for_its_reply(loop: Loop) -> None:
    case = loop.to_department()
    url = f"/command/cases/{case.pk}/"
    assert client_of(loop, "superviser").post(url + "supervise/", {"level": "2", "text": "今天办完"}).status_code == 302
    desk = client_of(loop, "department_desk")
    assert "回复重点督办" in desk.get("/command/todo/").content.decode()
    assert desk.post(url + "reply_supervision/", {"text": "下午到场"}).status_code == 302
    assert "下午到场" in client_of(loop, "superviser").get(url).content.decode()


def test_an_appeal_needs_two_reviewers(loop: Loop, now) -> None:
    case = loop.to_department()
    now.move_to(at("2025-11-10 15:30"))  # beyond 4 working hours
    case = loop.close(loop.check(loop.feed_back(case)))
    url = f"/command/cases/{case.pk}/"
    desk = client_of(loop, "department_desk")
    assert "超期办结" in desk.get(url).content.decode()
    assert desk.post(url + "appeal/", {"about": "overdue", "reason": "道路封闭，无法到场"}).status_code == 302
    first = client_of(loop, "assessor")
    assert first.post(url + "review_appeal/", {"decision": "yes", "opinion": ""}).status_code == 422, "a review says why"
    assert first.post(url + "review_appeal/", {"decision": "yes", "opinion": "情况属实"}).status_code == 302
    assert (
        client_of(loop, "other_assessor").post(url + "review_appeal/", {"decision": "yes", "opinion": "同意"}).status_code == 302
    )
    with scope.system("test"):
        assert Appeal.objects.get(case=case).state == "upheld"
    assert "免责" in desk.get(url).content.decode()


def test_number_of_statements_does_not_grow_with_the_case(loop: Loop, django_assert_max_num_queries) -> None:
    """The case page and the duty list are bounded, however long the log and however many cases."""
    case = loop.whole()
    client = client_of(loop, "shift_leader")
    client.get(f"/command/cases/{case.pk}/")
    with django_assert_max_num_queries(12):
        assert client.get(f"/command/cases/{case.pk}/").status_code == 200
    for _ in range(3):
        loop.to_department()
    client.get("/command/cases/")
    with django_assert_max_num_queries(9):
        assert client.get("/command/cases/").status_code == 200
    with django_assert_max_num_queries(13):
        assert client.get("/command/todo/").status_code == 200
    case, dispatcher = loop.patrol(), client_of(loop, "dispatcher")
    dispatcher.get(f"/command/cases/{case.pk}/")
    with django_assert_max_num_queries(16):  # with the panel of the step, who is responsible, and the test's own savepoint
        assert dispatcher.get(f"/command/cases/{case.pk}/").status_code == 200


def test_whoever_had_a_hand_in_it_sees_why_the_step_is_not_theirs(loop: Loop) -> None:
    """Pitfall 5: who reported does not check or close; the page says so instead of offering the step."""
    case = loop.check(loop.feed_back(loop.to_department()))
    with scope.system("test"):
        Case.objects.filter(pk=case.pk).update(reporters=[loop.people.acceptor.pk])
    page = client_of(loop, "acceptor").get(f"/command/cases/{case.pk}/").content.decode()
    assert 'id="work"' not in page and "这件案件由您上报" in page
    tried = client_of(loop, "acceptor").post(f"/command/tasks/{case.task}/", {"outcome": "close"})
    assert tried.status_code == 422 and loop.see(case).state == "to_close"
