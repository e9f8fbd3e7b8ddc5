"""Demo of the network and its upkeep: a few faults in the generated pipes, two checks, bridges of every grade, inspections, orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.contrib.gis.geos import LineString
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image, ImageDraw

from zhujian.boards.urban_rural.municipal_assets.models import (
    Bridge,
    InspectionDue,
    Lamp,
    Manhole,
    PipeLine,
    PipePoint,
    Road,
    TopologyFinding,
    WorkOrder,
)
from zhujian.boards.urban_rural.municipal_assets.services import bridges, covers, inspections, orders, plans, topology
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow import services as workflow
from zhujian.foundation.workflow.models import Task

FIRM = "con10"  # 武汉东湖市政工程有限公司
# bridge (by number) → defects of its latest assessment: group, place, part, points, what, critical
DEFECTS: dict[int, list[tuple[str, str, str, str, str, str]]] = {
    0: [("m", "", "paving", "10", "桥面铺装局部网裂", "")],
    1: [("m", "", "joint", "25", "伸缩缝堵塞，橡胶条脱落", ""), ("s", "1", "girder", "15", "主梁底面局部剥落", "")],
    2: [("s", "1", "girder", "35", "主梁横向裂缝多条，最宽0.25毫米", ""), ("s", "2", "girder", "30", "主梁渗水泛碱", ""), ("x", "1#", "cap", "35", "盖梁竖向裂缝", ""),
        ("m", "", "paving", "45", "铺装大面积破损", ""), ("x", "1#", "bearing", "40", "支座老化开裂", "")],
    3: [("s", "1", "girder", "55", "主梁跨中裂缝贯通，钢筋外露", "crack_D"), ("m", "", "railing", "40", "栏杆锈蚀松动", "")],
    4: [("x", "1#", "foundation", "60", "中墩沉降45毫米，梁端错台", "settling_E"), ("s", "2", "girder", "45", "主梁扭曲变形", "")],
    5: [("m", "", "drainage", "20", "泄水孔堵塞", ""), ("s", "1", "stair", "20", "梯道踏步破损", "")],
}  # fmt: skip


def load(region: str) -> str:
    """Faults, checks, assessments, inspections and orders in the demo's county; what there is."""
    people = {
        "supervisor": _account(f"supervisor.hud.{region[:6]}"), "approver": _account(f"approver.hud.{region[:6]}"), "firm": _account(FIRM),
    }  # fmt: skip
    if not all(people.values()) or not PipeLine.objects.filter(region_code__startswith=region[:6]).exists():
        return "没有演示人员或管网，未装载养护数据"
    checked = _checks(region, people)
    assessed = _bridges(people)
    done = _inspections(region, people)
    made = _orders(people)
    return f"拓扑检查 2 次（{checked} 个问题）、桥梁评估 {assessed} 份、巡查记录 {done} 条、工单 {made} 份"


def _account(username: str) -> Account | None:
    return Account.objects.filter(username=username).first()


def _as(account: Account) -> Any:
    """Act as one of the demo's people, in their first post."""
    return scope.acting(identity.scope_for(account, identity.posts_of(account)[0]))


def photo(name: str, *, broken: bool) -> ContentFile:
    """A drawn stand-in for a photo of a cover in a road, before or after repair."""
    picture = Image.new("RGB", (640, 420), (108, 112, 116))
    pen = ImageDraw.Draw(picture)
    for x in range(0, 640, 120):
        pen.rectangle((x, 200, x + 60, 208), fill=(226, 226, 220))
    pen.ellipse((210, 110, 430, 330), fill=(24, 26, 28) if broken else (66, 70, 74), outline=(40, 42, 44), width=8)
    if not broken:
        for x in range(240, 401, 32):
            pen.line((x, 150, x, 290), fill=(92, 96, 100), width=8)
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=80)
    return ContentFile(stream.getvalue(), name=name)


