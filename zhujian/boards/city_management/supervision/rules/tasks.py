"""Tasks of supervision: 统筹布置 → 按责转办 → 重点督办 → 限时反馈 (建办督〔2021〕54号; urban-management.md §3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from zhujian.foundation.kernel.errors import Reason

DRAFT, ISSUED, RECEIVED, HANDLING, FED_BACK, RETURNED, CLOSED, CANCELLED = (
    "draft", "issued", "received", "handling", "fed_back", "returned", "closed", "cancelled",
)  # fmt: skip
AFTER = {
    ("receive", "receive"): RECEIVED, ("arrange", "self"): HANDLING, ("arrange", "forward"): HANDLING, ("handle", "feedback"): FED_BACK,
    ("review", "close"): CLOSED, ("review", "return"): RETURNED,
}  # fmt: skip
OPEN = frozenset({ISSUED, RECEIVED, HANDLING, FED_BACK, RETURNED})
WITH_UNIT = frozenset({ISSUED, RECEIVED, HANDLING, RETURNED})


def state_after(node: str, outcome: str) -> str:
    """State of a unit's task after an outcome of a node; KeyError for one the process does not know."""
    return AFTER[node, outcome]


def may_close(units: Iterable[str]) -> bool:
    """Whether the parent task closes: only when every receiving unit's task is closed (and there is one)."""
    states = [state for state in units if state != CANCELLED]
    return bool(states) and all(state == CLOSED for state in states)


def late(state: str, now: datetime, receipt_due: datetime | None, due: datetime | None) -> str:
    """``receipt`` when it should have been signed for, ``feedback`` when the answer is overdue, else empty. At the limit is in time."""
    if state == ISSUED and receipt_due is not None and now > receipt_due:
        return "receipt"
    return "feedback" if state in WITH_UNIT and due is not None and now > due else ""


def extension_reasons(
    state: str, now: datetime, due: datetime | None, *, granted: int, most: int, pending: bool, days: int
) -> list[Reason]:
    """Why no extension may be asked for: only while the unit holds the task, before its deadline, one at a time, a limited number."""
    found = []
    if state not in WITH_UNIT:
        found.append(Reason("supervision.extend.state", "任务不在本单位办理中，不能申请延期。"))
    elif due is not None and now > due:
        found.append(Reason("supervision.extend.late", "反馈时限已过，不能再申请延期，请尽快反馈。"))
    if pending:
        found.append(Reason("supervision.extend.pending", "已有一份延期申请待审核，请等待结果。"))
    if granted >= most:
        found.append(Reason("supervision.extend.most", f"延期最多 {most} 次，已经用完，请按期反馈。"))
    if days < 1:
        found.append(Reason("supervision.extend.days", "延期至少 1 个工作日。", "days"))
    return found
