"""Classes and component codes (urban-management.md §1.2, pitfall 8)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhujian.foundation.classification import reference, rules, selectors
from zhujian.foundation.classification.models import ClassItem, Scheme
from zhujian.foundation.identity.testing import login, make_official

CLASSES = frozenset({"0101", "0137"})


def codes(reasons: list) -> list[str]:
    return [reason.code for reason in reasons]


def test_pitfall_8_a_component_code_is_judged_by_its_scheme_not_by_its_length() -> None:
    assert rules.check_component("4201060137000001", [6, 2, 2, 6], CLASSES, "420106") == []
    assert codes(rules.check_component("4201060137000001", [6, 2, 3, 5], frozenset({"01370"}))) == []
    assert codes(rules.check_component("4201060137000000", [6, 2, 2, 6], CLASSES)) == ["component.serial"]
    assert codes(rules.check_component("4201070199000001", [6, 2, 2, 6], CLASSES, "420106")) == [
        "component.county",
        "component.class",
    ]
    assert codes(rules.check_component("420106013700001", [6, 2, 2, 6], CLASSES)) == ["component.code"]
    assert codes(rules.check_component("４２０１０６０１３７０００００１", [6, 2, 2, 6], CLASSES)) == ["component.code"]
    assert codes(rules.check_component("4201060137000001", [6, 2, 2, 6], CLASSES, class_code="0101")) == ["component.other"]


@given(
    st.sampled_from([(6, 2, 2, 6), (6, 2, 3, 5), (6, 2, 2, 2, 6)]), st.from_regex(r"\A[0-9]{6}\Z"), st.integers(0, 9999),
    st.integers(1, 99_999), st.integers(0, 99),
)  # fmt: skip
def test_what_is_composed_is_read_back(segments: tuple[int, ...], county: str, group: int, serial: int, between: int) -> None:
    """6+2+2+6 (GB/T 30428.2-2013) and the other ways to cut a code that are met in the field."""
    own = f"{group:0{segments[1] + segments[2]}d}"
    extra = f"{between:02d}" if len(segments) == 5 else ""
    code = rules.component_code(segments, county, own, serial, extra)
    assert len(code) == sum(segments) and rules.parse_component(code, segments) == rules.Component(county, own, extra, serial)
    assert not rules.check_component(code, segments, {own}, county, own)
    for wrong in ((county[1:], own, serial), (county, own + "1", serial), (county, own, 0), (county, own, 10 ** segments[-1])):
        with pytest.raises(ValueError):
            rules.component_code(segments, *wrong, extra)


@given(st.sets(st.integers(1, 99)), st.sets(st.integers(1, 99)))
def test_pitfall_8_a_citys_own_classes_are_numbered_downwards_and_never_meet_the_standards(
    own: set[int], national: set[int]
) -> None:
    used, known = [f"01{n:02d}" for n in own], [f"01{n:02d}" for n in national]
    code = rules.next_extension("01", used, known)
    free = set(range(max(national, default=0) + 1, 100)) - own
    assert code == (f"01{max(free):02d}" if free else None)
    if code:
        assert rules.check_extension(code, known) == []
    assert all(codes(rules.check_extension(one, known)) == ["class.extension"] for one in known)


@pytest.mark.django_db
def test_pitfall_8_reference_is_loaded_once_and_old_codes_need_the_mapping() -> None:
    reference.load()
    count = ClassItem.objects.count()
    reference.load()
    assert ClassItem.objects.count() == count > 150
    old = ClassItem.objects.get(scheme__code="CJ214-2007", kind="component", code="0118")
    assert old.name == "路灯"
    assert [m.new.code for m in selectors.successors(old)] == ["0137"]  # 0118 is 化粪池井盖 today
    assert selectors.item("component", "0118").name == "化粪池井盖"
    poles = ClassItem.objects.get(scheme__code="CJ214-2007", kind="component", code="0117")
    assert [(m.new.code, m.exact) for m in selectors.successors(poles)] == [("0130", False), ("0131", False)]
    assert selectors.scheme(date(2010, 1, 1)).code == "CJ214-2007"
    assert selectors.check_component("4201060137000001", "420106001000") == []


@pytest.mark.django_db
def test_a_city_cannot_take_a_number_of_the_standard(client) -> None:
    reference.load()
    login(client, make_official("420100000000", roles=("data_admin",)))
    scheme = Scheme.objects.get(code="GB30428-2013")
    form = {
        "scheme": scheme.title,
        "kind": "event",
        "code": "0127",
        "name": "共享单车淤积",
        "major": "市容环境",
        "region_code": "420100000000",
    }
    answer = client.post("/r/classification/class_item/new/", form)
    assert answer.status_code == 422
    assert "从99起向前编号" in answer.content.decode()
    taken = {**form, "kind": "component", "major": "公用设施", "code": "0156"}  # a gap of the published table, below 0157
    assert client.post("/r/classification/class_item/new/", taken).status_code == 422
    assert client.post("/r/classification/class_item/new/", {**form, "code": "0199"}).status_code == 302
    assert selectors.item("event", "0199", "420106000000").name == "共享单车淤积"
    assert selectors.item("event", "0199", "420500000000") is None
    assert client.get("/r/classification/class_item/?kind=event").status_code == 200