# The faults a census finds: (kind of pipe, how the row is made wrong)
def _faults(region: str) -> Callable[[], None]:
    """Put believable faults into the generated network; returns what mends one of them."""
    own = PipeLine.objects.filter(region_code__startswith=region[:6], valid_to=None, planned=False)
    storm = list(own.filter(kind="YS", flow__in=(1, -1)).exclude(start_invert=None).order_by("id")[200:900:100])
    for line in storm[:3]:  # inverts booked the wrong way round
        line.start_invert, line.end_invert = line.end_invert - Decimal("0.15"), line.start_invert + Decimal("0.15")
        line.save(update_fields=["start_invert", "end_invert"])
    for line in storm[3:5]:  # a large pipe runs into a small one
        line.diameter_mm = 200
        line.save(update_fields=["diameter_mm"])
    deep = storm[5]
    deep.end_invert = deep.end_invert - Decimal("17")
    deep.save(update_fields=["end_invert"])
    water = own.filter(kind="JS").order_by("id")[300]
    water.end = None
    water.save(update_fields=["end"])
    twin = own.filter(kind="TR").order_by("id")[400]
    twin.pk, twin.code = None, f"{twin.code}-2"
    twin.feature_id = _fresh()
    twin._state.adding = True
    twin.save()
    _cross_connect(region)

    def mend() -> None:
        line = storm[0]
        line.start_invert, line.end_invert = line.end_invert - Decimal("0.15"), line.start_invert + Decimal("0.15")
        line.save(update_fields=["start_invert", "end_invert"])

    return mend


def _fresh() -> Any:
    import uuid

    return uuid.uuid5(uuid.NAMESPACE_URL, "zhujian-demo-twin")


def _cross_connect(region: str) -> None:
    """A yard's sewer that was joined to the storm drain instead of the sewer."""
    sewage = PipePoint.objects.filter(region_code__startswith=region[:6], kind="WS", attachment="septic").order_by("id")[10]
    storm = (
        PipePoint.objects.filter(kind="YS", lines_out__isnull=False, geom__dwithin=(sewage.geom, 0.002)).order_by("id").first()
    )
    if storm is None or storm.ground_elev is None:
        return
    bottom = (
        PipeLine.objects.filter(start=storm).exclude(start_invert=None).values_list("start_invert", flat=True).first()
        or storm.ground_elev - 2
    )
    PipeLine.objects.create(
        code="WSL-HJ01", kind="WS", start=sewage, end=storm, geom=LineString(sewage.geom.coords, storm.geom.coords, srid=4490), flow=1,
        start_invert=bottom + Decimal("0.4"), end_invert=bottom + Decimal("0.1"), source_datum="1985", diameter_mm=200, material="pvc",
        region_code=sewage.region_code, parties=sewage.parties, valid_from=sewage.valid_from, source="census",
    )  # fmt: skip


def _checks(region: str, people: dict[str, Any]) -> int:
    """A first check, one fault accepted with a reason, one mended, and a second check that says so."""
    mend = _faults(region)
    with _as(people["supervisor"]):
        topology.do_request(region)
        dangling = TopologyFinding.objects.filter(rule="dangling_line", severity="warn").order_by("id").first()
        if dangling is not None:
            topology.do_accept(dangling.pk, reason="现场核实为楼栋换热间入户点，图上省略了换热间。")
        close = TopologyFinding.objects.filter(rule="clearance", severity="warn").order_by("id").first()
        if close is not None:
            topology.do_accept(close.pk, reason="该处燃气管已加装钢套管，竣工资料见档案。")
    mend()
    with _as(people["supervisor"]):
        topology.do_request(region)
        found = TopologyFinding.objects.filter(rule="cross_connection").order_by("id").first()
        if found is not None and found.line_id:
            orders.do_report(
                "municipal_assets.pipe_line",
                found.line_id,
                kind="topology",
                text=found.message,
                source="topology",
                source_id=found.pk,
                place=found.geom,
            )
        return TopologyFinding.objects.exclude(state="fixed").count()


def _bridges(people: dict[str, Any]) -> int:
    """Three years of assessments; the later ones are worse where the table says so."""
    today = timezone.localdate()
    made = 0
    for number, bridge in enumerate(Bridge.objects.order_by("id")[:8]):
        defects = DEFECTS.get(number, [])
        with _as(people["supervisor"]):
            for year in (2, 1, 0):
                draft = bridges.do_start(
                    bridge.pk, inspected_on=today - timedelta(days=365 * year + 20 + number), kind="regular", org_name="湖北建科工程质量检测有限公司",
                    inspector=("陈立新", "周海峰", "吴建国")[number % 3], spans=bridge.spans or 1, absent=["cross_link"] if number % 2 else [],
                )  # fmt: skip
                for group, where, part, points, text, critical in defects:
                    if part in draft.absent:
                        continue
                    share = Decimal(points) * (10 - 3 * year) / 10
                    bridges.do_add_defect(
                        draft.pk, group=group, place=where, part=part, points=share.quantize(Decimal("0.1")), description=text,
                        critical=critical if year == 0 else "", photo=photo("病害.jpg", broken=True) if year == 0 else None,
                    )  # fmt: skip
                bridges.do_finish(draft.pk)
                made += 1
    return made


