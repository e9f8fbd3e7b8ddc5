"""Work orders of 12345 and 12319: where they go, until when they are answered, what may be done with them.

Source: urban-management.md §3.5 (受理登记 → 分类转办 → 承办 → 反馈 → 回访 → 归档); GB/T 33358-2016 政府热线服务规范.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zhujian.foundation.kernel.errors import Reason

# State → what may be done with it.
ACTS: dict[str, frozenset[str]] = {
    "registered": frozenset({"transfer", "answer", "return"}),
    "answering": frozenset({"answer", "return"}),
    "case": frozenset(),
    "replied": frozenset({"archive"}),
    "visited": frozenset({"archive"}),
    "returned": frozenset(),
    "archived": frozenset(),
}
WORDS = {
    "registered": "待分办", "answering": "承办中", "case": "已转案件", "replied": "已答复", "visited": "已回访", "returned": "已退回",
    "archived": "已归档",
}  # fmt: skip
# States told to the hotline, in the order in which they can happen; a later one is never followed by an earlier one.
STATUSES = ("accepted", "registered", "refused", "returned", "dispatched", "closed", "replied")
STATUS_WORDS = {
    "accepted": "已受理", "registered": "已立案", "refused": "不予受理", "returned": "退回", "dispatched": "已派遣", "closed": "已结案",
    "replied": "已答复",
}  # fmt: skip


@dataclass(frozen=True)
class Transfer:
    """One transfer rule. `source` and `prefix` empty: any; `words`: one of them stands in the text; `area`: 12 digits or empty."""

    action: str
    kind: str = ""
    class_code: str = ""
    unit: str = ""
    source: str = ""
    prefix: str = ""
    words: tuple[str, ...] = ()
    area: str = ""
    id: int = 0


def choose(rules: Iterable[Transfer], *, source: str, ext_class: str, text: str, region_code: str) -> Transfer | None:
    """The rule that decides: of those that fit, the nearest area, then the longest class, then one that names the source,
    then one with a word found in the text, then the one registered first. None: a person decides.
    """

    def fits(rule: Transfer) -> bool:
        here = not rule.area or region_code.startswith(rule.area.rstrip("0"))
        said = not rule.words or any(word in text for word in rule.words)
        return here and said and rule.source in ("", source) and ext_class.startswith(rule.prefix)

    found = [rule for rule in rules if fits(rule)]
    return min(
        found,
        key=lambda r: (-len(r.area.rstrip("0")), -len(r.prefix), not r.source, not r.words, r.id),
        default=None,
    )


def check_act(state: str, act: str) -> list[Reason]:
    """Whether `act` (transfer, answer, return, archive) may be done to an order in `state`."""
    if act in ACTS.get(state, frozenset()):
        return []
    return [Reason("work_order.state", f"工单现在是“{WORDS.get(state, state)}”，不能这样办理，请刷新页面核对。")]


def may_follow(sent: Iterable[str], status: str) -> bool:
    """Whether `status` may still be told after those of `sent`: each once, never backwards."""
    done = set(sent)
    return status not in done and all(STATUSES.index(status) > STATUSES.index(one) for one in done)


__all__ = ["ACTS", "STATUSES", "STATUS_WORDS", "WORDS", "Transfer", "check_act", "choose", "may_follow"]
