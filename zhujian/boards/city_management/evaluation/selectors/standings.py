"""From counts to figures, scores and places: what a board shows and what a freeze keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter
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
    """A target's results as they are frozen and shown: counts of 0, figures of 0 ÷ 0 and scores without a value are left out."""
    return {
        "target": row.target, "code": row.code, "name": row.name, "counts": {name: number for name, number in row.counts.items() if number},
        "figures": {key: one.kept() for key, one in row.figures.items()},
        "scores": {key: one.kept() for key, one in row.scores.items() if one.score is not None},
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
    figures = Figures(known)
    for target, codes in counted.items():
        found = used[target] = definitions.composites_for(target, on=on, region_code=where.region_code)
        scorers = {composite.code: Scorer(definitions.parts_of(composite, by_code), grades, least) for composite in found}
        titles = names.of(target, codes, where)
        rows[target] = []
        for code, numbers in codes.items():
            shown, exact, marks = figures.of(numbers)
            scores = {key: scorer.of(exact, numbers, marks) for key, scorer in scorers.items()}
            rows[target].append(Row(target, code, titles.get(code, code), numbers, shown, scores))
        rank(rows[target], list(scorers))
    return Result(where, known, used, rows)


class Figures:
    """The indicators over many targets: what the same counts gave before is not worked out again (most grids have few cases)."""

    def __init__(self, indicators: Sequence[Indicator]) -> None:
        # Indicator, what reads its counts, and by those counts: figure, exact value, the value's mark, whether it is listed.
        self.known: list[
            tuple[Indicator, Callable[[dict[str, int]], Any], dict[Any, tuple[Figure, Fraction | None, int, bool]]]
        ] = [(one, _reader(sorted(formulas.parse(one.formula).names)), {}) for one in indicators]
        self.marks: dict[Fraction | None, int] = {}

    def of(self, counts: dict[str, int]) -> tuple[dict[str, Figure], dict[str, Fraction | None], dict[str, int]]:
        """Figures by indicator, their exact values in their units, and a number for each value (equal for equal values, cheap to
        compare). 0 ÷ 0 is not listed: whoever misses it reads 「—」."""
        shown: dict[str, Figure] = {}
        exact: dict[str, Fraction | None] = {}
        marks: dict[str, int] = {}
        for one, read, had in self.known:
            key = read(counts)
            found = had.get(key)
            if found is None:
                shape, value = figure(one, counts)
                mark = self.marks.setdefault(value, len(self.marks))
                found = had[key] = (shape, value, mark, bool(shape.numerator or shape.denominator))
            code = one.code
            if found[3]:
                shown[code] = found[0]
            exact[code], marks[code] = found[1], found[2]
        return shown, exact, marks


def _reader(names_: Sequence[str]) -> Callable[[dict[str, int]], Any]:
    """Reads the counts `names_`, as something that can be a key; KeyError for one that is not there."""
    return itemgetter(*names_) if names_ else lambda _: ()


class Scorer:
    """One composite over many targets, remembering as `Figures` does."""

    def __init__(self, parts: list[composites.Part], grades: list[composites.Grade], least: Fraction) -> None:
        self.parts, self.grades, self.least = parts, grades, least
        self.items = [str(name) for part in parts for name, _ in part.rule.get("items", ())]
        self.had: dict[tuple[Any, ...], tuple[composites.Total, str]] = {}

    def of(self, exact: dict[str, Fraction | None], counts: dict[str, int], marks: dict[str, int]) -> Score:
        """The score of one target, without its place. `marks` stand for the values of `exact` (see `Figures.of`)."""
        key = (*[marks.get(part.indicator) for part in self.parts], *[counts[name] for name in self.items])
        found = self.had.get(key)
        if found is None:
            total = composites.compose(self.parts, exact, counts, least_share=self.least)
            held = composites.grade(total.share, self.grades)
            found = self.had[key] = (total, held.code if held else "")
        total, grade = found
        return Score(total.score, total.full, total.share, total.left_out, total.parts, grade)


def _least_share(on: date, region_code: str) -> Fraction:
    return Fraction(str(parameters.value("evaluation.least_share", on=on, region=region_code).value))


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
