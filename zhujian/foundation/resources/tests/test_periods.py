"""Valid time of versioned resources: stages, instants, intervals and their edges, played against a plain reading of the rule."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.valid_time import ValidTime, stage
from zhujian.foundation.resources import periods

TODAY = date(2026, 6, 15)


class Thing(ValidTime):
    """Never a table: only its being versioned matters here."""

    class Meta:
        abstract = True


RESOURCE = SimpleNamespace(model=Thing)


def holds(params: dict[str, str], start: date, end: date | None, planned: bool) -> bool:
    """Evaluate the condition as PostgreSQL would, on one row."""
    condition = periods.valid_time_condition(RESOURCE, params, on=TODAY)  # type: ignore[arg-type]
    if condition is None:
        return True
    sql, values = condition
    given_values = iter(values)
    text = sql.replace('t."valid_from"', "start").replace('t."planned"', "planned")
    text = text.replace('t."valid_to" IS NULL', "end is None").replace('t."valid_to" <=', "end is not None and end <=")
    text = text.replace('t."valid_to" >', "end >").replace("NOT", "not").replace("AND", "and").replace("OR", "or")
    names = {"start": start, "end": end, "planned": planned}
    while "%s" in text:
        key = f"v{len(names)}"
        names[key] = next(given_values)
        text = text.replace("%s", key, 1)
    return bool(eval(text, {}, names))


days = st.dates(date(2000, 1, 1), date(2050, 1, 1))


@given(days, st.none() | st.integers(1, 9000), st.booleans())
def test_each_stage_is_what_the_kernel_calls_it(start: date, length: int | None, planned: bool) -> None:
    end = start + timedelta(days=length) if length else None
    for name in ("present", "history", "planned"):
        assert holds({"stage": name}, start, end, planned) == (stage(start, end, planned, TODAY) == name)
    assert holds({"stage": "all"}, start, end, planned)
    assert holds({}, start, end, planned) == (stage(start, end, planned, TODAY) == "present")


@given(days, st.none() | st.integers(1, 9000), days, days)
def test_an_interval_meets_what_was_true_on_one_of_its_days(start: date, length: int | None, one: date, other: date) -> None:
    end = start + timedelta(days=length) if length else None
    low, high = sorted((one, other))
    meets = start <= high and (end is None or end > low)
    assert holds({"datetime": f"{low}/{high}"}, start, end, False) == meets
    assert holds({"datetime": f"{low}/.."}, start, end, False) == (end is None or end > low)
    assert holds({"datetime": f"../{high}"}, start, end, False) == (start <= high)
    assert holds({"datetime": f"/{high}"}, start, end, False) == (start <= high)
    assert holds({"datetime": "../.."}, start, end, False)
    assert holds({"datetime": str(low)}, start, end, False) == (start <= low and (end is None or end > low))


def test_edges_are_half_open() -> None:
    start, end = date(2020, 1, 1), date(2021, 1, 1)
    assert holds({"datetime": "2020-01-01"}, start, end, False)
    assert holds({"datetime": "2020-12-31"}, start, end, False)
    assert not holds({"datetime": "2021-01-01"}, start, end, False)
    assert not holds({"datetime": "2019-12-31"}, start, end, False)
    assert holds({"datetime": "2019-01-01/2020-01-01"}, start, end, False)
    assert not holds({"datetime": "2021-01-01/.."}, start, end, False)


def test_plans_show_only_for_a_time_to_come_or_when_asked() -> None:
    start = date(2024, 1, 1)
    assert not holds({"datetime": "2025-01-01"}, start, None, True)
    assert holds({"datetime": "2027-01-01"}, start, None, True)
    assert holds({"datetime": "2025-01-01/.."}, start, None, True)
    assert holds({"datetime": "2025-01-01", "stage": "planned"}, start, None, True)
    assert not holds({"datetime": "2027-01-01", "stage": "present"}, start, None, True)
    assert holds({"datetime": "2025-01-01", "stage": "all"}, start, None, True)


def test_an_instant_counts_as_its_day_in_china() -> None:
    assert periods.parse_interval("2025-12-31T16:00:00Z") == (date(2026, 1, 1), date(2026, 1, 1))
    assert periods.parse_interval("2025-12-31T15:59:59.999999999Z") == (date(2025, 12, 31), date(2025, 12, 31))
    assert periods.parse_interval("2026-01-01T00:00:00+08:00/..") == (date(2026, 1, 1), None)


@pytest.mark.parametrize(
    "text",
    ["2026", "2026-13-01", "2026-02-30", "2026-01-01/2025-01-01", "a/b", "1/2/3", "2026-01-01T00:00:00", "０-01-01", "2026-01-01T25:00:00Z",
     "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:60Z", "'; DROP", "2026-01-01/x"],
)  # fmt: skip
def test_what_names_no_time_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        periods.valid_time_condition(RESOURCE, {"datetime": text})  # type: ignore[arg-type]
    assert caught.value.code == "filter.datetime"


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        low, high = periods.parse_interval(text)
    except Refusal as refusal:
        assert refusal.code == "filter.datetime"
    else:
        assert low is None or high is None or low <= high


def test_a_wrong_stage_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        periods.valid_time_condition(RESOURCE, {"stage": "now"})  # type: ignore[arg-type]
    assert caught.value.code == "filter.stage"
