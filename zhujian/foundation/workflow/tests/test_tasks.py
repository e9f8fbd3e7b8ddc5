"""Tasks through the services: who may, once only, what is left behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from zhujian.foundation.events.models import Event
from zhujian.foundation.identity.testing import scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound, Reason, Refusal
from zhujian.foundation.messages.models import Message
from zhujian.foundation.workflow import handlers_api, selectors, services
from zhujian.foundation.workflow.models import Act, Instance, Part, Task
from zhujian.foundation.workflow.testing import complete, open_tasks, task_at

pytestmark = pytest.mark.django_db


def as_(account):
    return scope.acting(scope_of(account))


def test_a_whole_process_through_the_services(office, begin) -> None:
    instance = begin("t_simple")
    task = task_at(instance, "a")
    assert (task.role, task.authority, task.org_name) == ("reviewer", "HUD", task.org_name) and task.org_id
    done = complete(office.one, task, "pass", comment="符合要求")
    assert (done.status, done.result_label, done.completed_by_name) == ("done", "同意", "审查甲")
    complete(office.two, task_at(instance, "b"), "done")
    with scope.system("测试"):
        instance.refresh_from_db()
        assert instance.status == "finished" and instance.finished_at
        assert list(Event.objects.filter(subject="test.thing:1").order_by("id").values_list("name", flat=True)) == [
            "workflow.started", "workflow.task_completed", "workflow.finished", "workflow.task_completed",
        ]  # fmt: skip


def test_called_processes_are_rows_of_their_own(office, begin) -> None:
    instance = begin("t_stage")
    with scope.system("测试"):
        assert list(Part.objects.filter(instance=instance).order_by("id").values_list("spec", "path", "step")) == [
            ("t_stage", "", ""), ("t_approval", "c1", "C01"), ("t_approval", "c2", "C02"),
        ]  # fmt: skip
        before = Part.objects.get(instance=instance, spec="t_stage").state
    complete(office.firm, task_at(instance, "apply", "C01"), "done")
    complete(office.window, task_at(instance, "accept", "C01"), "accept")
    complete(office.one, task_at(instance, "review", "C01"), "pass")
    with scope.system("测试"):
        assert Part.objects.get(instance=instance, spec="t_stage").state == before
    complete(office.approver, task_at(instance, "decide", "C01"), "reject")
    with scope.system("测试"):
        assert list(Part.objects.filter(instance=instance, step="C01").order_by("id").values_list("status", "result")) == [
            ("failed", "reject"), ("running", ""),
        ]  # fmt: skip
        assert Instance.objects.get(pk=instance.pk).facts["result_C01"] == "reject"


@pytest.mark.parametrize("who", ["window", "firm", "approver"])
def test_only_candidates_may(office, begin, who: str) -> None:
    task = task_at(begin("t_simple"), "a")
    with as_(getattr(office, who)), pytest.raises(NotAllowed) as caught:
        services.do_complete(task.pk, outcome="pass")
    assert caught.value.code == "workflow.task.not_yours"


@pytest.mark.parametrize("who", ["far", "other"])
def test_outsiders_do_not_even_see_it(office, begin, who: str) -> None:
    task = task_at(begin("t_simple"), "a")
    with as_(getattr(office, who)):
        assert not Task.objects.exists() and not Instance.objects.exists() and not Part.objects.exists()
        with pytest.raises(NotFound):
            services.do_complete(task.pk, outcome="pass")


def test_the_party_does_its_own_tasks(office, begin) -> None:
    instance = begin("t_loop")
    task = task_at(instance, "apply")
    assert task.party_keys == [office.firm_key]
    complete(office.firm, task, "done")
    assert task_at(instance, "review")


def test_second_completer_is_told_who_was_faster(office, begin) -> None:
    task = task_at(begin("t_simple"), "a")
    complete(office.one, task, "pass")
    with as_(office.two), pytest.raises(Conflict) as caught:
        services.do_complete(task.pk, outcome="pass", expected_version=task.version)
    assert caught.value.code == "workflow.task.done" and "审查甲" in caught.value.message


def test_stale_version_is_refused(office, begin) -> None:
    task = task_at(begin("t_simple"), "a")
    with as_(office.one):
        services.do_claim(task.pk)
        with pytest.raises(Conflict) as caught:
            services.do_complete(task.pk, outcome="pass", expected_version=task.version)
    assert caught.value.code == "workflow.task.stale"


def test_unknown_outcome_saves_nothing(office, begin) -> None:
    task = task_at(begin("t_simple"), "a")
    with as_(office.one), pytest.raises(Refusal) as caught:
        services.do_complete(task.pk, outcome="whatever")
    assert caught.value.reasons[0].field == "outcome"
    assert open_tasks(task.instance_id)[0].version == task.version


def test_claimed_task_belongs_to_its_claimer_until_given_back(office, begin) -> None:
    task = task_at(begin("t_simple"), "a")
    with as_(office.one):
        services.do_claim(task.pk)
    with as_(office.two):
        with pytest.raises(Conflict):
            services.do_claim(task.pk)
        with pytest.raises(NotAllowed) as caught:
            services.do_complete(task.pk, outcome="pass")
        assert "审查甲" in caught.value.message
    with as_(office.one):
        services.do_unclaim(task.pk)
    complete(office.two, task, "pass")


def test_handler_checks_changes_and_speaks_for_its_processes(office, begin, monkeypatch) -> None:
    seen: list = []

    class Handler(handlers_api.ProcessHandler):
        key = "t_stage"

        def check(self, task, outcome, data):
            return [] if data.get("area") else [Reason("t.area", "请填写面积。", "area")]

        def did(self, task, outcome, data):
            seen.append((task.node, task.completed_by_name, scope.current().is_system))
            return {"area": data["area"]}

        def opened(self, task):
            seen.append(("opened", task.node, task.pk is not None))

    monkeypatch.setitem(handlers_api._handlers, "t_stage", Handler())
    instance = begin("t_stage")
    task = task_at(instance, "apply", "C01")
    with as_(office.firm):
        with pytest.raises(Refusal) as caught:
            services.do_complete(task.pk, outcome="done")
        assert [(r.code, r.field) for r in caught.value.reasons] == [("t.area", "area")]
        services.do_complete(task.pk, outcome="done", data={"area": 900})
    assert seen == [("opened", "apply", True), ("opened", "apply", True), ("apply", "李经办", True), ("opened", "accept", True)]
    with scope.system("测试"):
        assert Instance.objects.get(pk=instance.pk).facts == {"area": 900}


def test_a_failing_handler_leaves_nothing(office, begin, monkeypatch) -> None:
    class Handler(handlers_api.ProcessHandler):
        key = "t_simple"

        def opened(self, task):
            if task.node == "b":
                raise Refusal("t.no", "不行。")

    monkeypatch.setitem(handlers_api._handlers, "t_simple", Handler())
    instance = begin("t_simple")
    task = task_at(instance, "a")
    with as_(office.one), pytest.raises(Refusal):
        services.do_complete(task.pk, outcome="pass")
    assert [(t.node, t.status) for t in open_tasks(instance)] == [("a", "ready")]
    with scope.system("测试"):
        assert not Event.objects.filter(name="workflow.task_completed").exists()


def test_running_instance_stays_on_its_version(office, begin) -> None:
    from zhujian.foundation.workflow.tests import samples

    old = begin("t_simple")
    newer = samples.bpmn(
        "t_simple", [samples.start(), samples.user("a", outcomes=samples.YESNO), samples.end()], [("s", "a"), ("a", "e")]
    )
    with scope.system("测试"):
        samples.publish(newer)
    new = begin("t_simple", "test.thing:2")
    complete(office.one, task_at(old, "a"), "pass")
    complete(office.one, task_at(new, "a"), "pass")
    with scope.system("测试"):
        assert [Instance.objects.get(pk=i.pk).status for i in (old, new)] == ["running", "finished"]


def test_nearest_region_variant_is_chosen_for_called_processes_too(office, begin) -> None:
    from zhujian.foundation.workflow.tests import samples

    with scope.system("测试"):
        samples.publish(samples.bpmn("t_approval", [samples.start(), samples.user("quick"), samples.end(result="pass")],
                                     [("s", "quick"), ("quick", "e")]), region="420100000000")  # fmt: skip
    assert [t.node for t in open_tasks(begin("t_stage"))] == ["quick", "quick"]


def test_same_process_cannot_run_twice_on_one_subject(office, begin) -> None:
    begin("t_simple")
    with pytest.raises(Refusal) as caught:
        begin("t_simple")
    assert caught.value.code == "workflow.start.running"


def test_return_needs_a_reason_and_a_step_of_this_sub_process(office, begin) -> None:
    instance = begin("t_stage")
    complete(office.firm, task_at(instance, "apply", "C01"), "done")
    complete(office.window, task_at(instance, "accept", "C01"), "accept")
    task = task_at(instance, "review", "C01")
    with as_(office.one):
        with pytest.raises(Refusal) as caught:
            services.do_return(task.pk, node="elsewhere", reason="")
        assert {r.field for r in caught.value.reasons} == {"node", "reason"}
        opened = services.do_return(task.pk, node="accept", reason="材料不齐")
    assert [(t.node, t.assignee, t.status) for t in opened] == [("accept", office.window.pk, "claimed")]
    with scope.system("测试"):
        assert Act.objects.get(kind="returned").comment == "材料不齐"
        assert Task.objects.get(pk=task.pk).status == "returned"
    complete(office.window, opened[0], "accept")
    assert task_at(instance, "review", "C01")


def test_countersign_must_come_back_first(office, begin) -> None:
    task = task_at(begin("t_simple"), "a")
    with as_(office.one):
        opinions = services.do_countersign(task.pk, accounts=[office.two.pk, office.approver.pk], question="结构是否安全？")
        with pytest.raises(Refusal) as caught:
            services.do_complete(task.pk, outcome="pass")
        assert caught.value.code == "workflow.countersign.open"
    for who, opinion in zip((office.two, office.approver), opinions, strict=True):
        complete(who, opinion, "agree", comment="安全")
    complete(office.one, task, "pass")


def test_transfer_and_delegate_stay_inside_the_office(office, begin) -> None:
    task = task_at(begin("t_simple"), "a")
    with as_(office.one):
        with pytest.raises(Refusal):
            services.do_transfer(task.pk, account=office.window.pk, reason="出差")
        with pytest.raises(Refusal):
            services.do_delegate(task.pk, account=office.far.pk, reason="出差")
        services.do_delegate(task.pk, account=office.two.pk, reason="出差")
        with pytest.raises(NotAllowed):
            services.do_complete(task.pk, outcome="pass")
    done = complete(office.two, task, "pass")
    assert (done.owner_name, done.completed_by_name) == ("审查甲", "审查乙")


def test_withdraw_before_acceptance_only(office, begin) -> None:
    instance = begin("t_stage")
    complete(office.firm, task_at(instance, "apply", "C01"), "done")
    waiting = task_at(instance, "accept", "C01")
    with as_(office.firm):
        services.do_withdraw(waiting.pk, reason="填错了")
    again = task_at(instance, "apply", "C01")
    complete(office.firm, again, "done")
    complete(office.window, task_at(instance, "accept", "C01"), "accept")
    with as_(office.firm), pytest.raises(Conflict) as caught:
        services.do_withdraw(task_at(instance, "review", "C01").pk, reason="不想办了")
    assert caught.value.code == "workflow.withdraw.late"


def test_initiator_withdraws_everything_before_the_first_act(office, begin) -> None:
    instance = begin("t_loop")
    with as_(office.firm):
        services.do_withdraw(task_at(instance, "apply").pk, reason="重复发起")
    with scope.system("测试"):
        assert Instance.objects.get(pk=instance.pk).status == "withdrawn"
    assert not open_tasks(instance)


def test_suspended_instance_stands_still(office, begin) -> None:
    instance = begin("t_simple")
    task = task_at(instance, "a")
    with as_(office.one), pytest.raises(NotAllowed):
        services.do_suspend(instance.pk, reason="司法查封")
    with as_(office.supervisor):
        services.do_suspend(instance.pk, reason="司法查封")
    with as_(office.one), pytest.raises(Conflict) as caught:
        services.do_complete(task.pk, outcome="pass")
    assert caught.value.code == "workflow.task.suspended"
    with as_(office.supervisor):
        services.do_resume(instance.pk)
    complete(office.one, task, "pass")


def test_terminated_instance_has_no_open_task(office, begin) -> None:
    instance = begin("t_stage")
    with as_(office.approver):
        services.do_terminate(instance.pk, reason="项目取消")
        with pytest.raises(Conflict):
            services.do_terminate(instance.pk, reason="项目取消")
    assert not open_tasks(instance)
    with scope.system("测试"):
        assert not Part.objects.filter(instance=instance, status="running").exists()


def test_urging_is_for_supervisors_and_leaves_a_record(office, begin) -> None:
    task = task_at(begin("t_simple"), "a")
    with as_(office.approver), pytest.raises(NotAllowed):
        services.do_urge(task.pk, message="请尽快")
    with as_(office.supervisor):
        services.do_urge(task.pk, message="请尽快")
    with scope.system("测试"):
        assert Task.objects.get(pk=task.pk).urged == 1 and Act.objects.get(kind="urged").actor_name == "监管"
        told = set(Message.objects.filter(link=f"/workflow/tasks/{task.pk}/").values_list("account", flat=True))
        assert told == {office.one.pk, office.two.pk}


def test_a_firm_asked_for_one_task_sees_that_task_only_and_keeps_seeing_it(office, begin) -> None:
    from zhujian.foundation.identity.testing import make_enterprise, make_organisation
    from zhujian.foundation.workflow import subjects
    from zhujian.foundation.workflow.tests import samples

    with scope.system("测试"):
        review_firm = make_organisation("420106000000", "CHK", name="某审图中心", kind="enterprise")
        agent = make_enterprise(review_firm.code)
        samples.publish(samples.bpmn("t_chk", [samples.start(), samples.user("draw", authority="CHK"), samples.end()],
                                     [("s", "draw"), ("draw", "e")]))  # fmt: skip
    instance = begin("t_chk")
    task = task_at(instance, "draw")
    assert (task.party_keys, task.role) == ([f"org:{review_firm.code}"], "")
    subjects.set_parties(instance.pk, [office.firm_key, "org:new"])
    with as_(agent):
        assert list(Task.objects.values_list("pk", flat=True)) == [task.pk] and not Instance.objects.exists()
    complete(agent, task, "done")
    with scope.system("测试"):
        assert Instance.objects.get(pk=instance.pk).status == "finished"


def test_the_soonest_tasks_are_the_first_of_the_to_do_list_in_its_order(office, begin) -> None:
    """Read from the ways' own indexes, but the same list: office, own, party and authority; by due date, none last."""
    tasks = [task_at(begin("t_simple", f"test.thing:{number}"), "a") for number in range(6)]
    for number in (7, 8):
        begin("t_loop", f"test.thing:{number}")
    with as_(office.one):
        services.do_claim(tasks[4].pk)
    with as_(office.two):
        services.do_claim(tasks[5].pk)
    now = timezone.now()
    with scope.system("测试"):
        for task, hours in zip(tasks[:5], (3, None, 1, 2, 2), strict=True):
            Task.objects.filter(pk=task.pk).update(due=hours and now + timedelta(hours=hours))
        Task.objects.filter(pk=tasks[3].pk).update(org_id=None)  # for whoever holds the authority here
    seen = {}
    for name in ("one", "two", "firm", "far", "supervisor"):
        with as_(getattr(office, name)):
            whole = [task.pk for task in selectors.todo()]
            assert [task.pk for task in selectors.soonest(50)] == whole
            assert [task.pk for task in selectors.soonest(2)] == whole[:2]
            late = selectors.soonest_values(
                9, "node", narrow=lambda rows: rows.filter(due__gt=now + timedelta(hours=1, minutes=30))
            )
            assert [row[0] for row in late] == [pk for pk in whole if pk in {tasks[0].pk, tasks[3].pk, tasks[4].pk}]
            assert selectors.counts()["todo"] == len(whole)
            seen[name] = whole
    assert seen["one"] == [tasks[n].pk for n in (2, 3, 4, 0, 1)]
    assert tasks[4].pk not in seen["two"] and len(seen["two"]) == 5 and len(seen["firm"]) == 2 and not seen["far"]
