"""Plans by class: how often each class is inspected, one by one or walked along, what becomes overdue and what becomes an order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from zhujian.boards.urban_rural.municipal_assets.models import InspectionDue, InspectionPlan, WorkOrder
from zhujian.boards.urban_rural.municipal_assets.rules import patrols
from zhujian.boards.urban_rural.municipal_assets.services import inspections, plans
from zhujian.boards.urban_rural.municipal_assets.services.values import Values
from zhujian.boards.urban_rural.municipal_assets.tests.upkeep_world import picture, place
from zhujian.boards.urban_rural.municipal_assets.tests.world import HONGSHAN, WUCHANG, make
from zhujian.foundation.identity.testing import login, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

__all__ = ["place"]
BASE = timedelta(days=10)
TABLE = {
    "routine_I": (1, "day"),
    "routine_III": (7, "day"),
    "regular": (1, "year"),
    "structural_I": (2, "year"),
    "structural": (6, "year"),
}


def test_the_grade_picks_the_routine_and_none_counts_as_the_third() -> None:
    """urban-rural-construction.md §8: Ⅰ等 daily, Ⅲ等 ≤7 d; 结构定期 Ⅰ类 sooner than the others."""
    road = patrols.BY_CODE["road"]
    assert patrols.intervals(road, TABLE, grade="I")["routine"] == (1, "day")
    assert patrols.intervals(road, TABLE)["routine"] == (7, "day")
    assert patrols.intervals(road, TABLE, first=True)["structural"] == (2, "year")
    assert patrols.intervals(road, {"routine": (3, "day")}, grade="I") == {"routine": (3, "day")}


def test_no_facility_belongs_to_two_classes() -> None:
    seen: set[tuple[str, str]] = set()
    for one in patrols.CLASSES:
        for kind in one.kinds or ("",):
            assert (one.register, kind) not in seen
            seen.add((one.register, kind))


@given(st.dictionaries(st.sampled_from(sorted(TABLE)), st.tuples(st.integers(1, 400), st.sampled_from(("day", "month", "year")))))
def test_only_what_the_table_names_is_inspected(table: dict[str, tuple[int, str]]) -> None:
    for grade in ("", "I", "II", "III"):
        found = patrols.intervals(patrols.BY_CODE["road"], table, grade=grade)
        assert set(found) <= {"routine", "regular", "structural"} and set(found.values()) <= set(table.values())


@pytest.mark.django_db
def test_every_class_has_a_parameter_with_its_basis() -> None:
    values = Values(timezone.localdate(), WUCHANG)
    for one in patrols.CLASSES:
        assert patrols.intervals(one, values(one.parameter)) and values.basis(one.parameter), one.code


@pytest.fixture
def city(place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Besides the road, bridge and cover: a station, a gallery, lamps and pipes of two bodies, a neighbour's."""
    from zhujian.foundation.identity.selectors import posts_of

    with scope.system("测试"):
        org = posts_of(place["firm"])[0].organisation
    own = {"maintainer_org": org.code, "maintainer_name": org.name, "parties": [f"org:{org.code}"]}
    made = {
        "station": make("Facility", code="F1", name="测试泵站", kind="storm_pump", **own),
        "gallery": make("Gallery", code="G1", name="测试管廊", kind="trunk", **own),
        "lamps": [make("Lamp", code=f"L{n}", **own) for n in range(3)],
        "pipes": [make("PipeLine", code=f"P{n}", kind="YS", **own) for n in range(2)],
        "water": make("PipeLine", code="P9", kind="JS", maintainer_name="水务公司"),
        "power": make("PipeLine", code="P8", kind="GD", **own),
        "neighbour": make("Lamp", code="L9", region_code=HONGSHAN, **own),
    }
    yield {**place, **made, "org": org}


