"""From counts to figures, scores and places: what a board shows and what a freeze keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from zhujian.boards.city_management.evaluation.models import Composite, Indicator
from zhujian.boards.city_management.evaluation.rules import composites, formulas
from zhujian.boards.city_management.evaluation.selectors import definitions, names, tallies
from zhujian.boards.city_management.evaluation.selectors.tallies import Window
from zhujian.foundation.parameters import selectors as parameters


@dataclass(frozen=True)
class Figure:
    """One indicator of one target: both sides, the value in its unit (None: 「—」), which version of the formula."""

    indicator: str
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    version: int

    def kept(self) -> list[Any]:
        """As it is frozen."""
        return [*(None if part is None else str(part) for part in (self.numerator, self.denominator, self.value)), self.version]


@dataclass
class Score:
    """One composite of one target."""

    score: Decimal | None
    full: Decimal
    share: Decimal | None
    left_out: Decimal
    parts: tuple[composites.Earned, ...]
    grade: str = ""
    rank: int | None = None

    def kept(self) -> dict[str, Any]:
        """As it is frozen."""
        return {
            "score": _text(self.score), "full": str(self.full), "share": _text(self.share), "left_out": str(self.left_out), "grade": self.grade,
            "rank": self.rank, "parts": [[p.indicator, p.role, str(p.full), _text(p.points)] for p in self.parts],
        }  # fmt: skip


@dataclass
class Row:
    """One target with everything that is known of it."""

    target: str
    code: str
    name: str
    counts: dict[str, int]
    figures: dict[str, Figure]
    scores: dict[str, Score]


def kept(row: Row) -> dict[str, Any]:
    """A target's results as they are frozen and shown."""
    return {
        "target": row.target, "code": row.code, "name": row.name, "counts": row.counts,
        "figures": {key: one.kept() for key, one in row.figures.items()}, "scores": {key: one.kept() for key, one in row.scores.items()},
    }  # fmt: skip


@dataclass(frozen=True)
class Result:
    """All targets of a window, and the rules that were used."""

    window: Window
    indicators: list[Indicator]
    composites: dict[str, list[Composite]]
    rows: dict[str, list[Row]]


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def figure(indicator: Indicator, counts: dict[str, Any]) -> tuple[Figure, Fraction | None]:
    """The indicator over `counts`: rounded for people and for keeping, and exact in its unit for scoring."""
    value = formulas.parse(indicator.formula).value(counts)
    top, bottom = (
        None if side is None else formulas.rounded(side, 4 if side.denominator != 1 else 0)
        for side in (value.numerator, value.denominator)
    )
    exact = value.value * 100 if value.value is not None and indicator.unit == "%" else value.value
    return Figure(indicator.code, top, bottom, formulas.scaled(value.value, indicator.unit), indicator.number), exact


def calculate(where: Window, targets: Sequence[str] = tallies.TARGETS) -> Result:
    """Every target of the window with counts, figures, scores, grades and places. Rules are those in force when the period began."""
    on = where.period.start
    known = [one for one in definitions.indicators("cases", on=on, region_code=where.region_code) if one.formula]
    by_code = {one.code: one for one in known}
    counted = tallies.tally(where, targets)
    grades, least = definitions.grades(on, where.region_code), _least_share(on, where.region_code)
    used: dict[str, list[Composite]] = {}
    rows: dict[str, list[Row]] = {}
    for target, codes in counted.items():
        found = used[target] = definitions.composites_for(target, on=on, region_code=where.region_code)
        parts = {composite.code: definitions.parts_of(composite, by_code) for composite in found}
        titles = names.of(target, codes, where)
        rows[target] = []
        for code, numbers in codes.items():
            figures, exact = {}, {}
            for one in known:
                figures[one.code], exact[one.code] = figure(one, numbers)
            scores = {
                key: _score(composites.compose(some, exact, numbers, least_share=least), grades) for key, some in parts.items()
            }
            rows[target].append(Row(target, code, titles.get(code, code), numbers, figures, scores))
        rank(rows[target], list(parts))
    return Result(where, known, used, rows)


def _least_share(on: date, region_code: str) -> Fraction:
    return Fraction(str(parameters.value("evaluation.least_share", on=on, region=region_code).value))


def _score(total: composites.Total, grades: list[composites.Grade]) -> Score:
    held = composites.grade(total.share, grades)
    return Score(total.score, total.full, total.share, total.left_out, total.parts, held.code if held else "")


def rank(rows: list[Row], keys: Sequence[str]) -> None:
    """Write the place of every row for every composite; rows come out best first by the first of them."""
    for key in keys:
        places = composites.ranks({row.code: row.scores[key].score for row in rows})
        for row in rows:
            row.scores[key].rank = places[row.code]
    if keys:
        rows.sort(key=lambda row: (row.scores[keys[0]].rank is None, row.scores[keys[0]].rank or 0, row.code))
    else:
        rows.sort(key=lambda row: row.code)
