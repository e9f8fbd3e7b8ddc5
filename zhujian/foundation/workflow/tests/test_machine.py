"""Random officials do random things: what must hold after every single act."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from zhujian.foundation.identity.testing import make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.workflow import handlers_api, services, state, store
from zhujian.foundation.workflow.models import OPEN, Instance, Part, Pause, Task
from zhujian.foundation.workflow.tests import samples

WUCHANG = "420106000000"
PICK = st.integers(0, 99)


class Limits(handlers_api.ProcessHandler):
    """Steps take ten working days, acceptance five."""

    key = "t_stage"

    def limit(self, node, instance):
        if node.kind == "callActivity":
            return handlers_api.TimeLimit(10, "working_day", "t", 1)
        return handlers_api.TimeLimit(5, "working_day", "t", 1) if node.id == "accept" else None


class Machine(RuleBasedStateMachine):
    """One instance of a stage with two parallel approvals that may be refused and come back."""

    def __init__(self) -> None:
        super().__init__()
        self.time = time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False)
        self.clock = self.time.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.ended: dict[int, tuple] = {}
        self.due: dict[int, datetime] = {}
        self.refused: Counter[str] = Counter()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        self.time.stop()

    @initialize()
    def begin(self) -> None:
        with scope.system("测试"):
            samples.publish(*samples.ALL.values())
            self.people = [
                make_official(WUCHANG, "HUD", roles)
                for roles in (["window"], ["reviewer"], ["reviewer"], ["approver", "supervisor"])
            ]
            # The other branch belongs to the planning authority.
            self.people += [make_official(WUCHANG, "NRP", [r]) for r in ("window", "reviewer", "approver")]
            self.people.append(make_enterprise())
            firm = scope_of(self.people[-1])
            with scope.acting(firm):
                self.pk = services.start("t_stage", subject="t.t:1", region_code=WUCHANG, title="机器", parties=[firm.keys[2]]).pk

    def attempt(self, who: int, act) -> None:
        try:
            with scope.acting(scope_of(self.people[who % len(self.people)])):
                act()
        except Refusal as refusal:
            self.refused[refusal.code] += 1

    def some(self, pick: int) -> Task:
        """Mostly an open task, now and then any of the latest."""
        with scope.system("测试"):
            rows = Task.objects.filter(instance=self.pk).order_by("-id")
            found = (list(rows.filter(status__in=OPEN)) if pick % 5 else []) or list(rows[:6])
        return found[pick % len(found)]

    def fit(self, task: Task, who: int) -> int:
        """Mostly somebody who may, now and then anybody."""
        may = [n for n, account in enumerate(self.people) if services.common.may_act(task, scope_of(account))]
        return may[who % len(may)] if may and who % 5 else who

    @rule(who=PICK, pick=PICK, outcome=PICK)
    def complete_too(self, who: int, pick: int, outcome: int) -> None:
        """Twice among the rules, so that half of what happens is progress."""
        self.complete(who, pick, outcome)

    @rule(who=PICK, pick=PICK, outcome=PICK)
    def complete(self, who: int, pick: int, outcome: int) -> None:
        task = self.some(pick)
        codes = [code for code, _ in task.outcomes]
        code = codes[outcome % len(codes)] if outcome % 7 else "nonsense"
        if outcome % 3:
            code = codes[0]
        self.attempt(self.fit(task, who), lambda: services.do_complete(task.pk, outcome=code, expected_version=task.version))

    @rule(who=PICK, pick=PICK, give_back=st.booleans())
    def claim(self, who: int, pick: int, give_back: bool) -> None:
        task = self.some(pick)
        self.attempt(self.fit(task, who), lambda: (services.do_unclaim if give_back else services.do_claim)(task.pk))

    @rule(who=PICK, pick=PICK, node=st.sampled_from(["apply", "accept", "review"]))
    def send_back(self, who: int, pick: int, node: str) -> None:
        task = self.some(pick)
        self.attempt(self.fit(task, who), lambda: services.do_return(task.pk, node=node, reason="退回"))

    @rule(who=PICK, pick=PICK)
    def withdraw(self, who: int, pick: int) -> None:
        task = self.some(pick)
        if task.node != "apply":  # withdrawing the very first task ends everything too early to be interesting
            self.attempt(-1, lambda: services.do_withdraw(task.pk, reason="撤回"))

    @rule(stop=st.sampled_from([True, False, False]))
    def suspend(self, stop: bool) -> None:
        act = (lambda: services.do_suspend(self.pk, reason="中止")) if stop else (lambda: services.do_resume(self.pk))
        self.attempt(3, act)

    @rule(who=PICK, pick=PICK, stop=st.booleans())
    def pause(self, who: int, pick: int, stop: bool) -> None:
        task = self.some(pick)
        act = (
            (lambda: services.do_pause_clock(task.pk, "hearing", reason="听证"))
            if stop
            else (lambda: services.do_resume_clock(task.pk))
        )
        self.attempt(self.fit(task, who), act)

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.clock.shift(timedelta(hours=hours))

    @precondition(lambda self: hasattr(self, "pk"))
    @invariant()
    def rows_and_tokens_agree(self) -> None:
        with scope.system("测试"):
            instance = Instance.objects.select_related("bundle").get(pk=self.pk)
            tasks = list(Task.objects.filter(instance=self.pk, asked_by=None))
            parts = list(Part.objects.filter(instance=self.pk))
            pauses = list(Pause.objects.filter(instance=self.pk))
        live = [t for t in tasks if t.status in (*OPEN, "suspended")]
        # Nothing is open in an instance that has ended, and nothing can be worked on in one that is suspended.
        assert not live or instance.status in ("running", "suspended")
        assert not (instance.status == "suspended" and [t for t in live if t.status in OPEN])
        assert not (instance.status == "running" and [t for t in live if t.status == "suspended"])
        # Open rows are exactly the ready tokens of the running parts.
        specs = store.compiled(instance.bundle).specs
        ready = Counter(
            (p.pk, token) for p in parts if p.status == "running" for token, name, value in state.nodes(p.state)
            if value == 16 and specs[p.spec].task_specs[name].manual
        )  # fmt: skip
        assert Counter((t.part_id, t.token) for t in live) == ready
        assert bool(ready) == (instance.status in ("running", "suspended"))
        # What was done stays done, by whom it was done.
        for task in tasks:
            if task.completed_at:
                mark = (task.status, task.result, task.completed_by, task.completed_at)
                assert self.ended.setdefault(task.pk, mark) == mark
        # A due date only ever moves away while time is taken out of the clock.
        for task in live:
            if task.due is not None:
                assert task.due >= self.due.get(task.pk, task.due)
                self.due[task.pk] = task.due
        assert all(p.end is None or p.end >= p.start for p in pauses)


@pytest.mark.django_db
def test_random_walks_keep_the_promises(monkeypatch) -> None:
    monkeypatch.setitem(handlers_api._handlers, "t_stage", Limits())
    run_state_machine_as_test(Machine, settings=settings(max_examples=12, stateful_step_count=40, deadline=None))
