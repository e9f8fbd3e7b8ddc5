"""One work order as a hotline sends it: read from JSON, every fault named, nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhujian.boards.city_management.public_service.rules import georeport, phones
from zhujian.foundation.kernel.errors import Reason, Refusal

SECRECY = ("", "anonymous", "confidential")
# Field → (longest, compulsory).
TEXTS = {
    "order_no": (40, True), "source": (16, True), "kind": (12, True), "content": (2000, True), "title": (120, False), "ext_class": (24, False),
    "ext_class_name": (80, False), "address": (200, False), "caller_name": (64, False), "caller_phone": (24, False),
    "secrecy": (12, False), "region_code": (12, False), "called_at": (40, False),
}  # fmt: skip
NAMES = {
    "order_no": "工单号", "source": "热线", "kind": "诉求类型", "content": "内容", "title": "标题", "ext_class": "分类代码", "ext_class_name": "分类名称",
    "address": "地址", "caller_name": "诉求人", "caller_phone": "联系电话", "secrecy": "保密要求", "region_code": "行政区划", "called_at": "来电时间",
}  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_PHONE = re.compile(r"[0-9 +()-]{5,24}")


@dataclass(frozen=True)
class Order:
    """An order ready to be taken in. Degrees CGCS2000 or None; `called_at` aware or None."""

    order_no: str
    source: str
    kind: str
    content: str
    title: str = ""
    ext_class: str = ""
    ext_class_name: str = ""
    address: str = ""
    caller_name: str = ""
    caller_phone: str = ""
    secrecy: str = ""
    region_code: str = ""
    called_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


def read(raw: object, *, sources: set[str], kinds: set[str]) -> Order:
    """The order of a JSON value; Refusal with every fault (code, field). Unknown fields are refused, so that nothing is lost silently."""
    if not isinstance(raw, Mapping):
        raise Refusal("work_order.format", "请发送一个 JSON 对象，字段见接口说明。")
    reasons = [
        Reason("work_order.unknown", f"没有“{str(name)[:40]}”这个字段。", str(name)[:40])
        for name in raw
        if name not in TEXTS and name not in ("lon", "lat")
    ]
    texts = {name: _text(raw, name, reasons) for name in TEXTS}
    lon, lat = _degree(raw, "lon", 180, reasons), _degree(raw, "lat", 90, reasons)
    if (lon is None) != (lat is None):
        reasons.append(Reason("work_order.place", "经度 lon 和纬度 lat 要同时给出。", "lon"))
    if texts["source"] and texts["source"] not in sources:
        reasons.append(Reason("work_order.source", f"热线应为{'、'.join(sorted(sources))}之一。", "source"))
    if texts["kind"] and texts["kind"] not in kinds:
        reasons.append(Reason("work_order.kind", f"诉求类型应为{'、'.join(sorted(kinds))}之一。", "kind"))
    if texts["secrecy"] not in SECRECY:
        reasons.append(Reason("work_order.secrecy", "保密要求应为空、anonymous（匿名）或 confidential（保密）。", "secrecy"))
    if texts["region_code"] and not re.fullmatch(r"\d{12}", texts["region_code"], re.ASCII):
        reasons.append(Reason("work_order.region", "行政区划应为12位数字。", "region_code"))
    if texts["caller_phone"] and not _PHONE.fullmatch(texts["caller_phone"]):
        reasons.append(Reason("work_order.phone", "联系电话只能有数字、空格、加号、括号和连字符。", "caller_phone"))
    called = georeport.moment(texts["called_at"]) if texts["called_at"] else None
    if texts["called_at"] and called is None:
        reasons.append(Reason("work_order.time", "来电时间应为带时区的 ISO 8601，例如 2026-03-02T09:30:00+08:00。", "called_at"))
    if reasons:
        raise Refusal(reasons=reasons)
    phone = phones.mobile(texts["caller_phone"]) or re.sub(r"[ ()-]", "", texts["caller_phone"])
    given = {**texts, "called_at": called, "caller_phone": phone}
    return Order(**given, lon=lon, lat=lat)  # type: ignore[arg-type]


def _text(raw: Mapping[str, Any], name: str, reasons: list[Reason]) -> str:
    longest, needed = TEXTS[name]
    value = raw.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str):
        reasons.append(Reason("work_order.type", f"{NAMES[name]}应为文字。", name))
        return ""
    value = value.strip()
    if needed and not value:
        reasons.append(Reason("work_order.missing", f"缺少{NAMES[name]}。", name))
    if len(value) > longest:
        reasons.append(Reason("work_order.long", f"{NAMES[name]}超过{longest}个字。", name))
    if _CONTROL.search(value):
        reasons.append(Reason("work_order.control", f"{NAMES[name]}含有控制字符，请清除后重新发送。", name))
        return ""
    return value


def _degree(raw: Mapping[str, Any], name: str, most: int, reasons: list[Reason]) -> float | None:
    value = raw.get(name)
    if value is None:
        return None
    good = isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most
    if not good:
        reasons.append(Reason("work_order.place", f"{name} 应为 -{most} 到 {most} 之间的数（度，CGCS2000）。", name))
        return None
    return float(value)


__all__ = ["NAMES", "SECRECY", "Order", "read"]
