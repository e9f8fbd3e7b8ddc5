"""What a data set's records must look like, judged by the data set's own declaration (urban-management.md §3.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from zhujian.foundation.kernel.codes import uscc_check
from zhujian.foundation.kernel.errors import Reason

TYPES = ("text", "integer", "decimal", "date", "datetime", "boolean", "region", "geometry", "url", "list", "object")
SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
FORMS: dict[str, Callable[[str], bool]] = {
    "uscc": lambda text: not uscc_check(text),
    "grid": lambda text: re.fullmatch(r"[0-9]{15}", text) is not None,
}
# What a value of each type is written like, in words.
WANTED = {
    "text": "文字，不含控制字符", "integer": "整数", "decimal": "数字，用引号括起，例如 \"12.50\"", "date": "日期，例如 2026-01-31",
    "datetime": "带时区的时间，例如 2026-01-31T08:00:00.000+08:00", "boolean": "true 或 false", "region": "12位行政区划代码",
    "geometry": "GeoJSON，经度在前、纬度在后，位于国内", "url": "http 或 https 开头的网址", "list": "文字组成的数组，例如 [\"甲\", \"乙\"]", "object": "JSON 对象或数组",
}  # fmt: skip
MOST_POSITIONS = 20_000
BIGGEST = 10**15


@dataclass(frozen=True)
class Item:
    """One field of a data set. `codes` names a code list, `form` one of `FORMS`, `least` the smallest number."""

    name: str
    title: str
    type: str
    required: bool = False
    most: int = 0
    codes: str = ""
    form: str = ""
    least: int | None = None
    personal: bool = False
    source: str = ""


@dataclass(frozen=True)
class Schema:
    """One version of a data set: its fields, the fields of its business key, and the field that says the place."""

    code: str
    version: str
    keys: tuple[str, ...]
    fields: tuple[Item, ...]
    region_field: str = "regionCode"


def item(raw: Mapping[str, Any]) -> Item:
    """A field as its declaration writes it; ValueError for an unknown type or form."""
    if raw["type"] not in TYPES or raw.get("form", "") not in ("", *FORMS):
        raise ValueError(f"field {raw['name']}: unknown type or form")
    return Item(
        raw["name"], raw["title"], raw["type"], bool(raw.get("required")), int(raw.get("max", 0)), raw.get("list", ""),
        raw.get("form", ""), raw.get("min"), bool(raw.get("personal")), raw.get("from", raw["name"]),
    )  # fmt: skip


def business_key(schema: Schema, payload: Mapping[str, Any]) -> str:
    """The record's key: the values of the key fields joined by ``/``; empty when one is missing."""
    parts = [payload.get(name) for name in schema.keys]
    return "" if any(part in (None, "") for part in parts) else "/".join(str(part) for part in parts)


def judge(schema: Schema, payload: Mapping[str, Any], lists: Mapping[str, frozenset[str]]) -> list[Reason]:
    """Reasons against a record; `lists` holds the codes of every code list the schema names. Unknown fields are kept, not judged."""
    found = []
    for one in schema.fields:
        value = payload.get(one.name)
        if value is None or value == "":
            if one.required:
                found.append(Reason("missing", f"缺少必填项“{one.title}”。", one.name))
            continue
        if fault := _fault(one, value, lists):
            found.append(Reason(fault[0], f"{one.title}：{fault[1]}", one.name))
    return found


def _fault(one: Item, value: Any, lists: Mapping[str, frozenset[str]]) -> tuple[str, str] | None:
    """(code, sentence) of what is wrong with one value."""
    if not KINDS[one.type](value):
        return "type", f"应为{WANTED[one.type]}。"
    if one.most and isinstance(value, str) and len(value) > one.most:
        return "length", f"最多{one.most}个字，现有{len(value)}个字。"
    if one.codes and value not in lists.get(one.codes, frozenset()):
        return "code", f"“{value}”不在代码表内。"
    if one.form and not FORMS[one.form](value):
        return "code", f"“{value}”的编码规则不对。"
    if one.least is not None and Decimal(str(value)) < one.least:
        return "range", f"不能小于{one.least}。"
    return None


def clean_text(value: Any) -> bool:
    """Text without control characters other than line ends."""
    return isinstance(value, str) and not any(ord(c) < 32 and c not in "\n\r\t" or "\ud800" <= c <= "\udfff" for c in value)


def _integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < BIGGEST


def _decimal(value: Any) -> bool:
    """Decimals travel as text, so that no digit is lost; whole numbers may stand as they are."""
    if isinstance(value, str):
        try:
            number = Decimal(value)
        except InvalidOperation:
            return False
        return number.is_finite() and abs(number) < BIGGEST
    return _integer(value)


def _date(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def moment(value: Any) -> datetime | None:
    """An aware moment in ISO 8601, in whole milliseconds; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if found.tzinfo is None or not 1949 <= found.year <= 2200:
        return None
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def _region(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{12}", value) is not None


def _url(value: Any) -> bool:
    return clean_text(value) and re.fullmatch(r"https?://[^\s/?#]+[^\s]*", value) is not None


def _geometry(value: Any) -> bool:
    """GeoJSON with longitude before latitude, in degrees, inside China."""
    if not isinstance(value, dict) or value.get("type") not in SHAPES:
        return False
    left, depth = (
        [MOST_POSITIONS],
        {"Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2, "MultiPolygon": 3},
    )
    return _positions(value.get("coordinates"), depth[value["type"]], left)


def _positions(value: Any, depth: int, left: list[int]) -> bool:
    if not isinstance(value, list) or not value:
        return False
    if depth:
        return all(_positions(part, depth - 1, left) for part in value)
    left[0] -= 1
    numbers = len(value) in (2, 3) and all(isinstance(n, int | float) and not isinstance(n, bool) for n in value)
    return numbers and left[0] >= 0 and 73 <= value[0] <= 136 and 3 <= value[1] <= 54


KINDS: dict[str, Callable[[Any], bool]] = {
    "text": clean_text, "integer": _integer, "decimal": _decimal, "date": _date, "datetime": lambda v: moment(v) is not None,
    "boolean": lambda v: isinstance(v, bool), "region": _region, "geometry": _geometry, "url": _url,
    "list": lambda v: isinstance(v, list) and all(clean_text(part) for part in v), "object": lambda v: isinstance(v, dict | list),
}  # fmt: skip


def split(schema: Schema, payload: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(open values, personal values): the latter are kept encrypted."""
    personal = {one.name for one in schema.fields if one.personal}
    return {k: v for k, v in payload.items() if k not in personal}, {k: v for k, v in payload.items() if k in personal}
