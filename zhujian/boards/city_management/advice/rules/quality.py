"""How good answers were on cases the model never saw: shares with their numerator and denominator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ClassQuality:
    """One class: how many there were, how many answers named it, how many rightly."""

    label: str
    there: int
    answered: int
    right: int

    @property
    def recall(self) -> float | None:
        """Of those there were, the share found; None when there were none."""
        return self.right / self.there if self.there else None

    @property
    def precision(self) -> float | None:
        """Of those answered, the share that was right; None when it was never answered."""
        return self.right / self.answered if self.answered else None


@dataclass(frozen=True)
class Quality:
    """Answers over `rows` cases: `right` at first place, `listed` among the first few; `usual`: always answering the most frequent class."""

    rows: int
    right: int
    listed: int
    usual: int
    macro_f1: float
    classes: tuple[ClassQuality, ...]
    mistaken: tuple[tuple[str, str, int], ...]

    @property
    def accuracy(self) -> float | None:
        """Share right at first place; None without cases."""
        return self.right / self.rows if self.rows else None

    def json(self) -> dict[str, Any]:
        """For the model's card."""
        return {**asdict(self), "accuracy": self.accuracy}


def quality(truth: Sequence[str], answers: Sequence[Sequence[str]], usual_label: str, *, worst: int = 10) -> Quality:
    """Compare ranked `answers` (best first) with the `truth`, case by case (equal lengths). `usual_label`: most frequent while learning."""
    if len(truth) != len(answers):
        raise ValueError("truth and answers differ in length")
    there, said, good = Counter(truth), Counter(a[0] for a in answers if a), Counter[str]()
    mistaken: Counter[tuple[str, str]] = Counter()
    listed = 0
    for label, answer in zip(truth, answers, strict=True):
        listed += label in answer
        if answer and answer[0] == label:
            good[label] += 1
        elif answer:
            mistaken[label, answer[0]] += 1
    classes = tuple(ClassQuality(label, there[label], said[label], good[label]) for label in sorted({*there, *said}))
    scores = [2 * c.right / (c.there + c.answered) for c in classes if c.there]
    return Quality(
        len(truth), sum(good.values()), listed, there[usual_label], sum(scores) / len(scores) if scores else 0.0, classes,
        tuple((a, b, count) for (a, b), count in mistaken.most_common(worst)),
    )  # fmt: skip


def captured(expected: Sequence[float], actual: Sequence[int], share: float) -> tuple[int, int, int]:
    """(cases inside, all cases, places taken) when one goes to the `share` of places with the highest expectation.

    Ties are taken in the given order, so that the answer is one. A forecast is worth something when it captures more than the last weeks' ranking.
    """
    places = max(1, round(len(expected) * share)) if expected else 0
    order = sorted(range(len(expected)), key=lambda i: (-expected[i], i))
    return sum(actual[i] for i in order[:places]), sum(actual), places
