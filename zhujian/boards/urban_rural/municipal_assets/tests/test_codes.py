"""Component and point codes: their form, and counters that leave no gap whatever happens (urban-rural-construction.md §2)."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.urban_rural.municipal_assets.rules import codes
from zhujian.boards.urban_rural.municipal_assets.services import numbering
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters

CLASSES = {"0103", "0137"}


def reasons(code: str, class_code: str = "") -> list[str]:
    return [one.code for one in codes.component_reasons(code, county="420106", classes=CLASSES, class_code=class_code)]


def test_sixteen_digits_say_county_class_and_sequence() -> None:
    """6 county + 2 大类 + 2 小类 + 6 sequence (GB/T 30428.2-2013)."""
    assert codes.component_code("420106", "0103", 7) == "4201060103000007"
    assert codes.parse_component("4201060103000007") == codes.Component("420106", "0103", 7)
    assert reasons("4201060103000007") == []
    assert reasons("420106010300007") == ["code.component_form"] == reasons("４２０１０６０１０３０００００７")
    assert reasons("4201110103000007") == ["code.component_county"]
    assert reasons("4201069903000007") == ["code.component_class"]
    assert reasons("4201060103000007", "0137") == ["code.component_other"]
    assert reasons("4201060103000000") == ["code.component_zero"]


@given(county=st.from_regex(r"\A[0-9]{6}\Z"), group=st.from_regex(r"\A[0-9]{4}\Z"), number=st.integers(1, 999_999))
def test_what_is_composed_is_read_back(county: str, group: str, number: int) -> None:
    code = codes.component_code(county, group, number)
    assert len(code) == 16 and codes.parse_component(code) == codes.Component(county, group, number)
    assert not codes.component_reasons(code, county=county, classes={group}, class_code=group)


def test_point_codes_begin_with_their_kind() -> None:
    assert codes.point_code("YS", "420106", 123) == "YS420106000123"
    said = [
        codes.point_reasons(text, kind="YS", kinds=codes.KINDS) for text in ("YS420106000123", "WS420106000123", "XX1234", "雨1")
    ]
    assert [[one.code for one in found] for found in said] == [[], ["code.point_kind"], ["code.point_form"], ["code.point_form"]]
    for bad in (("YS", "", 1), ("Y", "A", 1), ("YS", "A", 0)):
        with pytest.raises(ValueError):
            codes.point_code(*bad)


@given(last=st.integers(0, 50), count=st.integers(0, 20), taken=st.sets(st.integers(1, 80)))
def test_allocation_passes_over_what_is_taken_and_leaves_no_other_gap(last: int, count: int, taken: set[int]) -> None:
    found, after = codes.allocate(last, count, taken)
    assert len(found) == count and not set(found) & taken
    assert set(range(last + 1, after + 1)) - set(found) <= taken


def test_counters_follow_imported_codes_and_give_back_what_is_rolled_back(db) -> None:
    assert numbering.next_codes("420106000000", "0103", 2) == ["4201060103000001", "4201060103000002"]
    with pytest.raises(RuntimeError), transaction.atomic():
        numbering.next_codes("420106000000", "0103")
        raise RuntimeError
    assert numbering.next_codes("420106000000", "0103") == ["4201060103000003"]
    numbering.keep_in_step(["4201060103000900", "4201060103000012", "nonsense"])
    assert numbering.next_codes("420106001000", "0103") == ["4201060103000901"]
    for region, group, code in (("420100000000", "0103", "code.county"), ("420106000000", "9999", "code.class")):
        with pytest.raises(Refusal) as refusal:
            numbering.next_codes(region, group)
        assert refusal.value.code == code


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_no_gap_and_no_double() -> None:
    given_codes: list[str] = []
    ready = threading.Barrier(4)

    def work() -> None:
        ready.wait()
        for _ in range(5):
            with transaction.atomic():
                given_codes.extend(numbering.next_codes("420106000000", "0137", 3))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sorted(given_codes) == [codes.component_code("420106", "0137", number) for number in range(1, 61)]


@pytest.mark.django_db
def test_component_classes_are_those_of_the_classification() -> None:
    """One number, one source: 路灯 is 0137 in the edition of 2013; 0118 was its code in 2007 (urban-management.md §1.2)."""
    from zhujian.foundation.classification import reference, selectors

    reference.load()
    known = {item.code: item.name for item in selectors.items("component")}
    listed = dict(parameters.code_list("municipal_assets.component_class", date(2026, 1, 1)))
    own = {code for code in listed if len(code) == 4 and code not in known}
    assert own == {"0599", "0598"}
    assert {code: listed[code] for code in known} == known
    assert listed["0137"] == "路灯"
