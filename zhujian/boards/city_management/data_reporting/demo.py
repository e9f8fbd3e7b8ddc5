"""Demo: every data set of the city reaches the province, by the same code that pushes over the wire; both ends live on this machine."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.gis.geos import Point
from django.utils import timezone

from zhujian.boards.city_management.data_reporting import selectors
from zhujian.boards.city_management.data_reporting.models import IndustryObject, MonitoringDevice, Peer, Reading
from zhujian.boards.city_management.data_reporting.rules import monitoring
from zhujian.boards.city_management.data_reporting.services import capture, inbound, push, reconcile, schemas
from zhujian.boards.city_management.data_reporting.services.peers import do_register
from zhujian.boards.city_management.data_reporting.services.transport import REPLY_KEY, Answer
from zhujian.foundation.cim import generator
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto import provider
from zhujian.foundation.kernel.errors import Refusal

CITY, OTHER = "420100000000", "420500000000"
APP, OTHER_APP = "app-420100", "app-420500"
# (trade, kind, code, name, who answers for it, state, day, valid to)
OBJECTS = (
    ("sanitation", "vehicle", "鄂A12345D", "洗扫车（8吨）", "洪山区环境卫生服务中心", "在用", "2022-05-18", ""),
    ("sanitation", "vehicle", "鄂A23456D", "压缩式垃圾车（12吨）", "洪山区环境卫生服务中心", "在用", "2021-11-02", ""),
    ("sanitation", "facility", "HS-ZZ-003", "珞喻路垃圾中转站", "洪山区环境卫生服务中心", "在用", "2016-08-30", ""),
    ("sanitation", "facility", "HS-GC-117", "光谷步行街公共厕所（一类）", "洪山区环境卫生服务中心", "在用", "2019-04-12", ""),
    ("sanitation", "person", "HS-BJ-0241", "道路保洁岗（民族大道）", "洪山区环境卫生服务中心", "在岗", "2023-02-01", ""),
    ("landscape", "facility", "HS-LD-052", "关山公园绿地", "洪山区园林绿化中心", "在养", "2012-10-01", ""),
    ("landscape", "inspection", "HS-YL-2026-0088", "行道树病虫害巡查", "洪山区园林绿化中心", "已完成", "2026-03-05", ""),
    ("enforcement", "permit", "洪城许字〔2026〕第031号", "临时占用道路许可（管线抢修围挡）", "洪山区城市管理执法局", "有效", "2026-03-01", "2026-12-31"),
    ("enforcement", "penalty", "洪城罚字〔2026〕第012号", "未密闭运输建筑垃圾行政处罚", "洪山区城市管理执法局", "已结案", "2026-02-20", ""),
)  # fmt: skip
# (serial, name, kind, unit, direction, blue, yellow, orange, red, east, north, usual value, step)
DEVICES = (
    (1, "珞喻路下穿通道水位", "drainage", "m", "above", "0.05", "0.10", "0.15", "0.27", 0.004, 0.003, "0.02", "0.004"),
    (2, "关山大道燃气阀井浓度", "gas", "%LEL", "above", "5", "10", "15", "20", 0.008, 0.006, "1.2", "0.1"),
    (3, "雄楚高架桥3号墩应变", "bridge", "με", "above", "", "300", "400", "500", 0.012, 0.002, "142", "3"),
    (4, "虎泉街供水管压力", "supply", "MPa", "below", "0.28", "0.24", "0.20", "0.16", 0.002, 0.008, "0.34", "0.002"),
)  # fmt: skip
HOURS = 24


def load() -> str:
    """Register both ends, fill the city's own registers, push all data sets, reconcile; returns what arrived."""
    _registers()
    codes = list(schemas.titles())
    request_key, reply_key = provider().public_key(f"exchange-{APP}").hex(), provider().public_key(REPLY_KEY).hex()
    port = os.environ.get("PORT", "8000")
    up = do_register(
        direction="up", code=APP, name="湖北省城市运行管理服务平台（演示，本机）", region_code=CITY, datasets=codes, public_key=reply_key,
        url=f"http://127.0.0.1:{port}/data-reporting/v1",
    )  # fmt: skip
    down = do_register(
        direction="down",
        code=APP,
        name="武汉市城市运行管理服务平台（演示）",
        region_code=CITY,
        datasets=codes,
        public_key=request_key,
    )
    do_register(
        direction="down", code=OTHER_APP, name="宜昌市城市运行管理服务平台（演示）", region_code=OTHER, datasets=codes,
        public_key=provider().public_key(f"exchange-{OTHER_APP}").hex(),
    )  # fmt: skip
    for code in codes:
        if (dataset := schemas.dataset(code)) is not None:
            capture.look(up, dataset, full=True)
    _faulty()
    wire = Wire(down)
    push.push_all(call=wire)
    today = timezone.localdate()
    for code in codes:
        reconcile.do_request(up.pk, code, today)
    while reconcile.reconcile_next(call=wire):
        pass
    arrived = [code for code in codes if selectors.received(code).exists()]
    return f"三个对接平台，{len(arrived)} 个数据集已上报并收到回执"


