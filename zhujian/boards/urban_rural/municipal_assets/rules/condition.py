"""Condition indices of roads and lighting, and the scale common to all modules (1 完好 … 5 危险). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


def graded(value: Decimal, cuts: Sequence[Sequence[object]]) -> str:
    """The first grade of ``[[least, grade], …]`` whose lower bound the value reaches; the last row takes the rest."""
    for least, grade in cuts[:-1]:
        if value >= Decimal(str(least)):
            return str(grade)
    return str(cuts[-1][1])


def common_scale(grade: str, mapping: Mapping[str, int]) -> int:
    """1–5 of a standard's own grade; KeyError when the mapping does not know the grade (nothing is guessed)."""
    return int(mapping[grade])


@dataclass(frozen=True)
class LitRate:
    """亮灯率: share of lamps that burn among those that are due, in per cent to two places; `short` below the target."""

    percent: Decimal | None
    target: Decimal
    short: bool


def lit_rate(lit: int, due: int, target: Decimal) -> LitRate:
    """CJJ 89: lit ÷ due at a night check. Nothing due gives no rate at all, not zero. ValueError when more burn than are due."""
    if lit < 0 or due < 0 or lit > due:
        raise ValueError("lit lamps must lie between 0 and those due")
    if not due:
        return LitRate(None, target, False)
    percent = (Decimal(lit) * 100 / due).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return LitRate(percent, target, percent < target)