@pytest.mark.django_db
def test_each_class_gets_its_plans_once(city: dict[str, Any]) -> None:
    start = timezone.localdate() - BASE
    made = plans.do_plan(WUCHANG, starts_on=start)
    assert plans.do_plan(WUCHANG, starts_on=start) == 0
    rows = list(InspectionPlan.objects.values_list("patrol", "kind", "asset_id", "org_name"))
    assert len(rows) == made and {row[0] for row in rows} == {
        "bridge", "road", "gallery", "drain_station", "drain_pipe", "water_pipe", "lamp", "manhole",
    }  # fmt: skip
    walks = {(patrol, kind): org for patrol, kind, asset, org in rows if asset == 0}
    assert walks["lamp", "routine"] == city["org"].name and walks["water_pipe", "routine"] == "水务公司"
    assert sum(patrol == "drain_pipe" for patrol, *_ in rows) == 3  # two pipes, one walk: routine, regular, structural
    lamp = InspectionPlan.objects.get(patrol="lamp", kind="routine")
    assert "3 处" in lamp.label and lamp.parties == [f"org:{city['org'].code}"] and lamp.every == 7
    assert not InspectionPlan.objects.filter(region_code=HONGSHAN).exists()


@pytest.mark.django_db
def test_a_walk_becomes_due_overdue_and_an_order_of_the_facility_it_found(city: dict[str, Any]) -> None:
    plans.do_plan(WUCHANG, starts_on=timezone.localdate() - BASE, classes=["lamp"])
    assert inspections.make_dues() == 1
    due = InspectionDue.objects.get()
    assert (due.patrol, due.asset_id, due.org_code) == ("lamp", 0, city["org"].code) and due.due_on < timezone.localdate()
    today = timezone.localdate()
    with pytest.raises(Refusal) as said:
        inspections.do_record(due.pk, done_on=today, result="repair", note="不亮", photos=[picture()])
    assert [reason.field for reason in said.value.reasons] == ["code"]
    for wrong in ("L9", "没有"):  # a neighbour's lamp is not on this walk
        with pytest.raises(Refusal, match="没有找到编码"):
            inspections.do_record(due.pk, done_on=today, result="repair", note="不亮", photos=[picture()], code=wrong)
    assert not WorkOrder.objects.exists() and InspectionDue.objects.get().state == "open"
    _, order = inspections.do_record(due.pk, done_on=today, result="repair", note="三盏不亮", photos=[picture()], code="L1")
    assert order is not None and (order.kind, order.asset_id, order.source) == ("dark", city["lamps"][1].pk, "inspection")
    assert inspections.make_dues() == 1  # the next walk begins


@pytest.mark.django_db
def test_pages_show_classes_overdue_and_the_form_of_a_walk(city: dict[str, Any], client: Any) -> None:
    login(client, make_official(WUCHANG, roles=("supervisor", "reviewer")))
    sent = {"region_code": WUCHANG, "starts_on": str(timezone.localdate() - BASE), "classes": ["lamp", "road", "gas_pipe"]}
    assert client.post("/municipal-assets/plans/", sent).status_code == 302
    page = client.get("/municipal-assets/plans/").content.decode()
    assert "照明设施" in page and "CJJ 89-2012" in page and "每7天" in page and "可信度 C" in page
    late = client.get("/municipal-assets/overdue/").content.decode()
    assert "照明设施 1" in late and "道路 1" in late
    only = client.get("/municipal-assets/overdue/?patrol=road").content.decode()
    assert "测试路" in only and "养护公司，3 处" not in only
    due = InspectionDue.objects.get(patrol="lamp")
    address = f"/municipal-assets/dues/{due.pk}/"
    with scope.acting(scope_of(city["firm"])):
        login(client, city["firm"])
    assert "有问题的设施编码" in client.get(address).content.decode()
    bad = client.post(address, {"result": "repair", "note": "不亮", "done_on": str(timezone.localdate())})
    assert bad.status_code == 422 and "请填写有问题的那处设施的编码" in bad.content.decode()
    assert client.get(f"/municipal-assets/dues/{InspectionDue.objects.get(patrol='road').pk}/").status_code == 200
