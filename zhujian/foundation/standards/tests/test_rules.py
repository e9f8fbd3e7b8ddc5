"""Standard numbers."""

import pytest

from zhujian.foundation.standards.rules import level_of, number_check, tidy


@pytest.mark.parametrize(
    ("no", "level"),
    [
        ("GB/T 30428.2-2013", "national"), ("GB 55009-2021", "national"), ("CJJ 36-2016", "industry"), ("CJJ/T 312-2021", "industry"),
        ("DB42/T 1756-2021", "local"), ("T/CECS 900-2021", "group"), ("鄂建办〔2024〕12号", "office"),
    ],
)  # fmt: skip
def test_numbers_and_levels(no: str, level: str) -> None:
    assert number_check(no) == [] and level_of(no) == level


@pytest.mark.parametrize("no", ["GB30428", "GB/T 30428.2", "GB/T 30428.2-13", "30428-2013", "GB/T 30428.2 -2013", "甲"])
def test_wrong_numbers(no: str) -> None:
    assert [reason.code for reason in number_check(no)] == ["standard.no"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("gb/t30428.2—2013", "GB/T 30428.2-2013"), ("ＧＢ　5749－2022", "GB 5749-2022"), ("DB42/T 1756-2021",) * 2],
)
def test_tidy(typed: str, kept: str) -> None:
    assert tidy(typed) == kept