class Wire:
    """No wire between two ends on one machine; the receiving side is the same."""

    def __init__(self, down: Peer) -> None:
        self.down = down

    def __call__(self, _peer: Peer, method: str, name: str, query: dict[str, str] | None, body: bytes) -> Answer:
        """Answer as the interface does."""
        try:
            if method == "POST":
                return Answer(200, inbound.receive(self.down, body))
            asked = query or {}
            day = date.fromisoformat(asked["day"])
            with scope.acting(inbound.acting_as(self.down)):
                if name.endswith("lines"):
                    return Answer(200, reconcile.listed(self.down, asked["dataset"], day, int(asked["after"])))
                said: dict[str, int | None] = {key: int(asked[key]) for key in ("sent", "rejected", "pending")}
                return Answer(200, reconcile.answer_question(self.down, asked["dataset"], day, said))
        except Refusal as refusal:
            return Answer(refusal.status, {"title": str(refusal)})


def _faulty() -> None:
    """An order as an older hotline system hands it in: its time has no time zone, so the province sends it back, to be mended by hand."""
    at = timezone.localtime() - timedelta(hours=20)
    capture.do_put("appeal", {
        "number": f"12345-{at:%Y%m%d}-000871", "channel": "hotline_12345", "kind": "complaint", "time": f"{at:%Y-%m-%d %H:%M}", "address": "虎泉街夜市",
        "unit": "洪山区城市管理执法局", "regionCode": generator.DEMO.region_code,
    }, event_time=at)  # fmt: skip


def _registers() -> None:
    """What the city fills by import: objects of the trades, devices and a day of readings with one alarm."""
    county = generator.DEMO.region_code
    lon, lat = generator.DEMO.lon, generator.DEMO.lat
    IndustryObject.objects.bulk_create(
        IndustryObject(
            trade=trade, kind=kind, code=code, name=name, org_name=org, state=state, dated=date.fromisoformat(dated),
            valid_to=date.fromisoformat(until) if until else None, region_code=county,
            location=Point(lon + 0.002 * place, lat + 0.001 * place, srid=4490) if kind in ("facility", "inspection") else None,
        )
        for place, (trade, kind, code, name, org, state, dated, until) in enumerate(OBJECTS)
    )  # fmt: skip
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    for serial, name, kind, unit, direction, *rest in DEVICES:
        limits = {
            level: Decimal(text) if text else None
            for level, text in zip(("blue", "yellow", "orange", "red"), rest[:4], strict=True)
        }
        east, north, usual, step = rest[4:]
        device = MonitoringDevice.objects.create(
            code=f"{county[:6]}010101{serial:06d}", name=name, kind=kind, unit=unit, direction=direction, interval_minutes=60, owner_name="洪山区城市运行管理中心",
            address=name[:6], location=Point(lon + float(east), lat + float(north), srid=4490), region_code=county, **limits,
        )  # fmt: skip
        Reading.objects.bulk_create(_day(device, limits, Decimal(str(usual)), Decimal(str(step)), now))


def _day(
    device: MonitoringDevice, limits: dict[str, Decimal | None], usual: Decimal, step: Decimal, now: datetime
) -> list[Reading]:
    """Hourly values around the usual one; the underpass fills with rain for some hours."""
    found = []
    for hour in range(HOURS):
        value = usual + step * (hour * 7 % 5 - 2)
        if device.kind == "drainage" and 9 <= hour <= 12:
            value = Decimal("0.06") + Decimal("0.05") * (hour - 9)
        alarm, limit = monitoring.judge(value, limits, device.direction)
        found.append(
            Reading(
                device=device,
                at=now - timedelta(hours=HOURS - hour),
                value=value,
                alarm=alarm,
                threshold=limit,
                region_code=device.region_code,
            )
        )
    return found
