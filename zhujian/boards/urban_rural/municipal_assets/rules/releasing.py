"""What may be taken away of underground data, and how exact (urban-rural-construction.md §20c, foundation.md §13). Pure.

Looking is always allowed; taking away a small place too, up to a number of rows a day and coarsened. Everything else needs leave.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from zhujian.foundation.kernel.errors import Reason


@dataclass(frozen=True)
class Limits:
    """Without leave: area of one taking (km²), rows a day. With leave: the largest area (km²), the longest time (days)."""

    free_km2: float
    free_rows: int
    most_km2: float
    most_days: int


def free(area_km2: float, rows: int, taken_today: int, limits: Limits) -> bool:
    """Whether a taking needs no leave: a small place, and not too much in small pieces. The limits themselves are within (以下含本数)."""
    return area_km2 <= limits.free_km2 and rows + taken_today <= limits.free_rows


def application_reasons(*, area_km2: float, start: date, end: date, today: date, purpose: str, limits: Limits) -> list[Reason]:
    """Reasons against an application."""
    found = []
    if area_km2 > limits.most_km2:
        words = f"范围 {area_km2:.2f} 平方公里，超过一次审批的上限 {limits.most_km2:g} 平方公里，请缩小范围或分次申请。"
        found.append(Reason("release.area", words, "area"))
    if area_km2 <= 0:
        found.append(Reason("release.area", "范围没有面积，请画出或填写要用资料的区域。", "area"))
    if end < start:
        found.append(Reason("release.days", "截止日期不能早于开始日期。", "valid_to"))
    elif (end - start).days + 1 > limits.most_days:
        found.append(Reason("release.days", f"期限最长 {limits.most_days} 天，请缩短截止日期，到期可再次申请。", "valid_to"))
    if end < today:
        found.append(Reason("release.past", "截止日期已经过去，请重新填写。", "valid_to"))
    if len(re.sub(r"\s", "", purpose)) < 6:
        found.append(Reason("release.purpose", "请具体写明用途，例如“光谷三路雨水管改造工程施工图设计”。", "purpose"))
    return found


def decider_reasons(decider: int | None, applicant: int, reviewer: int | None) -> list[Reason]:
    """Nobody decides on what they asked for themselves, and review and approval are two people."""
    if decider is None or decider == applicant:
        return [Reason("release.own", "申请人不能审查或批准自己的申请，请由其他人员办理。")]
    if reviewer is not None and decider == reviewer:
        return [Reason("release.same", "保密审查和批准应由两个人办理。")]
    return []