def _inspections(region: str, people: dict[str, Any]) -> int:
    """Plans for every bridge, some inspections done on time, some late, some still open and overdue."""
    today = timezone.localdate()
    with _as(people["supervisor"]):
        plans.do_plan(region, starts_on=today - timedelta(days=12))
    done = 0
    for _ in range(2):
        inspections.make_dues()
        with _as(people["firm"]):
            for due in InspectionDue.objects.filter(state="open", kind="routine", due_on__lte=today).order_by("id"):
                if due.asset_id % 4 == 3:
                    continue
                late = timedelta(days=due.asset_id % 3)
                day = min(today, due.due_on + late)
                inspections.do_record(
                    due.pk, done_on=day, result="minor" if due.asset_id % 5 == 0 else "good", note="桥面清洁，排水通畅。"
                )
                done += 1
    inspections.make_dues()
    with _as(people["supervisor"]):
        inspections.do_special("municipal_assets.bridge", Bridge.objects.order_by("id")[6].pk, cause="collision")
        for road, value in zip(Road.objects.exclude(grade="").order_by("id")[:3], ("91.2", "74.5", "58.0"), strict=False):
            inspections.do_measure_road(
                road.pk,
                index="PCI",
                value=Decimal(value),
                measured_on=today - timedelta(days=30),
                measured_by="武汉市道路检测中心",
            )
        road = Road.objects.filter(grade="arterial").order_by("id").first()
        if road is not None:
            inspections.do_measure_road(
                road.pk,
                index="LIT",
                value=Decimal(0),
                measured_on=today - timedelta(days=3),
                measured_by="洪山区照明管理所",
                lit=486,
                due=500,
            )
    return done


def _orders(people: dict[str, Any]) -> int:
    """Orders at every stage of their life, one linked to another, one raised by a smart cover."""
    cover, lamp = "municipal_assets.manhole", "municipal_assets.lamp"
    covers_ = list(Manhole.objects.exclude(maintainer_org="").order_by("id")[40:3000:400])
    lamps = list(Lamp.objects.order_by("id")[10:600:200])
    with _as(people["firm"]):
        closed = orders.do_report(
            cover, covers_[0].pk, kind="broken", text="井盖边缘破损，行车有响声。", photos=[photo("处置前.jpg", broken=True)]
        )
        handled = orders.do_report(
            cover, covers_[1].pk, kind="noisy", text="车辆经过时井盖跳动异响。", photos=[photo("处置前.jpg", broken=True)]
        )
    with _as(people["supervisor"]):
        waiting = orders.do_report(lamp, lamps[0].pk, kind="dark", text="连续三盏路灯不亮。")
        orders.do_report(cover, covers_[2].pk, kind="sunken", text="井周下沉约20毫米。")
        orders.do_report(cover, covers_[2].pk, kind="sunken", text="井盖处路面塌下去一块。")
        covers.do_report_tilt(covers_[3].pk, degrees=Decimal(22))
    for order, steps in ((closed, 3), (handled, 2), (waiting, 1)):
        _walk(order, steps, people)
    return WorkOrder.objects.count()


def _walk(order: WorkOrder, steps: int, people: dict[str, Any]) -> None:
    """Take an order so many steps further: dispatched, handled, verified."""
    acts: list[tuple[str, str, dict[str, Any]]] = [
        ("supervisor", "pass", {"org": order.org_code}),
        ("firm", "done", {"text": "已更换井盖并调平井座。", "before": photo("处置前.jpg", broken=True), "after": photo("处置后.jpg", broken=False)}),
        ("supervisor", "pass", {}),
    ]  # fmt: skip
    for who, outcome, data in acts[:steps]:
        task = Task.objects.get(subject=order.subject, status__in=("ready", "claimed"))
        with _as(people[who]):
            workflow.do_complete(task.pk, outcome=outcome, data=data)
