"""Random people do random things to one case: what must hold after every single act."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from zhujian.boards.city_management.command import jobs, selectors, services
from zhujian.boards.city_management.command.models import (
    OPEN,
    Appeal,
    Case,
    CaseStep,
    Coordination,
    Errand,
    Extension,
    LevelClock,
    Supervision,
    Suspension,
)
from zhujian.boards.city_management.command.rules import levels
from zhujian.boards.city_management.command.services import clock
from zhujian.boards.city_management.command.tests.kit import Loop, at, build, photo
from zhujian.foundation.identity.testing import scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.models import Task

NAMES = (
    "inspector", "other_inspector", "acceptor", "other_acceptor", "shift_leader", "dispatcher", "superviser", "leader", "department_desk", "crew",
    "other_crew", "water", "resident",
)  # fmt: skip
CITY_NAMES = ("city_inspector", "city_acceptor", "city_shift_leader", "city_dispatcher", "city_superviser", "city_leader")
ALL = (
    "task:dispatch", "task:down", "task:return", "task:designate", "task:done", "task:pass", "task:close", "extend_request", "extend_decide", "suspend_request", "suspend_decide", "resume",
    "supervise", "reply_supervision", "revoke_assignment", "reassign", "void", "appeal", "recompute", "review_appeal",
)  # fmt: skip


# How often an offer is passed over, so that a case lives on and much happens to it.
RARE = {
    "void": 0.9,
    "force_close": 0.9,
    "mark_duplicate": 1,
    "add_photos": 0.9,
    "supervise": 0.9,
    "recur": 0.9,
    "resolve_call_back": 0.5,
}


class Machine(RuleBasedStateMachine):
    """One case of a citizen's or an inspector's report; everybody tries everything. `mode`: of two levels of command, or none."""

    mode = ""

    def __init__(self) -> None:
        super().__init__()
        self.time = time_machine.travel(at("2025-11-07 09:30"), tick=False)
        self.clock = self.time.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.refused: Counter[str] = Counter()
        self.done: Counter[tuple] = Counter()
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
            self.loop = Loop(build(self.mode))
        self.names = NAMES + (CITY_NAMES if self.mode else ())
        report = self.loop.report("inspector", "patrol") if own else self.loop.report()
        self.pk = self.loop.accept(report, "city_acceptor" if self.mode else "acceptor").pk

    def see(self) -> Case:
        with scope.system("test"):
            return Case.objects.get(pk=self.pk)

    def attempt(self, name: str, act) -> int:
        """1 when it was done, 0 when it was refused."""
        try:
            with transaction.atomic(), scope.acting(scope_of(getattr(self.loop.people, name))):
                act()
        except Refusal as refusal:
            self.refused[refusal.code] += 1
            return 0
        return 1

    @rule(seed=st.integers(0, 10**9))
    def live(self, seed: int) -> None:
        """A stretch of the case's life: mostly what somebody may do, now and then anybody tries anything, and time passes."""
        chance = random.Random(seed)
        for _ in range(6):
            kind = chance.random()
            if kind < 0.15:
                self.clock.shift(timedelta(minutes=chance.randint(1, 1500)))
            elif kind < 0.2:
                self.clockwork()
            elif kind < 0.35:
                self.attempt(chance.choice(self.names), self.act(chance.choice(ALL), chance))
            else:
                self.sensible(chance)
            self.holds()

    def sensible(self, chance: random.Random) -> None:
        """Somebody does something that `may` offers; that it is theirs to do must then be agreed."""
        case = self.see()
        names = list(self.names)
        chance.shuffle(names)
        for name in names:
            with scope.acting(scope_of(getattr(self.loop.people, name))):
                offered = selectors.may(case)
            if not case.is_open and chance.random() < 0.8:
                continue
            tasks = [one for one in offered if one.startswith("task:")]
            if not offered or (not tasks and chance.random() < 0.6):
                continue
            what = chance.choice(tasks[:1] * 3 + offered)
            if chance.random() < RARE.get(what, 0):
                continue
            before = Counter(self.refused)
            self.done[what] += self.attempt(name, self.act(what, chance))
            refused = set(self.refused - before)
            assert not refused & {"access.denied", "case.not_yours", "workflow.task.not_yours", "case.role"}, (
                f"{name} was offered {what}: {refused}"
            )
            return

    def act(self, what: str, chance: random.Random):
        """What an action of `may` is, with believable data."""
        case, today = self.see(), timezone.localdate()

        def newest(model) -> int:
            with scope.system("test"):
                return model.objects.filter(case=self.pk).order_by("-id").values_list("pk", flat=True).first() or 0

        if what.startswith("task:"):
            return lambda: workflow.do_complete(case.task or 0, outcome=what[5:], comment="意见", data=self.data(case, chance))
        good = chance.random() < 0.75
        return {
            "extend_request": lambda: services.do_extend_request(self.pk, amount=1, reason="要", form=photo("other").upload if good else None),
            "extend_decide": lambda: services.do_extend_decide(newest(Extension), good, "批"),
            "suspend_request": lambda: services.do_suspend_request(self.pk, until=today + timedelta(days=3), plan="计划", reason="原因"),
            "suspend_decide": lambda: services.do_suspend_decide(newest(Suspension), good, "批"),
            "resume": lambda: services.do_resume(self.pk), "supervise": lambda: services.do_supervise(self.pk, chance.choice("12"), "快"),
            "reply_supervision": lambda: services.do_reply_supervision(newest(Supervision), "好"),
            "revoke_assignment": lambda: services.do_revoke_assignment(self.pk, "收回"),
            "reassign": lambda: services.do_reassign(newest(Errand), self.loop.people.other_inspector.pk, "改派"),
            "force_close": lambda: services.do_force_close(self.pk, "强制"), "void": lambda: services.do_void(self.pk, "作废"),
            "appeal": lambda: services.do_appeal(self.pk, "overdue", "天气"), "recompute": lambda: services.do_recompute("420106000000", "核对"),
            "resolve_call_back": lambda: services.do_resolve_call_back(self.pk, chance.choice("1234"), "说法"),
            "add_photos": lambda: services.do_add_photos(self.pk, [photo("other", colour=chance.randrange(200))]),
            "recur": lambda: services.do_recur(self.pk, "又来了"), "mark_duplicate": lambda: None,
            "review_appeal": lambda: services.do_review_appeal(newest(Appeal), good, "意见"),
        }[what]  # fmt: skip

    def data(self, case: Case, chance: random.Random) -> dict:
        """What is filled in with a step; the evidence is mostly there."""
        self.colour += 1
        with scope.system("test"):
            node = Task.objects.get(pk=case.task).node if case.task else ""
        mine = case.org_code == self.loop.people.umb.code
        return {
            "files": [photo("check" if node == "check" else "after", colour=self.colour)] if chance.random() < 0.9 else [],
            "org_code": (self.loop.people.wrb if chance.random() < 0.2 else self.loop.people.umb).code, "reason_code": "not_mine",
            "handler": self.loop.people.crew.pk if mine and chance.random() < 0.5 else None,
            "participants": [self.loop.people.umb.code, self.loop.people.wrb.code],
        }  # fmt: skip

    def clockwork(self) -> None:
        with scope.system("test"):
            jobs.mark_overdue()
            jobs.resume_suspended()
            jobs.escalate_errands()

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
        self._levels(case, tasks)
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
        with_district = bool(case.level) and case.state == "to_dispatch"
        running = (case.state in ("dispatched", "handling", "dept_confirm") or with_district) and not case.suspended
        assert (case.paused_at is None) == running, f"{case.state} {case.paused_at}"
        for start, end, _ in case.pauses:
            assert start < end

    def _levels(self, case: Case, tasks: list[Task]) -> None:
        """Every centre's step is at the level that the mode says; the district's clock runs beside the case's, never alone, never below zero."""
        with scope.system("test"):
            row = LevelClock.objects.filter(case=case).first()
            held = Coordination.objects.filter(case=case, outcome="designate").order_by("-id").first()
        for task in tasks:
            level = levels.level_of(task.node, self.mode, handed_down=bool(case.level))
            if level and task.org_name:
                assert task.org_name.startswith("测试市" if level == "city" else "测试区"), f"{task.node} at {task.org_name}"
        assert case.level == "" or (self.mode and case.handed_org == case.recipient == self.loop.people.umc.code)
        assert (case.designated == held.org_code) if held else not case.designated
        assert not (case.returns > 2 and case.state == "dispatched" and held is None), "returned too often, and no meeting"
        if row is None:
            return
        assert self.mode and row.dispatches > 0
        with scope.system("test"):
            used, left = clock.snapshot(row, timezone.now())
        assert used is not None and used >= 0 and used + (left or 0) == (3 + row.extra) * 3600, (
            "3 of 4 working hours, and what was added"
        )
        runs = bool(case.level) and case.state in ("dispatched", "handling", "dept_confirm") and not case.suspended
        assert (row.paused_at is None) == runs
        assert not runs or case.paused_at is None, "a district's clock runs only while the city's does"

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


class OneTwo(Machine):
    """一级监督两级指挥."""

    mode = "one_two"


class TwoTwo(Machine):
    """两级监督两级指挥."""

    mode = "two_two"


@pytest.mark.django_db
@pytest.mark.parametrize(("machine", "examples"), [(Machine, 4), (OneTwo, 2), (TwoTwo, 2)])
def test_whatever_people_do_the_case_stays_sound(machine: type[Machine], examples: int) -> None:
    # Without shrinking: an act costs milliseconds, and a failing case's log says what happened.
    phases = [Phase.explicit, Phase.reuse, Phase.generate]
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=8, deadline=None, phases=phases)
    )
