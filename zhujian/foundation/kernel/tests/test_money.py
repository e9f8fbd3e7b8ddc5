"""Money: half up to 分, exact splits, 万元 only for display."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.kernel import money


def test_half_up_to_fen() -> None:
    assert money.yuan("0.005") == Decimal("0.01")
    assert money.yuan("2.675") == Decimal("2.68")
    assert money.yuan("-0.005") == Decimal("-0.01")
    assert str(money.yuan("-0.001")) == "0.00"
    assert str(money.yuan(3)) == "3.00"


@pytest.mark.parametrize("value", [0.1, True])
def test_floats_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        money.yuan(value)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        money.from_wan(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_money_is_finite(value: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        money.yuan(value)


def test_split_by_largest_remainder() -> None:
    assert money.split(Decimal("100.00"), [1, 1, 1]) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert money.split(Decimal("0.05"), [1, 0, 3]) == [Decimal("0.01"), Decimal("0.00"), Decimal("0.04")]
    assert money.split(Decimal("-1.00"), [1, 2]) == [Decimal("-0.33"), Decimal("-0.67")]
    for bad in ([], [0, 0], [1, -1]):
        with pytest.raises(ValueError, match="weights"):
            money.split(Decimal(1), bad)


@given(st.decimals(-(10**12), 10**12, places=2), st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any))
def test_a_split_adds_up_and_strays_less_than_one_fen(total: Decimal, weights: list[int]) -> None:
    parts = money.split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) < money.FEN
        assert weight or part == 0


def test_display() -> None:
    assert money.show(Decimal("1234567.8")) == "1,234,567.80"
    assert money.show_wan(Decimal("1234567.8")) == "123.46 万元"
    assert money.show_wan(Decimal("1234550"), 4) == "123.4550 万元"
    assert money.from_wan("20000") == Decimal("200000000.00")
