"""Learn class and responsible body from the words of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zhujian.boards.city_management.advice.rules import quality as rules
from zhujian.boards.city_management.advice.rules import text as words
from zhujian.boards.city_management.advice.services.arrays import Head, TextModel
from zhujian.boards.city_management.advice.services.samples import Sample

SEED = 20260101  # the same data give the same model


@dataclass(frozen=True)
class Learned:
    """A model, how good it was on the cases it did not see, and on how many it learned."""

    model: TextModel
    measures: dict[str, Any]
    train_rows: int
    test_rows: int


def split(samples: Sequence[Sample], test_share: float) -> tuple[list[Sample], list[Sample]]:
    """The older ones to learn from, the newest `test_share` to be judged by; samples come oldest first."""
    cut = len(samples) - round(len(samples) * test_share)
    return list(samples[:cut]), list(samples[cut:])


def learn(
    samples: Sequence[Sample], *, test_share: float, least_per_class: int, most_features: int, offered: int,
    peer: TextModel | None = None,
) -> Learned:  # fmt: skip
    """Fit on the older part, judge on the newer one. `peer`: the model in use, judged on the same cases.

    Refuses nothing: whoever calls has looked that there are enough. Needs at least two classes in the older part (ValueError).
    """
    older, newer = split(samples, test_share)
    model = fit(older, least_per_class=least_per_class, most_features=most_features)
    measures = {
        "class": judged(model, newer, older, "class", offered),
        "organisation": judged(model, newer, older, "organisation", offered),
        "features": len(model.columns),
        "classes": len(model.heads["class"].labels),
    }
    if peer is not None:
        measures["in_use"] = judged(peer, newer, older, "class", offered)["accuracy"]
    return Learned(model, measures, len(older), len(newer))


def fit(samples: Sequence[Sample], *, least_per_class: int, most_features: int) -> TextModel:
    """Weights by independent logistic regressions over character sequences, by stochastic gradient descent."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectoriser = TfidfVectorizer(analyzer=words.grams, min_df=3, max_features=most_features, sublinear_tf=True, dtype=np.float32)
    matrix = vectoriser.fit_transform(sample.text for sample in samples)
    columns = {str(gram): int(column) for gram, column in sorted(vectoriser.vocabulary_.items(), key=lambda one: one[1])}
    heads = {}
    for name, labels in (("class", [s.label for s in samples]), ("organisation", [s.organisation for s in samples])):
        head = _head(matrix, labels, least_per_class)
        if head is not None:
            heads[name] = head
    if "class" not in heads:
        raise ValueError("fewer than two classes with enough reports")
    return TextModel(columns, vectoriser.idf_.astype(np.float32), heads)


def _head(matrix: Any, labels: Sequence[str], least: int) -> Head | None:
    from sklearn.linear_model import SGDClassifier

    often = {label for label, count in Counter(labels).items() if label and count >= least}
    if len(often) < 2:
        return None
    rows = [i for i, label in enumerate(labels) if label in often]
    learner = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=100, tol=1e-3, random_state=SEED, n_jobs=1)
    learner.fit(matrix[rows], [labels[i] for i in rows])
    coef, intercept = learner.coef_, learner.intercept_
    if len(learner.classes_) == 2:  # one line divides two classes: written as one for each
        coef, intercept = np.vstack([-coef, coef]), np.concatenate([-intercept, intercept])
    return Head(tuple(str(label) for label in learner.classes_), coef.astype(np.float16), intercept.astype(np.float32))


def judged(model: TextModel, newer: Sequence[Sample], older: Sequence[Sample], head: str, offered: int) -> dict[str, Any]:
    """Quality on the newer cases that have an answer to this question."""
    wanted = [(s.text, s.label if head == "class" else s.organisation) for s in newer]
    asked = [(text, label) for text, label in wanted if label]
    usual = Counter(s.label if head == "class" else s.organisation for s in older)
    usual.pop("", None)
    answers = [[label for label, _ in model.answer(text, head, offered)] for text, _ in asked]
    return rules.quality([label for _, label in asked], answers, usual.most_common(1)[0][0] if usual else "").json()
