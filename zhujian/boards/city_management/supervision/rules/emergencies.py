"""Emergencies: reports in time, one every day while the response lasts, a final one before closing (突发事件应对法 第三十九条、第六十二条)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from zhujian.foundation.kernel.errors import Reason


def first_report_late(occurred: datetime, reported: datetime, limit: timedelta) -> bool:
    """Whether the first report came later than the limit; at the limit is in time."""
    return reported - occurred > limit


def missing_days(start: date, until: date, reported: Iterable[date]) -> list[date]:
    """Days from the start of the response to `until`, both included, without a report."""
    have = set(reported)
    return [day for day in (start + timedelta(days=n) for n in range((until - start).days + 1)) if day not in have]


def close_reasons(state: str, kinds: Iterable[str], *, response_on: bool) -> list[Reason]:
    """Why an emergency cannot be closed: the response must have ended and a final report be in."""
    found = []
    if state == "closed":
        found.append(Reason("emergency.closed", "事件已经办结。"))
    if response_on:
        found.append(Reason("emergency.response", "应急响应尚未终止，请先由负责人终止响应。"))
    if "final" not in set(kinds):
        found.append(Reason("emergency.final", "还没有终报。请先提交终报，写明原因、损失和处置结果。"))
    return found


def level_reasons(now_level: str, new_level: str) -> list[Reason]:
    """A response level is one of I to IV; saying the same again is no change."""
    if new_level not in {"1", "2", "3", "4"}:
        return [Reason("emergency.level", "响应等级应为Ⅰ～Ⅳ级。", "level")]
    return [Reason("emergency.same_level", "响应等级没有变化。", "level")] if now_level == new_level else []
