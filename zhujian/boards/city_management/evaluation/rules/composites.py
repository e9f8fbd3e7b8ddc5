"""Composite scores: Σ points of the parts + bonus − deduction, as each city weighs them; parts that are not defined are left out openly.

Source: urban-management sheet §1.4 (Composite; no national weights are fixed), GB/T 30428.4-2016 (分级显示).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from zhujian.boards.city_management.evaluation.rules import scoring
from zhujian.boards.city_management.evaluation.rules.formulas import rounded

Number = int | Decimal | Fraction
ROLES = {"score": "计分", "bonus": "加分", "deduction": "扣分"}


@dataclass(frozen=True)
class Part:
    """One part: an indicator, its full points, how its value becomes points. A `required` part that is not defined leaves no total."""

    indicator: str
    full: Decimal
    rule: Mapping[str, Any] = field(default_factory=lambda: {"kind": "share"})
    role: str = "score"
    required: bool = False
    lower: bool = False


@dataclass(frozen=True)
class Earned:
    """Points of one part; None where its indicator has no value."""

    indicator: str
    role: str
    full: Decimal
    points: Decimal | None


@dataclass(frozen=True)
class Total:
    """What a target earned. `score` is of `full` points, `share` in per cent of them; both None when it may not be ranked.

    `left_out`: full points of parts without a value; the rest was scaled up to `full`.
    """

    score: Decimal | None
    full: Decimal
    share: Decimal | None
    left_out: Decimal
    parts: tuple[Earned, ...]


def compose(
    parts: Sequence[Part], values: Mapping[str, Fraction | None], counts: Mapping[str, Number], *, least_share: Number = 60
) -> Total:
    """The composite of one target. `values` by indicator, in the indicator's unit; `counts` for rules that count items.

    A part without a value is left out and the others are scaled to the full points; when those carry less than `least_share` per
    cent of the full points, or a required part has no value, there is no total (「—」).
    """
    full = sum((Fraction(part.full) for part in parts if part.role == "score"), Fraction(0))
    earned, left_out, extra, blocked = Fraction(0), Fraction(0), Fraction(0), False
    rows: list[Earned] = []
    for part in parts:
        if part.role != "score":
            found = min(Fraction(part.full), scoring.amount(part.rule, counts)) if part.rule["kind"] == "items" else None
            if found is None:
                found = scoring.points(part.rule, part.full, values.get(part.indicator), lower=part.lower, counts=counts)
            extra += (found or 0) * (1 if part.role == "bonus" else -1)
        else:
            value = values.get(part.indicator)
            found = scoring.points(part.rule, part.full, value, lower=part.lower, counts=counts)
            if found is None or (part.rule["kind"] == "items" and value is None):
                found, left_out, blocked = None, left_out + Fraction(part.full), blocked or part.required
            else:
                earned += found
        rows.append(Earned(part.indicator, part.role, part.full, None if found is None else rounded(found)))
    there = full - left_out
    if blocked or not full or not there or there * 100 < full * Fraction(least_share):
        return Total(None, rounded(full), None, rounded(left_out), tuple(rows))
    total = max(Fraction(0), earned * full / there + extra)
    return Total(rounded(total), rounded(full), rounded(total * 100 / full), rounded(left_out), tuple(rows))


@dataclass(frozen=True)
class Grade:
    """A band of the colour-graded result."""

    least: Decimal
    code: str
    label: str
    colour: str


def grade(share: Decimal | None, grades: Sequence[Grade]) -> Grade | None:
    """The band that holds `share` (per cent); 以上 includes the number. None for a target without a score."""
    if share is None:
        return None
    return next((one for one in sorted(grades, key=lambda one: one.least, reverse=True) if share >= one.least), None)


def ranks(scores: Mapping[str, Decimal | None]) -> dict[str, int | None]:
    """Place of each key by its rounded score, highest first; equal scores share a place and the next one is skipped (1, 2, 2, 4).

    Without a score there is no place.
    """
    order = sorted((score for score in scores.values() if score is not None), reverse=True)
    first = {score: place for place, score in reversed(list(enumerate(order, 1)))}
    return {key: None if score is None else first[score] for key, score in scores.items()}
