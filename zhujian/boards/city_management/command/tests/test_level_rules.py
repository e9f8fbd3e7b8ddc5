"""Modes of command: which centre does what, how long a district gives, where a return leads (urban-management.md §2.2, §2.4)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.command.rules import decisions, levels
from zhujian.boards.city_management.command.rules.reports import check_judgement, verification
from zhujian.foundation.worktime.rules import Limit

NODES = (
    "verify",
    "register",
    "approve_void",
    "dispatch",
    "district",
    "coordinate",
    "department",
    "handle",
    "confirm",
    "send_check",
    "check",
    "close",
)


@pytest.mark.parametrize(
    ("mode", "handed", "city", "district"),
    [
        ("one_one", False, "", ""),
        ("one_two", True, "verify register approve_void dispatch send_check check close", "district coordinate"),
        ("one_two", False, "verify register approve_void dispatch coordinate send_check check close", "district"),
        ("two_two", True, "register approve_void dispatch close", "verify district coordinate send_check check"),
        ("two_two", False, "register approve_void dispatch coordinate send_check check close", "verify district"),
    ],
)  # fmt: skip
def test_which_level_does_a_step(mode: str, handed: bool, city: str, district: str) -> None:
    found = {node: levels.level_of(node, mode, handed_down=handed) for node in NODES}
    assert {node for node, where in found.items() if where == "city"} == set(city.split())
    assert {node for node, where in found.items() if where == "district"} == set(district.split())
    assert all(found[node] == "" for node in ("department", "handle", "confirm")), "the department is where the case was sent"


def test_an_unknown_mode_has_one_level() -> None:
    assert not levels.two_levels("neither") and levels.level_of("check", "neither", handed_down=False) == ""
    assert levels.outcomes_of(("dispatch", "down", "back"), "dispatch", "one_one") == ("dispatch", "back")
    assert levels.outcomes_of(("dispatch", "down", "back"), "dispatch", "one_two") == ("dispatch", "down", "back")


def test_the_city_of_a_place() -> None:
    assert levels.city_of("420106001001") == "420100000000"
    assert levels.city_of("429004001000") == "429004000000", "a county-level city directly under the province is its own city"
    assert levels.district_of("420106001001") == "420106000000"


@given(st.integers(1, 500), st.floats(0.1, 1))
def test_a_district_never_gives_more_than_the_case_has_and_always_something(amount: int, share: float) -> None:
    given_ = levels.department_limit(Limit(amount, "working_hour"), share)
    assert 1 <= given_.amount <= amount and given_.unit == "working_hour"


@pytest.mark.parametrize(
    ("node", "handed", "returns", "goes"),
    [
        ("department", False, 0, "dispatch"), ("department", False, 1, "dispatch"), ("department", False, 2, "meeting"),
        ("department", True, 1, "district"), ("department", True, 2, "meeting"), ("district", True, 0, "dispatch"), ("district", True, 2, "meeting"),
    ],
)  # fmt: skip
def test_a_return_goes_one_level_up_until_there_is_a_meeting(node: str, handed: bool, returns: int, goes: str) -> None:
    assert levels.return_goes(node, handed_down=handed, returns=returns, most=2) == goes


def test_who_was_named_by_a_meeting_may_not_return() -> None:
    assert decisions.check_return("other", {"other"}, "不办", False) == []
    assert [r.code for r in decisions.check_return("other", {"other"}, "不办", True)] == ["return.designated"]
    assert {r.code for r in decisions.check_return("x", {"other"}, " ", False)} == {"return.reason", "return.text"}


TODAY = date(2025, 11, 10)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""), ({"participants": 1}, "meeting.participants"), ({"unknown": True}, "meeting.participants"), ({"decision": " "}, "meeting.decision"),
        ({"held_on": None}, "meeting.day"), ({"held_on": date(2025, 11, 11)}, "meeting.day"), ({"org_known": False}, "meeting.org"),
        ({"org_known": False, "outcome": "back"}, ""),
    ],
)  # fmt: skip
def test_what_a_meeting_must_say(change: dict, code: str) -> None:
    values = {
        "outcome": "designate", "participants": 2, "unknown": False, "decision": "由城管部门主办", "held_on": TODAY, "today": TODAY, "org_known": True,
    } | change  # fmt: skip
    assert [r.code for r in decisions.check_meeting(**values)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("source", "machine", "need"),
    [
        ("patrol", "site", "no"), ("order", "judged", "no"), ("public_web", "judged", "must"), ("hotline_12345", "judged", "must"),
        ("video", "site", "must"), ("iot", "site", "must"), ("video", "judged", "may"), ("iot", "judged", "may"), ("iot", "nonsense", "must"),
    ],
)  # fmt: skip
def test_which_sources_are_verified_on_site(source: str, machine: str, need: str) -> None:
    assert verification(source, {"patrol", "order", "census"}, machine) == need


def test_judging_needs_something_to_judge_by() -> None:
    assert [r.code for r in check_judgement(0, "")] == ["case.judged_photo", "case.judged_text"]
    assert check_judgement(1, "画面可见垃圾堆积") == []
