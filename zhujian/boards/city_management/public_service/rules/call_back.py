"""Call-backs: five levels, the rate of satisfaction, and when a case is followed up.

Source: urban-management.md §3.5 (满意度 5-level; 不满意 → linked rework or re-explanation, once), §3.3 (群众满意率), scenario 24.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from zhujian.foundation.kernel.errors import Reason

RATED = (1, 2, 3, 4)  # 非常满意, 满意, 基本满意, 不满意: codes of the list command.satisfaction
NOT_RATED = 5  # 未评价: asked, but no answer that counts
LEVELS = (*RATED, NOT_RATED)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Rate:
    """Satisfied answers of valid answers. `percent` is None when nobody answered: 0/0 is no rate (pitfall 6)."""

    numerator: int
    denominator: int
    asked: int

    @property
    def percent(self) -> Decimal | None:
        """In per cent, two decimals, half up."""
        if not self.denominator:
            return None
        return (Decimal(self.numerator) * 100 / Decimal(self.denominator)).quantize(CENT, ROUND_HALF_UP)

    @property
    def text(self) -> str:
        """``90.43%`` or ``—``."""
        return "—" if self.percent is None else f"{self.percent}%"


def rate(answers: Mapping[int | None, int], satisfied: Collection[int]) -> Rate:
    """Rate over counts by level; 未评价 and None (not answered yet) count as asked only.

    (非常满意 + 满意 [+ 基本满意]) ÷ valid answers: which levels count as satisfied is a parameter.
    """
    valid = {level: count for level, count in answers.items() if level in RATED}
    good = sum(count for level, count in valid.items() if level in satisfied)
    return Rate(good, sum(valid.values()), sum(answers.values()))


def check_level(level: object) -> list[Reason]:
    """Whether an answer is one of the five levels."""
    if isinstance(level, int) and not isinstance(level, bool) and level in LEVELS:
        return []
    return [Reason("call_back.level", "请选择满意程度（非常满意、满意、基本满意、不满意、未评价）。", "level")]


def follow_up(level: int, dissatisfied: Collection[int], *, is_follow_up: bool, already: bool) -> bool:
    """Whether an answer starts a linked follow-up: dissatisfied, and neither is the case itself a follow-up nor has it one (once)."""
    return level in dissatisfied and not is_follow_up and not already


__all__ = ["LEVELS", "NOT_RATED", "RATED", "Rate", "check_level", "follow_up", "rate"]
