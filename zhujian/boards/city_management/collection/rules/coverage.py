"""Which unit grids a shift has to visit, and how many of them it did. GB/T 30428.7-2017; urban-management.md §1.5.

Coverage = visited ÷ planned unit grids; a grid is visited only with at least one valid track point inside during the shift.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

OTHER = "other"  # the interval of grids whose level has none of its own


@dataclass(frozen=True)
class Coverage:
    """Numerator, denominator and what is missing (codes in order)."""

    visited: int
    planned: int
    missing: tuple[str, ...] = ()

    @property
    def percent(self) -> Decimal | None:
        """Two decimals, half up; None when nothing was planned (shown as “—”, never as 0 or 100)."""
        if not self.planned:
            return None
        return (Decimal(100 * self.visited) / self.planned).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def text(self) -> str:
        """For people."""
        return "—" if self.percent is None else f"{self.percent}%"


def interval(level: str, days: Mapping[str, int]) -> int:
    """Days between two visits of a grid of a 管理等级; at least one."""
    return max(1, int(days.get(level, days.get(OTHER, 1))))


def planned(grids: Iterable[tuple[str, str]], visits: Mapping[str, date], day: date, days: Mapping[str, int]) -> frozenset[str]:
    """Codes that are to be visited on `day`: never visited before, or last on a day at least the interval of their level ago.

    `grids` are (code, level); `visits` the last day before `day` each was visited on. A grid missed yesterday stays due today.
    """
    return frozenset(code for code, level in grids if code not in visits or (day - visits[code]).days >= interval(level, days))


def coverage(due: Collection[str], visited: Collection[str]) -> Coverage:
    """Visited among what was due; grids beyond the plan add nothing."""
    wanted = set(due)
    done = wanted & set(visited)
    return Coverage(len(done), len(wanted), tuple(sorted(wanted - done)))


def total(parts: Iterable[Coverage]) -> Coverage:
    """Several shifts as one: sums of numerators and denominators, never the mean of ratios."""
    parts = list(parts)
    return Coverage(sum(one.visited for one in parts), sum(one.planned for one in parts))
