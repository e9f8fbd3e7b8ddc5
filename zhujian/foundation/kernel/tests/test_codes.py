"""Codes: the examples of the standards sheet, then what must hold for every code."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zhujian.foundation.kernel import codes
from zhujian.foundation.kernel.errors import Refusal

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ON = date(2026, 9, 28)


def codes_of(reasons: list) -> list[str]:
    return [reason.code for reason in reasons]


def test_construction_10_1_unified_social_credit_code() -> None:
    assert codes.organisation_code_char("MA4K2B7T") == "5"
    assert codes.uscc_char("91420106MA4K2B7T5") == "G"
    assert codes.uscc_check("91420106MA4K2B7T5G") == []
    assert codes.uscc_char("91420107MA4K2B7T5") == "Y"
    assert codes_of(codes.uscc_check("91420107MA4K2B7T5G")) == ["uscc.check"]


def test_published_codes_of_departments_are_valid() -> None:
    assert codes.uscc_check("11100000000013338W") == []
    assert codes.uscc_check("11420000MB0X000012") == []


def test_inner_check_character_is_verified_for_enterprises() -> None:
    body = "91420106MA4K2B7T6"
    assert codes_of(codes.uscc_check(body + codes.uscc_char(body))) == ["uscc.inner"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "uscc.length"), ("91420106MA4K2B7T5", "uscc.length"), ("91420106MA4K2B7T5g", "uscc.alphabet"),
        ("9142O106MA4K2B7T5G", "uscc.alphabet"), ("B1420106MA4K2B7T5G", "uscc.registrar"),
        ("9199X106MA4K2B7T5G", "uscc.region"), ("91420106MA4K2B7T5A", "uscc.check"),
    ],
)  # fmt: skip
def test_bad_credit_codes_say_why(code: str, reason: str) -> None:
    (found,) = codes.uscc_check(code, field="code")
    assert (found.code, found.field) == (reason, "code")
    assert "请" in found.message


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    body = "".join(draw(st.lists(st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"), min_size=8, max_size=8)))
    region = draw(st.sampled_from(sorted(codes.PROVINCES))) + f"{draw(st.integers(0, 9999)):04d}"
    first = draw(st.sampled_from(["91", "92", "93", "52", "12", "Y1"])) + region + body + codes.organisation_code_char(body)
    return first + codes.uscc_char(first)


@given(credit_codes(), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_single_change_of_a_credit_code_is_refused(code: str, place: int, other: str) -> None:
    assert codes.uscc_check(code) == []
    assume(code[place] != other)
    assert codes.uscc_check(code[:place] + other + code[place + 1 :])


def test_construction_10_2_identity_numbers() -> None:
    assert codes.id_card_check("11010519491231002X") == []
    assert codes.id_card_check("11010519491231002x") == []
    assert codes.id_card_check("420106199003070016") == []
    assert codes_of(codes.id_card_check("420106199003070017")) == ["id_card.check"]
    assert codes_of(codes.id_card_check("110105194902310025")) == ["id_card.date"]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("420106900307001", "id_card.old"), ("4201061990030700", "id_card.length"), ("42010619900307001A", "id_card.alphabet"),
        ("990106199003070016", "id_card.region"), ("４20106199003070016", "id_card.alphabet"),
    ],
)  # fmt: skip
def test_bad_identity_numbers_say_why(number: str, reason: str) -> None:
    assert codes_of(codes.id_card_check(number, on=ON)) == [reason]


def identity_number(born: date, serial: int = 1) -> str:
    first = f"420106{born:%Y%m%d}{serial:03d}"
    return first + codes.id_card_char(first)


def test_birth_date_is_not_in_the_future_nor_absurd() -> None:
    assert codes.id_card_check(identity_number(ON), on=ON) == []
    assert codes_of(codes.id_card_check(identity_number(ON + timedelta(1)), on=ON)) == ["id_card.future"]
    assert codes_of(codes.id_card_check(identity_number(date(1850, 1, 1)), on=ON)) == ["id_card.age"]


def test_age_counts_the_birthday_itself() -> None:
    number = identity_number(date(2008, 9, 28))
    assert codes.id_card_age(number, ON) == 18
    assert codes.id_card_age(number, ON - timedelta(1)) == 17
    assert codes.id_card_age(identity_number(date(2004, 2, 29)), date(2022, 2, 28)) == 17
    assert (codes.id_card_sex(number), codes.id_card_sex(identity_number(ON, 2))) == ("男", "女")


@given(st.dates(date(1900, 1, 1), ON), st.integers(0, 999), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_change_of_an_identity_number_is_refused(born: date, serial: int, place: int, other: str) -> None:
    number = identity_number(born, serial)
    assert codes.id_card_check(number, on=ON) == []
    assume(number[place] != other)
    assert codes.id_card_check(number[:place] + other + number[place + 1 :], on=ON)


@pytest.mark.parametrize(
    ("kind", "number", "good"),
    [
        ("hk_macao_pass", "H12345678", True), ("hk_macao_pass", "12345678", False), ("taiwan_pass", "12345678", True),
        ("foreigner_residence", "USA110101900101", True), ("passport", "E12345678", True), ("passport", "e12345678", False),
        ("residence_permit", "810000199003070019", True), ("residence_permit", "420106199003070016", False),
        ("id_card", "420106199003070016", True), ("something", "1", False),
    ],
)  # fmt: skip
def test_other_documents(kind: str, number: str, good: bool) -> None:
    if kind == "residence_permit" and good:
        number = number[:17] + codes.id_card_char(number[:17])
    assert (codes.identity_document_check(kind, number) == []) is good


def test_construction_10_3_project_codes_in_both_layouts() -> None:
    for code, layout in [("2109-420106-04-01-123456", "2020"), ("2017-420106-47-03-012345", "2016")]:
        assert len(code) == 24
        assert codes.project_code_check(code) == []
        assert codes.project_code_layout(code) == layout
    (reason,) = codes.project_code_check("21094201060401123456")
    assert reason.code == "project.code.hyphens"
    assert "2109-420106-04-01-123456" in reason.message


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("2109-420106-04-01-12345", "project.code.format"), ("2109_420106-04-01-123456", "project.code.format"),
        ("2113-420106-04-01-123456", "project.code.date"), ("2109-990106-04-01-123456", "project.code.region"),
        ("2610-420106-04-01-123456", "project.code.future"), ("2109-420106-04-01-12345６", "project.code.format"),
    ],
)  # fmt: skip
def test_bad_project_codes_say_why(code: str, reason: str) -> None:
    assert codes_of(codes.project_code_check(code, on=ON)) == [reason]


def test_project_check_digit_is_a_plug_in() -> None:
    try:
        codes.use_project_check_digit(lambda code: code.endswith("6"))
        assert codes.project_code_check("2109-420106-04-01-123456") == []
        assert codes_of(codes.project_code_check("2109-420106-04-01-123457")) == ["project.code.check"]
        assert codes.project_code_check("2017-420106-47-03-012345") == [], "old codes have no check digit"
    finally:
        codes.use_project_check_digit(None)


def test_construction_10_8_construction_permit_number() -> None:
    number = codes.permit_number("420106", date(2026, 9, 15), 3, "01")
    assert number == "420106202609150301"
    assert codes.permit_number("420106000000", date(2026, 9, 15), 3, "01") == number
    assert codes.permit_number_check(number, specialties={"01", "16", "17", "18", "19"}) == []
    assert codes_of(codes.permit_number_check(number[:-2] + "02", specialties={"01"})) == ["permit_number.class"]
    assert codes_of(codes.permit_number_check("420106202602300301")) == ["permit_number.date"]
    assert codes_of(codes.permit_number_check("420106202609150001")) == ["permit_number.serial"]
    with pytest.raises(Refusal, match="99"):
        codes.permit_number("420106", date(2026, 9, 15), 100, "01")


def test_platform_project_number() -> None:
    assert codes.platform_number_check("4201062609150101", classes={"01", "02", "99"}) == []
    assert codes_of(codes.platform_number_check("4201062609150301", classes={"01", "02", "99"})) == ["platform_number.class"]
    assert codes_of(codes.platform_number_check("4201062613150101")) == ["platform_number.date"]
    assert codes_of(codes.platform_number_check("420106260915010")) == ["platform_number.format"]


@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("420000000000", True), ("420100000000", True), ("420106000000", True), ("420106001000", True), ("420106001001", True),
        ("429004000000", True), ("441900003000", True), ("420006000000", False), ("420106000001", False), ("42010600", False),
        ("990000000000", False), ("４20000000000", False),
    ],
)  # fmt: skip
def test_region_code(code: str, good: bool) -> None:
    assert (codes.region_code_check(code) == []) is good


def test_real_estate_unit_number_and_mobile() -> None:
    assert codes.real_estate_unit_check("420106001002GB00001F00010001") == []
    assert codes.real_estate_unit_check("420106001002GB00001W00000000") == []
    assert codes_of(codes.real_estate_unit_check("420106001002GB00001F00000000")) == ["unit_number.fixture"]
    assert codes_of(codes.real_estate_unit_check("420106001002GB0001F00010001")) == ["unit_number.format"]
    assert codes.mobile_check("13812345678") == []
    assert codes_of(codes.mobile_check("12812345678")) == ["mobile.format"]


def test_cleaning_what_people_type() -> None:
    assert codes.clean(" 91420106ｍａ4k2b7t5g ") == "91420106MA4K2B7T5G"
    assert codes.clean("2109—420106–04-01－123456") == "2109-420106-04-01-123456"
    assert codes.clean("") == ""


def test_masking_examples() -> None:
    assert codes.mask_phone("13812345678") == "138****5678"
    assert codes.mask_id("420106199003070016") == "420***********0016"
    assert [codes.mask_name(name) for name in ("张三", "欧阳锋", "王五四", "")] == ["张**", "欧阳**", "王**", ""]
    assert codes.mask_account("6222021234567890123") == "*" * 15 + "0123"
    assert codes.mask_plate("鄂A12345") == "鄂A***45"
    assert codes.mask_address("湖北省武汉市武昌区水果湖街道东湖路1号2栋") == "湖北省武汉市武昌区水果湖街道***"
    assert codes.mask_address("武汉市武昌区东湖路1号") == "武汉市武昌区***"
    assert codes.mask_address("东湖路1号") == "东湖***"


@given(st.text(alphabet="0123456789X", min_size=1, max_size=25))
def test_a_masked_number_never_shows_all_of_it(number: str) -> None:
    for mask in (codes.mask_id, codes.mask_phone, codes.mask_account, codes.mask_plate):
        assert len(mask(number)) == len(number)
        assert "*" in mask(number)
        assert sum(char != "*" for char in mask(number)) <= 7
