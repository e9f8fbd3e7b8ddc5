"""Pure: devices and their alarms, and what a data set's light says (urban-management.md §3.2, §3.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.data_reporting.rules import monitoring, standing

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
WATER = {"blue": Decimal("0.05"), "yellow": Decimal("0.10"), "orange": Decimal("0.15"), "red": Decimal("0.27")}
PRESSURE = {"blue": Decimal("0.28"), "yellow": None, "orange": Decimal("0.20"), "red": Decimal("0.16")}


@pytest.mark.parametrize(
    ("value", "level", "limit"),
    [("0.04", "", "0.05"), ("0.05", "blue", "0.05"), ("0.1499", "yellow", "0.10"), ("0.27", "red", "0.27"), ("9", "red", "0.27")],
)
def test_a_value_at_its_threshold_is_an_alarm(value: str, level: str, limit: str) -> None:
    assert monitoring.judge(Decimal(value), WATER, "above") == (level, Decimal(limit))


def test_low_pressure_alarms_downwards_and_a_device_without_thresholds_never() -> None:
    assert monitoring.judge(Decimal("0.17"), PRESSURE, "below") == ("orange", Decimal("0.20"))
    assert monitoring.judge(Decimal("0.30"), PRESSURE, "below") == ("", Decimal("0.28"))
    assert monitoring.judge(Decimal("1"), {}, "above") == ("", None)


def test_codes_and_thresholds_that_cannot_be_are_refused() -> None:
    assert monitoring.code_reasons("420111010101000001", 18, "420111000000") == []
    assert [r.code for r in monitoring.code_reasons("42011101010100000１", 18, "420111000000")] == ["device.code"]
    assert [r.code for r in monitoring.code_reasons("420106010101000001", 18, "420111000000")] == ["device.county"]
    assert monitoring.code_reasons("420106010101000001", 18, "420100000000") == [], (
        "a city's device may stand in any of its counties"
    )
    assert monitoring.threshold_reasons(WATER, "above") == monitoring.threshold_reasons(PRESSURE, "below") == []
    assert [r.field for r in monitoring.threshold_reasons(WATER | {"red": Decimal("0.1")}, "above")] == ["red"]
    assert [r.field for r in monitoring.threshold_reasons(PRESSURE | {"red": Decimal("0.3")}, "below")] == ["red"]


LIMIT = st.none() | st.decimals(min_value=-100, max_value=100, places=2)


@given(st.fixed_dictionaries(dict.fromkeys(monitoring.LEVELS, LIMIT)), st.decimals(min_value=-100, max_value=100, places=2),
       st.sampled_from(["above", "below"]))  # fmt: skip
def test_the_alarm_is_the_gravest_that_is_met(limits: dict[str, Decimal | None], value: Decimal, direction: str) -> None:
    level, limit = monitoring.judge(value, limits, direction)

    def met(name: str) -> bool:
        one = limits[name]
        return one is not None and (value >= one if direction == "above" else value <= one)

    assert level == next((name for name in monitoring.LEVELS if met(name)), "")
    assert (limit is None) == all(one is None for one in limits.values())


def facts(**given_: object) -> standing.Facts:
    return standing.Facts("hourly", looked=NOW, last=NOW, rows=10, **given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "light", "opens"),
    [
        ({}, "green", ""), ({"here": False}, "grey", ""), ({"failed": 1, "rejected": 2}, "red", "failed"), ({"rejected": 2}, "yellow", "rejected"),
        ({"state": "different", "missing": 3}, "yellow", "reconciliation"), ({"active": False}, "grey", "peer"),
        ({"active": False, "rejected": 1}, "yellow", "rejected"), ({"addressed": False}, "grey", "peer"),
        ({"waiting": 5, "oldest": NOW - timedelta(minutes=61)}, "yellow", "waiting"), ({"waiting": 5, "oldest": NOW}, "green", ""),
        ({"state": "unreachable"}, "yellow", "reconciliation"), ({"state": "balanced"}, "green", ""),
    ],
)  # fmt: skip
def test_the_gravest_thing_decides_the_light_of_what_we_push(known: dict[str, object], light: str, opens: str) -> None:
    said = standing.sending(facts(**known), NOW)
    assert (said.light, said.opens) == (light, opens) and said.words and said.following.endswith("。")


def test_what_we_receive_is_asked_for_when_it_stays_away() -> None:
    assert standing.receiving(facts(), NOW).light == "green"
    assert "超过24小时" in standing.receiving(facts(), NOW + timedelta(hours=25)).words
    assert standing.receiving(standing.Facts("change", last=NOW), NOW + timedelta(days=60)).light == "green", (
        "grids change rarely"
    )
    assert standing.receiving(standing.Facts("hourly"), NOW).words == "还没有收到"
    assert standing.receiving(facts(state="different", extra=2), NOW).words == "对账不平：多2"


def test_before_anything_was_looked_at_or_pushed_the_page_says_so() -> None:
    assert standing.sending(standing.Facts("daily"), NOW).words == "还没有取数"
    assert standing.sending(standing.Facts("daily", looked=NOW), NOW).opens == "register"
