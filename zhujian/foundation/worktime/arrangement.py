"""A year's arrangement of holidays as people write it, and what must be true of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from zhujian.foundation.kernel.errors import Reason

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holiday:
    """One holiday: all days from `first` to `last`."""

    name: str
    first: date
    last: date

    def days(self) -> Iterable[date]:
        """Its days."""
        return (self.first + DAY * step for step in range((self.last - self.first).days + 1))


def parse_holidays(text: str) -> tuple[list[Holiday], list[Reason]]:
    """Lines ``元旦 2027-01-01 2027-01-03`` (the last day may be left out for one day)."""
    found: list[Holiday] = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = re.split(r"[\s，,、至~]+", line.strip())
        if parts == [""]:
            continue
        try:
            name, first, last = parts if len(parts) == 3 else (parts[0], parts[1], parts[1])
            holiday = Holiday(name, date.fromisoformat(first), date.fromisoformat(last))
        except (ValueError, IndexError):
            return [], [
                Reason(
                    "worktime.line",
                    f"第{number}行看不懂，请写成“名称 开始日期 结束日期”，如“元旦 2027-01-01 2027-01-03”。",
                    "holidays",
                )
            ]
        if not 0 <= (holiday.last - holiday.first).days <= 14:
            return [], [Reason("worktime.span", f"第{number}行“{name}”的结束日期应在开始日期之后且不超过15天。", "holidays")]
        found.append(holiday)
    return found, [] if found else [Reason("worktime.empty", "请逐行填写放假安排。", "holidays")]


def parse_days(text: str) -> tuple[list[date], list[Reason]]:
    """Dates separated by spaces, commas or line ends."""
    days = []
    for part in re.split(r"[\s，,、;；]+", text.strip()):
        if part:
            try:
                days.append(date.fromisoformat(part))
            except ValueError:
                return [], [Reason("worktime.date", f"“{part[:20]}”不是日期，请写成 2027-01-04 的样子。", "make_up")]
    return days, []


def check(year: int, holidays: Sequence[Holiday], make_up: Sequence[date], statutory: Iterable[str]) -> list[Reason]:
    """What speaks against an arrangement of `year`: days of another year, days said twice, a make-up day that is no weekend or is
    a holiday itself, a statutory day (``MM-DD``) left out.
    """
    reasons: list[Reason] = []
    off: set[date] = set()
    for holiday in holidays:
        for day in holiday.days():
            if not date(year - 1, 12, 25) <= day <= date(year + 1, 1, 7):
                reasons.append(
                    Reason("worktime.other_year", f"“{holiday.name}”的 {day} 不在{year}年内，请核对年份。", "holidays")
                )
                break
            if day in off:
                reasons.append(Reason("worktime.twice", f"{day} 写了两次，请核对“{holiday.name}”。", "holidays"))
                break
            off.add(day)
    for day in make_up:
        if day.weekday() < 5:
            reasons.append(Reason("worktime.make_up", f"{day} 不是周末，本来就上班，请核对调休上班日。", "make_up"))
        elif day in off:
            reasons.append(Reason("worktime.make_up", f"{day} 既放假又上班，请核对。", "make_up"))
        elif day.year != year:
            reasons.append(Reason("worktime.other_year", f"{day} 不在{year}年内，请核对年份。", "make_up"))
    missing = [day for day in (date.fromisoformat(f"{year}-{text}") for text in statutory) if day not in off]
    if missing:
        names = "、".join(f"{day.month}月{day.day}日" for day in missing)
        reasons.append(Reason("worktime.statutory", f"法定节日 {names} 没有放假，请对照通知补上。", "holidays"))
    return reasons


def parse_segments(text: str) -> tuple[list[list[str]], list[Reason]]:
    """Office hours ``08:30-12:00 14:00-17:30`` as pairs in order, none overlapping."""
    found: list[tuple[time, time]] = []
    for part in re.split(r"[\s，,、;；]+", text.replace("：", ":").replace("—", "-").replace("–", "-").strip()):
        try:
            start, end = (time.fromisoformat(clock.zfill(5)) for clock in part.split("-"))
        except ValueError:
            return [], [Reason("worktime.segments", f"“{part[:20]}”看不懂，请写成 08:30-12:00 14:00-17:30。", "segments")]
        if start >= end or (found and start < found[-1][1]):
            return [], [Reason("worktime.segments", f"时段“{part}”应先起后止，并按先后排列、互不重叠。", "segments")]
        found.append((start, end))
    return [[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in found], []
