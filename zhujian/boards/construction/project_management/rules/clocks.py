"""Time across steps: the supplement rule, the time of a stage (longest path), the time of a project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from zhujian.foundation.kernel.errors import Reason


def supplement_reasons(*, on: date, ask_until: date, asked_before: bool) -> list[Reason]:
    """Why the window may not ask for a supplement: once only, and within 5 working days of receipt (`ask_until`).

    Source: 行政许可法 第三十二条 (一次告知; 逾期不告知的，自收到申请材料之日起即为受理); construction.md §1.3 rule 2.
    """
    if asked_before:
        return [Reason("supplement.once", "补正要求只能一次性告知，这件申请已经告知过，请作出受理或者不予受理决定。")]
    if on > ask_until:
        return [Reason("supplement.late", f"一次性告知补正的期限已于{ask_until}届满，这件申请自收到之日起视为受理。")]
    return []


def acceptance_day(
    *, received: date, on: date, ask_until: date, asked_on: date | None = None, completed_on: date | None = None
) -> date | None:
    """Day 0 of the clock as seen on `on`, None while the applicant still has to supplement or the window to answer.

    Asked in time: the day the supplement was complete. Never asked by `ask_until`: the day of receipt itself.
    """
    if asked_on is not None and asked_on <= ask_until:
        return completed_on
    return received if on > ask_until else None


def longest_path(successors: Mapping[str, Iterable[str]], days: Mapping[str, int]) -> tuple[int, tuple[str, ...]]:
    """Time of a stage: (days, nodes) of the longest way through its parallel branches; nodes without days count nothing.

    Source: construction.md §1.3 rule 7 (longest path, not the sum). ValueError when the nodes form a circle.
    """
    best: dict[str, tuple[int, tuple[str, ...]]] = {}
    under_way: set[str] = set()

    def walk(node: str) -> tuple[int, tuple[str, ...]]:
        if node in best:
            return best[node]
        if node in under_way:
            raise ValueError(f"{node} comes after itself")
        under_way.add(node)
        rest = max((walk(following) for following in successors.get(node, ())), default=(0, ()))
        under_way.discard(node)
        best[node] = (days.get(node, 0) + rest[0], (node, *rest[1]))
        return best[node]

    starts = set(successors) | {n for following in successors.values() for n in following}
    return max((walk(node) for node in sorted(starts)), default=(0, ()))


def project_time(stage_days: Iterable[int], paused_days: Iterable[int] = ()) -> int:
    """Time of a project in working days: sum of its stages minus paused time, never negative (§1.3 rule 7)."""
    return max(0, sum(stage_days) - sum(paused_days))


def cap_reasons(stage_days: Mapping[str, int], *, cap: int) -> list[Reason]:
    """Why promised stage times break the regional cap (120 working days nationwide, less where a city promises less)."""
    total = sum(stage_days.values())
    if total <= cap:
        return []
    return [Reason("stage_days.cap", f"各阶段时限合计{total}个工作日，超过上限{cap}个工作日，请压减后再发布。")]
