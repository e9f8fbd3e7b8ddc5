"""Inspection plans and work orders (urban-rural-construction.md §8, §20c): when the next one is due, what is overdue, who may check. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal


def after(day: date, amount: int, unit: str) -> date:
    """`day` plus `amount` of ``day``, ``month`` or ``year``; the month's last day where the day does not exist."""
    if unit == "day":
        return day + timedelta(days=amount)
    months = day.year * 12 + day.month - 1 + amount * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def dues(last: date, amount: int, unit: str, upto: date) -> Iterator[date]:
    """Due days after the inspection on `last` up to `upto`, each an interval after the former; at least the next one.

    Only the first is a duty of its own while it is not done: what follows is given for planning.
    """
    step = 1
    while True:
        due = after(last, amount * step, unit)
        yield due
        if due >= upto:
            return
        step += 1


def overdue_days(due: date, today: date) -> int:
    """Days past the due day; 0 on the day itself and before."""
    return max(0, (today - due).days)


@dataclass(frozen=True)
class Coverage:
    """How many inspections were due in a period and done, and on time; rates in per cent, None when nothing was due."""

    due: int
    done: int
    on_time: int

    @property
    def rate(self) -> Decimal | None:
        """Done ÷ due."""
        return None if not self.due else (Decimal(self.done) * 100 / self.due).quantize(Decimal("0.01"))

    @property
    def punctual(self) -> Decimal | None:
        """On time ÷ due."""
        return None if not self.due else (Decimal(self.on_time) * 100 / self.due).quantize(Decimal("0.01"))


def coverage(rows: Iterable[tuple[date, date | None]]) -> Coverage:
    """Coverage of (due day, done day or None) pairs."""
    pairs = list(rows)
    return Coverage(len(pairs), sum(d is not None for _, d in pairs), sum(d is not None and d <= due for due, d in pairs))


def may_verify(fixer: int | None, verifier: int | None) -> bool:
    """核查 is done by another person than the one who mended (§13, §21-12); an unknown person verifies nothing."""
    return verifier is not None and fixer is not None and verifier != fixer
