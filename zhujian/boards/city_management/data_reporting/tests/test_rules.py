"""Rules of the exchange: the envelope, the schema, which record counts, when a day is balanced; then properties."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.data_reporting.rules import envelope, reconcile
from zhujian.boards.city_management.data_reporting.rules.schema import Schema, business_key, item, judge, moment, split
from zhujian.foundation.kernel.errors import Refusal

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
FIELDS = [
    {"name": "number", "title": "编号", "type": "text", "required": True, "max": 20},
    {"name": "regionCode", "title": "行政区划", "type": "region", "required": True},
    {"name": "area", "title": "面积", "type": "integer", "min": 1},
    {"name": "value", "title": "数值", "type": "decimal"},
    {"name": "kind", "title": "类别", "type": "text", "list": "k"},
    {"name": "url", "title": "网址", "type": "url"},
    {"name": "shape", "title": "位置", "type": "geometry"},
    {"name": "name", "title": "姓名", "type": "text", "personal": True},
]
SCHEMA = Schema("case", "1.0", ("number",), tuple(item(raw) for raw in FIELDS))
LISTS = {"k": frozenset({"a", "b"})}
GOOD: dict[str, Any] = {"number": "A1", "regionCode": "420106000000"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5), max_leaves=12,
)  # fmt: skip


def digest(payload: Any) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def batch(*records: Any) -> envelope.Batch:
    return envelope.Batch("b" * 16, "420100", "case", "1.0", list(records))


def raw(payload: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    payload = GOOD if payload is None else payload
    return {
        "source": "420100", "dataset": "case", "schemaVersion": "1.0", "seq": 1, "op": "I", "businessKey": dict(payload).get("number", ""),
        "eventTime": "2026-03-02T15:00:00.123+08:00", "pushTime": "2026-03-02T15:10:00.000+08:00", "payload": payload,
        "digest": digest(payload), **changes,
    }  # fmt: skip


def codes(record: Any, **options: Any) -> list[str]:
    one, reasons = envelope.read_record(record, batch(), SCHEMA, digest)
    if one is None or reasons:
        return [r.code for r in reasons]
    return [r.code for r in envelope.check(one, SCHEMA, LISTS, region_prefix="4201", now=NOW, ahead_s=300, **options)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": ""}, "key"), ({"regionCode": None}, "missing"), ({"area": 0}, "range"), ({"area": "3"}, "type"), ({"area": True}, "type"),
        ({"value": 1.5}, "type"), ({"value": "NaN"}, "type"), ({"kind": "c"}, "code"), ({"url": "javascript:alert(1)"}, "type"),
        ({"url": "http://a b"}, "type"), ({"shape": {"type": "Point", "coordinates": [30.5, 114.3]}}, "type"),
        ({"shape": {"type": "Polygon", "coordinates": [[114.3, 30.5]]}}, "type"), ({"number": "x" * 21}, "length"),
        ({"regionCode": "420500000000"}, "region"), ({"number": "a\x00b"}, "key"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_record_is_named(changes: dict[str, Any], code: str) -> None:
    assert code in codes(raw(GOOD | changes))


def test_a_good_record_with_fields_nobody_knows_passes() -> None:
    good = GOOD | {
        "value": "0.10",
        "kind": "a",
        "url": "https://a.cn/x",
        "shape": {"type": "Point", "coordinates": [114.3, 30.5]},
        "extra": 1,
    }
    assert codes(raw(good)) == []
    assert split(SCHEMA, good | {"name": "王"}) == (good, {"name": "王"})


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"digest": "0" * 64}, "digest"), ({"op": "X"}, "op"), ({"eventTime": "2026-03-02T15:00:00"}, "time"), ({"seq": -1}, "format"),
        ({"eventTime": "2026-03-02T17:00:00+08:00"}, "time"), ({"businessKey": "B2"}, "key"), ({"source": "420200"}, "source"),
        ({"dataset": "grid"}, "dataset"), ({"schemaVersion": "2"}, "version"), ({"payload": []}, "format"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_envelope_is_named(changes: dict[str, Any], code: str) -> None:
    assert code in codes(raw() | changes)


def test_a_deletion_needs_only_its_key() -> None:
    assert codes(raw({}, op="D", businessKey="A1")) == []


@given(JSON)
def test_foreign_records_never_break_the_reader(value: Any) -> None:
    one, reasons = envelope.read_record(value, batch(), SCHEMA, digest)
    assert one is not None or reasons


@given(JSON)
def test_foreign_fields_never_break_the_judge(value: Any) -> None:
    for name in [field["name"] for field in FIELDS]:
        judge(SCHEMA, GOOD | {name: value}, {"k": frozenset({"a"})})
    moment(value)


@given(JSON)
def test_foreign_bodies_are_refused_with_a_reason(value: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        envelope.read_batch(value, 10)
    assert refusal.value.code.startswith("exchange.")


def arrive(order: list[int]) -> tuple[int | None, set[int]]:
    """The newest applied and the kept event times after records came in this order, some of them twice."""
    times: dict[int, str] = {}
    newest: datetime | None = None
    kept = set()
    for n in order:
        one = envelope.Envelope(1, "U", "A1", NOW + timedelta(seconds=n), NOW, {}, str(n))
        result = envelope.decide(one, times.get(n), newest)
        assert (result == envelope.DUPLICATE) == (n in times)
        times[n] = str(n)
        kept.add(n)
        if result == envelope.STORED:
            newest = one.event_time
    return (None if newest is None else int((newest - NOW).total_seconds())), kept


@given(st.lists(st.integers(0, 9), min_size=1))
def test_in_whatever_order_records_come_the_newest_counts_and_all_are_kept(order: list[int]) -> None:
    assert arrive(order) == (max(order), set(order))


def test_the_same_moment_with_other_content_is_a_contradiction() -> None:
    one = envelope.Envelope(1, "U", "A1", NOW, NOW, {}, "x")
    assert envelope.decide(one, "y", NOW) == envelope.REJECTED


def test_the_key_is_made_of_its_fields() -> None:
    schema = Schema("s", "1", ("a", "b"), ())
    assert business_key(schema, {"a": 1, "b": "x"}) == "1/x" and business_key(schema, {"a": 1}) == ""


def test_a_day_is_balanced_when_counts_and_contents_agree() -> None:
    ours = reconcile.Counts(sent=1000, rejected=12, pending=0, digest="d")
    assert reconcile.state(ours, 988, 12, "d") == "balanced"
    assert reconcile.state(ours, 988, 12, "e") == "different"
    assert reconcile.state(ours, 987, 12, "d") == "different"
    assert reconcile.state(reconcile.Counts(1000, 12, 1, "d"), 987, 12, "d") == "pending"


PAIRS = st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("12")), st.sampled_from("xy"))


@given(PAIRS, PAIRS)
def test_every_record_of_either_side_is_matched_or_named(here: dict, there: dict) -> None:
    found = reconcile.compare(here, there)
    named = {*found.missing, *found.extra, *found.different}
    matched = {key for key in here.keys() & there.keys() if here[key] == there[key]}
    assert named | matched == here.keys() | there.keys() and not named & matched
    assert (found.rate is None) == (not here and not there)
    assert (found.rate == 100) == (bool(here) and here == there)


def test_the_days_digest_does_not_know_any_order() -> None:
    rows = [("a", "1", "x"), ("b", "1", "y")]
    assert reconcile.lines(rows) == reconcile.lines(reversed(rows))  # type: ignore[arg-type]


def test_waits_grow_to_the_cap() -> None:
    assert [reconcile.backoff(n, 300) for n in (1, 2, 3, 9, 10, 1000)] == [1, 2, 4, 256, 300, 300]
