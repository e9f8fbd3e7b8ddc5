"""How likely a report is about a case already open: a logistic sum of distance, time and words."""

from __future__ import annotations

import math
from collections.abc import Mapping

FEATURES = ("nearness", "recency", "likeness", "same_component")


def features(distance_m: float, radius_m: float, hours: float, likeness: float, same_component: bool) -> dict[str, float]:
    """Each between 0 and 1: nearness 1 at the spot, 0 at `radius_m` and beyond; recency halves with each day; `likeness` of the words."""
    return {
        "nearness": max(0.0, 1 - distance_m / radius_m) if radius_m > 0 else 0.0,
        "recency": 0.5 ** (max(0.0, hours) / 24),
        "likeness": min(1.0, max(0.0, likeness)),
        "same_component": float(same_component),
    }


def share(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Between 0 and 1. `weights`: one for each of `FEATURES`, and ``constant``; learned, or the parameters as long as nothing was."""
    total = weights["constant"] + sum(weights[name] * values[name] for name in FEATURES)
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))
