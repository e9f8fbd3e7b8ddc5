"""Kinds of value that are measured: numbers, money, days and instants."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from zhujian.foundation.resources.kinds import Bad, Kind, plain


class Whole(Kind):
    """A whole number within the column's range."""

    name = "whole"
    control = "number"
    numeric = ranged = True
    json_types = (int,)

    def __init__(self, least: int = -(2**31), most: int = 2**31 - 1) -> None:
        self.least, self.most = least, most

    def show(self, value: Any) -> str:
        return "" if value is None else f"{value:,}" if abs(value) >= 10000 else str(value)

    def parse(self, raw: Any) -> int | None:
        text = unicodedata.normalize("NFKC", plain(raw)).replace(",", "")
        if not text:
            return None
        if not re.fullmatch(r"[+-]?\d{1,20}", text, re.ASCII):
            raise Bad("whole", "应填写整数，例如 12。")
        value = int(text)
        if not self.least <= value <= self.most:
            raise Bad("range", f"应在 {self.least} 到 {self.most} 之间。")
        return value

    def sheet(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def example(self) -> str:
        return str(max(1, self.least))

    def hint(self) -> str:
        return "整数"


class Number(Kind):
    """A decimal number with a unit; a string in JSON, so that no digit is lost."""

    name = "number"
    control = "decimal"
    numeric = ranged = True

    def __init__(self, digits: int = 18, places: int = 2, least: Decimal | None = None, most: Decimal | None = None) -> None:
        self.digits, self.places, self.least, self.most = digits, places, least, most

    def show(self, value: Any) -> str:
        if value is None:
            return ""
        text = f"{Decimal(value):,.{self.places}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def parse(self, raw: Any) -> Decimal | None:
        text = unicodedata.normalize("NFKC", plain(repr(raw) if isinstance(raw, float) else raw)).replace(",", "")
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise Bad("number", "应填写数字，例如 1234.5。") from None
        if not value.is_finite() or "_" in text:
            raise Bad("number", "应填写数字，例如 1234.5。")
        if isinstance(raw, float):  # a cell holds a binary number: 0.30000000000000004 means 0.3
            value = Decimal(f"{raw:.15g}")
        if value.adjusted() >= self.digits - self.places:
            raise Bad("range", f"数字过大，整数部分最多 {self.digits - self.places} 位。")
        if -value.as_tuple().exponent > self.places and value != round(value, self.places):  # type: ignore[operator]
            raise Bad("places", f"小数最多 {self.places} 位。" if self.places else "应填写整数。")
        if self.least is not None and value < self.least or self.most is not None and value > self.most:
            low, high = self.least, self.most
            raise Bad(
                "range",
                f"应不小于 {low}。" if high is None else f"应不大于 {high}。" if low is None else f"应在 {low} 到 {high} 之间。",
            )
        return round(value, self.places)

    def json(self, value: Any) -> Any:
        return None if value is None else f"{Decimal(value):.{self.places}f}"

    def parse_json(self, raw: Any) -> Any:
        if isinstance(raw, str) and not re.fullmatch(self._pattern(), raw, re.ASCII):
            raise Bad("number", '应为十进制数字字符串，例如 "1234.5"。')
        return super().parse_json(raw)

    def _pattern(self) -> str:
        places = rf"(\.\d{{1,{self.places}}})?" if self.places else ""
        return rf"-?\d{{1,{self.digits - self.places}}}{places}"

    def sheet(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{self._pattern()}$", "format": "decimal"}

    def example(self) -> str:
        return "1" if self.least is None or self.least <= 1 else str(self.least)

    def hint(self) -> str:
        return f"数字，最多{self.places}位小数" if self.places else "整数"


class Money(Number):
    """An amount kept in 元; people read and write it in `unit` (元 or 万元), programs in 元."""

    name = "money"

    def __init__(self, unit: str = "元", digits: int = 18, least: Decimal | None = Decimal(0)) -> None:
        super().__init__(digits, 2, least)
        self.factor = Decimal(10000) if unit == "万元" else Decimal(1)

    def show(self, value: Any) -> str:
        return (
            "" if value is None else super().show(Decimal(value) / self.factor) if self.factor > 1 else f"{Decimal(value):,.2f}"
        )

    def parse(self, raw: Any) -> Decimal | None:
        wide = Number(self.digits, 6 if self.factor > 1 else 2)
        value = wide.parse(raw)
        return None if value is None else super().parse(str(value * self.factor))

    def parse_json(self, raw: Any) -> Any:
        return Number(self.digits, 2, self.least).parse_json(raw)

    def sheet(self, value: Any) -> Any:
        return None if value is None else Decimal(value) / self.factor


class Day(Kind):
    """A calendar day."""

    name = "day"
    control = "date"
    ranged = True
    _shapes = re.compile(
        r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})", re.ASCII
    )

    def show(self, value: Any) -> str:
        return "" if value is None else value.isoformat()

    def parse(self, raw: Any) -> date | None:
        if isinstance(raw, datetime):
            raw = raw.date()
        if not isinstance(raw, date):
            text = unicodedata.normalize("NFKC", plain(raw))
            if not text:
                return None
            found = self._shapes.fullmatch(text)
            if not found:
                raise Bad("date", "应填写日期，例如 2026-03-01。")
            try:
                raw = date(*(int(part) for part in found.groups() if part))
            except ValueError:
                raise Bad("date", "没有这一天，请核对年月日。") from None
        if not 1900 <= raw.year <= 2200:
            raise Bad("date_range", "日期应在1900年至2200年之间。")
        return raw

    def parse_json(self, raw: Any) -> Any:
        if isinstance(raw, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw, re.ASCII):
            raise Bad("date", "应为日期，例如 2026-03-01。")
        return super().parse_json(raw)

    def json(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def sheet(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def example(self) -> str:
        return "2026-03-01"

    def hint(self) -> str:
        return "日期，如2026-03-01"


class Moment(Kind):
    """An instant; people see Asia/Shanghai, programs ISO 8601 with offset."""

    name = "moment"
    control = "datetime"
    ranged = True

    def show(self, value: Any) -> str:
        return "" if value is None else timezone.localtime(value).strftime("%Y-%m-%d %H:%M")

    def parse(self, raw: Any) -> datetime | None:
        if not isinstance(raw, datetime):
            text = unicodedata.normalize("NFKC", plain(raw)).replace("/", "-")
            if not text:
                return None
            try:
                raw = datetime.fromisoformat(text)
            except ValueError:
                raise Bad("moment", "应填写日期和时间，例如 2026-03-01 09:30。") from None
        if not 1900 <= raw.year <= 2200:
            raise Bad("date_range", "日期应在1900年至2200年之间。")
        return timezone.make_aware(raw) if timezone.is_naive(raw) else raw

    def json(self, value: Any) -> Any:
        return None if value is None else timezone.localtime(value).isoformat()

    def sheet(self, value: Any) -> Any:
        return None if value is None else timezone.localtime(value).replace(tzinfo=None)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def example(self) -> str:
        return "2026-03-01 09:30"
