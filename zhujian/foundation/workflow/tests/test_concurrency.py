"""Two people at the same moment, on two real connections: one wins, the other is told; nobody waits for ever."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from zhujian.foundation.events.models import Event
from zhujian.foundation.identity.testing import make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal
from zhujian.foundation.workflow import services
from zhujian.foundation.workflow.models import Instance, Task
from zhujian.foundation.workflow.testing import task_at
from zhujian.foundation.workflow.tests import samples

pytestmark = pytest.mark.django_db(transaction=True)
WUCHANG = "420106000000"


@pytest.fixture
def scene():
    """Two reviewers and a started process, committed."""

    def make(key: str):
        with transaction.atomic(), scope.system("测试"):
            samples.publish(*samples.ALL.values())
            people = [make_official(WUCHANG, "HUD", ["reviewer"], name=f"审查{n}") for n in "甲乙"]
            firm = make_enterprise()
            with scope.acting(scope_of(firm)):
                instance = services.start(
                    key, subject="test.thing:1", region_code=WUCHANG, title="测试", parties=[scope_of(firm).keys[2]]
                )
            return [scope_of(p) for p in people], instance

    return make


def together(*acts) -> list:
    """Run each act in a thread and transaction of its own, as nearly at once as threads go; results or exceptions."""
    barrier = threading.Barrier(len(acts), timeout=20)
    results: list = [None] * len(acts)

    def go(number: int, who, act) -> None:
        try:
            with transaction.atomic():
                scope.enter(who)
                barrier.wait()
                results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            scope.leave()
            connection.close()

    threads = [threading.Thread(target=go, args=(n, who, act)) for n, (who, act) in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(t.is_alive() for t in threads), "somebody waits for ever"
    return results


def test_two_officials_complete_the_same_task(scene) -> None:
    for _ in range(4):
        (one, two), instance = scene("t_simple")
        with transaction.atomic():
            task = task_at(instance, "a")
        results = together(
            (one, lambda: services.do_complete(task.pk, outcome="pass", expected_version=task.version)),  # noqa: B023
            (two, lambda: services.do_complete(task.pk, outcome="reject", expected_version=task.version)),  # noqa: B023
        )
        won = [r for r in results if isinstance(r, Task)]
        lost = [r for r in results if isinstance(r, Conflict)]
        assert len(won) == len(lost) == 1, results
        assert lost[0].code == "workflow.task.done" and won[0].completed_by_name in lost[0].message
        with transaction.atomic(), scope.system("测试"):
            assert Task.objects.filter(instance=instance, node="b").count() == 1
            assert Event.objects.filter(name="workflow.task_completed", payload__instance=instance.pk).count() == 1
            Instance.objects.filter(pk=instance.pk).update(status="terminated")


def test_two_branches_end_at_once_and_the_join_opens_once(scene) -> None:
    (one, two), instance = scene("t_parallel")
    with transaction.atomic():
        first, second = task_at(instance, "p1"), task_at(instance, "p2")
    results = together(
        (one, lambda: services.do_complete(first.pk, outcome="pass")),
        (two, lambda: services.do_complete(second.pk, outcome="reject")),
    )
    assert all(isinstance(r, Task) for r in results), results
    with transaction.atomic(), scope.system("测试"):
        assert Task.objects.filter(instance=instance, node="last", status="ready").count() == 1
        assert Instance.objects.get(pk=instance.pk).facts == {"result_P1": "pass", "result_P2": "reject"}


def test_complete_against_claim_and_return(scene) -> None:
    (one, two), instance = scene("t_parallel")
    with transaction.atomic():
        task = task_at(instance, "p1")
    results = together((one, lambda: services.do_complete(task.pk, outcome="pass")), (two, lambda: services.do_claim(task.pk)))
    assert sum(isinstance(r, Task) for r in results) == 1 and sum(isinstance(r, Refusal) for r in results) == 1, results


def test_same_process_started_twice_at_once_runs_once(scene) -> None:
    (one, two), _ = scene("t_simple")

    def begin():
        return services.start("t_loop", subject="test.thing:9", region_code=WUCHANG, title="测试", parties=[])

    results = together((one, begin), (two, begin))
    assert sum(isinstance(r, Instance) for r in results) == 1, results
    assert next(r for r in results if not isinstance(r, Instance)).code == "workflow.start.running"
