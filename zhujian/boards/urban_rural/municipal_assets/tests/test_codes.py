"""Component and point codes: their form, and counters that leave no gap whatever happens (urban-rural-construction.md §2)."""

from __future__ import annotations

import threading
from datetime import date
from importlib import import_module

import pytest
from django.db import connection, transaction

from zhujian.boards.urban_rural.municipal_assets.rules import codes
from zhujian.boards.urban_rural.municipal_assets.selectors.covers import classes_of_kinds
from zhujian.boards.urban_rural.municipal_assets.services import numbering
from zhujian.foundation.classification import selectors
from zhujian.foundation.classification.models import ClassItem
from zhujian.foundation.identity.testing import make_official, scope_of
from zhujian.foundation.kernel import memory, scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.resources import registry


def test_point_codes_begin_with_their_kind() -> None:
    assert codes.point_code("YS", "420106", 123) == "YS420106000123"
    said = [
        codes.point_reasons(text, kind="YS", kinds=codes.KINDS) for text in ("YS420106000123", "WS420106000123", "XX1234", "雨1")
    ]
    assert [[one.code for one in found] for found in said] == [[], ["code.point_kind"], ["code.point_form"], ["code.point_form"]]
    for bad in (("YS", "", 1), ("Y", "A", 1), ("YS", "A", 0)):
        with pytest.raises(ValueError):
            codes.point_code(*bad)


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
    assert sorted(given_codes) == [f"4201060137{number:06d}" for number in range(1, 61)]


@pytest.mark.django_db
def test_classes_are_those_of_the_foundation() -> None:
    """One number, one source (decision 35): 路灯 is 0137 in the edition of 2013; 0118 was its code in 2007 (urban-management.md §1.2)."""
    listed = dict(registry.get("municipal_assets.lamp").fields["class_code"].kind.choices())
    assert listed == {item.code: item.name for item in selectors.items("component")} and listed["0137"] == "路灯"
    kinds = dict(parameters.code_list("municipal_assets.pipe_kind", date(2026, 1, 1)))
    covers = classes_of_kinds()
    assert covers["YS"] == "0103" and set(covers) <= set(kinds) and all("井盖" in listed[code] for code in covers.values())


@pytest.mark.django_db
def test_a_citys_own_class_counts_there_and_nowhere_else() -> None:
    scheme = selectors.scheme()
    ClassItem.objects.create(
        scheme=scheme, kind="component", code="0199", name="共享单车桩", major="公用设施", region_code="420100000000"
    )
    memory.forget()
    assert numbering.next_codes("420106000000", "0199") == ["4201060199000001"]
    assert numbering.component_reasons("4201060199000001", "420106000000", "0199") == []
    assert [one.code for one in numbering.component_reasons("4201060199000001", "420106000000", "0137")] == ["component.other"]
    with pytest.raises(Refusal):
        numbering.next_codes("420502000000", "0199")
    lamps = registry.get("municipal_assets.lamp").fields["class_code"].kind
    for region, name in (("420106000000", "共享单车桩"), ("420000000000", "共享单车桩"), ("420502000000", "0199")):
        with scope.acting(scope_of(make_official(region))):
            assert lamps.show("0199") == name


def test_what_was_moved_to_the_foundation_lost_nothing() -> None:
    """The migration: an official's own list entries become the city's own classes and the counters go on under the scheme's name."""
    move = import_module("zhujian.boards.urban_rural.municipal_assets.migrations.0008_classes")
    listed = {"0137": "路灯", "0599": "给水泵站（扩展）", "01": "公用设施", "0598": "排水泵站（扩展）"}
    used = [
        ("0599", "420106000000"),
        ("0599", "420111000000"),
        ("0599", "429004000000"),
        ("0137", "420106000000"),
        ("", "420106000000"),
    ]
    assert move.own_classes(listed, used, national={"0137"}) == [
        ("0599", "给水泵站（扩展）", "其他部件", "420100000000"), ("0599", "给水泵站（扩展）", "其他部件", "429004000000"),
    ]  # fmt: skip
    pairs = [("YS", "0103", True), ("YS", "0104", False), ("GY", "0199", True), ("HS", "0103", True)]
    assert move.changed_covers(pairs, declared={"YS": "0103", "HS": "0102"}) == {"GY": "0199", "HS": "0103"}
