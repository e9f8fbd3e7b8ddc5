"""The demonstration's past year is what the services would have left behind."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import Count, F

from zhujian.boards.city_management.command.demo import history, sentences
from zhujian.boards.city_management.command.models import Case, CaseStep, DayNumber, Errand, Report
from zhujian.boards.city_management.command.rules import clock as rules
from zhujian.boards.city_management.command.services import clock
from zhujian.boards.city_management.command.tests import kit
from zhujian.foundation.kernel import scope
from zhujian.foundation.worktime import selectors as worktime

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture
def year(monkeypatch):
    monkeypatch.setattr(history, "DAYS", 40)
    with scope.system("test"):
        kit.build()
        assert history.load(TODAY, kit.COUNTY) == Case.objects.count() > 200
        yield


def test_every_case_is_closed_after_a_check_by_somebody_else(year) -> None:
    assert set(Case.objects.values_list("state", "close_kind", "checked_ok")) == {("closed", "normal", True)}
    assert not Case.objects.filter(checked_by=F("handler")).exists()
    assert not any(set(case.command_side) & set(case.supervision_side) for case in Case.objects.all())
    for report in Report.objects.exclude(reporter=None).select_related("case"):
        assert report.case.checked_by != report.reporter
    assert Report.objects.filter(answered_at=None).count() == 0
    assert Errand.objects.filter(done_at=None).count() == 0
    assert {row["n"] >= 8 for row in CaseStep.objects.values("case").annotate(n=Count("id"))} == {True}


def test_moments_are_in_order_and_the_clock_is_the_calendars(year) -> None:
    late = 0
    calendar = worktime.calendar(kit.COUNTY)
    for case in Case.objects.prefetch_related("steps"):
        steps = [step.at for step in case.steps.order_by("id")]
        assert steps == sorted(steps)
        assert (
            case.reported_at <= case.registered_at <= case.dispatched_at <= case.handled_at <= case.checked_at <= case.closed_at
        )
        found = clock.of(case)
        assert found is not None and case.due == rules.due(found, calendar)
        assert case.used_s >= 0 and (case.overdue_s > 0) == (case.paused_at > case.due)
        late += case.overdue_s > 0
        assert case.reworks == case.errands.filter(result="fail").count()
    assert 0 < late < Case.objects.count() / 4


def test_the_same_year_on_every_machine_and_numbers_go_on_behind_it(year) -> None:
    numbers = list(Case.objects.order_by("number").values_list("number", "class_code", "description"))
    assert len(numbers) == len({number for number, _, _ in numbers})
    taken = {f"{row.county}{row.day:%Y%m%d}{row.last:05d}" for row in DayNumber.objects.all()}
    assert {max(n for n, _, _ in numbers if n[:14] == day) for day in {n[:14] for n, _, _ in numbers}} == taken
    assert {code for _, code, _ in numbers} <= {code for _, code in sentences.SAID}


def test_without_a_centre_or_grids_there_is_no_past(db) -> None:
    with scope.system("test"):
        assert history.load(TODAY, "420500000000") == 0
