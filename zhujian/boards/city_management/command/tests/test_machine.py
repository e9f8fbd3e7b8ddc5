"""Random people do random things to one case: what must hold after every single act."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from zhujian.boards.city_management.command import jobs, selectors, services
from zhujian.boards.city_management.command.models import OPEN, Case, CaseStep, Errand, Extension, Supervision, Suspension
from zhujian.boards.city_management.command.tests.kit import Loop, at, build, photo
from zhujian.foundation.identity.testing import scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.models import Task

PICK = st.integers(0, 99)
NAMES = (
    "inspector", "other_inspector", "acceptor", "other_acceptor", "shift_leader", "dispatcher", "superviser", "leader", "department_desk", "crew",
    "other_crew", "water", "resident",
)  # fmt: skip
FIT = {
    "verify": ("inspector", "other_inspector"), "register": ("acceptor", "other_acceptor"), "approve_void": ("shift_leader",),
    "dispatch": ("dispatcher",), "department": ("department_desk", "water"), "handle": ("crew", "other_crew", "water"),
    "confirm": ("department_desk", "water"), "send_check": ("acceptor",), "check": ("inspector", "other_inspector"), "close": ("other_acceptor", "shift_leader"),
}  # fmt: skip


class Machine(RuleBasedStateMachine):
    """One case of a citizen's or an inspector's report; everybody tries everything."""

    def __init__(self) -> None:
        super().__init__()
        self.time = time_machine.travel(at("2025-11-07 09:30"), tick=False)
        self.clock = self.time.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.refused: Counter[str] = Counter()
        self.used = 0
        self.colour = 0
        self.ended: tuple | None = None
        self.lines = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        self.time.stop()

    @initialize(own=st.booleans())
    def begin(self, own: bool) -> None:
        with scope.system("test"):
            self.loop = Loop(build())
        report = self.loop.report("inspector", "patrol") if own else self.loop.report()
        self.pk = self.loop.accept(report).pk

    def see(self) -> Case:
        with scope.system("test"):
            return Case.objects.get(pk=self.pk)

    def attempt(self, name: str, act) -> None:
        try:
            with transaction.atomic(), scope.acting(scope_of(getattr(self.loop.people, name))):
                act()
        except Refusal as refusal:
            self.refused[refusal.code] += 1

    @rule(who=PICK, pick=PICK, good=PICK)
    def step(self, who: int, pick: int, good: int) -> None:
        """Mostly somebody fit does something sensible with the open task; now and then anybody does anything."""
        case = self.see()
        if case.task is None:
            return
        with scope.system("test"):
            task = Task.objects.get(pk=case.task)
        fit = FIT[task.node]
        name = fit[who % len(fit)] if good % 4 else NAMES[who % len(NAMES)]
        outcome = task.outcomes[0 if pick % 3 else pick % len(task.outcomes)][0]
        self.colour += 1
        org = self.loop.people.wrb if pick % 7 == 0 else self.loop.people.umb
        data = {
            "files": [photo("check" if task.node == "check" else "after", colour=self.colour)] if good % 10 else [],
            "org_code": org.code, "reason_code": "not_mine", "handler": self.loop.people.crew.pk if pick % 2 and case.org_code == self.loop.people.umb.code else None,
        }  # fmt: skip
        self.attempt(name, lambda: workflow.do_complete(task.pk, outcome=outcome, comment="意见" if good % 5 else "", data=data))

    @rule(who=PICK, what=st.integers(0, 12))
    def other(self, who: int, what: int) -> None:
        """Everything that may be asked for or decided beside the process."""
        name = NAMES[who % len(NAMES)]
        today = timezone.localdate()

        def newest(model) -> int:
            with scope.system("test"):
                return model.objects.filter(case=self.pk).order_by("-id").values_list("pk", flat=True).first() or 0

        acts = (
            lambda: services.do_extend_request(self.pk, amount=1, reason="要"), lambda: services.do_extend_decide(newest(Extension), who % 3 > 0, "批"),
            lambda: services.do_suspend_request(self.pk, until=today + timedelta(days=3), plan="计划", reason="原因"),
            lambda: services.do_suspend_decide(newest(Suspension), who % 4 > 0, "批"), lambda: services.do_resume(self.pk),
            lambda: services.do_supervise(self.pk, str(who % 3 + 1), "快"), lambda: services.do_reply_supervision(newest(Supervision), "好"),
            lambda: services.do_revoke_assignment(self.pk, "收回"), lambda: services.do_recompute("420106000000", "核对"),
            lambda: services.do_reassign(newest(Errand), self.loop.people.other_inspector.pk, "改派"), lambda: jobs.mark_overdue() if who > 60 else 0,
            lambda: services.do_force_close(self.pk, "强制") if who > 92 else services.do_appeal(self.pk, "overdue", "天气"),
            lambda: services.do_void(self.pk, "作废") if who > 95 else jobs.resume_suspended(),
        )  # fmt: skip
        self.attempt(name, acts[what])

    @rule(minutes=st.integers(1, 60 * 30))
    def wait(self, minutes: int) -> None:
        self.clock.shift(timedelta(minutes=minutes))

    # -- what must hold -------------------------------------------------------------------------------------------------------------------

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "pk"):
            return
        with scope.system("test"):
            case = Case.objects.get(pk=self.pk)
            tasks = list(Task.objects.filter(subject=case.subject, status__in=("ready", "claimed", "suspended")))
            steps = list(CaseStep.objects.filter(case=case).order_by("id"))
            errands = Errand.objects.filter(case=case, done_at=None).count()
        self._one_holder(case, tasks, errands)
        self._clock(case)
        self._log(case, steps)
        if case.state == "closed":
            assert case.checked_ok and case.checked_by is not None, "closed without a check"
            assert case.checked_by not in {*case.reporters, *case.disposing_side, *case.command_side}, (
                "checked by somebody who had a hand in it"
            )
            assert any(s.action == "check:pass" and s.actor == case.checked_by for s in steps)
            assert case.closed_by not in {*case.reporters, *case.disposing_side}
        assert not set(case.supervision_side) & set(case.command_side), "监督 and 指挥 the same person"
        assert not set(case.supervision_side) & set(case.disposing_side)

    def _one_holder(self, case: Case, tasks: list[Task], errands: int) -> None:
        assert len(tasks) == (1 if case.state in OPEN else 0), f"{case.state}: {[t.node for t in tasks]}"
        if tasks:
            assert (case.task, case.holder_account, case.holder_org) == (tasks[0].pk, tasks[0].assignee, tasks[0].org_code)
            assert errands == (tasks[0].node in ("verify", "check"))
            if tasks[0].node in ("department", "handle", "confirm"):
                assert (tasks[0].due, tasks[0].yellow_at) == (case.due, case.yellow_at), "the task shows the case's clock"
            assert (tasks[0].status == "suspended") == case.suspended
        else:
            assert (case.task, case.holder_account, case.holder_org, case.suspended) == (None, None, "", False)
            assert errands == 0

    def _clock(self, case: Case) -> None:
        now = timezone.now()
        used, left = selectors.clock(case, now).used_s, selectors.clock(case, now).remaining_s
        if used is None:
            assert case.clock_start is None
            return
        assert used >= 0, "a clock below zero"
        assert used + (left or 0) == (4 + case.extra) * 3600, "4 working hours and what was added"
        running = case.state in ("dispatched", "handling", "dept_confirm") and not case.suspended
        assert (case.paused_at is None) == running, f"{case.state} {case.paused_at}"
        for start, end, _ in case.pauses:
            assert start < end

    def _log(self, case: Case, steps: list[CaseStep]) -> None:
        assert len(steps) >= self.lines, "a line of the log is gone"
        self.lines = len(steps)
        assert steps[-1].to_state == case.state
        for before, after in zip(steps, steps[1:], strict=False):
            assert after.from_state in (before.to_state, before.from_state) or after.from_state == before.to_state
        if case.state not in OPEN:
            facts = (case.state, case.closed_at, case.overdue_s, case.used_s, case.reworks)
            assert self.ended in (None, facts), "an ended case has changed"
            self.ended = facts


@pytest.mark.django_db
def test_whatever_people_do_the_case_stays_sound() -> None:
    run_state_machine_as_test(Machine, settings=settings(max_examples=12, stateful_step_count=40, deadline=None))
