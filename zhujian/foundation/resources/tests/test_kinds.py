"""Kinds of value: what is shown can be read again, and nothing foreign breaks a reader."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.resources import sheets
from zhujian.foundation.resources.kinds import Bad, Choice, Kind, Labels, Lines, Truth
from zhujian.foundation.resources.links import Shape
from zhujian.foundation.resources.measures import Day, Moment, Money, Number, Whole

COLOURS = Choice(lambda: [("r", "红"), ("g", "绿")])
KINDS = [
    Kind(20),
    Lines(200),
    Whole(-5, 10**6),
    Number(12, 3),
    Money("万元"),
    Money(),
    Day(),
    Moment(),
    Truth(),
    COLOURS,
    Labels(),
    Shape("POINT"),
]


@given(st.integers(-(2**31), 2**31 - 1))
def test_whole_numbers_come_back(value: int) -> None:
    assert Whole().parse(Whole().show(value)) == value


@given(st.decimals(-(10**9), 10**9, places=3))
def test_numbers_come_back(value: Decimal) -> None:
    kind = Number(15, 3)
    assert kind.parse(kind.show(value)) == value == kind.parse_json(kind.json(value))


@given(st.decimals(0, 10**12, places=2), st.sampled_from(["元", "万元"]))
def test_money_comes_back_to_the_cent(value: Decimal, unit: str) -> None:
    kind = Money(unit)
    assert kind.parse_json(kind.json(value)) == value
    if unit == "元":
        assert kind.parse(kind.show(value)) == value


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_days_come_back_in_every_spelling(value: date) -> None:
    spelt = [
        value.isoformat(),
        f"{value:%Y/%m/%d}",
        f"{value.year}年{value.month}月{value.day}日",
        f"{value:%Y%m%d}",
        f"{value.isoformat()} 00:00:00",
    ]
    assert [Day().parse(text) for text in spelt] == [value] * 5
    assert Day().parse(datetime(value.year, value.month, value.day)) == value


def test_instants_keep_their_moment() -> None:
    value = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
    assert Moment().show(value) == "2026-03-01 09:30" and Moment().parse("2026-03-01 09:30") == value
    assert Moment().json(value) == "2026-03-01T09:30:00+08:00"


@pytest.mark.parametrize(
    ("kind", "raw", "code"),
    [
        (Whole(), "1.5", "whole"), (Whole(0), "-1", "range"), (Number(5, 2), "1234", "range"), (Number(5, 2), "1.234", "places"),
        (Number(), "NaN", "number"), (Number(), "Infinity", "number"), (Number(), "1_0", "number"), (Money("万元"), "1.1234567", "places"),
        (Day(), "2025-02-29", "date"), (Day(), "1899-12-31", "date_range"), (Day(), "45000", "date"), (COLOURS, "蓝", "choice"),
        (Truth(), "也许", "truth"), (Kind(3), "四个字了", "too_long"), (Shape("POINT"), "30.5,114.3", "shape_swapped"),
        (Shape("POINT"), "114.3", "shape"), (Shape("POINT"), "500,30", "shape_range"), (Shape("POLYGON"), "114,30", "shape"),
        (Shape("POINT"), '{"type": "LineString", "coordinates": [[114, 30], [115, 30]]}', "shape_type"),
        (Shape("POLYGON"), '{"type": "Polygon", "coordinates": [[[114, 30], [115, 31], [115, 30], [114, 31], [114, 30]]]}', "shape_valid"),
    ],
)  # fmt: skip
def test_refusals_are_coded(kind: Kind, raw: object, code: str) -> None:
    with pytest.raises(Bad) as refused:
        kind.parse(raw)
    assert refused.value.code == code and refused.value.message.endswith(("。", "："))


@given(st.sampled_from(KINDS), st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans(), st.datetimes()))
def test_a_reader_either_reads_or_refuses(kind: Kind, raw: object) -> None:
    try:
        kind.parse(raw)
    except Bad as refused:
        assert refused.message


def small_book() -> bytes:
    book = Workbook()
    book.active.append(["甲", "乙"])
    book.active.append(["一", 2])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


BOOK = small_book()


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.binary(max_size=400), st.binary(max_size=100).map(lambda tail: b"PK\x03\x04" + tail)),
    st.sampled_from(["a.xlsx", "a.csv", "a.xls"]),
)
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    try:
        sheets.read(data, name, most_rows=100)
    except Refusal as refused:
        assert refused.reasons[0].field == "file"


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(BOOK) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_is_read_or_refused(place: int, noise: bytes) -> None:
    try:
        sheets.read(BOOK[:place] + noise + BOOK[place + len(noise) :], "a.xlsx", most_rows=100)
    except Refusal as refused:
        assert refused.reasons[0].field == "file"
