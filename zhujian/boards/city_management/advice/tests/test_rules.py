"""Words, judgement and the ranking of duplicates, without a database."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.advice.rules import duplicates, quality, text

WEIGHTS = {"constant": -3.0, "nearness": 3.0, "recency": 1.5, "likeness": 3.0, "same_component": 2.5}


def test_no_number_survives_and_width_does_not_matter() -> None:
    assert text.clean("路灯１３８００１３８０００不亮！！") == "路灯0不亮"
    assert text.grams("ＡＢ灯") == text.grams("ab灯") == ["a", "b", "灯", "ab", "b灯", "ab灯"]
    assert text.grams("") == text.grams("。。。") == []


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_a_share_the_same_both_ways(one: str, other: str) -> None:
    found = text.likeness(one, other)
    assert 0 <= found <= 1 + 1e-9
    assert found == pytest.approx(text.likeness(other, one))
    assert text.likeness(one, one) == pytest.approx(1 if text.grams(one) else 0)


@given(st.text(max_size=500))
def test_no_digit_is_ever_a_feature(words: str) -> None:
    assert not any(sign.isdecimal() and sign != "0" for gram in text.grams(words) for sign in gram)


def test_quality_counts_what_it_says() -> None:
    found = quality.quality(["a", "a", "b", "c"], [["a", "b"], ["b", "a"], ["b"], []], "a")
    assert (found.rows, found.right, found.listed, found.usual) == (4, 2, 3, 2)
    assert found.accuracy == 0.5
    by_label = {one.label: one for one in found.classes}
    assert by_label["a"].recall == 0.5 and by_label["a"].precision == 1.0
    assert by_label["c"].precision is None  # never answered: no share, not 0
    assert found.mistaken == (("a", "b", 1),)
    assert quality.quality([], [], "a").accuracy is None
    with pytest.raises(ValueError, match="length"):
        quality.quality(["a"], [], "a")


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 50)), min_size=1, max_size=60), st.floats(0.01, 1))
def test_captured_is_a_part_and_the_best_order_is_never_beaten(rows: list[tuple[float, int]], share: float) -> None:
    told, actual = [r[0] for r in rows], [r[1] for r in rows]
    inside, total, places = quality.captured(told, actual, share)
    best, _, _ = quality.captured([float(a) for a in actual], actual, share)
    assert 0 <= inside <= best <= total == sum(actual)
    assert 1 <= places <= len(rows)


@given(st.floats(0, 200), st.floats(0, 1000), st.floats(0, 1), st.booleans())
def test_nearer_sooner_and_more_alike_is_never_less_likely(distance: float, hours: float, like: float, same: bool) -> None:
    here = duplicates.share(duplicates.features(distance, 30, hours, like, same), WEIGHTS)
    assert 0 < here < 1
    closer = duplicates.features(distance / 2, 30, hours / 2, math.sqrt(like), same)
    assert duplicates.share(closer, WEIGHTS) >= here - 1e-12
    assert duplicates.share(duplicates.features(distance, 30, hours, like, True), WEIGHTS) >= here - 1e-12


def test_a_case_out_of_reach_is_not_near() -> None:
    assert duplicates.features(31, 30, 0, 0, False)["nearness"] == 0
    assert duplicates.features(5, 0, 0, 0, False)["nearness"] == 0
