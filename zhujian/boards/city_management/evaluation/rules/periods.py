"""Evaluation periods: 日、周、月、季、年. Pure: no clock.

A period is written as in the address of a page: ``2025-11-07``, ``2025-W45``, ``2025-11``, ``2025-Q4``, ``2025``.
Source: GB/T 30428.4-2016 (评价周期).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from zhujian.foundation.kernel.errors import Refusal

KINDS = {"day": "日", "week": "周", "month": "月", "quarter": "季", "year": "年"}
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)
FORMS = {
    "day": re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII),
    "week": re.compile(r"(\d{4})-W(\d{2})", re.ASCII),
    "month": re.compile(r"(\d{4})-(\d{2})", re.ASCII),
    "quarter": re.compile(r"(\d{4})-Q([1-4])", re.ASCII),
    "year": re.compile(r"(\d{4})", re.ASCII),
}


@dataclass(frozen=True)
class Period:
    """Days from `start` to before `end` (exclusive)."""

    kind: str
    start: date
    end: date

    @property
    def key(self) -> str:
        """As it is written in addresses and kept with results."""
        if self.kind == "day":
            return self.start.isoformat()
        if self.kind == "week":
            year, week, _ = self.start.isocalendar()
            return f"{year}-W{week:02d}"
        if self.kind == "month":
            return f"{self.start:%Y-%m}"
        if self.kind == "quarter":
            return f"{self.start.year}-Q{(self.start.month + 2) // 3}"
        return str(self.start.year)

    @property
    def label(self) -> str:
        """In words."""
        first = self.start
        if self.kind == "day":
            return f"{first.year}年{first.month}月{first.day}日"
        if self.kind == "week":
            year, week, _ = first.isocalendar()
            last = self.end - timedelta(days=1)
            return f"{year}年第{week}周（{first:%m-%d}至{last:%m-%d}）"
        if self.kind == "month":
            return f"{first.year}年{first.month}月"
        if self.kind == "quarter":
            return f"{first.year}年第{(first.month + 2) // 3}季度"
        return f"{first.year}年"

    @property
    def previous(self) -> Period:
        """The period before it, of the same kind."""
        return containing(self.kind, self.start - timedelta(days=1))

    @property
    def following(self) -> Period:
        """The period after it, of the same kind."""
        return containing(self.kind, self.end)

    def over(self, on: date) -> bool:
        """Whether it has ended on the day `on`: only then may it be frozen."""
        return self.end <= on


def containing(kind: str, day: date) -> Period:
    """The period of `kind` (a key of `KINDS`) that holds `day`."""
    if kind == "day":
        return Period(kind, day, day + timedelta(days=1))
    if kind == "week":
        first = day - timedelta(days=day.weekday())
        return Period(kind, first, first + timedelta(days=7))
    if kind == "month":
        return Period(kind, day.replace(day=1), _month(day.year, day.month + 1))
    if kind == "quarter":
        month = (day.month - 1) // 3 * 3 + 1
        return Period(kind, date(day.year, month, 1), _month(day.year, month + 3))
    if kind == "year":
        return Period(kind, date(day.year, 1, 1), date(day.year + 1, 1, 1))
    raise ValueError(f"no kind of period {kind!r}")


def _month(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def parse(text: str) -> Period:
    """The period written as `text`; Refusal ``period.form`` when it is none."""
    for kind, form in FORMS.items():
        if found := form.fullmatch(text.strip()):
            try:
                period = containing(kind, _first(kind, [int(part) for part in found.groups()]))
            except ValueError:
                break
            if period.start >= FIRST and period.end <= LAST:
                return period
    raise Refusal(
        "period.form",
        "评价周期写法有误，请写成2025-11-07（日）、2025-W45（周）、2025-11（月）、2025-Q4（季）或2025（年）。",
        "period",
    )


def _first(kind: str, parts: list[int]) -> date:
    if kind == "week":
        return date.fromisocalendar(parts[0], parts[1], 1)
    if kind == "quarter":
        return date(parts[0], parts[1] * 3 - 2, 1)
    return date(*(parts + [1, 1])[:3])


def back(period: Period, number: int) -> list[Period]:
    """`number` periods that end with `period`, oldest first."""
    found = [period]
    while len(found) < number and found[-1].start > FIRST + timedelta(days=366):
        found.append(found[-1].previous)
    return found[::-1]
