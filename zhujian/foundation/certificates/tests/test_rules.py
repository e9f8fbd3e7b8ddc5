"""Identifier, states, verdict and reminders: the sheet's vectors, then properties."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.certificates import rules
from zhujian.foundation.certificates.rules import Facts, State, Verdict

TYPE, ISSUER, SERIAL = "11100000000013338W011", "11420000MB0X000012", "420000202400000123"
WORD = st.text(alphabet=rules.ALPHABET, min_size=1, max_size=30)


@pytest.mark.parametrize(
    "published",
    [
        "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
        "1.2.156.3005.2.11100000000013338W032.11220000013544541J.2430599.001.F",
    ],
)
def test_published_identifiers_verify(published: str) -> None:
    assert rules.check_identifier(published) == []
    parts = rules.parse(published)
    assert rules.identifier(parts.type_code, parts.issuer_code, parts.serial, parts.edition) == published


def test_foundation_17_4_identifier_check_character_and_any_single_change() -> None:
    first = rules.identifier(TYPE, ISSUER, SERIAL, 1)
    assert first == f"{rules.ROOT}.{TYPE}.{ISSUER}.{SERIAL}.001.Y"
    assert rules.identifier(TYPE, ISSUER, SERIAL, 2).endswith(".002.W")
    start = len(rules.ROOT) + 1
    for at in range(start, len(first)):
        if first[at] == ".":
            continue
        for other in rules.ALPHABET:
            if other == first[at]:
                continue
            changed = first[:at] + other + first[at + 1 :]
            assert rules.check_identifier(changed), changed
    wrong = first[:-1] + "X"
    assert rules.check_identifier(wrong)[0].code == "CHECK_CHAR_BAD"
    assert rules.verdict(Facts(well_formed=False), date(2024, 1, 1)) == Verdict.CHECK_CHAR_BAD


@given(WORD, st.data())
def test_check_character_notices_every_single_change_and_neighbour_swap(text: str, data: st.DataObject) -> None:
    check = rules.check_character(text)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([c for c in rules.ALPHABET if c != text[at]]))
    assert rules.check_character(text[:at] + other + text[at + 1 :]) != check


@given(st.text(max_size=120))
def test_check_identifier_never_raises(text: str) -> None:
    assert rules.check_identifier(text)
    with pytest.raises(ValueError, match="证照标识"):
        rules.parse(text)


def test_editions_have_three_digits() -> None:
    for edition in (0, 1000):
        with pytest.raises(ValueError, match="001 至 999"):
            rules.identifier(TYPE, ISSUER, SERIAL, edition)
    zero = f"{rules.ROOT}.{TYPE}.{ISSUER}.{SERIAL}.000." + rules.check_character(TYPE + ISSUER + SERIAL + "000")
    assert rules.check_identifier(zero)


def test_foundation_17_5_expiry_verdict_and_reminder_dates() -> None:
    until = date(2024, 6, 30)
    assert rules.state_on(State.VALID, until, date(2024, 6, 30)) == State.VALID
    assert rules.state_on(State.VALID, until, date(2024, 7, 1)) == State.VOID
    assert rules.verdict(Facts(valid_to=until), date(2024, 7, 1)) == Verdict.EXPIRED
    assert rules.verdict(Facts(valid_to=until), until) == Verdict.VALID
    dates = rules.reminder_dates(until, [90, 30, 7, 0], from_day=date(2023, 7, 1))
    assert [due for _, due in dates] == [date(2024, 4, 1), date(2024, 5, 31), date(2024, 6, 23), date(2024, 6, 30)]
    late = rules.reminder_dates(until, [90, 30, 7, 0], from_day=date(2024, 6, 1))
    assert [days for days, _ in late] == [7, 0]
    assert rules.reminder_dates(None, [90], from_day=date(2024, 1, 1)) == []


def test_no_way_leads_from_an_ended_certificate_back_to_valid() -> None:
    def reachable(state: State) -> set[State]:
        seen: set[State] = set()
        todo = [state]
        while todo:
            for after in rules.TRANSITIONS[todo.pop()]:
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        return seen

    for ended in (State.REVOKED, State.CANCELLED, State.VOID, State.WITHDRAWN, State.TRANSFERRED, State.OTHER):
        assert State.VALID not in reachable(ended)
    assert State.VALID in reachable(State.SUSPENDED)
    assert set(rules.TRANSITIONS) == set(State)


def test_transitions_need_a_reason() -> None:
    assert rules.check_transition(State.VALID, State.REVOKED, " ")[0].code == "certificates.note"
    assert rules.check_transition(State.VALID, State.OTHER, "")[0].code == "certificates.note"
    assert rules.check_transition(State.SUSPENDED, State.VALID, "") == []
    (reason,) = rules.check_transition(State.REVOKED, State.VALID, "x")
    assert reason.message == "证照目前是“撤销”，不能改为“有效”。"


DAY = date(2024, 6, 1)
FACTS = st.builds(
    Facts, found=st.booleans(), well_formed=st.booleans(), in_scope=st.booleans(),
    signature_ok=st.sampled_from([None, True, False]), seal_ok=st.sampled_from([None, True, False]), state=st.sampled_from(list(State)), superseded=st.booleans(),
    valid_from=st.none() | st.dates(DAY - timedelta(9), DAY + timedelta(9)),
    valid_to=st.none() | st.dates(DAY - timedelta(9), DAY + timedelta(9)),
)  # fmt: skip


@given(FACTS)
def test_a_verdict_is_valid_only_when_nothing_speaks_against_it(facts: Facts) -> None:
    good = (
        facts.found and facts.well_formed and facts.in_scope and facts.signature_ok is not False and facts.seal_ok is not False
        and facts.state == State.VALID and not facts.superseded and (facts.valid_from is None or facts.valid_from <= DAY)
        and (facts.valid_to is None or facts.valid_to >= DAY)
    )  # fmt: skip
    assert (rules.verdict(facts, DAY) == Verdict.VALID) == good


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(found=False), Verdict.NOT_FOUND), (Facts(in_scope=False), Verdict.SCOPE_DENIED),
        (Facts(signature_ok=False), Verdict.SIG_BAD), (Facts(seal_ok=False), Verdict.SEAL_INVALID),
        (Facts(state=State.WITHDRAWN), Verdict.REVOKED), (Facts(state=State.VOID, superseded=True), Verdict.SUPERSEDED),
        (Facts(state=State.SUSPENDED), Verdict.SUSPENDED), (Facts(state=State.TRANSFERRED), Verdict.SUPERSEDED),
        (Facts(state=State.SUSPENDED, valid_to=date(2024, 5, 31)), Verdict.EXPIRED), (Facts(state=State.VOID), Verdict.REVOKED),
        (Facts(valid_from=date(2024, 6, 2)), Verdict.SUSPENDED),
    ],
)  # fmt: skip
def test_each_verdict(facts: Facts, expected: Verdict) -> None:
    assert rules.verdict(facts, DAY) == expected
    assert rules.VERDICT_TEXT[expected]


def test_surface_and_period_are_checked() -> None:
    fields = [rules.SurfaceField("name", "工程名称"), rules.SurfaceField("price", "合同价格", required=False)]
    assert rules.check_surface(fields, {"name": "甲"}) == []
    assert [r.code for r in rules.check_surface(fields, {"colour": 1})] == [
        "certificates.surface_missing", "certificates.surface_unknown",
    ]  # fmt: skip
    assert rules.check_period(date(2024, 1, 2), date(2024, 1, 1))
    assert rules.check_period(date(2024, 1, 2), None) == []
