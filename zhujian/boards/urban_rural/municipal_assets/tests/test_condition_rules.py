"""Bridges, roads, lamps, covers, water and upkeep: the scenarios of urban-rural-construction.md §22 and the pitfalls of §21."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.urban_rural.municipal_assets.rules import bridges, condition, manholes, upkeep, water

CURVE = (D("3.0"), D("-5.5"), D("3.5"))
CUTS = [(D(90), "A"), (D(80), "B"), (D(66), "C"), (D(50), "D"), (D(0), "E")]
DECK = {
    "paving": D("0.30"),
    "approach": D("0.15"),
    "joint": D("0.25"),
    "drainage": D("0.10"),
    "footway": D("0.10"),
    "railing": D("0.10"),
}
GROUPS = {"m": D("0.15"), "s": D("0.40"), "x": D("0.45")}
PARTS = {
    "m": {"": DECK}, "s": {"": {"girder": D("0.6"), "cross_link": D("0.4")}},
    "x": {
        "pier": {"cap": D("0.15"), "shaft": D("0.30"), "foundation": D("0.40"), "bearing": D("0.15")},
        "abutment": {"seat": D("0.15"), "body": D("0.20"), "foundation": D("0.40"), "bearing": D("0.25")},
    },
}  # fmt: skip


def test_22_8_combined_deductions() -> None:
    assert bridges.deduction([D(20)], CURVE) == 20
    assert bridges.deduction([D(15), D(10)], CURVE).quantize(D("0.01")) == D("18.64")
    assert bridges.deduction([], CURVE) == 0


def test_21_6_a_missing_part_is_left_out_neither_100_nor_0() -> None:
    scores = {"paving": D(80), "joint": D(60)}
    assert bridges.group_score(scores, DECK) == (D(80) * D("0.30") + D(60) * D("0.25")) / D("0.55")
    assert bridges.group_score({}, DECK) is None


def test_21_6_bci_is_no_plain_mean() -> None:
    groups = {"m": D(100), "s": D(70), "x": D(60)}
    assert bridges.index(groups, GROUPS) == D("70.00")  # the mean would be 76.67
    assert bridges.index({**groups, "m": None}, GROUPS) == (D(70) * D("0.40") + D(60) * D("0.45")) / D("0.85")


def test_21_6_a_critical_defect_overrides_with_its_reason() -> None:
    fine = bridges.verdict(D(92), CUTS, [])
    assert (fine.grade, fine.reason) == ("A", "")
    broken = bridges.verdict(D(92), CUTS, [bridges.Critical("cable_E", "主缆断裂", "E")])
    assert (broken.grade, broken.computed) == ("E", "A") and "主缆断裂" in broken.reason
    already = bridges.verdict(D(40), CUTS, [bridges.Critical("scour_D", "冲刷", "D")])
    assert already.grade == "E"  # never better than the points say


@pytest.mark.parametrize(
    ("score", "grade"),
    [("100", "A"), ("90", "A"), ("89.99", "B"), ("80", "B"), ("66", "C"), ("65.99", "D"), ("50", "D"), ("49.99", "E")],
)
def test_grades_include_their_lower_bound(score: str, grade: str) -> None:
    assert bridges.grade_of(D(score), CUTS) == grade


def test_first_class_bridges_by_their_worst_element() -> None:
    parts = {"girder": D(95), "bearing": D(60)}
    bad = bridges.verdict_first_class(parts, D(66), [], {"bearing": "支座"})
    assert (bad.grade, bad.worst) == ("不合格", "bearing") and "支座" in bad.reason
    assert bridges.verdict_first_class({"girder": D(66)}, D(66), [], {}).grade == "合格"
    critical = [bridges.Critical("cable_E", "拉索断裂", "E")]
    assert bridges.verdict_first_class({"girder": D(99)}, D(66), critical, {}).grade == "不合格"


def test_assessment_of_spans_and_supports() -> None:
    present = {
        "m": {"": list(DECK)}, "s": {"1": ["girder", "cross_link"], "2": ["girder"]},
        "x": {"0#": ["seat", "body", "foundation", "bearing"], "1#": ["cap", "shaft", "foundation", "bearing"]},
    }  # fmt: skip
    points = {("m", "", "paving"): [D(15), D(10)], ("s", "2", "girder"): [D(20)], ("x", "0#", "foundation"): [D(40)]}
    made = bridges.assess(
        present, points, curve=CURVE, group_weights=GROUPS, part_weights=PARTS, support_kind={"0#": "abutment", "1#": "pier"}
    )
    assert made.groups["m"] is not None and made.groups["m"].quantize(D("0.001")) == D("94.408")  # 100 − 0.30 · 18.64
    assert made.groups["s"] == 90 and made.groups["x"] == 92
    assert made.bci is not None and made.bci.quantize(D("0.01")) == D("91.56") and made.complete


POINTS = st.lists(st.decimals(0, 100, places=1, allow_nan=False), max_size=6)


@given(POINTS)
def test_a_part_scores_between_0_and_100(points: list[D]) -> None:
    assert 0 <= bridges.part_score(points, CURVE) <= 100


@given(POINTS, st.decimals(0, 1, places=2, allow_nan=False))
def test_lighter_defects_in_proportion_score_no_worse(points: list[D], share: D) -> None:
    assert bridges.part_score([p * share for p in points], CURVE) >= bridges.part_score(points, CURVE) - D("1e-20")


SCORE = st.decimals(0, 100, places=2, allow_nan=False)


@given(st.dictionaries(st.sampled_from(list(GROUPS)), SCORE, min_size=1), st.sampled_from(list(GROUPS)), SCORE)
def test_bci_lies_between_0_and_100_and_rises_with_each_group(groups: dict[str, D], key: str, better: D) -> None:
    low = bridges.index(groups, GROUPS)
    assert low is not None and 0 <= low <= 100
    if key in groups and better >= groups[key]:
        high = bridges.index({**groups, key: better}, GROUPS)
        assert high is not None and high >= low - D("1e-20")


def test_road_grades_depend_on_the_road() -> None:
    express, branch = [[90, "A"], [75, "B"], [65, "C"], [0, "D"]], [[80, "A"], [65, "B"], [60, "C"], [0, "D"]]
    assert condition.graded(D(82), express) == "B" and condition.graded(D(82), branch) == "A"
    assert condition.graded(D(59), branch) == "D"
    with pytest.raises(KeyError):
        condition.common_scale("X", {"A": 1})


def test_22_14_lit_rate() -> None:
    rate = condition.lit_rate(9720, 10000, D(98))
    assert rate.percent == D("97.20") and rate.short
    assert not condition.lit_rate(9800, 10000, D(98)).short
    assert condition.lit_rate(0, 0, D(98)).percent is None
    with pytest.raises(ValueError, match="between"):
        condition.lit_rate(11, 10, D(98))


def test_22_15_tilted_cover() -> None:
    limit = D(15)
    with_ticket = manholes.judge_tilt(D(18), displaced=False, ticket_open=True, limit=limit)
    assert (with_ticket.alarm, with_ticket.ticket) == (False, True)
    without = manholes.judge_tilt(D(18), displaced=False, ticket_open=False, limit=limit)
    assert without.alarm and without.state in manholes.URGENT
    assert manholes.clocks(without.state, {"guard": 1, "urgent": 24, "other": 72}) == manholes.Clocks(1, 24)
    assert not manholes.judge_tilt(D(15), displaced=False, ticket_open=False, limit=limit).alarm
    assert manholes.judge_tilt(D(0), displaced=True, ticket_open=False, limit=limit).alarm


def test_limits_of_cover_states() -> None:
    limits = {"guard": 1, "urgent": 24, "other": 72}
    assert manholes.clocks("missing", limits) == manholes.Clocks(1, 24)
    assert manholes.clocks("broken", limits) == manholes.Clocks(None, 72)
    assert manholes.clocks("normal", limits) is None
    assert manholes.sunk(D("15.1"), D(15)) and not manholes.sunk(D(15), D(15))


LEAK = {
    "household": D("0.08"), "length": {"slope": D("0.99"), "offset": D("0.0693"), "clamp": 3},
    "pressure": [[D("0.75"), 2], [D("0.55"), 1], [D("0.35"), D("0.5")]], "frost": {"above": D("1.4"), "percent": 1},
    "grades": [[10, "一级"], [12, "二级"], ["", "不达标"]],
}  # fmt: skip


def leak(pressure: str = "0.40", frozen: str = "0", km: int = 900) -> water.Leakage:
    return water.leakage(
        D(10000), D(8600), household_share=D("0.30"), pipe_km=D(km), pressure_mpa=D(pressure), frozen_m=D(frozen), rules=LEAK
    )


def test_22_6_leakage() -> None:
    made = leak()
    assert made.gross == 14 and made.corrections == (D("2.4"), D("2.0493"), D("0.5"), D(0))
    assert made.correction == D("4.9493") and made.net.quantize(D("0.01")) == D("9.05") and made.grade == "一级"
    region = water.region_leakage([(D(9), D(10000)), (D(13), D(5000))])
    assert (
        region is not None and region.quantize(D("0.01")) == D("10.33") and water.leakage_grade(region, LEAK["grades"]) == "二级"
    )


def test_21_5_the_grade_looks_at_the_corrected_rate() -> None:
    assert water.leakage_grade(leak().gross, LEAK["grades"]) == "不达标" and leak().grade == "一级"


def test_leakage_steps_and_clamp() -> None:
    steps = {"0.35": D(0), "0.36": D("0.5"), "0.55": D("0.5"), "0.56": D(1), "0.75": D(1), "0.76": D(2)}
    assert {p: leak(pressure=p).corrections[2] for p in steps} == steps
    assert leak(frozen="1.4").corrections[3] == 0 and leak(frozen="1.41").corrections[3] == 1
    assert leak(km=9000).corrections[1] == 3 and leak(km=0).corrections[1] == -3


def test_22_12_service_head() -> None:
    rule = {"first": 10, "second": 12, "each": 4}
    assert [water.service_head(n, rule) for n in (6, 1, 2, 3)] == [28, 10, 12, 16]
    with pytest.raises(ValueError, match="floor"):
        water.service_head(0, rule)


def test_22_13_net_leak_of_a_district() -> None:
    made = water.net_leak(D("11.5"), 1200, D(2))
    assert (made.per_hour, made.per_day) == (D("9.1"), D("218.4")) and made.per_year_wan.quantize(D("0.001")) == D("7.972")
    assert water.net_leak(D(1), 1200, D(2)).per_hour == 0


def test_due_days() -> None:
    assert upkeep.after(date(2026, 11, 23), 7, "day") == date(2026, 11, 30)
    assert upkeep.after(date(2024, 2, 29), 1, "year") == date(2025, 2, 28)
    assert upkeep.after(date(2026, 1, 31), 1, "month") == date(2026, 2, 28)
    assert list(upkeep.dues(date(2026, 1, 1), 3, "day", date(2026, 1, 8))) == [
        date(2026, 1, 4),
        date(2026, 1, 7),
        date(2026, 1, 10),
    ]
    assert upkeep.overdue_days(date(2026, 1, 4), date(2026, 1, 4)) == 0
    assert upkeep.overdue_days(date(2026, 1, 4), date(2026, 1, 6)) == 2


def test_coverage_counts_done_and_punctual() -> None:
    day = date(2026, 1, 10)
    made = upkeep.coverage([(day, day), (day, date(2026, 1, 12)), (day, None)])
    assert (made.due, made.done, made.on_time) == (3, 2, 1) and made.rate == D("66.67") and made.punctual == D("33.33")
    assert upkeep.coverage([]).rate is None


def test_21_12_nobody_verifies_their_own_repair() -> None:
    assert upkeep.may_verify(1, 2) and not upkeep.may_verify(1, 1) and not upkeep.may_verify(1, None)
