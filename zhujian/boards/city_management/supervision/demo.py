"""Demo: supervision in every state, made by the services in the names of the demo people; only limits that have passed are put back by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.contrib.gis.geos import Point
from django.core.files.base import ContentFile, File
from django.utils import timezone
from PIL import Image, ImageDraw

from zhujian.boards.city_management.supervision.models import (
    Camera,
    Checklist,
    Emergency,
    Finding,
    Opinion,
    SupervisionTask,
    UnitTask,
)
from zhujian.boards.city_management.supervision.services import (
    checks,
    circulars,
    emergencies,
    extensions,
    meetings,
    opinions,
    tasks,
)
from zhujian.foundation.cim import generator
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Account, Post
from zhujian.foundation.kernel import scope

PROVINCE, WUHAN, YICHANG = "420000000000", "420100000000", "420500000000"
CITIES = (WUHAN, YICHANG, "420600000000", "421000000000")
ISSUERS, DESKS, HEADS = (
    ("superviser", "supervisor"),
    ("department_desk", "dispatcher", "reviewer", "superviser", "supervisor"),
    ("leader", "approver"),
)
OFFICES = ("UMB", "UMC", "HUD")


def _someone(region: str, authorities: tuple[str, ...], roles: tuple[str, ...], org: str = "") -> tuple[Account, Post] | None:
    """Somebody in post in the region (of the body `org`) who has one of the roles."""
    rows = identity.open_posts().filter(
        organisation__region_code=region, organisation__authorities__overlap=list(authorities), roles__overlap=list(roles)
    )
    post = (rows.filter(organisation__code=org) if org else rows).order_by("pk").first()
    return (post.account, post) if post else None


@contextmanager
def _as(found: tuple[Account, Post] | None) -> Iterator[bool]:
    """Act as somebody; False when there is nobody."""
    if found is None:
        yield False
        return
    with scope.acting(identity.scope_for(*found)):
        yield True


def load() -> str:
    """Make what the demo people can; returns what there is."""
    codes = [
        org.code
        for region in CITIES
        if (org := identity.organisation_for("UMB", region) or identity.organisation_for("HUD", region))
        and org.region_code == region
    ]
    with _as(_issuer()) as ready:
        if ready and codes:
            _issue(codes)
            _opinions()
            _consultations(codes)
            _checks(codes[0])
    _answers()
    _reviews(codes)
    _emergencies()
    _rectify()
    return f"{SupervisionTask.objects.count()} 项监督任务、{Emergency.objects.count()} 起突发事件、{_cameras()} 台摄像机"


def _issuer() -> tuple[Account, Post] | None:
    return _someone(PROVINCE, ("HUD",), ISSUERS)


# -- tasks ---------------------------------------------------------------------------------------------------------------------

TASKS = (
    ("special", "窨井盖安全专项治理", "全面排查窨井盖病害隐患，建立台账，限期整改，报送治理情况。", 10, True),
    ("daily", "城市运行管理服务平台数据交换情况自查", "核对每日对账结果，对退回记录逐条更正，说明未平日期的原因。", 5, False),
    ("special", "餐饮场所瓶装燃气使用和占道经营联合整治情况报送（含农贸市场、夜市和校园周边五百米范围内各类流动摊点）",
     "按属地开展联合整治，报送检查户数、问题数、整改数和典型案例。", 15, False),
    ("daily", "2026年第一季度数字城管运行情况总结", "按评价指标口径总结本季度立案、处置、结案情况，分析超期原因。", 5, False),
)  # fmt: skip


def _issue(codes: list[str]) -> None:
    for kind, title, words, days, key in TASKS:
        made = tasks.do_draft(
            {"kind": kind, "title": title, "requirement": words, "limit_days": days, "is_key": key, "receivers": codes}
        )
        tasks.do_issue(made.pk)
    tasks.do_draft(
        {
            "kind": "patrol",
            "title": "城区易涝点排查",
            "requirement": "汛期前完成易涝点排水设施排查。",
            "limit_days": 10,
            "receivers": codes,
        }
    )


def _units(title: str) -> list[UnitTask]:
    return list(UnitTask.objects.filter(title=title).order_by("id"))


def _by(unit: UnitTask, *acts: Callable[[UnitTask], Any]) -> None:
    """Somebody of the unit does these."""
    with _as(_someone(unit.region_code, OFFICES, DESKS, unit.org_code)) as ready:
        for act in acts if ready else ():
            act(unit)


def _take(unit: UnitTask) -> None:
    tasks.do_act(unit.pk, "receive", "receive")
    tasks.do_act(unit.pk, "arrange", "self")


def _say(text: str) -> Callable[[UnitTask], Any]:
    return lambda unit: tasks.do_act(unit.pk, "handle", "feedback", comment=text)


def _answers() -> None:
    """Units answer, ask for more time, only sign, or let the limit pass."""
    with scope.system("演示监督任务"):
        first, second, third, fourth = (_units(title) for _, title, *_ in TASKS)
    for unit, text in zip(
        first, ("已排查窨井盖 12,860 处，整改隐患 373 处，其余列入三月整改计划。", "已排查 4,215 处，整改 96 处。"), strict=False
    ):
        _by(unit, _take, _say(text))
    for unit in first[2:3]:
        _by(
            unit, _take, lambda one: extensions.do_ask(one.pk, days=5, reason="城区雨污分流施工路段 300 余处井盖须待通车后排查。")
        )
    for unit in second[1:2]:
        _by(unit, lambda one: tasks.do_act(one.pk, "receive", "receive"))
    for unit in third[:2]:
        _by(unit, _take)
    for unit in fourth:
        _by(unit, _take, _say("本季度立案、处置、结案情况见附表，超期主要集中在权属不清的部件案件。"))
    with scope.system("演示监督任务"):
        past = timezone.now() - timedelta(days=2)
        for unit in second[2:3]:  # never signed for: the limit has passed
            UnitTask.objects.filter(pk=unit.pk).update(issued_at=past - timedelta(days=1), receipt_due=past)
        for unit in third[:1]:  # taken in hand, and the answer is late
            UnitTask.objects.filter(pk=unit.pk).update(issued_at=past - timedelta(days=21), due=past)
        circulars.mark_overdue()


def _reviews(codes: list[str]) -> None:
    """The issuer closes the last task, sends one answer back, drafts praise; the head signs one circular."""
    with _as(_issuer()) as ready:
        if not ready or not codes:
            return
        for unit in _units(TASKS[3][1]):
            tasks.do_act(unit.pk, "review", "close")
        for unit in _units(TASKS[0][1])[1:2]:
            tasks.do_act(unit.pk, "review", "return", comment="请补充分县（市、区）整改明细和未整改隐患的完成时限。")
        praise = circulars.do_draft(
            kind="praise", title="关于窨井盖安全专项治理工作的表扬通报", named=codes[:1], body="武汉市城市管理执法委员会排查全面、台账规范、整改及时，予以通报表扬。",
        )  # fmt: skip
    with _as(_someone(PROVINCE, ("HUD",), HEADS)) as ready:
        if ready:
            circulars.do_publish(praise.pk)


# -- opinions, consultations -----------------------------------------------------------------------------------------------------


def _opinions() -> None:
    now = timezone.now()
    for number, (title, media, hours, sentiment) in enumerate(
        (("市民反映雄楚大道一处井盖破损", "荆楚网", 6, "negative"), ("记者探访：口袋公园让老街坊出门见绿", "湖北日报", 30, "positive"),
         ("网友发帖询问夜间施工投诉渠道", "本地论坛", 2, "")), 1
    ):  # fmt: skip
        url = f"https://news.example.cn/2026/03/item-{number}"
        row = Opinion.objects.create(
            title=title, media=media, url=url, url_hash=opinions.hash_of(url), published_at=now - timedelta(hours=hours), region_code=generator.DEMO.region_code,
            summary="反映井盖破损，存在安全隐患，希望尽快修复。" if number == 1 else "",
        )  # fmt: skip
        if sentiment:
            opinions.do_judge(row.pk, sentiment=sentiment)
        if sentiment == "positive":
            opinions.do_close(row.pk, disposal="正面报道，已转业务指导作为经验素材。")


def _consultations(codes: list[str]) -> None:
    now = timezone.now()
    common = {"minutes_planned": 60, "participants": codes}
    meetings.do_call({"title": "汛期排水防涝工作视频会商", "agenda": "一、通报气象研判；二、各市汇报易涝点整治进展；三、部署值班值守。",
                      "starts_at": now + timedelta(days=2), **common})  # fmt: skip
    held = meetings.do_call(
        {
            "title": "窨井盖权属认定疑难问题会商",
            "agenda": "讨论无主井盖认定和代管办法。",
            "starts_at": now + timedelta(minutes=5),
            **common,
        }
    )
    meetings.do_record(
        held.pk,
        present="省厅督查处，武汉、宜昌、襄阳、荆州四市城管部门负责人",
        minutes="无主井盖由所在县区先行代管，一个月内完成权属认定；认定不清的提交市级协调。",
    )


# -- checks on site ----------------------------------------------------------------------------------------------------------------


def _photo(seed: int, *, mended: bool) -> File:
    """A drawn picture of a street, with or without rubbish on it."""
    image = Image.new("RGB", (640, 480), (168, 196, 222))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 260, 640, 480), fill=(176, 172, 164))
    for place in range(0 if mended else 9):
        left, top = 180 + place * 37 % 260, 320 + (place * seed) % 90
        pen.ellipse((left, top, left + 46, top + 28), fill=(92, 74 + place * 5, 52), outline=(40, 34, 28))
    pen.line((0, 450 - seed, 640, 440 - seed), fill=(230, 230, 224), width=6)
    out = BytesIO()
    image.save(out, "JPEG", quality=70)
    return ContentFile(out.getvalue(), name=f"检查照片{seed}.jpg")


def _checks(code: str) -> None:
    """One check with two faults, one without any."""
    sheet = Checklist.objects.filter(code="appearance").order_by("-id").first()
    if sheet is None:
        return
    good = {item["code"]: {"result": "good"} for item in sheet.items}
    faulty = good | {
        "A2": {"result": "fault", "text": "两处垃圾桶满溢，周边有散落垃圾"},
        "A4": {"result": "fault", "text": "三家商铺店外经营，占用盲道"},
    }
    common = {"checklist": sheet.pk, "org_code": code, "lon": generator.DEMO.lon, "lat": generator.DEMO.lat}
    checks.do_check({**common, "object_name": "光谷步行街周边市容环境", "address": "珞喻路光谷步行街"}, faulty,
                    {"A2": [_photo(11, mended=False)], "A4": [_photo(23, mended=False)]})  # fmt: skip
    checks.do_check({**common, "object_name": "关山公园周边市容环境", "address": "关山大道"}, good)


def _rectify() -> None:
    """The unit has mended the first fault; the second is still open."""
    with scope.system("演示现场检查"):
        fault = Finding.objects.filter(result="fault").select_related("check_record").order_by("id").first()
    if fault is None:
        return
    with _as(_someone(WUHAN, OFFICES, DESKS, fault.check_record.org_code)) as ready:
        if ready:
            checks.do_rectify(
                fault.pk, text="已清运并增设垃圾桶两只，清运频次由每日两次调整为三次。", photos=[_photo(37, mended=True)]
            )


# -- emergencies ---------------------------------------------------------------------------------------------------------------------


def _emergencies() -> None:
    """One just reported, one with the response running, one closed."""
    county, now = generator.DEMO.region_code, timezone.now()
    common = {"lon": generator.DEMO.lon, "lat": generator.DEMO.lat}
    rows: list[Emergency] = []
    with _as(_someone(county, OFFICES, ("department_desk", "dispatcher", "superviser", "supervisor"))) as ready:
        if not ready:
            return
        for title, kind, level, minutes, address, text, measures in (
            ("珞喻路供水管道破裂积水", "water", "4", 20, "珞喻路鲁磨路口", "供水管道破裂，路面积水约80平方米，已设置围挡。", "通知供水单位关阀抢修。"),
            ("强降雨致关山大道下穿通道积水", "flood", "3", 95, "关山大道下穿通道", "短时强降雨，通道积水最深0.4米，已封闭交通。", "三台移动泵车抽排，交警现场疏导。"),
            ("民族大道围挡被大风吹倒", "fall", "4", 25, "民族大道地铁站口", "约12米施工围挡倾倒，占用非机动车道，无人员受伤。", "已清理并加固。"),
        ):  # fmt: skip
            rows.append(emergencies.do_report({
                **common, "title": title, "kind": kind, "level": level, "occurred_at": now - timedelta(minutes=minutes), "address": address, "text": text,
                "measures": measures,
            }))  # fmt: skip
        emergencies.do_follow_up(rows[2].pk, "final", {"text": "围挡全部扶正加固，道路恢复通行。原因为基础螺栓松动。"})
    with _as(_someone(county, (*OFFICES, "UMS"), HEADS)) as ready:
        if ready:
            emergencies.do_respond(rows[1].pk, level="4", commander="区城市管理执法局值班领导")
            emergencies.do_close(rows[2].pk, conclusion="处置及时，未造成人员伤亡；已要求施工单位全线检查围挡。")


def _cameras() -> int:
    county, places = (
        generator.DEMO.region_code,
        ("珞喻路鲁磨路口", "雄楚大道民族大道口", "关山大道光谷大道口", "虎泉街口", "卓刀泉北路口", "珞狮路口"),
    )
    rows = [
        Camera(
            device_id=f"{county[:6]}01001320{number:06d}",
            name=name,
            kind="132",
            location=Point(114.395 + number * 0.004, 30.495 + number * 0.002, srid=4490),
            address=name,
            owner="区城市管理执法局",
            status="offline" if number == 4 else "online",
            region_code=county,
        )  # fmt: skip
        for number, name in enumerate(places, 1)
    ]
    return len(Camera.objects.bulk_create(rows))
