"""Calendar spans as statutes write them (3个月, 1年, 15日). Working days live in `foundation.worktime`."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

UNITS = {"calendar_day": "日", "month": "个月", "year": "年"}


@dataclass(frozen=True)
class Span:
    """`amount` of `unit` (calendar_day, month or year)."""

    amount: int
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNITS or self.amount < 0:
            raise ValueError(f"no span {self.amount} {self.unit}")

    def __str__(self) -> str:
        return f"{self.amount}{UNITS[self.unit]}"

    def after(self, day: date) -> date:
        """Last day of the span that begins on `day` (day 0): same day of a later month, or that month's last day.

        Source: 民法典 第二百条至第二百零三条.
        """
        if self.unit == "calendar_day":
            return day + timedelta(days=self.amount)
        months = self.amount * (12 if self.unit == "year" else 1)
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
