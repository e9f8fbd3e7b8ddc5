"""Rules of the public service: the sheet's scenarios first, then properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.city_management.public_service.hotline import signature
from zhujian.boards.city_management.public_service.rules import call_back, georeport, orders, phones
from zhujian.foundation.kernel.errors import Reason

GOOD, BAD = (1, 2, 3), (4,)
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def test_scenario_24_rate_of_satisfaction() -> None:
    """40 + 35 + 10 of 94 valid answers; six not rated are no answers."""
    found = call_back.rate({1: 40, 2: 35, 3: 10, 4: 9, 5: 6}, GOOD)
    assert (found.numerator, found.denominator, found.asked) == (85, 94, 100)
    assert found.percent == Decimal("90.43") and found.text == "90.43%"
    assert sum(count for level, count in {1: 40, 2: 35, 3: 10, 4: 9}.items() if level in BAD) == 9
    without = call_back.rate({1: 40, 2: 35, 3: 10, 4: 9, None: 6}, (1, 2))
    assert (without.numerator, without.denominator) == (75, 94), "whether 基本满意 counts is a parameter"


def test_nobody_answered_is_no_rate() -> None:
    assert call_back.rate({}, GOOD).text == "—" and call_back.rate({5: 3, None: 2}, GOOD).percent is None


@given(st.dictionaries(st.sampled_from([1, 2, 3, 4, 5, None]), st.integers(0, 10_000)))
def test_a_rate_lies_between_nothing_and_all(counts: dict[int | None, int]) -> None:
    found = call_back.rate(counts, GOOD)
    assert 0 <= found.numerator <= found.denominator <= found.asked == sum(counts.values())
    assert found.percent is None or 0 <= found.percent <= 100


@pytest.mark.parametrize(
    ("level", "is_follow_up", "already", "starts"),
    [
        (4, False, False, True),
        (4, True, False, False),
        (4, False, True, False),
        (3, False, False, False),
        (5, False, False, False),
    ],
)
def test_a_follow_up_starts_once(level: int, is_follow_up: bool, already: bool, starts: bool) -> None:
    assert call_back.follow_up(level, BAD, is_follow_up=is_follow_up, already=already) is starts


@pytest.mark.parametrize("level", [0, 6, True, "1", None, 1.0])
def test_a_level_is_one_of_five(level: object) -> None:
    assert [reason.code for reason in call_back.check_level(level)] == ["call_back.level"]


# Orders ---------------------------------------------------------------------------------------------------------------------

RULES = [
    orders.Transfer("answer", unit="市容科", id=1),
    orders.Transfer("case", "event", "0110", words=("垃圾",), id=2),
    orders.Transfer("return", prefix="07", id=3),
    orders.Transfer("case", "event", "0301", prefix="0702", id=4),
    orders.Transfer("case", "event", "0112", words=("垃圾",), area="420106000000", id=5),
    orders.Transfer("case", "event", "0113", source="hotline_12319", words=("垃圾",), id=6),
]


@pytest.mark.parametrize(
    ("source", "ext", "text", "region", "id_"),
    [
        ("hotline_12345", "", "请问电话", "420100000000", 1), ("hotline_12345", "", "垃圾没清", "420100000000", 2),
        ("hotline_12345", "0703", "噪声", "420100000000", 3), ("hotline_12345", "0702", "噪声", "420100000000", 4),
        ("hotline_12345", "", "垃圾没清", "420106001000", 5), ("hotline_12319", "", "垃圾没清", "420500000000", 6),
    ],
)  # fmt: skip
def test_the_nearest_and_most_exact_rule_decides(source: str, ext: str, text: str, region: str, id_: int) -> None:
    found = orders.choose(RULES, source=source, ext_class=ext, text=text, region_code=region)
    assert found is not None and found.id == id_
    assert orders.choose(RULES[1:2], source=source, ext_class=ext, text="别的", region_code=region) is None


@given(st.lists(st.sampled_from(orders.STATUSES), max_size=12))
def test_states_are_told_once_and_never_backwards(wanted: list[str]) -> None:
    sent: list[str] = []
    for status in wanted:
        if orders.may_follow(sent, status):
            sent.append(status)
    assert sent == sorted(set(sent), key=orders.STATUSES.index)


def test_what_may_be_done_follows_the_state() -> None:
    for state, acts in orders.ACTS.items():
        for act in ("transfer", "answer", "return", "archive"):
            assert (orders.check_act(state, act) == []) is (act in acts)
    assert orders.check_act("archived", "answer")[0].message.startswith("工单现在是“已归档”")


# Open311 --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "iso"),
    [("2010-01-01T00:00:00Z", "2010-01-01T00:00:00+00:00"), ("1994-11-05T08:15:30-05:00", "1994-11-05T08:15:30-05:00"),
     ("2010-01-01T08:00 08:00", "2010-01-01T08:00:00+08:00"), ("2010-05-24", "2010-05-24T00:00:00+08:00"), ("2010", "2010-01-01T00:00:00+08:00"),
     ("2010-01-01T00:00:00.25Z", "2010-01-01T00:00:00.250000+00:00")],
)  # fmt: skip
def test_times_of_the_w3c_profile(text: str, iso: str) -> None:
    found = georeport.moment(text)
    assert found is not None and found == datetime.fromisoformat(iso)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2010-13-01", "2010-01-01T00:00:00", "2010-02-30", "0001-01-01T00:00:00+23:59", "２０１０"]
)
def test_what_is_no_time(text: str) -> None:
    assert georeport.moment(text) is None


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(text: str) -> None:
    found = georeport.moment(text)
    assert found is None or found.tzinfo is not None
    asked = georeport.window(text, "", NOW, 90)
    assert isinstance(asked, Reason) or asked.end - asked.start <= timedelta(days=91)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)), st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)))
def test_a_window_never_spans_more_than_it_may(first: datetime, last: datetime) -> None:
    asked = georeport.window(first.isoformat() + "Z", last.isoformat() + "Z", NOW, 90)
    if isinstance(asked, Reason):
        assert last < first or last - first > timedelta(days=90)
    else:
        assert asked.start <= asked.end <= asked.start + timedelta(days=91)


def test_windows() -> None:
    whole = georeport.window("", "", NOW, 90)
    assert isinstance(whole, georeport.Window) and (whole.start, whole.end) == (NOW - timedelta(days=90), NOW)
    old = georeport.window("2020-01-01T00:00:00Z", "", NOW, 90)
    assert isinstance(old, georeport.Window) and old.end - old.start == timedelta(days=90)
    wide = georeport.window("2026-01-01T00:00:00Z", "2026-12-01T00:00:00Z", NOW, 90)
    assert isinstance(wide, Reason) and "90 days" in wide.message


ASKED = [
    georeport.Attribute("road", "singlevaluelist", True, "?", values=(("a", "甲"), ("b", "乙"))),
    georeport.Attribute("when", "datetime", False, "?"), georeport.Attribute("count", "number", False, "?"),
    georeport.Attribute("hours", "multivaluelist", False, "?", values=(("x", "一"), ("y", "二"))),
    georeport.Attribute("note", "string", False, "?"), georeport.Attribute("info", "string", False, "读一读", variable=False),
]  # fmt: skip


def test_attributes_as_the_specification_writes_them() -> None:
    posted = {
        "attribute[road]": ["a"],
        "attribute[hours][]": ["x", "y", "x"],
        "attribute[count]": ["3.5"],
        "attribute[note]": [""],
    }
    answers, reasons = georeport.attributes(posted, ASKED)
    assert reasons == [] and answers == {"road": "a", "hours": ["x", "y"], "count": "3.5"}


@pytest.mark.parametrize(
    "posted",
    [{}, {"attribute[road]": ["c"]}, {"attribute[road]": ["a", "b"]}, {"attribute[road]": ["a"], "attribute[count]": ["NaN"]},
     {"attribute[road]": ["a"], "attribute[when]": ["soon"]}, {"attribute[road]": ["a"], "attribute[other]": ["1"]},
     {"attribute[road]": ["a"], "attribute[info]": ["1"]}, {"attribute[road]": ["a"], "attribute[note]": ["a\nb"]},
     {"attribute[road]": ["a"], "attribute[": ["1"]}, {"attribute[road]": ["a"], "attribute[note]": ["长" * 501]}],
)  # fmt: skip
def test_wrong_attributes_are_refused(posted: dict[str, list[str]]) -> None:
    assert georeport.attributes(posted, ASKED)[1]


@given(
    st.dictionaries(st.text(max_size=30).map(lambda s: f"attribute[{s}"), st.lists(st.text(max_size=20), max_size=3), max_size=5)
)
def test_attributes_never_break(posted: dict[str, list[str]]) -> None:
    georeport.attributes(posted, ASKED)


# People ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["13912345678", "+86 139 1234 5678", "139-1234-5678", "１３９１２３４５６７８", "008613912345678"]
)
def test_a_phone_however_typed(text: str) -> None:
    assert phones.mobile(text) == "13912345678"


@pytest.mark.parametrize("text", ["", "12345", "12912345678", "139123456789", "027-87654321", "1391234567x"])
def test_no_mobile_phone(text: str) -> None:
    assert phones.mobile(text) == ""


@pytest.mark.parametrize(
    "text",
    ["电话13912345678找我", "我的身份证420106199001011234", "我的证 42010619900101123X 号", "写信到 li.si@example.com 吧", "鄂A·12345停在门口", "座机027-87654321",
     "１３９１２３４５６７８"],
)  # fmt: skip
def test_what_identifies_somebody_is_hidden(text: str) -> None:
    found = phones.redact(text)
    assert phones.HIDDEN in found
    assert not any(part in found for part in ("13912345678", "19900101", "li.si", "12345", "87654321"))


def test_house_numbers_and_days_stay() -> None:
    text = "关山大道105号，3月12日起有2吨垃圾，第15天了"
    assert phones.redact(text) == text


@given(st.text(max_size=60), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_phone_in_any_sentence_is_hidden(around: str, phone: str) -> None:
    assert phone not in phones.redact(f"{around}，{phone}。")


def test_signatures() -> None:
    body = '{"a": "甲"}'.encode()
    given_ = signature.headers("wh", "s" * 32, "POST", "/x?y=1", body, now=1_000_000)
    check = {"minutes": 5, "now": 1_000_100.0}
    assert signature.fits(given_, "s" * 32, "POST", "/x?y=1", body, **check) == ""  # type: ignore[arg-type]
    assert signature.fits(given_, "t" * 32, "POST", "/x?y=1", body, **check) == "wrong"  # type: ignore[arg-type]
    assert signature.fits(given_, "s" * 32, "POST", "/x?y=2", body, **check) == "wrong"  # type: ignore[arg-type]
    assert signature.fits(given_, "s" * 32, "POST", "/x?y=1", body + b" ", **check) == "wrong"  # type: ignore[arg-type]
    assert signature.fits(given_, "s" * 32, "POST", "/x?y=1", body, minutes=5, now=1_000_400.0) == "stale"
    assert signature.fits({}, "s" * 32, "POST", "/x?y=1", body, minutes=5) == "missing"
    assert signature.fits({**given_, "X-Signature": "甲乙"}, "s" * 32, "POST", "/x?y=1", body, **check) == "wrong"  # type: ignore[arg-type]
