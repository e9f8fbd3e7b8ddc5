"""Bridge condition index BCI and grades by CJJ 99-2017 (urban-rural-construction.md §8). Pure; every number is given from outside.

A bridge has three groups: deck ``m``, superstructure ``s`` (one set of parts per span), substructure ``x`` (one per pier or abutment).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

HUNDRED, ZERO = Decimal(100), Decimal(0)
GROUPS = ("m", "s", "x")


def weight(share: Decimal, curve: Sequence[Decimal]) -> Decimal:
    """ω = 3.0μ³ − 5.5μ² + 3.5μ with `curve` = (3.0, −5.5, 3.5); ω(1) = 1 (CJJ 99-2017 附录)."""
    cubic, square, linear = curve
    return cubic * share**3 + square * share**2 + linear * share


def deduction(points: Sequence[Decimal], curve: Sequence[Decimal]) -> Decimal:
    """MDP: combined deduction of one part, Σ DPi·ωi with μi = DPi ÷ ΣDP; 0 without defects, never above 100.

    The clause's curve is not monotone: beside a severe defect, a very small one can lower MDP by a little. It is used as it stands.
    """
    total = sum(points, ZERO)
    if not total:
        return ZERO
    return min(HUNDRED, sum((point * weight(point / total, curve) for point in points), ZERO))


def part_score(points: Sequence[Decimal], curve: Sequence[Decimal]) -> Decimal:
    """100 − MDP."""
    return HUNDRED - deduction(points, curve)


def group_score(scores: Mapping[str, Decimal], weights: Mapping[str, Decimal]) -> Decimal | None:
    """Weighted score of the parts that the bridge has; their weights are made to sum to one. None when it has none of them.

    A part that does not exist is left out: it counts neither as 100 nor as 0 (§21-6).
    """
    present = {part: weights[part] for part in scores if part in weights}
    whole = sum(present.values(), ZERO)
    if not whole:
        return None
    return sum((scores[part] * share for part, share in present.items()), ZERO) / whole


def mean(scores: Sequence[Decimal]) -> Decimal | None:
    """Mean over spans or supports; None without any."""
    return sum(scores, ZERO) / len(scores) if scores else None


def index(groups: Mapping[str, Decimal | None], weights: Mapping[str, Decimal]) -> Decimal | None:
    """BCI = BCIm·ωm + BCIs·ωs + BCIx·ωx over the groups that were inspected and exist; None when there are none."""
    return group_score({key: score for key, score in groups.items() if score is not None}, weights)


def grade_of(score: Decimal, cuts: Sequence[tuple[Decimal, str]]) -> str:
    """The first grade whose lower bound the score reaches; bounds are included (A ≥ 90, B ≥ 80, C ≥ 66, D ≥ 50, E below)."""
    return next(grade for least, grade in cuts if score >= least)


@dataclass(frozen=True)
class Critical:
    """A defect that decides alone: capacity lost, foundation settled, cable broken. `grade` is D or E."""

    code: str
    label: str
    grade: str


@dataclass(frozen=True)
class Verdict:
    """`computed`: by points alone; `grade`: what counts; `reason` says why the two differ; `worst`: the part with the lowest score."""

    grade: str
    computed: str
    reason: str
    worst: str = ""


def verdict(score: Decimal, cuts: Sequence[tuple[Decimal, str]], criticals: Sequence[Critical]) -> Verdict:
    """Grade of a bridge of class Ⅱ–Ⅴ: by BCI, made worse by critical defects and never better."""
    computed = grade_of(score, cuts)
    worst = max((item.grade for item in criticals), default=computed)
    if worst <= computed:
        return Verdict(computed, computed, "")
    names = "、".join(item.label for item in criticals if item.grade == worst)
    return Verdict(worst, computed, f"按评分为{computed}级；存在“{names}”，直接评定为{worst}级。")


PASS, FAIL = "合格", "不合格"


def verdict_first_class(
    parts: Mapping[str, Decimal], least: Decimal, criticals: Sequence[Critical], names: Mapping[str, str]
) -> Verdict:
    """Ⅰ类 bridges (特大桥, 特殊结构): 合格 or 不合格 by the worst element, not by an index."""
    worst = min(parts, key=lambda part: (parts[part], part)) if parts else ""
    computed = PASS if not worst or parts[worst] >= least else FAIL
    if criticals:
        return Verdict(FAIL, computed, f"存在“{'、'.join(item.label for item in criticals)}”，评定为不合格。", worst)
    if computed == FAIL:
        reason = f"最差构件“{names.get(worst, worst)}”得分 {parts[worst]:.1f}，低于 {least:f}。"
        return Verdict(FAIL, computed, reason, worst)
    return Verdict(PASS, computed, "", worst)


@dataclass(frozen=True)
class Assessment:
    """Scores of one inspection. `parts`: (group, place, part) → score; `groups`: m, s, x → score or None; `bci` None if nothing was
    inspected."""

    parts: Mapping[tuple[str, str, str], Decimal]
    groups: Mapping[str, Decimal | None]
    bci: Decimal | None

    @property
    def complete(self) -> bool:
        """Whether all three groups were inspected."""
        return all(self.groups[group] is not None for group in GROUPS)


def assess(
    present: Mapping[str, Mapping[str, Sequence[str]]], points: Mapping[tuple[str, str, str], Sequence[Decimal]], *,
    curve: Sequence[Decimal], group_weights: Mapping[str, Decimal], part_weights: Mapping[str, Mapping[str, Mapping[str, Decimal]]],
    support_kind: Mapping[str, str],
) -> Assessment:  # fmt: skip
    """BCI from what is present and what was deducted.

    `present`: group → place (span or support, ``""`` for the deck) → its parts; `points`: (group, place, part) → deductions;
    `part_weights`: group → set → part → weight, the set being ``""`` for deck and spans and ``pier`` or ``abutment`` for a support
    (`support_kind`: place → set). Spans and supports count alike within their group.
    """
    parts: dict[tuple[str, str, str], Decimal] = {}
    groups: dict[str, Decimal | None] = {}
    for group in GROUPS:
        means = []
        for place, names in present.get(group, {}).items():
            scores = {part: part_score(points.get((group, place, part), ()), curve) for part in names}
            parts.update({(group, place, part): score for part, score in scores.items()})
            kind = support_kind.get(place, "pier") if group == "x" else ""
            score = group_score(scores, part_weights[group][kind])
            if score is not None:
                means.append(score)
        groups[group] = mean(means)
    return Assessment(parts, groups, index(groups, group_weights))
