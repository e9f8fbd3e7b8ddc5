"""Bridges, inspections, orders and covers against the database, and the pages over them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import (
    Bridge,
    BridgeInspection,
    ConditionRecord,
    InspectionDue,
    InspectionPlan,
    Manhole,
    Road,
    WorkOrder,
)
from zhujian.boards.urban_rural.municipal_assets.services import bridges, covers, inspections, orders, plans
from zhujian.boards.urban_rural.municipal_assets.tests import network_world as world
from zhujian.boards.urban_rural.municipal_assets.tests.upkeep_world import picture, place
from zhujian.foundation.events.models import Event
from zhujian.foundation.identity.testing import login, make_enterprise, make_official, scope_of
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotFound, Refusal
from zhujian.foundation.workflow.models import Instance
from zhujian.foundation.workflow.testing import complete, open_tasks, task_at

pytestmark = pytest.mark.django_db
__all__ = ["place"]
FIRM = "91420106MA4K2B7T5G"


def assess(bridge: Bridge, *defects: tuple[str, str, str, str, str], **more) -> BridgeInspection:
    draft = bridges.do_start(
        bridge.pk,
        **{
            "inspected_on": timezone.localdate(),
            "kind": "regular",
            "org_name": "检测院",
            "inspector": "王工",
            "spans": 2,
            "absent": [],
            **more,
        },
    )
    for group, where, part, points, critical in defects:
        bridges.do_add_defect(
            draft.pk, group=group, place=where, part=part, points=D(points), description="病害", critical=critical
        )
    return bridges.do_finish(draft.pk)


def test_assessment_fixes_index_grade_and_parameter_versions(place) -> None:
    done = assess(place["bridge"], ("m", "", "paving", "15", ""), ("m", "", "paving", "10", ""), ("s", "1", "girder", "20", ""))
    assert done.bci_m == D("94.41") and done.bci_s == D("94.00") and done.bci_x == 100
    assert (done.bci, done.grade, done.condition) == (D("96.76"), "A", 1)
    assert done.parameters["municipal_assets.bridge_mdp"] and done.scores["m//paving"] == "81.36"
    bridge = Bridge.objects.get(pk=place["bridge"].pk)
    assert (bridge.bci, bridge.bci_grade, bridge.condition) == (D("96.76"), "A", 1) and "CJJ 99-2017" in bridge.condition_original
    record = ConditionRecord.objects.get()
    assert (record.index, record.grade, record.standard) == ("BCI", "A", "CJJ 99-2017") and record.parameters == done.parameters
    with pytest.raises(Conflict):
        bridges.do_finish(done.pk)


def test_a_critical_defect_closes_the_bridge(place) -> None:
    done = assess(place["bridge"], ("x", "1#", "foundation", "5", "settling_E"))
    assert (done.computed_grade, done.grade, done.condition) == ("A", "E", 5) and "不均匀沉降" in done.reason
    assert "封闭" in done.measures and done.measures_due is not None
    order = WorkOrder.objects.get()
    assert (order.source, order.urgent, order.source_id) == ("bridge", True, done.pk)
    with scope.system("测试"):
        assert Event.objects.filter(name="bridge.dangerous").count() == 1


def test_d_limits_the_load(place) -> None:
    done = assess(place["bridge"], ("s", "1", "girder", "5", "crack_D"))
    assert done.grade == "D" and "限载" in done.measures and not WorkOrder.objects.get().urgent


def test_first_class_bridge_by_its_worst_element(place) -> None:
    Bridge.objects.filter(pk=place["bridge"].pk).update(maintenance_kind="I")
    done = assess(Bridge.objects.get(pk=place["bridge"].pk), ("x", "1#", "bearing", "40", ""))
    assert (done.grade, done.condition) == ("fail", 5) and "1#支座" in done.reason and done.bci > 90


def test_an_older_assessment_does_not_overwrite_the_newer(place) -> None:
    assess(place["bridge"], ("s", "1", "girder", "20", ""))
    assess(place["bridge"], ("s", "1", "girder", "60", ""), inspected_on=date(2021, 5, 1))
    assert Bridge.objects.get(pk=place["bridge"].pk).bci == D("97.60") and BridgeInspection.objects.count() == 2


def test_defects_of_parts_that_are_not_there_are_refused(place) -> None:
    draft = bridges.do_start(
        place["bridge"].pk,
        inspected_on=timezone.localdate(),
        kind="regular",
        org_name="院",
        inspector="王",
        spans=2,
        absent=["approach"],
    )
    for group, where, part in (("m", "1", "paving"), ("s", "3", "girder"), ("x", "1#", "seat"), ("m", "", "approach")):
        with pytest.raises(Refusal):
            bridges.do_add_defect(draft.pk, group=group, place=where, part=part, points=D(5), description="x")
    with pytest.raises(Conflict):
        bridges.do_start(
            place["bridge"].pk,
            inspected_on=timezone.localdate(),
            kind="regular",
            org_name="院",
            inspector="王",
            spans=2,
            absent=[],
        )


def test_plans_follow_the_class_and_make_dues(place) -> None:
    start = timezone.localdate() - timedelta(days=10)
    assert plans.do_plan(world.WUCHANG, starts_on=start, classes=["bridge"]) == 3
    assert plans.do_plan(world.WUCHANG, starts_on=start, classes=["bridge"]) == 0
    made = {p.kind: (p.every, p.unit) for p in InspectionPlan.objects.all()}
    assert made == {"routine": (1, "day"), "regular": (1, "year"), "structural": (6, "year")}
    assert inspections.make_dues() == 1 and inspections.make_dues() == 0
    due = InspectionDue.objects.get()
    assert (due.kind, due.due_on) == ("routine", start + timedelta(days=1))
    done, order = inspections.do_record(due.pk, done_on=timezone.localdate(), result="good", note="")
    assert (done.state, order) == ("done", None)
    assert inspections.make_dues() == 1
    cover = inspections.coverage(world.WUCHANG, start, timezone.localdate())
    assert (cover.due, cover.done, cover.on_time) == (1, 1, 0)
    with pytest.raises(Refusal, match="登记过"):
        inspections.do_record(due.pk, done_on=timezone.localdate(), result="good", note="")


def test_who_is_late_is_told_once(place) -> None:
    plans.do_plan(world.WUCHANG, starts_on=timezone.localdate() - timedelta(days=2), classes=["bridge"])
    inspections.make_dues()
    with scope.system("测试"):
        assert inspections.remind() == 1 and inspections.remind() == 0
        assert inspections.remind(timezone.localdate() + timedelta(days=1)) == 0  # told when it began, not every day


def test_after_a_flood_every_bridge_is_inspected_once(place) -> None:
    assert inspections.do_special_region(world.WUCHANG, cause="flood") == 1
    assert inspections.do_special_region(world.WUCHANG, cause="quake") == 0
    assert InspectionDue.objects.get().cause == "flood"


def test_what_needs_repair_needs_words_and_a_photo_and_becomes_an_order(place) -> None:
    due = inspections.do_special("municipal_assets.bridge", place["bridge"].pk, cause="collision")
    with pytest.raises(Refusal) as said:
        inspections.do_record(due.pk, done_on=timezone.localdate(), result="danger", note="")
    assert {r.field for r in said.value.reasons} == {"note", "photos"}
    _, order = inspections.do_record(due.pk, done_on=timezone.localdate(), result="danger", note="栏杆被撞断", photos=[picture()])
    assert order is not None and order.urgent and order.source == "inspection" and order.photos.count() == 1
    assert InspectionDue.objects.get().photos.count() == 1


def test_an_order_from_report_to_closure(place) -> None:
    order = orders.do_report("municipal_assets.manhole", place["cover"].pk, kind="missing", text="井盖缺失", photos=[picture()])
    assert order.urgent and order.number.startswith("GD4201") and order.due_at - order.created_at < timedelta(hours=25)
    instance = Instance.objects.get(subject=order.subject)
    task = task_at(instance, "dispatch")
    assert task.due is not None
    complete(place["two"], task, "pass", org=order.org_code)
    with pytest.raises(Refusal, match="处置后照片"):
        complete(place["firm"], task_at(instance, "handle"), "done", text="已换新")
    complete(place["firm"], task_at(instance, "handle"), "done", text="已换新", after=picture("b.jpg", 10))
    with pytest.raises(Refusal, match="理由"):
        complete(place["two"], task_at(instance, "verify"), "return")
    complete(place["two"], task_at(instance, "verify"), "return", comment="没有装防坠网")
    order.refresh_from_db()
    assert order.state == "dispatched" and "防坠网" in order.notes.get().text
    complete(place["firm"], task_at(instance, "handle"), "done", text="已装网", after=picture("c.jpg", 30))
    complete(place["two"], task_at(instance, "verify"), "pass")
    order.refresh_from_db()
    assert (
        (order.state, order.fixed_text, order.photos.count()) == ("closed", "已装网", 3)
        and order.closed_at
        and not open_tasks(instance)
    )
    with scope.system("测试"):
        names = list(
            Event.objects.filter(subject=order.subject, name__startswith="order.").order_by("id").values_list("name", flat=True)
        )
    assert names == ["order.reported", "order.dispatched", "order.handled", "order.handled", "order.closed"]


def test_whoever_an_order_is_given_to_sees_its_photos(place) -> None:
    with scope.system("测试"):
        other = make_enterprise(name="另一家养护公司", region=world.WUCHANG)
        from zhujian.foundation.identity.selectors import posts_of

        code = posts_of(other)[0].organisation.code
    order = orders.do_report("municipal_assets.manhole", place["cover"].pk, kind="missing", text="缺失", photos=[picture()])
    complete(place["two"], task_at(Instance.objects.get(subject=order.subject), "dispatch"), "pass", org=code)
    with scope.acting(scope_of(other)):
        seen = orders.order_of(order.subject)
        assert seen.org_code == code and seen.photos.get().file.kind == "jpeg"


def test_the_fixer_does_not_verify(place) -> None:
    order = orders.do_report("municipal_assets.road", place["road"].pk, kind="broken", text="路面破损")
    instance = Instance.objects.get(subject=order.subject)
    complete(place["two"], task_at(instance, "dispatch"), "pass", org="")
    WorkOrder.objects.filter(pk=order.pk).update(fixer=place["one"].pk, state="handled", org_code="")
    from zhujian.boards.urban_rural.municipal_assets.services.order_process import AssetOrderHandler

    task = task_at(instance, "handle")
    task.node = "verify"
    assert AssetOrderHandler().check(task, "pass", {})[0].code == "order.same_person"
    with scope.acting(scope_of(place["two"])):
        assert AssetOrderHandler().check(task, "pass", {}) == []


def test_the_same_defect_is_linked_not_worked_on_twice(place) -> None:
    first = orders.do_report("municipal_assets.manhole", place["cover"].pk, kind="broken", text="井盖破损")
    second = orders.do_report("municipal_assets.manhole", place["cover"].pk, kind="broken", text="井盖裂了")
    other = orders.do_report("municipal_assets.manhole", place["cover"].pk, kind="noisy", text="异响")
    assert (second.state, second.primary_id, other.primary_id) == ("linked", first.pk, None)
    assert second.number in first.notes.get().text and not Instance.objects.filter(subject=second.subject).exists()


def test_22_15_tilt_with_and_without_an_open_ticket(place) -> None:
    ticket = orders.do_report("municipal_assets.manhole", place["cover"].pk, kind="maintenance", text="计划养护")
    calm = covers.do_report_tilt(place["cover"].pk, degrees=D(18))
    assert not calm.alarm and calm.order == ticket and "18" in ticket.notes.get().text
    assert Manhole.objects.get().cover_state == "normal"
    WorkOrder.objects.filter(pk=ticket.pk).update(state="closed")
    loud = covers.do_report_tilt(place["cover"].pk, degrees=D(18))
    assert loud.alarm and loud.order is not None and loud.order.kind == "displaced" and loud.order.urgent
    assert timedelta(minutes=59) < loud.order.guard_due - timezone.now() <= timedelta(hours=1)
    assert Manhole.objects.get().cover_state == "displaced"
    with scope.system("测试"):
        assert Event.objects.filter(name="manhole.alarmed").count() == 1
    assert covers.do_report_tilt(place["cover"].pk, degrees=D(15)).order is None


def test_a_reading_over_http(place, client) -> None:
    login(client, place["firm"])
    address = f"/municipal-assets/manholes/{place['cover'].pk}/tilt/"
    bad = client.post(address, {"degrees": "abc"}, headers={"Accept": "application/json"})
    assert bad.status_code == 422 and "manhole.reading" in bad.content.decode()
    assert client.post(address, {"degrees": "9"}).json() == {"alarm": False, "order": None, "link": None, "guard_due": None}
    loud = client.post(address, {"degrees": "18"}).json()
    assert loud["alarm"] and loud["guard_due"] and client.get(loud["link"]).status_code == 200
    again = client.post(address, {"degrees": "18"}).json()
    assert not again["alarm"] and again["order"] == loud["order"]


def test_road_condition_keeps_grade_and_version(place) -> None:
    made = inspections.do_measure_road(
        place["road"].pk, index="PCI", value=D("72.5"), measured_on=timezone.localdate(), measured_by="检测院"
    )
    assert (made.grade, made.condition) == ("B", 2) and made.parameters["municipal_assets.pci_cuts"]
    lamps = inspections.do_measure_road(
        place["road"].pk, index="LIT", value=D(0), measured_on=timezone.localdate(), measured_by="灯管所", lit=9720, due=10000
    )
    assert (lamps.value, lamps.grade, lamps.condition) == (D("97.20"), "不达标", None)
    assert Road.objects.get(pk=place["road"].pk).condition == 2
    with pytest.raises(Refusal):
        inspections.do_measure_road(
            place["road"].pk, index="RQI", value=D(6), measured_on=timezone.localdate(), measured_by="检测院"
        )


def test_the_neighbour_sees_nothing(place) -> None:
    order = orders.do_report("municipal_assets.manhole", place["cover"].pk, kind="broken", text="破损")
    with scope.system("测试"):
        other = make_official("420111000000", roles=("supervisor",))
    with scope.acting(scope_of(other)):
        assert not WorkOrder.objects.exists()
        with pytest.raises(NotFound):
            orders.order_of(order.subject)
        with pytest.raises(NotFound):
            orders.do_report("municipal_assets.manhole", place["cover"].pk, kind="broken", text="破损")
