"""Where reports will come from this week: counts of unit grids over past weeks, a Poisson regression, judged against simply taking the last weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.db.models import Count
from django.db.models.functions import TruncWeek
from django.utils import timezone

from zhujian.boards.city_management.advice.rules import quality as rules
from zhujian.boards.city_management.command.models import Report
from zhujian.foundation.kernel.scope import region_range

FEATURES = ("last", "last_4", "last_12", "all", "around_4", "city_4")
LEAD = 12  # weeks that the longest feature looks back


@dataclass(frozen=True)
class Counts:
    """`table`: grids × weeks of true reports; `weeks`: Mondays, oldest first, each over."""

    grids: tuple[str, ...]
    weeks: tuple[date, ...]
    table: np.ndarray


@dataclass(frozen=True)
class Learned:
    """Coefficients over the features, and the judgement."""

    coef: np.ndarray
    intercept: float
    measures: dict[str, Any]
    train_rows: int
    test_rows: int


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def midnight(day: date) -> datetime:
    """The first instant of a day in China."""
    return timezone.make_aware(datetime.combine(day, time.min))


def counts(region_code: str, until: date, weeks: int) -> Counts:
    """True reports (registered or merged) of each unit grid in the `weeks` before the week of `until`, in a region and below."""
    low, high = region_range(region_code)
    last = monday(until)
    first = last - timedelta(weeks=weeks)
    rows = (
        Report.objects.filter(
            region_code__gte=low, region_code__lt=high, received_at__gte=midnight(first), received_at__lt=midnight(last),
            state__in=["registered", "merged", "self_handled"],
        )
        .exclude(grid_code="")
        .annotate(week=TruncWeek("received_at"))
        .values_list("grid_code", "week")
        .annotate(count=Count("id"))
        .order_by()
    )  # fmt: skip
    found = [(grid, (timezone.localtime(week).date() - first).days // 7, count) for grid, week, count in rows]
    grids = tuple(sorted({grid for grid, _, _ in found}))
    place = {grid: i for i, grid in enumerate(grids)}
    table = np.zeros((len(grids), weeks), dtype=np.float64)
    for grid, week, count in found:
        table[place[grid], week] = count
    return Counts(grids, tuple(first + timedelta(weeks=i) for i in range(weeks)), table)


def features(grids: tuple[str, ...], table: np.ndarray, week: int) -> np.ndarray:
    """Features of each grid for the week with that number, from the weeks before it only; logarithms, so that a burst does not rule."""
    past = table[:, :week]
    last_4 = past[:, -4:].mean(axis=1)
    communities = np.array([grid[:12] for grid in grids])
    _, where = np.unique(communities, return_inverse=True)
    around = np.bincount(where, weights=last_4) / np.bincount(where)
    columns = [
        past[:, -1],
        last_4,
        past[:, -12:].mean(axis=1),
        past.mean(axis=1),
        around[where],
        np.full(len(grids), last_4.mean()),
    ]
    return np.log1p(np.column_stack(columns))


def learn(found: Counts, *, test_weeks: int, share: float) -> Learned:
    """Fit on the older weeks, judge on the last `test_weeks`. ValueError when there are too few weeks or grids."""
    weeks = len(found.weeks)
    if weeks < LEAD + test_weeks + 4 or len(found.grids) < 10:
        raise ValueError("too few weeks or grids")
    cut = weeks - test_weeks
    older = [(features(found.grids, found.table, w), found.table[:, w]) for w in range(LEAD, cut)]
    coef, intercept = _fit(np.vstack([x for x, _ in older]), np.concatenate([y for _, y in older]))
    inside = usual = total = 0
    for week in range(cut, weeks):
        actual = found.table[:, week].astype(int).tolist()
        told = expected(features(found.grids, found.table, week), coef, intercept)
        simply = found.table[:, week - 4 : week].mean(axis=1)
        got, there, _ = rules.captured(told.tolist(), actual, share)
        inside, total = inside + got, total + there
        usual += rules.captured(simply.tolist(), actual, share)[0]
    measures = {
        "share": share, "weeks": test_weeks, "grids": len(found.grids), "captured": inside, "captured_simply": usual, "reports": total,
        "coef": {name: round(float(c), 4) for name, c in zip(FEATURES, coef, strict=True)},
    }  # fmt: skip
    every = older + [(features(found.grids, found.table, w), found.table[:, w]) for w in range(cut, weeks)]
    coef, intercept = _fit(np.vstack([x for x, _ in every]), np.concatenate([y for _, y in every]))
    return Learned(coef, intercept, measures, len(older) * len(found.grids), test_weeks * len(found.grids))


def _fit(matrix: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import PoissonRegressor

    learner = PoissonRegressor(alpha=1e-3, max_iter=500).fit(matrix, counted)
    return learner.coef_.astype(np.float64), float(learner.intercept_)


def expected(matrix: np.ndarray, coef: np.ndarray, intercept: float) -> np.ndarray:
    """Expected reports of each grid."""
    return np.exp(np.clip(matrix @ coef + intercept, -20, 20))
