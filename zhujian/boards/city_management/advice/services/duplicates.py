"""Rank proposed duplicates; learn the weights from what people decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zhujian.boards.city_management.advice.rules import duplicates as rules
from zhujian.boards.city_management.advice.rules import text as words
from zhujian.boards.city_management.advice.services.samples import Decided

SEED = 20260101


def values_of(distance_m: float, hours: float, report: str, case: str, same_component: bool, radius_m: float) -> dict[str, float]:
    """Features of one pair."""
    return rules.features(distance_m, radius_m, hours, words.likeness(report, case), same_component)


def learn(
    rows: Sequence[Decided], *, radius_m: float, test_share: float, given: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, Any]]:
    """Weights from the older decisions, judged on the newer ones beside the `given` weights. ValueError when all went one way."""
    from sklearn.linear_model import LogisticRegression

    cut = len(rows) - round(len(rows) * test_share)
    tables = [values_of(r.distance_m, r.hours, r.report, r.case, r.same_component, radius_m) for r in rows]
    merged = [r.merged for r in rows]
    if len(set(merged[:cut])) < 2:
        raise ValueError("all decisions went one way")
    matrix = np.array([[table[name] for name in rules.FEATURES] for table in tables], dtype=float)
    learner = LogisticRegression(random_state=SEED).fit(matrix[:cut], merged[:cut])
    weights = {"constant": float(learner.intercept_[0])} | {
        name: float(weight) for name, weight in zip(rules.FEATURES, learner.coef_[0], strict=True)
    }
    measures = {
        "learned": _right(tables[cut:], merged[cut:], weights), "given": _right(tables[cut:], merged[cut:], given), "rows": len(rows) - cut,
    }  # fmt: skip
    return weights, measures


def _right(tables: Sequence[Mapping[str, float]], merged: Sequence[bool], weights: Mapping[str, float]) -> int:
    return sum((rules.share(table, weights) >= 0.5) == truth for table, truth in zip(tables, merged, strict=True))
