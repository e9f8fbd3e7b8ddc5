"""Rules of evaluation: the sheet's numbers, then properties."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.evaluation.rules import composites, formulas, periods, sampling, scoring, surveys
from zhujian.foundation.kernel.errors import Refusal

COUNTS = {"to_handle": 180, "handled": 171, "handled_on_time": 153, "to_close": 170, "suspended": 0, "closed": 165, "closed_on_time": 150,
          "reworks": 9}  # fmt: skip
RATES = {
    "handled / to_handle": "95.00%", "handled_on_time / to_handle": "85.00%", "closed / (to_close - suspended)": "97.06%",
    "closed_on_time / (to_close - suspended)": "88.24%", "reworks / handled": "5.26%",
}  # fmt: skip


def shown(formula: str, counts: dict[str, int]) -> str:
    return formulas.shown(formulas.percent(formulas.calculate(formula, counts).value))


@pytest.mark.parametrize(("formula", "rate"), RATES.items())
def test_scenario_11_rates_to_two_decimals(formula: str, rate: str) -> None:
    assert shown(formula, COUNTS) == rate


@pytest.mark.parametrize("formula", RATES)
def test_scenario_11_nothing_to_do_is_a_dash_and_has_no_rank(formula: str) -> None:
    nothing = dict.fromkeys(COUNTS, 0)
    assert shown(formula, nothing) == "—"
    parts = [composites.Part("rate", Decimal(40))]
    totals = {
        "busy": composites.compose(parts, {"rate": Fraction(85)}, COUNTS).score,
        "idle": composites.compose(parts, {"rate": formulas.calculate(formula, nothing).value}, nothing).score,
    }
    assert totals == {"busy": Decimal("34.00"), "idle": None}
    assert composites.ranks(totals) == {"busy": 1, "idle": None}


def test_pitfall_6_suspended_cases_leave_both_sides() -> None:
    """挂账 leaves the denominator; were it dropped from the numerator only, the rate would fall to 90%."""
    counts = COUNTS | {"to_close": 100, "suspended": 10, "closed": 90}
    assert shown("closed / (to_close - suspended)", counts) == "100.00%"
    assert shown("closed / (to_close - suspended)", counts | {"suspended": 100, "closed": 0}) == "—"


def test_a_formula_keeps_both_sides() -> None:
    value = formulas.calculate("closed / (to_close - suspended)", COUNTS)
    assert (value.numerator, value.denominator) == (165, 170)
    assert formulas.calculate("handled - reworks", COUNTS) == formulas.Value(Fraction(162), None, Fraction(162))
    words = formulas.parse("closed / (to_close - suspended)").words(
        {"closed": "结案数", "to_close": "应结案数", "suspended": "缓办数"}
    )
    assert words == "结案数 ÷ （应结案数 − 缓办数）"


@pytest.mark.parametrize("text", [
    "__import__('os').system('id')", "closed.real", "closed[0]", "closed ** 9", "closed if 1 else 2", "lambda: 1", "'a' * 3", "closed / ", "",
    "True", "9" * 40, "1" + "+1" * 200, "(" * 200 + "1" + ")" * 200, "closed, handled", "closed == 1", "f(closed)", "nobody / closed", "1 / 2",
])  # fmt: skip
def test_what_is_no_formula_is_refused(text: str) -> None:
    assert formulas.check(text, COUNTS)
    with pytest.raises(Refusal):
        formulas.calculate(text, COUNTS)


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    for reason in formulas.check(text, COUNTS):
        assert reason.code.startswith("formula.")


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_rounding_is_half_up_and_exact(top: int, bottom: int) -> None:
    value = formulas.percent(Fraction(top, bottom))
    assert value is not None
    error = Fraction(value) - Fraction(top * 100, bottom)
    assert -Fraction(1, 200) < error <= Fraction(1, 200)


def test_half_goes_up() -> None:
    assert formulas.rounded(Fraction(1, 200)) == Decimal("0.01")
    assert formulas.rounded(Fraction(-1, 200)) == Decimal("-0.01")
    assert formulas.rounded(Fraction(2675, 1000)) == Decimal("2.68")  # a float would say 2.67


SWEEPING = {"kind": "steps", "target": 95, "per": 5, "each": "0.2"}
SORTING = {"kind": "steps", "target": 70, "per": 10, "each": "0.2"}


@pytest.mark.parametrize(("rule", "value", "score"), [
    (SWEEPING, 85, "0.6"), (SWEEPING, 95, "1"), (SWEEPING, 70, "0"), (SORTING, 55, "0.8"), (SWEEPING, 99, "1"), (SWEEPING, 10, "0"),
])  # fmt: skip
def test_scenario_24_scores_count_completed_steps(rule: dict, value: int, score: str) -> None:
    assert scoring.check(rule) == []
    assert scoring.points(rule, 1, Fraction(value)) == Fraction(score)


def test_steps_may_be_begun_or_exact() -> None:
    assert scoring.points(SORTING | {"round": "up"}, 1, Fraction(55)) == Fraction("0.6")
    assert scoring.points(SORTING | {"round": "exact"}, 1, Fraction(55)) == Fraction("0.7")


def test_scenario_24_satisfaction_over_those_who_rated() -> None:
    tally = {"very": 40, "satisfied": 35, "basic": 10, "dissatisfied": 9, "none": 6}
    top, bottom = surveys.satisfaction(tally)
    assert (top, bottom) == (85, 94)
    assert formulas.shown(formulas.percent(Fraction(top, bottom))) == "90.43%"


@given(st.integers(0, 10000), st.integers(0, 10000))
def test_a_better_value_never_scores_less(one: int, other: int) -> None:
    low, high = sorted((Fraction(one, 100), Fraction(other, 100)))
    for rule in (SWEEPING, {"kind": "share"}, {"kind": "bands", "bands": [[90, 1], [80, "0.5"], [0, 0]]}):
        assert scoring.points(rule, 1, low) <= scoring.points(rule, 1, high)  # type: ignore[operator]
    assert scoring.points(SORTING, 1, low, lower=True) >= scoring.points(SORTING, 1, high, lower=True)  # type: ignore[operator]


@pytest.mark.parametrize("rule", [
    None, {}, {"kind": "magic"}, {"kind": "steps", "target": 95}, {"kind": "steps", "target": 95, "per": 0, "each": 1}, {"kind": "bands"},
    {"kind": "bands", "bands": [[1, 2], [3, 4], [2, 1]]}, {"kind": "items", "items": [["nobody", 1]]}, {"kind": "items", "items": [["reworks", -1]]},
    {"kind": "steps", "target": "nan", "per": 1, "each": 1}, {"kind": "steps", "target": 95, "per": 5, "each": 1, "round": "sideways"},
])  # fmt: skip
def test_a_broken_scoring_rule_is_refused(rule: object) -> None:
    assert scoring.check(rule, COUNTS)


JINHUA = [
    composites.Part("closed_on_time_rate", Decimal(50), {"kind": "steps", "target": 70, "per": 1, "each": 1}, required=True),
    composites.Part("closed_rate", Decimal(20), {"kind": "steps", "target": 90, "per": 1, "each": 1}),
    composites.Part("urgent_rate", Decimal(10), {"kind": "share"}),
    composites.Part(
        "rework_rate", Decimal(5), {"kind": "items", "items": [["reworks", "0.2"], ["failed_thrice", "0.5"], ["falsified", 1]]}
    ),
]


def test_the_composite_of_jinhua() -> None:
    values = {
        "closed_on_time_rate": Fraction("65.5"),
        "closed_rate": Fraction(92),
        "urgent_rate": Fraction(80),
        "rework_rate": Fraction(3),
    }
    total = composites.compose(JINHUA, values, {"reworks": 4, "failed_thrice": 1, "falsified": 1})
    # 50 − 4 completed points, 20, 8, 5 − 0.8 − 0.5 − 1
    assert [part.points for part in total.parts] == [Decimal("46.00"), Decimal("20.00"), Decimal("8.00"), Decimal("2.70")]
    assert (total.score, total.full, total.share) == (Decimal("76.70"), Decimal("85.00"), Decimal("90.24"))


def test_a_part_without_a_value_is_left_out_openly() -> None:
    values = {"closed_on_time_rate": Fraction(70), "closed_rate": Fraction(90), "urgent_rate": None, "rework_rate": Fraction(0)}
    total = composites.compose(JINHUA, values, {"reworks": 0, "failed_thrice": 0, "falsified": 0})
    assert total.left_out == Decimal("10.00") and total.score == Decimal("85.00")
    assert (
        composites.compose(
            JINHUA, values | {"closed_on_time_rate": None}, {"reworks": 0, "failed_thrice": 0, "falsified": 0}
        ).score
        is None
    )


def test_bonus_and_deduction_stand_beside_the_full_points() -> None:
    parts = [
        composites.Part("rate", Decimal(100)),
        composites.Part("good", Decimal(5), {"kind": "items", "items": [["praised", 2]]}, role="bonus"),
        composites.Part("bad", Decimal(10), {"kind": "items", "items": [["falsified", 3]]}, role="deduction"),
    ]
    total = composites.compose(parts, {"rate": Fraction(90)}, {"praised": 4, "falsified": 1})
    assert (total.score, total.full) == (Decimal("92.00"), Decimal("100.00"))  # 90 + 5 (at most) − 3


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.one_of(st.none(), st.decimals(0, 100, places=2)), max_size=12))
def test_ranking_with_ties(scores: dict[str, Decimal | None]) -> None:
    places = composites.ranks(scores)
    for key, score in scores.items():
        better = sum(1 for other in scores.values() if score is not None and other is not None and other > score)
        assert places[key] == (None if score is None else better + 1)


def test_grades_include_their_bound() -> None:
    grades = [composites.Grade(Decimal(b), c, c, "") for b, c in ((90, "A"), (80, "B"), (70, "C"), (0, "D"))]
    assert [composites.grade(Decimal(s), grades).code for s in ("90", "89.99", "70", "12")] == ["A", "B", "C", "D"]  # type: ignore[union-attr]
    assert composites.grade(None, grades) is None


@given(st.dates(date(2000, 1, 8), date(2099, 12, 1)), st.sampled_from(sorted(periods.KINDS)))
def test_periods_are_written_and_read_and_follow_each_other(day: date, kind: str) -> None:
    period = periods.containing(kind, day)
    assert period.start <= day < period.end and periods.parse(period.key) == period
    assert period.previous.end == period.start and period.following.start == period.end
    assert not period.over(period.end - timedelta(days=1)) and period.over(period.end)


@pytest.mark.parametrize(
    "text", ["", "2025-13", "2025-02-30", "2025-W54", "2025-Q5", "25", "1999", "3000", "２０２５", "2025-11'--"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        periods.parse(text)


POPULATION = {"一级": [f"A{n}" for n in range(60)], "二级": [f"B{n}" for n in range(30)], "三级": [f"C{n}" for n in range(10)]}


def test_a_sample_can_be_drawn_again_and_by_nobody_else() -> None:
    seed = "0123456789abcdef"
    drawn = sampling.draw(POPULATION, 20, seed)
    shuffled = {name: list(reversed(codes)) for name, codes in reversed(POPULATION.items())}
    assert drawn == sampling.draw(shuffled, 20, seed) and sampling.verify(shuffled, 20, seed, drawn)
    assert [sum(1 for s, _ in drawn if s == name) for name in POPULATION] == [12, 6, 2]
    assert drawn != sampling.draw(POPULATION, 20, "0123456789abcdeg")
    assert sampling.fingerprint(shuffled) == sampling.fingerprint(POPULATION)
    assert sampling.fingerprint(POPULATION | {"三级": []}) != sampling.fingerprint(POPULATION)


@given(st.dictionaries(st.text(min_size=1, max_size=2), st.integers(0, 50), min_size=1, max_size=6), st.integers(1, 120))
def test_strata_add_up(numbers: dict[str, int], size: int) -> None:
    found = sampling.sizes(numbers, size)
    assert sum(found.values()) == min(size, sum(numbers.values()))
    assert all(0 <= found[name] <= numbers[name] for name in numbers)


QUESTIONS = [{"code": f"q{n}", "text": "您是否满意？", "kind": "grade"} for n in range(6)]


def test_valid_answers() -> None:
    rules = surveys.Validity(seconds=20, straight_from=6)
    good = {f"q{n}": "very" if n else "satisfied" for n in range(6)}
    judge = lambda answers, seconds=30.0, repeated=False, questions=QUESTIONS: surveys.judge(  # noqa: E731
        questions, answers, seconds=seconds, repeated=repeated, rules=rules
    )
    assert surveys.check(QUESTIONS) == [] and judge(good) == []
    assert judge(good, seconds=19.9) == ["fast"] and judge(good, repeated=True) == ["repeated"]
    assert judge(good | {"q3": ""}) == ["missing"] and judge(good | {"q3": "wow"}) == ["unknown"]
    assert judge(good | {"q0": "very"}) == ["straight"]
    trap = [*QUESTIONS, {"code": "trap", "text": "请选“不满意”", "kind": "grade", "expected": "dissatisfied"}]
    assert (
        judge(good | {"trap": "very"}, questions=trap) == ["attention"]
        and judge(good | {"trap": "dissatisfied"}, questions=trap) == []
    )
