"""Grid codes, extensions, notation of limits (urban-management.md §1.1, §1.6, §7 rows 1–5 and 13)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.digital_city.rules import grids, limits
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.worktime.rules import Limit


def test_scenario_13_parsing_the_old_code_and_the_full_community() -> None:
    """urban-management.md §7 row 13."""
    code = grids.parse("110101001001003")
    assert (code.county, code.street, code.community, code.sequence, code.town_kind) == ("110101", "001", "001", "003", "street")
    old = grids.parse("11010100100103")
    assert (str(old), old.alias) == ("110101001001003", "11010100100103")
    assert [r.code for r in grids.check("11010100100100A")] == ["grid.code.digits"]
    used = [f"110101001001{n:03d}" for n in range(1, 1000)]
    with pytest.raises(Refusal, match="已用到999"):
        grids.next_code("110101001001", used)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("11010100100100", "grid.code.sequence"), ("1101010010010", "grid.code.length"), ("110101001000001", "grid.code.community"),
        ("１１０１０１００１００１００３", "grid.code.digits"), ("", "grid.code.digits"),
    ],
)  # fmt: skip
def test_what_is_no_grid_code(code: str, found: str) -> None:
    assert [r.code for r in grids.check(code)] == [found]


@pytest.mark.parametrize(
    ("street", "kind"), [("099", "street"), ("100", "town"), ("399", "township"), ("400", "merged"), ("600", "")]
)
def test_the_street_segment_says_what_the_town_is(street: str, kind: str) -> None:
    assert grids.parse(f"420106{street}001001").town_kind == kind


@given(st.sets(st.integers(1, 998)))
def test_a_new_code_was_never_given_before(used: set[int]) -> None:
    codes = [f"420106001001{n:03d}" for n in used]
    made = grids.next_code("420106001001", codes)
    assert made not in codes
    assert grids.check(made) == []
    assert all(made > code for code in codes)


@pytest.mark.parametrize(
    ("text", "limit", "words"),
    [
        ("2U", Limit(2, "hour"), "2个紧急工作时"), ("1UD", Limit(24, "hour"), "1个紧急工作日"), ("4H", Limit(4, "working_hour"), "4个工作时"),
        ("15D", Limit(15, "office_day"), "15个工作日"), ("30M", Limit(30, "minute"), "30分钟"), (" 4h ", Limit(4, "working_hour"), "4个工作时"),
    ],
)  # fmt: skip
def test_limits_as_schedules_write_them(text: str, limit: Limit, words: str) -> None:
    assert limits.read(text) == limit
    assert limits.words(text) == words


@given(st.text(max_size=6))
def test_anything_else_is_refused(text: str) -> None:
    try:
        found = limits.read(text)
    except Refusal as refusal:
        assert refusal.code == "limit.notation"
    else:
        assert found.amount > 0
