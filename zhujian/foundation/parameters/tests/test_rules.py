"""Parameters without a database: what counts where and when, and what an official may type."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.parameters import rules
from zhujian.foundation.parameters.rules import Parameter

VALUES = {
    "int": st.integers(-(10**14), 10**14),
    "decimal": st.decimals(-(10**9), 10**9, places=4),
    "bool": st.booleans(),
    "text": st.text("abc数据 ", min_size=1).map(str.strip).filter(bool),
    "json": st.lists(st.integers(-(2**53), 2**53) | st.text('甲乙"\\', max_size=3))
    | st.dictionaries(st.text("ab", max_size=2), st.booleans()),
}


def version(value: object, start: date, end: date | None = None, region: str = "") -> Parameter:
    return Parameter("k", value, "", 1, "b", "A", region, valid_from=start, valid_to=end)


def test_regions_that_may_decide_nearest_first() -> None:
    assert rules.covering("420106012001") == (
        "420106012001", "420106012000", "420106000000", "420100000000", "420000000000", "",
    )  # fmt: skip
    assert rules.covering("420000000000") == ("420000000000", "")
    assert rules.covering("") == ("",)


def test_the_nearest_region_wins_on_its_days_only() -> None:
    day = date(2026, 1, 1)
    found = [
        version(1, date(2020, 1, 1)),
        version(2, day, day + timedelta(10), "420100000000"),
        version(3, day, None, "420106000000"),
    ]
    assert rules.pick(found, day, "420106012000").value == 3
    assert rules.pick(found, day, "420102000000").value == 2
    assert rules.pick(found, day + timedelta(10), "420102000000").value == 1
    assert rules.pick(found, day - timedelta(1), "420106000000").value == 1
    assert rules.pick(found, date(2019, 1, 1), "420106000000") is None


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])))
def test_what_a_form_shows_is_read_back_as_the_same_value(pair: tuple[str, object]) -> None:
    kind, value = pair
    found, reasons = rules.parse(kind, rules.show(kind, value))
    assert reasons == []
    assert found == value
    assert type(found) is type(value)
    assert rules.kind_of(value) == kind


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", ""), ("int", "1.5"), ("int", "１"), ("int", "9" * 30), ("decimal", "NaN"), ("decimal", "1e999999"), ("decimal", "80%"),
        ("bool", "true"), ("date", "2026-02-30"), ("json", "{"), ("json", "3"), ("json", "[NaN]"), ("json", "[99999999999999999999999]"), ("json", '["\\u0000"]'), ("json", '["\\ud800"]'),
        ("json", "[" * 100_000), ("json", '"text"'),
    ],
)  # fmt: skip
def test_what_is_no_value_is_refused_with_a_field(kind: str, text: str) -> None:
    _, (reason,) = rules.parse(kind, text)
    assert reason.field == "value"


def test_dates_are_kept_as_iso_text_and_revived() -> None:
    text, reasons = rules.parse("date", "2026-01-01")
    assert (text, reasons) == ("2026-01-01", [])
    assert rules.revive("date", text) == date(2026, 1, 1)
    assert rules.revive("decimal", 1) == Decimal(1)


def test_bounds_include_their_ends() -> None:
    assert rules.within(1, 1, 1) == []
    assert [r.code for r in rules.within(0, 1, None)] == ["parameters.value.least"]
    assert [r.code for r in rules.within(Decimal("1.01"), 0, 1)] == ["parameters.value.most"]


def test_a_table_keeps_its_shape() -> None:
    assert rules.same_shape({"a": 1}, {"a": 2, "b": 3}) == []
    assert rules.same_shape([1], [2, 3]) == []
    assert rules.same_shape({"a": 1}, {"b": 1})
    assert rules.same_shape([1], {"a": 1})


def test_display() -> None:
    assert rules.display("json", [90, 30, 7]) == "90、30、7"
    assert rules.display("json", [{"a": 1}]) == '[{"a":1}]'
    assert rules.display("bool", True) == "是"
    assert rules.display("date", date(2026, 1, 1)) == "2026-01-01"
