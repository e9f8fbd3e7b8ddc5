"""The chain: the sheet's vector, then properties."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.audit import rules
from zhujian.foundation.kernel.canonical import canonical
from zhujian.foundation.kernel.crypto import sm3


def test_foundation_17_22_chain_vector() -> None:
    h1 = rules.link(rules.START, rules.record_text(1, '{"act":"login"}').encode(), sm3)
    h2 = rules.link(h1, rules.record_text(2, '{"act":"sign"}').encode(), sm3)
    assert rules.record_text(1, '{"act":"login"}') == '{"seq":1,"act":"login"}'
    assert h1.hex() == "8d85fc167bbb5db1c27824745c0275c120ebd29986a7bce88a9b9ae158d5536a"
    assert h2.hex() == "cae47098bb08173b0349901dbc92fd79dcb823cb9e5dc6239d165523f12698f7"


BODIES = st.lists(st.dictionaries(st.sampled_from(["act", "name", "detail"]), st.text(max_size=8)), min_size=1, max_size=12)


def end(bodies: list[dict]) -> bytes:
    value = rules.START
    for seq, body in enumerate(bodies, 1):
        value = rules.link(value, rules.record_text(seq, canonical(body)).encode(), sm3)
    return value


@given(BODIES, st.data())
def test_any_change_omission_or_swap_changes_the_end(bodies: list[dict], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(bodies) - 1))
    changed = [*bodies[:at], {**bodies[at], "act": bodies[at].get("act", "") + "x"}, *bodies[at + 1 :]]
    assert end(changed) != end(bodies)
    assert end(bodies[:at] + bodies[at + 1 :]) != end(bodies)
    if at and bodies[at] != bodies[at - 1]:
        assert end([*bodies[: at - 1], bodies[at], bodies[at - 1], *bodies[at + 1 :]]) != end(bodies)


@given(st.integers(1, 10**12), st.dictionaries(st.text(max_size=5).filter(lambda key: key != "seq"), st.text(max_size=5)))
def test_record_text_is_json_with_its_place(seq: int, body: dict) -> None:
    assert json.loads(rules.record_text(seq, canonical(body))) == {"seq": seq, **body}


def test_only_objects_are_chained_and_secrets_never_are() -> None:
    with pytest.raises(ValueError, match="JSON object"):
        rules.record_text(1, "[]")
    assert rules.without_secrets({"Password": "x", "reset_token": 1, "新密码": "y", "n": 2}) == {
        "Password": "***", "reset_token": "***", "新密码": "***", "n": 2,
    }  # fmt: skip
