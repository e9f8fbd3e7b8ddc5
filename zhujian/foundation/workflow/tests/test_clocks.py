"""Clocks: due dates by the working calendar, pauses, suspension, extension, lights."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhujian.foundation.identity.testing import scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, Refusal
from zhujian.foundation.workflow import handlers_api, services
from zhujian.foundation.workflow.models import Part, Task
from zhujian.foundation.workflow.services import clocks
from zhujian.foundation.workflow.testing import complete, task_at
from zhujian.foundation.worktime import rules
from zhujian.foundation.worktime import selectors as worktime

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def as_(account):
    return scope.acting(scope_of(account))


@pytest.fixture
def limits(monkeypatch):
    """Steps take 10 working days, accepting 5."""

    class Handler(handlers_api.ProcessHandler):
        key = "t_stage"

        def limit(self, node, instance):
            if node.kind == "callActivity":
                return handlers_api.TimeLimit(10, "working_day", "t.step", 7)
            return handlers_api.TimeLimit(5, "working_day", "t.accept", 8) if node.id == "accept" else None

    monkeypatch.setitem(handlers_api._handlers, "t_stage", Handler())


def accepted(office, begin):
    """One step accepted on Monday 2026-03-02 at 10:00, now with the reviewer."""
    with time_machine.travel(at("2026-03-02T10:00"), tick=False):
        instance = begin("t_stage")
        complete(office.firm, task_at(instance, "apply", "C01"), "done")
        complete(office.window, task_at(instance, "accept", "C01"), "accept")
    return task_at(instance, "review", "C01")


def test_day_zero_is_acceptance_and_the_limit_is_kept_with_its_version(office, begin, limits) -> None:
    task = accepted(office, begin)
    assert timezone.localtime(task.due).date().isoformat() == "2026-03-16"
    with scope.system("测试"):
        part = Part.objects.get(pk=task.part_id)
        assert part.clock_limit == {"amount": 10, "unit": "working_day", "parameter": "t.step", "version_id": 7}
        accept = Task.objects.get(part=part, node="accept")
        assert accept.limit["amount"] == 5 and timezone.localtime(accept.due).date().isoformat() == "2026-03-09"


@pytest.mark.parametrize(("now", "light"), [
    ("2026-03-11T23:59", "green"), ("2026-03-12T00:00", "yellow"), ("2026-03-16T23:59", "yellow"), ("2026-03-17T00:00", "red"),
])  # fmt: skip
def test_light(office, begin, limits, now: str, light: str) -> None:
    task = accepted(office, begin)
    assert clocks.light(task.due, task.yellow_at, task.paused_at, at(now)) == light


def test_special_procedure_is_excluded_and_grey(office, begin, limits) -> None:
    task = accepted(office, begin)
    with time_machine.travel(at("2026-03-04T09:00"), tick=False), as_(office.one):
        with pytest.raises(Refusal) as caught:
            services.do_pause_clock(task.pk, "nap", reason="")
        assert {r.field for r in caught.value.reasons} == {"kind", "reason"}
        services.do_pause_clock(task.pk, "expert_review", reason="组织专家评审")
        with pytest.raises(Refusal):
            services.do_pause_clock(task.pk, "hearing", reason="再停一次")
        task.refresh_from_db()
        assert clocks.light(task.due, task.yellow_at, task.paused_at) == "grey"
    with time_machine.travel(at("2026-03-11T09:00"), tick=False), as_(office.one):
        services.do_resume_clock(task.pk)
        task.refresh_from_db()
        with pytest.raises(Conflict):
            services.do_resume_clock(task.pk)
    # Five working days (5, 6, 9, 10, 11 March) are taken out.
    assert timezone.localtime(task.due).date().isoformat() == "2026-03-23" and task.paused_at is None


def test_suspension_is_excluded_from_every_clock(office, begin, limits) -> None:
    task = accepted(office, begin)
    with time_machine.travel(at("2026-03-03T09:00"), tick=False), as_(office.supervisor):
        services.do_suspend(task.instance_id, reason="司法查封")
    with time_machine.travel(at("2026-03-10T09:00"), tick=False), as_(office.supervisor):
        services.do_resume(task.instance_id)
        task.refresh_from_db()
    assert timezone.localtime(task.due).date().isoformat() == "2026-03-23"
    assert (task.status, task.paused_at) == ("ready", None)


def test_extension_once_by_the_head_and_within_the_law(office, begin, limits) -> None:
    task = accepted(office, begin)
    with time_machine.travel(at("2026-03-10T09:00"), tick=False):
        with as_(office.one), pytest.raises(NotAllowed):
            services.do_extend(task.pk, 5, reason="复杂")
        with as_(office.approver):
            with pytest.raises(Refusal):
                services.do_extend(task.pk, 11, reason="复杂")
            services.do_extend(task.pk, 10, reason="情况复杂")
            with pytest.raises(Refusal):
                services.do_extend(task.pk, 1, reason="还是复杂")
            task.refresh_from_db()
    assert timezone.localtime(task.due).date().isoformat() == "2026-03-30"


def test_unknown_limit_parameter_is_refused_in_words() -> None:
    class Here:
        region_code = "420106000000"

    with pytest.raises(Refusal) as caught:
        clocks.limit_from_parameter("no.such", Here())
    assert caught.value.code == "workflow.limit.missing"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    day=st.integers(0, 200), hour=st.integers(0, 23), amount=st.integers(1, 30), unit=st.sampled_from(["working_day", "calendar_day", "month"]),
    ahead=st.integers(0, 60), probe=st.integers(0, 23),
)  # fmt: skip
def test_stored_moments_agree_with_the_rule_of_the_light(db, day, hour, amount, unit, ahead, probe) -> None:
    amount = min(amount, 3) if unit == "month" else amount
    start = at("2026-01-05T00:00") + timedelta(days=day, hours=hour)
    due, yellow = clocks.moments(start, {"amount": amount, "unit": unit}, "420106000000")
    now = start + timedelta(days=ahead, hours=probe)
    calendar = worktime.calendar("420106000000")
    expected = rules.light(rules.progress(start, rules.Limit(amount, unit), calendar, now), used_ratio=Fraction(8, 10))
    assert clocks.light(due, yellow, None, now) == expected


def test_missing_calendar_year_delays_the_date_not_the_work(office, begin, limits, monkeypatch) -> None:
    """A year that is not loaded is never guessed: the step opens without a date and gets it when the calendar is complete."""
    whole = worktime.calendar("420106000000")
    monkeypatch.setattr(clocks.worktime, "calendar", lambda region="": replace(whole, years=frozenset({2025})))
    task = accepted(office, begin)
    assert task.due is None
    monkeypatch.setattr(clocks.worktime, "calendar", lambda region="": whole)
    services.do_recompute("4201")
    with scope.system("测试"):
        task.refresh_from_db()
    assert timezone.localtime(task.due).date().isoformat() == "2026-03-16"
