"""窨井盖: what a tilt means, and how long a state may last (urban-rural-construction.md §10). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

NORMAL, MISSING, BROKEN, SHIFTED, SUNK, NOISY = "normal", "missing", "broken", "displaced", "sunken", "noisy"
URGENT = frozenset({MISSING, SHIFTED})


@dataclass(frozen=True)
class TiltVerdict:
    """`alarm`: raise one; `ticket`: note the event on the open maintenance ticket instead; both False: nothing to do."""

    alarm: bool
    ticket: bool
    state: str = NORMAL


def judge_tilt(degrees: Decimal, *, displaced: bool, ticket_open: bool, limit: Decimal) -> TiltVerdict:
    """A smart cover that tilts by more than `limit` degrees or moves: 缺失/移位, unless somebody is working on it (§22-15)."""
    if degrees <= limit and not displaced:
        return TiltVerdict(False, False)
    if ticket_open:
        return TiltVerdict(False, True, SHIFTED)
    return TiltVerdict(True, False, SHIFTED)


@dataclass(frozen=True)
class Clocks:
    """Hours to fence the place (None: not demanded) and to mend it."""

    guard_hours: int | None
    fix_hours: int


def clocks(state: str, limits: Mapping[str, int]) -> Clocks | None:
    """Limits of a state: 缺失、移位 are fenced at once (``guard``, ≤ 1 h) and mended in ``urgent`` hours, others in ``other``;
    a normal cover has none."""
    if state == NORMAL:
        return None
    if state in URGENT:
        return Clocks(int(limits["guard"]), int(limits["urgent"]))
    return Clocks(None, int(limits["other"]))


def sunk(settled_mm: Decimal, limit_mm: Decimal) -> bool:
    """沉陷: settled by more than the limit."""
    return settled_mm > limit_mm
