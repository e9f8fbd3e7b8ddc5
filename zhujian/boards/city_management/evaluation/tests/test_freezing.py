"""Past periods do not change: frozen numbers, versions with a reason, rows and rules kept (pitfalls 7 and 19)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from zhujian.boards.city_management.evaluation.models import Indicator, Run, Standing
from zhujian.boards.city_management.evaluation.rules.periods import parse
from zhujian.boards.city_management.evaluation.selectors import boards, counts, rows
from zhujian.boards.city_management.evaluation.selectors.boards import Asked
from zhujian.boards.city_management.evaluation.services import definitions, freezing
from zhujian.boards.city_management.evaluation.tests import world
from zhujian.boards.city_management.evaluation.tests.world import CITY, COMMUNITY, COUNTY, MONTH, NOW, at
from zhujian.foundation.evidence.models import Entry
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _system():
    with scope.system("测试"):
        yield


def values(run: Run, target: str = "city") -> dict[str, list]:
    return {row.code: row.figures["closed_on_time_rate"] for row in Standing.objects.filter(run=run, target=target)}


def test_a_frozen_number_keeps_sides_version_rows_and_evidence() -> None:
    """Pitfall 19: never only a final score."""
    late = world.case(handled_at=at(6), closed_at=at(7))
    world.case()
    run = freezing.do_freeze(CITY, MONTH, now=NOW)
    assert values(run) == {CITY: ["1", "2", "50.00", 1]}
    row = Standing.objects.get(run=run, target="county", code=COUNTY)
    assert row.counts["to_close"] == 2 and row.region_code == COUNTY and row.scores["default"]["rank"] == 1
    assert [part[0] for part in row.scores["default"]["parts"]][:2] == ["closed_on_time_rate", "closed_rate"]
    assert run.rules["indicators"]["closed_on_time_rate"][1:] == [1, "closed_on_time / (to_close - suspended)"]
    assert freezing.verify(run)
    assert Entry.objects.filter(kind="evaluation.frozen", object_id=f"evaluation.run:{run.pk}").count() == 1
    found = rows.listing(Asked(CITY, MONTH, "city", run), counts.BY_CODE["closed_late"], CITY)
    assert [one.number for one in found.entries] == [late.number] and found.number == 1 and found.gone == 0


def test_pitfall_7_what_happens_later_changes_nothing_frozen() -> None:
    made = world.case(handled_at=at(6), closed_at=at(7))
    run = freezing.do_freeze(CITY, MONTH, now=NOW)
    made.exempt, made.org_code = True, "B" * 18
    made.save()
    assert values(run)[CITY][2] == "0.00" and freezing.verify(run)
    shown = boards.results(Asked(CITY, MONTH, "city", freezing.latest(CITY, MONTH.key)))
    assert shown.frozen and shown.lines[0].figures["closed_on_time_rate"][2] == "0.00"
    moved = rows.listing(Asked(CITY, MONTH, "org", run), counts.BY_CODE["closed_late"], "A" * 18)
    assert (moved.number, len(moved.entries), moved.gone) == (1, 0, 1)  # the number stands, the page says what is missing


def test_a_recalculation_is_a_new_version_with_a_reason() -> None:
    made = world.case(handled_at=at(6), closed_at=at(7))
    first = freezing.do_freeze(CITY, MONTH, now=NOW)
    made.exempt = True
    made.save()
    with pytest.raises(Refusal, match="请写明原因"):
        freezing.do_freeze(CITY, MONTH, now=NOW)
    second = freezing.do_freeze(CITY, MONTH, reason="申诉成立后重新计算", now=NOW)
    assert (first.number, second.number) == (1, 2)
    assert values(first)[CITY][2] == "0.00" and values(second)[CITY][2] == "100.00"
    assert freezing.latest(CITY, MONTH.key) == second and first.digest != second.digest


def test_the_same_data_give_the_same_digest() -> None:
    world.case()
    first = freezing.do_freeze(CITY, MONTH, now=NOW)
    assert freezing.do_freeze(CITY, MONTH, reason="复核", now=NOW).digest == first.digest


def test_a_running_period_is_not_frozen() -> None:
    with pytest.raises(Refusal, match="还没有结束"):
        freezing.do_freeze(CITY, parse("2025-12"), now=NOW)
    with pytest.raises(Refusal):
        freezing.do_freeze(CITY, MONTH, now=at(30, 23))


@pytest.mark.parametrize("model", [Run, Standing])
def test_nobody_changes_what_is_frozen(model: type) -> None:
    world.case()
    freezing.do_freeze(CITY, MONTH, now=NOW)
    for statement in (f"UPDATE {model._meta.db_table} SET region_code = region_code", f"DELETE FROM {model._meta.db_table}"):  # type: ignore[attr-defined]
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_new_version_of_a_formula_leaves_past_periods_alone() -> None:
    world.case(handled_at=at(6), closed_at=at(7))
    run = freezing.do_freeze(CITY, MONTH, now=NOW)
    old = Indicator.objects.get(code="closed_on_time_rate", region_code="")
    common = {
        name: getattr(old, name)
        for name in ("code", "name", "family", "unit", "direction", "source", "cycle", "order", "basis", "confidence")
    }
    made = definitions.do_revise_indicator(
        **common, formula="closed_on_time / to_close", region_code=CITY, valid_from=date(2025, 12, 1)
    )
    assert made.number == 1 and Indicator.objects.get(pk=old.pk).valid_to is None  # the city's own, beside everybody's
    after = definitions.do_revise_indicator(**common, formula="closed / to_close", region_code=CITY, valid_from=date(2026, 2, 1))
    assert after.number == 2 and Indicator.objects.get(pk=made.pk).valid_to == date(2026, 2, 1)
    assert values(run)[CITY][3] == 1
    again = freezing.do_freeze(CITY, MONTH, reason="复核", now=NOW)  # November is measured by what was in force in November
    assert again.rules["indicators"]["closed_on_time_rate"][2] == old.formula
    with pytest.raises(Refusal, match="晚于"):
        definitions.do_revise_indicator(**common, formula="closed / to_close", region_code=CITY, valid_from=date(2026, 1, 1))


@pytest.mark.parametrize(("change", "code"), [
    ({"formula": "closed / everything"}, "formula.name"), ({"formula": "closed ** 2"}, "formula.form"), ({"code": "Bad Code"}, "indicator.code"),
    ({"inputs": {"closed": "重名"}}, "indicator.inputs"), ({"source": "heading"}, "indicator.heading"), ({"source": "filed"}, "indicator.filed"),
])  # fmt: skip
def test_a_wrong_indicator_is_refused(change: dict, code: str) -> None:
    values = {
        "code": "mine", "name": "本市指标", "family": "cases", "formula": "closed / to_close", "inputs": {}, "unit": "%", "direction": "higher",
        "source": "platform", "cycle": "month", "region_code": CITY, "valid_from": date(2025, 1, 1), "basis": "测试",
    }  # fmt: skip
    with pytest.raises(Refusal) as refused:
        definitions.do_revise_indicator(**{**values, **change})
    assert refused.value.reasons[0].code == code
    assert not Indicator.objects.filter(code="mine").exists()


def test_a_city_weighs_in_its_own_way_and_a_used_version_stays() -> None:
    from zhujian.boards.city_management.evaluation.models import Composite

    old = Composite.objects.get(code="default", region_code="")
    mine = definitions.do_revise_composite(
        code="default", name="武汉评分办法", target="region", region_code=CITY, valid_from=date(2025, 1, 1), basis="测试"
    )
    assert [part.indicator for part in mine.parts.order_by("order")] == [part.indicator for part in old.parts.order_by("order")]
    part = mine.parts.get(indicator="closed_on_time_rate")
    wanted = {name: getattr(part, name) for name in ("indicator", "scoring", "role", "required", "order")}
    definitions.do_part(mine, part, **wanted, full=60)
    world.case(handled_at=at(6), closed_at=at(7))
    run = freezing.do_freeze(CITY, MONTH, now=NOW)
    score = Standing.objects.get(run=run, target="county", code=COUNTY).scores["default"]
    assert score["full"] == "120.00" and mine.pk in run.rules["composites"]
    with pytest.raises(Refusal, match="新增一个版本"):
        definitions.do_part(mine, part, **wanted, full=70)


def test_the_job_freezes_what_has_ended_once() -> None:
    world.case()
    assert freezing.freeze_ended(at(2, month=12)) == 6  # city and county: October, third quarter, 2024; November waits three days
    made = freezing.freeze_ended(NOW)
    assert made == 2 and Run.objects.filter(period="2025-11").count() == 2
    assert freezing.freeze_ended(NOW) == 0


def test_results_that_are_not_frozen_are_counted_again_when_old() -> None:
    from zhujian.boards.city_management.evaluation.models import Provisional

    what = Asked(CITY, MONTH, "county")
    world.case()
    assert boards.results(what).lines[0].counts["to_close"] == 1
    world.case(community=COMMUNITY)
    assert boards.results(what).lines[0].counts["to_close"] == 1
    Provisional.objects.update(counted_at=at(1))
    assert boards.results(what).lines[0].counts["to_close"] == 2
