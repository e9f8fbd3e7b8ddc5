"""Parameters without a database: which version counts, and how an official's text becomes a value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.kernel.exact import dumps, loads


@dataclass(frozen=True)
class Parameter:
    """One version of a parameter. `valid_to` is the first day it no longer counts; `region` is empty for the default."""

    key: str
    value: Any
    unit: str
    version_id: int
    basis: str
    confidence: str
    region: str
    title: str = ""
    kind: str = "text"
    valid_from: date = date.min
    valid_to: date | None = None
    module: str = ""
    note: str = ""
    official: bool = False

    def in_force(self, on: date) -> bool:
        """Whether this version counts on the day `on`."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def covering(region: str) -> tuple[str, ...]:
    """Regions whose parameters may apply in `region`, nearest first, ending with ``''`` (everywhere)."""
    found = [region] if region else []
    for size in (9, 6, 4, 2):
        code = region[:size].ljust(12, "0")
        if region and code not in found:
            found.append(code)
    return (*found, "")


def pick(versions: Iterable[Parameter], on: date, region: str) -> Parameter | None:
    """The version in force on `on` for `region`: the nearest region that has one wins."""
    live = {version.region: version for version in versions if version.in_force(on)}
    return next((live[code] for code in covering(region) if code in live), None)


def kind_of(value: Any) -> str:
    """Kind of a value read from a module's file. Note that ``True`` is an int to Python, but not to us."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, (Decimal, float)):
        return "decimal"
    if isinstance(value, date):
        return "date"
    return "text" if isinstance(value, str) else "json"


def revive(kind: str, raw: Any) -> Any:
    """A stored JSON value as the type its kind promises: Decimal for ``decimal``, date for ``date``."""
    if kind == "decimal":
        return Decimal(str(raw))
    return date.fromisoformat(raw) if kind == "date" else raw


def display(kind: str, value: Any) -> str:
    """A value as people read it: a plain list as ``90、30、7``."""
    if isinstance(value, list) and not any(isinstance(part, (list, dict)) for part in value):
        return "、".join(map(str, value))
    return show(kind, value)


def show(kind: str, value: Any) -> str:
    """A value as a form holds it; `parse` reads it back."""
    if kind == "bool":
        return "是" if value else "否"
    if kind == "json":
        return dumps(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def parse(kind: str, text: str) -> tuple[Any, list[Reason]]:
    """An official's text as a value of `kind`, or the reason why it is none."""
    text = text.strip()
    if not text:
        return None, [Reason("parameters.value.empty", "请填写新的数值。", "value")]
    if kind == "int":
        if re.fullmatch(r"[+-]?\d{1,15}", text, re.ASCII):
            return int(text), []
        return None, [Reason("parameters.value.int", "该参数应为整数，请只填写数字。", "value")]
    if kind == "decimal":
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and -30 < number.adjusted() < 30:
            return number, []
        return None, [Reason("parameters.value.decimal", "该参数应为小数，如 0.85，请只填写数字（不写百分号）。", "value")]
    if kind == "bool":
        if text in {"是", "否"}:
            return text == "是", []
        return None, [Reason("parameters.value.bool", "该参数只能填“是”或“否”。", "value")]
    if kind == "date":
        try:
            return date.fromisoformat(text).isoformat(), []
        except ValueError:
            return None, [Reason("parameters.value.date", "该参数应为日期，如 2026-01-01。", "value")]
    if kind == "json":
        try:
            value = loads(text)
            # What cannot be stored is no value either: numbers beyond 64 bits, half characters, NUL.
            if "\\u0000" in dumps(value):
                raise ValueError
        except (ValueError, TypeError, RecursionError):
            return None, [Reason("parameters.value.json", "该参数是一张表，请保持原有的 JSON 写法，检查引号和逗号。", "value")]
        if isinstance(value, (list, dict)):
            return value, []
        return None, [Reason("parameters.value.json", "该参数是一张表，请保持原有的 JSON 写法。", "value")]
    return text, []


def within(value: Any, least: Any, most: Any) -> list[Reason]:
    """Whether a number lies in the range its module declares; both ends belong to it (以上、以下包括本数)."""
    if least is not None and value < least:
        return [Reason("parameters.value.least", f"数值不能小于 {least}，请核对。", "value")]
    if most is not None and value > most:
        return [Reason("parameters.value.most", f"数值不能大于 {most}，请核对。", "value")]
    return []


def same_shape(old: Any, new: Any) -> list[Reason]:
    """A table keeps its shape: a list stays a list, an object keeps its names, so that nothing that reads it breaks."""
    if isinstance(old, dict) != isinstance(new, dict) or isinstance(old, list) != isinstance(new, list):
        return [Reason("parameters.value.shape", "表的结构与原来不同，请在原有内容上修改。", "value")]
    if isinstance(old, dict) and (gone := [name for name in old if name not in new]):
        return [Reason("parameters.value.shape", f"缺少原有的项“{'、'.join(map(str, gone))}”，请补上。", "value")]
    return []
