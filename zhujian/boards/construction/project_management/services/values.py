"""Values of a step's form as a program hands them in: each checked by the field's declaration, each fault with code and field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from zhujian.boards.construction.project_management import steps
from zhujian.foundation.kernel.errors import Reason

LONGEST = 200
YEARS = (1950, 2150)  # a date outside is a slip of the pen
NUMBERS = frozenset({"money", "area", "number"})


def day(form: Mapping[str, Any], key: str) -> date | None:
    """A stored date; None when it is empty or no date."""
    try:
        return date.fromisoformat(str(form.get(key) or ""))
    except ValueError:
        return None


def number(form: Mapping[str, Any], key: str) -> Decimal | None:
    """A stored number; None when it is empty or no number."""
    text = form.get(key)
    if text in (None, "") or isinstance(text, bool):
        return None
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def reasons(step: steps.Step, form: Mapping[str, Any], *, on: date) -> list[Reason]:
    """What is missing or impossible in a step's form on day `on`."""
    found = []
    for spec in step.fields:
        value = form.get(spec.key)
        if value in (None, ""):
            if spec.required and spec.type != "bool":
                found.append(Reason("field.required", f"请填写“{spec.label}”。", spec.key))
        else:
            found += _fault(spec, value, on)
    return found


def _fault(spec: steps.Field, value: Any, on: date) -> list[Reason]:
    def no(code: str, text: str) -> list[Reason]:
        return [Reason(f"field.{code}", f"“{spec.label}”{text}", spec.key)]

    if spec.type == "date":
        found = day({"": value}, "")
        if found is None or not YEARS[0] <= found.year <= YEARS[1]:
            return no("date", "不是正确的日期，请按 2026-03-10 的样子填写。")
        return no("future", f"是已经发生的事，不能晚于今天（{on}），请核对。") if spec.past and found > on else []
    if spec.type in NUMBERS:
        amount = number({"": value}, "")
        if amount is None:
            return no("number", "请填写数字，不要带单位。")
        return no("negative", "不能小于0，请核对。") if amount < 0 else []
    if spec.type == "choice":
        return [] if value in dict(spec.choices) else no("choice", "请从列表中选择一项。")
    if spec.type == "bool":
        return [] if isinstance(value, bool) else no("bool", "请填写“是”或“否”。")
    return [] if isinstance(value, str) and len(value) <= LONGEST else no("text", f"请填写不超过{LONGEST}个字的文字。")


__all__ = ["day", "number", "reasons"]
