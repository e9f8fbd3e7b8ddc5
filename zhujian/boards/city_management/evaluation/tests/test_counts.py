"""Counting over rows: which period a case belongs to, what stands above and below the line, drill-down."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from zhujian.boards.city_management.command.models import Suspension
from zhujian.boards.city_management.evaluation.models import Deviation
from zhujian.boards.city_management.evaluation.rules.periods import parse
from zhujian.boards.city_management.evaluation.selectors import counts, standings, tallies
from zhujian.boards.city_management.evaluation.tests import world
from zhujian.boards.city_management.evaluation.tests.world import CITY, COMMUNITY, COUNTY, GRID, MONTH, NOW, at
from zhujian.foundation.kernel import scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _system():
    with scope.system("测试"):
        yield


def tally(period: str = "2025-11", region: str = CITY) -> dict[str, int]:
    return tallies.tally(tallies.window(region, parse(period), now=NOW))["city"][region]


def figures(period: str = "2025-11", target: str = "city", code: str = CITY) -> dict[str, str]:
    found = standings.calculate(tallies.window(CITY, parse(period), now=NOW))
    row = next(row for row in found.rows[target] if row.code == code)
    return {key: str(one.value) if one.value is not None else "—" for key, one in row.figures.items()}


def scenario_11() -> None:
    """应处置 180, 处置 171, 按期处置 153, 应结案 170, 缓办 0, 结案 165, 按期结案 150, 返工 9."""
    world.cases(150)
    world.cases(11, handled_at=at(6), closed_at=at(7))
    world.cases(5, **world.UNDONE)
    world.cases(4, handled_at=None, close_kind="forced", state="forced", closed_at=at(20))
    # Disposed of before a deadline in December, not closed yet: due for disposal only; of seven an earlier stage was late.
    early = {"due": at(9, month=12), "closed_at": None, "close_kind": "", "state": "to_check"}
    made = [*world.cases(3, **early), *world.cases(7, **early, overdue_earlier_s=60)]
    for one in made[:9]:
        world.step(one, "check", "check:fail", at(4))


def test_a_case_is_due_once_in_the_period_of_its_deadline_or_when_it_was_handled_before() -> None:
    world.case(due=at(5, month=12), handled_at=at(20), closed_at=at(21))  # disposed early: counts in November
    world.undone(due=at(30, 23, 59))  # due in November, never done
    world.case(due=at(28), handled_at=at(2, month=12), closed_at=at(3, month=12))  # overdue, done in December
    world.case(due=at(3, month=12), handled_at=at(2, month=12), closed_at=at(2, 10, month=12))  # December's
    november, december, october = tally(), tally("2025-12"), tally("2025-10")
    assert [november[name] for name in ("to_handle", "handled", "handled_on_time", "unhandled_late")] == [3, 1, 1, 2]
    assert [november[name] for name in ("to_close", "closed", "closed_on_time")] == [3, 1, 1]
    assert [december[name] for name in ("to_handle", "handled", "handled_on_time")] == [1, 1, 1]
    assert october["to_handle"] == 0


def test_what_stands_above_the_line_is_part_of_what_stands_below() -> None:
    world.case()
    world.case(handled_at=at(6), closed_at=at(7))
    world.undone()
    found = tally()
    assert found["to_handle"] == found["handled"] + found["unhandled_late"]
    assert found["handled"] == found["handled_on_time"] + found["handled_late"]
    assert found["closed"] == found["closed_on_time"] + found["closed_late"]
    assert found["to_handle"] == 3 and found["handled_on_time"] == 1


def test_finished_at_the_deadline_is_in_time_a_second_later_is_not() -> None:
    world.case(handled_at=at(5, 12))
    world.case(handled_at=at(5, 12) + timedelta(seconds=1), closed_at=at(6))
    assert (tally()["handled"], tally()["handled_on_time"]) == (2, 1)


def test_waiting_for_the_check_is_not_the_departments_time() -> None:
    """Pitfall 4: handled in time, checked and closed after the deadline."""
    world.case(handled_at=at(5, 11), closed_at=at(6))
    assert (tally()["closed"], tally()["closed_on_time"], tally()["closed_late"]) == (1, 1, 0)


def test_scenario_7_a_suspended_case_is_not_in_the_effective_denominator() -> None:
    """Pitfall 6: it leaves both sides of the rates, and comes back when it is resumed."""
    world.case()
    held = world.undone(suspended=True, due=at(10, 15))
    pause = Suspension.objects.create(
        case=held, region_code=held.region_code, asked_at=at(10), reason="等材料", plan="到货即修", until="2026-01-10", state="running",
        started_at=at(10, 10),
    )  # fmt: skip
    found = tally()
    assert (found["to_close"], found["suspended"], found["closed"]) == (2, 1, 1)
    assert (found["to_handle"], found["unhandled_late"]) == (1, 0)
    assert figures()["closed_rate"] == "100.00"
    pause.state, pause.ended_at = "ended", at(12, 14)
    pause.save()
    held.suspended, held.due = False, at(12, 17)
    held.save()
    found = tally()
    assert (found["to_close"], found["suspended"], found["unhandled_late"]) == (2, 0, 1)
    assert figures()["closed_rate"] == "50.00"


def test_void_and_duplicate_cases_are_not_due() -> None:
    world.case(state="void", close_kind="void", handled_at=None)
    world.case(state="duplicate", close_kind="duplicate", handled_at=None)
    found = tally()
    assert found["to_handle"] == found["to_close"] == 0 and found["registered"] == 1


def test_an_upheld_appeal_exempts_and_the_fact_stays() -> None:
    made = world.case(handled_at=at(6), closed_at=at(7))
    world.step(made, "check", "check:fail", at(5))
    before = tally()
    made.exempt, made.appeal = True, "upheld"
    made.save()
    after = tally()
    assert (before["handled_on_time"], before["reworks"], before["exempted"]) == (0, 1, 0)
    assert (after["handled_on_time"], after["reworks"], after["exempted"]) == (1, 0, 1)
    assert made.handled_at > made.due


def test_scenario_11_over_rows_and_a_department_with_nothing_to_do() -> None:
    """The sheet's numbers from rows; the other department's only case falls due next month, so it has 0 应处置."""
    scenario_11()
    world.undone(due=at(20, month=12), org_code="B" * 18)
    rows = {row.code: row for row in standings.calculate(tallies.window(CITY, MONTH, now=NOW), ("org",)).rows["org"]}
    busy, idle = rows["A" * 18], rows["B" * 18]
    names = ("to_handle", "handled", "handled_on_time", "to_close", "suspended", "closed", "closed_on_time", "reworks")
    assert [busy.counts[name] for name in names] == [180, 171, 153, 170, 0, 165, 150, 9]
    rates = ("handled_rate", "handled_on_time_rate", "closed_rate", "closed_on_time_rate", "rework_rate")
    assert [str(busy.figures[name].value) for name in rates] == ["95.00", "85.00", "97.06", "88.24", "5.26"]
    assert (busy.figures["rework_rate"].numerator, busy.figures["rework_rate"].denominator) == (9, 171)
    assert idle.counts["to_handle"] == 0 and not set(rates) & set(idle.figures)
    assert idle.scores["default_org"].score is None and idle.scores["default_org"].rank is None
    assert busy.scores["default_org"].rank == 1


def test_dispatches_are_accurate_unless_sent_back_as_not_ours() -> None:
    one, other, third = world.undone(), world.undone(), world.undone(exempt=True)
    for made in (one, other, third):
        world.step(made, "dispatch", "dispatch", at(3))
    world.step(one, "department", "return", at(4), detail={"reason_code": "not_mine"})
    world.step(one, "dispatch", "dispatch", at(5))
    world.step(other, "department", "return", at(4), detail={"reason_code": "no_material"})
    world.step(third, "department", "return", at(4), detail={"reason_code": "not_mine"})
    found = tally()
    assert (found["dispatched"], found["dispatched_right"], found["returns"]) == (4, 3, 3)


def test_a_dispatch_at_the_months_end_that_comes_back_next_month_was_not_accurate() -> None:
    made = world.undone()
    world.step(made, "dispatch", "dispatch", at(30, 17))
    world.step(made, "department", "return", at(2, month=12), detail={"reason_code": "not_mine"})
    assert (tally()["dispatched"], tally()["dispatched_right"], tally()["returns"]) == (1, 0, 0)


def test_reports_errands_call_backs_and_findings() -> None:
    closed = world.case(called_back_at=at(6), satisfaction="2")
    world.case(called_back_at=at(6), satisfaction="4")
    world.case(called_back_at=at(6), satisfaction="5")
    world.report(case=closed)
    world.report(source="hotline_12345", case=closed, state="merged")
    world.report(source="public_web", state="refused")
    world.report(received_at=at(1, month=12))
    world.errand(closed, "check")
    world.errand(closed, "check", done_at=at(4, 10))
    world.errand(closed, "verify", done_at=None)
    Deviation.objects.create(
        kind="missed", found_on=at(9).date(), grid_code=GRID, region_code=COMMUNITY, description="井盖缺失", person=5
    )
    Deviation.objects.create(
        kind="falsified", found_on=at(9).date(), case_number=closed.number, region_code=COMMUNITY, description="照片造假"
    )
    found = tally()
    names = (
        "reports", "reports_inspector", "reports_public", "reports_valid", "reports_refused", "reports_done", "duplicates", "check_due",
        "check_done", "check_on_time", "verify_due", "verify_done", "rated", "satisfied", "missed", "falsified",
    )  # fmt: skip
    assert [found[name] for name in names] == [3, 1, 2, 2, 1, 2, 1, 2, 2, 1, 1, 0, 2, 1, 1, 1]
    posts = tallies.tally(tallies.window(CITY, MONTH, now=NOW))
    assert posts["inspector"]["5"]["reports_inspector"] == 1 and posts["inspector"]["5"]["missed"] == 1
    assert posts["acceptor"]["7"]["accepted"] == 3 and posts["org"]["A" * 18]["falsified"] == 1


def test_an_overdue_stage_makes_the_case_late() -> None:
    """Staged limits: the clock of the last stage alone does not tell."""
    world.case(stage=2, stages=2, overdue_earlier_s=60)
    assert (tally()["handled"], tally()["handled_on_time"]) == (1, 0)


def test_an_errand_that_was_called_off_is_nobodys() -> None:
    world.errand(world.case(), "check", result="off")
    assert tally()["check_due"] == 0


def test_frequent_cases_are_of_one_grid_and_class() -> None:
    for _ in range(5):
        world.case()
    world.case(class_code="0112")
    world.case(grid_code="420111080001002")
    assert tally()["frequent"] == 5


def test_regions_from_the_city_down_to_the_grid() -> None:
    world.case()
    world.case(community="420111080002", region_code="420111080002", grid_code="420111080002001")
    world.case(community="420106001001", region_code="420106001001", grid_code="420106001001001", org_code="")
    found = tallies.tally(tallies.window(CITY, MONTH, now=NOW))
    assert {code: row["to_handle"] for code, row in found["county"].items()} == {COUNTY: 2, "420106000000": 1}
    assert {code: row["to_handle"] for code, row in found["street"].items()} == {"420111080000": 2, "420106001000": 1}
    assert found["community"][COMMUNITY]["to_handle"] == 1 and found["grid"][GRID]["to_handle"] == 1
    assert list(found["org"]) == ["A" * 18]
    assert tally(region=COUNTY)["to_handle"] == 2 and tally(region="420500000000")["to_handle"] == 0


@pytest.mark.parametrize("target", ["city", *tallies.TARGETS])
def test_every_number_leads_to_exactly_its_rows(target: str) -> None:
    """Drill-down counts the same rows as the number, for every count of every target."""
    made = world.case(called_back_at=at(6), satisfaction="1", urgent=True, supervise_level="1")
    world.case(handled_at=at(6), closed_at=at(7), reworks=3)
    world.undone(community="420111080002", grid_code="420111080002001", org_code="B" * 18)
    world.report(case=made)
    world.errand(made, "check")
    world.step(made, "dispatch", "dispatch", at(3))
    world.step(made, "check", "check:fail", at(3))
    Deviation.objects.create(
        kind="missed", found_on=at(9).date(), grid_code=GRID, region_code=COMMUNITY, description="井盖缺失", person=5
    )
    where = tallies.window(CITY, MONTH, now=NOW)
    found = tallies.tally(where)[target]
    assert found
    for code, numbers in found.items():
        for name in counts.BY_CODE:
            rows = tallies.rows(where, name, target, code, most=2)
            ids = list(rows.ids)
            while rows.following:
                rows = tallies.rows(where, name, target, code, before=rows.following, most=2)
                ids += rows.ids
            assert len(ids) == len(set(ids)) == numbers[name], (name, code)


def test_an_official_counts_only_what_they_may_see() -> None:
    from zhujian.foundation.identity import testing

    world.case()
    world.case(community="420106001001", region_code="420106001001", grid_code="420106001001001")
    with scope.acting(testing.scope_of(testing.make_official(COUNTY, roles=["viewer"]))):
        assert tally()["to_handle"] == 1
    assert tally()["to_handle"] == 2


def test_the_default_composite_adds_up() -> None:
    world.case(called_back_at=at(6), satisfaction="1")
    world.case(handled_at=at(6), closed_at=at(7))
    row = standings.calculate(tallies.window(CITY, MONTH, now=NOW)).rows["city"][0]
    score = row.scores["default"]
    # 按期结案率 50% of 40, 结案率 100% of 20, 按期处置率 50% of 20, no rework 10, 满意率 100% of 10
    assert score.score == Decimal("70.00") and score.grade == "C" and score.rank == 1


def test_what_the_loop_writes_is_what_is_counted() -> None:
    """A case goes through the real process: sent back as not ours, dispatched again, failed once at the check, closed."""
    from zhujian.boards.city_management.command.tests.kit import COUNTY as HERE
    from zhujian.boards.city_management.command.tests.kit import Loop, build
    from zhujian.boards.city_management.evaluation.rules.periods import containing

    people = build()
    loop = Loop(people)
    case = loop.to_department()
    case = loop.do(case, "department_desk", "return", comment="不属于本部门", reason_code="not_mine")
    case = loop.feed_back(loop.dispatch(case))
    case = loop.check(case, "fail")
    case = loop.do(loop.handle(loop.assign(case), colour=11), "department_desk", "pass")
    case = loop.close(loop.check(case, colour=15))
    now = timezone.now()
    found = tallies.tally(tallies.window(HERE, containing("month", timezone.localdate()), now=now + timedelta(seconds=1)))
    whole = found["city"][HERE]
    names = (
        "reports", "accepted", "registered", "registered_on_time", "dispatched", "dispatched_right", "returns", "reworks", "handled",
        "handled_on_time", "closed", "closed_on_time", "check_due", "check_done", "reports_done",
    )  # fmt: skip
    assert [whole[name] for name in names] == [1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 2, 2, 1]
    assert found["org"][people.umb.code]["returns"] == 1 and found["org"][people.umb.code]["reworks"] == 1
    assert found["dispatcher"][str(people.dispatcher.pk)]["dispatched"] == 2
    assert found["acceptor"][str(people.acceptor.pk)]["registered"] == 1
    assert found["inspector"][str(people.other_inspector.pk)]["check_on_time"] == 2
    assert case.close_kind == "normal"
