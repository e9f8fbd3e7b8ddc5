"""What people of the demo county sent in, orders of its hotline, and what they said about closed cases."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils import timezone

from zhujian.boards.city_management.digital_city.models import Place
from zhujian.boards.city_management.public_service.hotline.orders import Order
from zhujian.boards.city_management.public_service.models import CallBack, Peer, Submission, WorkOrder
from zhujian.boards.city_management.public_service.services import orders, peers, reports
from zhujian.boards.city_management.public_service.services.call_backs import token_hash
from zhujian.foundation.cim import generator

SPACE = uuid.UUID("0f2c3a52-7f5e-5f0a-9e0b-6f6c1b1d2a11")
# (class, what was said)
SAID = (
    ("0110", "垃圾桶满了没人清，夏天味道很大"), ("0406", "晚上占道摆摊，推车过不去"), ("0113", "路面有个坑，下雨看不见"), ("", "路边有一堆装修垃圾"),
    ("0410", "共享单车堆在盲道上"), ("0301", "半夜还在施工，睡不着"), ("0201", "电线杆上贴满小广告"), ("", "见照片"),
)  # fmt: skip
CALLS = (
    ("complaint", "关山大道路口每晚占道摆摊，影响通行", "周先生", "13900000001", ""), ("help", "小区门口路灯不亮三天了", "吴女士", "13900000002", ""),
    ("consult", "请问门前要装雨棚需要办什么手续", "郑先生", "13900000003", ""), ("complaint", "隔壁工地夜间施工噪音大", "", "13900000004", "anonymous"),
    ("complaint", "楼下餐馆往下水道倒油", "王女士", "13900000005", "confidential"), ("help", "我的医保卡刷不了", "冯先生", "13900000006", ""),
)  # fmt: skip
ANSWERS = (1, 1, 2, 1, 2, 3, 4, 2, 1, None, None, 2)


def load() -> str:
    """Load them; returns what there is."""
    county = generator.DEMO.region_code
    places = list(Place.objects.filter(region_code__startswith=county[:6], kind="door").order_by("pk")[:400:20])
    if not places:
        return "没有地名地址，未载入"
    for n, (code, text) in enumerate(SAID):
        spot = places[n % len(places)]
        reports.do_submit(
            client_key=uuid.uuid5(SPACE, f"web{n}"), source="public_web", lon=spot.location.x, lat=spot.location.y, description=text,
            kind="event" if code else "", class_code=code, address=spot.address,
        )  # fmt: skip
    peer, _ = peers.do_register(
        code="demo-12345", name="12345政务服务便民热线（演示）", kind="hotline", source="hotline_12345", region_code=county
    )
    _orders(peer, county, places)
    return f"{Submission.objects.count()} 件公众上报、{WorkOrder.objects.count()} 张热线工单、{_answers(county, places)} 条回访"


def _orders(peer: Peer, county: str, places: list[Place]) -> None:
    for n, (kind, text, name, phone, secrecy) in enumerate(CALLS):
        spot = places[(n * 3 + 1) % len(places)]
        order = Order(
            order_no=f"DEMO{n + 1:04d}", source="hotline_12345", kind=kind, content=text, address=spot.address, caller_name=name, caller_phone=phone,
            secrecy=secrecy, lon=spot.location.x if kind != "consult" else None, lat=spot.location.y if kind != "consult" else None,
            called_at=timezone.now() - timedelta(minutes=10 * n), region_code=county,
        )  # fmt: skip
        orders.do_receive(order, peer=peer, region_code=county)


def _answers(county: str, places: list[Place]) -> int:
    """Closed reports of the last weeks with what their reporters said."""
    now = timezone.now()
    for n, level in enumerate(ANSWERS):
        spot, closed = places[(n * 2) % len(places)], now - timedelta(days=2 * n + 1)
        row = Submission.objects.create(
            number=f"{county[:6]}DEMO{n:04d}", source="public_web", kind="event", class_code="0110", class_name="暴露垃圾", description="垃圾未清",
            address=spot.address, location=spot.location, received_at=closed - timedelta(hours=5), changed_at=closed, stage="closed",
            case_no=f"DEMO{n:04d}", unit="洪山区城市管理执法局" if n % 3 else "武汉东湖市政工程有限公司", region_code=spot.region_code,
        )  # fmt: skip
        CallBack.objects.create(
            submission=row, case_no=row.case_no, class_code="0110", class_name="暴露垃圾", unit=row.unit, asked_at=closed,
            due_at=closed + timedelta(days=7), level=level, state="answered" if level else "waiting" if n < 4 else "expired",
            channel="desk" if level else "", note="清理后第二天又堆满了" if level == 4 else "", answered_at=closed + timedelta(hours=20) if level else None,
            token_hash=token_hash(f"demo{n}"), region_code=row.region_code,
        )  # fmt: skip
    return CallBack.objects.count()
