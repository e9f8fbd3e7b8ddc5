"""Rules of supervision: parts and parents, limits, extensions, emergencies, checks, device identifiers."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.supervision.rules import checks, devices, emergencies, tasks

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
STATES = st.sampled_from(["issued", "received", "handling", "fed_back", "returned", "closed", "cancelled"])


@given(st.lists(STATES))
def test_the_parent_closes_only_with_its_last_part(states: list[str]) -> None:
    live = [s for s in states if s != "cancelled"]
    assert tasks.may_close(states) == (bool(live) and set(live) == {"closed"})


def test_late_is_after_the_limit_and_not_at_it() -> None:
    before = NOW - timedelta(seconds=1)
    assert tasks.late("issued", NOW, NOW, None) == "" and tasks.late("issued", NOW, before, None) == "receipt"
    assert tasks.late("handling", NOW, None, before) == "feedback" and tasks.late("fed_back", NOW, before, before) == ""
    assert tasks.late("issued", NOW, None, before) == "feedback"


def ask(**changes) -> list[str]:
    values = {"state": "handling", "now": NOW, "due": NOW, "granted": 0, "most": 2, "pending": False, "days": 3} | changes
    return [
        r.code.rpartition(".")[2]
        for r in tasks.extension_reasons(values.pop("state"), values.pop("now"), values.pop("due"), **values)
    ]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [({}, []), ({"due": NOW - timedelta(seconds=1)}, ["late"]), ({"state": "fed_back"}, ["state"]), ({"granted": 2}, ["most"]),
     ({"pending": True}, ["pending"]), ({"days": 0}, ["days"])],
)  # fmt: skip
def test_more_time_is_asked_for_before_the_deadline_once_at_a_time(changes: dict, codes: list[str]) -> None:
    assert ask(**changes) == codes


def test_a_first_report_at_the_limit_is_in_time() -> None:
    half = timedelta(minutes=30)
    assert not emergencies.first_report_late(NOW, NOW + half, half)
    assert emergencies.first_report_late(NOW, NOW + half + timedelta(seconds=1), half)


@given(st.integers(0, 20), st.sets(st.integers(0, 25)))
def test_every_day_of_the_response_is_reported_or_missing(length: int, reported: set[int]) -> None:
    start = date(2026, 7, 1)
    missing = emergencies.missing_days(start, start + timedelta(days=length), [start + timedelta(days=n) for n in reported])
    assert {(day - start).days for day in missing} == set(range(length + 1)) - reported


def test_an_emergency_closes_after_the_response_and_the_final_report() -> None:
    def codes(state: str, kinds: list[str], on: bool) -> list[str]:
        return [r.code for r in emergencies.close_reasons(state, kinds, response_on=on)]

    assert codes("responding", ["first"], True) == ["emergency.response", "emergency.final"]
    assert codes("ended", ["first", "final"], False) == []
    assert codes("closed", ["first", "final"], False) == ["emergency.closed"]


def test_a_fault_needs_words_and_a_photo() -> None:
    assert [r.code for r in checks.finding_reasons(checks.Finding("A1", "fault"))] == ["check.text", "check.photo"]
    assert [r.code for r in checks.finding_reasons(checks.Finding("A1", ""))] == ["check.answer"]
    assert checks.finding_reasons(checks.Finding("A1", "good")) == []


def test_pitfall_22_an_after_photo_older_than_the_check_proves_nothing() -> None:
    old, new = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    assert [r.code for r in checks.rectification_reasons(NOW, [old], "已换")] == ["check.photo_old"]
    assert checks.rectification_reasons(NOW, [new, None], "已换") == []
    assert [r.code for r in checks.rectification_reasons(NOW, [], " ")] == ["check.rectification", "check.after_photo"]


@given(st.lists(st.tuples(st.sampled_from(["good", "fault", "none"]), st.sampled_from([True, False, None])), min_size=1))
def test_a_check_closes_when_every_fault_is_verified(answers: list) -> None:
    rows = [checks.Finding(str(n), result, verified=verified) for n, (result, verified) in enumerate(answers)]
    assert (checks.state_of(rows) == "closed") == all(v is True for r, v in answers if r == "fault")
    points, possible = checks.score({str(n): 2 for n in range(len(rows))}, rows)
    assert 0 <= points <= possible == 2 * sum(r != "none" for r, _ in answers)


TYPES = {"131", "132"}


@pytest.mark.parametrize(
    ("text", "code"),
    [("4201110100132000001", "camera.digits"), ("4201110100132000000a", "camera.digits"), ("４2011101001320000001", "camera.digits"),
     ("42011101001400000001", "camera.type"), ("42011101001320000000", "camera.serial"), ("42050201001320000001", "camera.region"),
     ("00011101001320000001", "camera.centre")],
)  # fmt: skip
def test_what_is_wrong_with_a_device_identifier_is_named(text: str, code: str) -> None:
    assert code in [r.code for r in devices.reasons(text, TYPES, region_code="420111080000")]


def test_the_parts_of_a_device_identifier() -> None:
    device = devices.parse("42011101001320000001")
    assert device == devices.Device("42011101", "00", "132", "0", "000001") and device.county == "420111"
    for centre in ("420111", "420100", "420000"):
        assert devices.reasons(f"{centre}01001320000001", TYPES, region_code="420111080000") == []


@given(st.text(max_size=30))
def test_any_text_is_judged_without_breaking(text: str) -> None:
    assert devices.parse(text) is not None or devices.reasons(text, TYPES)


@pytest.mark.parametrize("module", ["supervision", "guidance", "data_reporting"])
def test_whoever_may_act_on_something_may_also_see_it(module: str) -> None:
    """A first report that its author may not open again would be a dead end."""
    held: dict[str, dict[str, set[str]]] = {}
    with (Path(__file__).parents[2] / module / "access.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for action in row["action"].split("|"):
                held.setdefault(row["resource"], {}).setdefault(action, set()).update(row["role"].split("|"))
    blind = {
        (name, action): roles - acts["view"] for name, acts in held.items() if "view" in acts for action, roles in acts.items()
    }
    assert {key: roles for key, roles in blind.items() if roles} == {}
