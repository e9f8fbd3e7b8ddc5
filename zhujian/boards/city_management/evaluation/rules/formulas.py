"""Formulas of indicators: a small arithmetic over named counts, read with Python's grammar, never `eval`ed, exact to the last digit.

``closed / (to_close - suspended)``: names, numbers, ``+ - * /``, brackets. Nothing can be called. The outermost division parts
numerator and denominator, which are kept with every result. A denominator of 0 gives no value (「—」), never 0 or 100.
Source: GB/T 30428.4-2016; urban-management sheet §1.4.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

from zhujian.foundation.kernel.errors import Reason, Refusal, refuse_if

MAX_LENGTH = 300
MAX_NODES = 60
MAX_NUMBER = 1_000_000_000
NONE = "—"
OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
SIGNS = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "÷"}
ALLOWED = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.USub, ast.Name, ast.Load, ast.Constant, *OPERATIONS)
Number = int | Decimal | Fraction


class Undefined(ZeroDivisionError):
    """A part of the formula divides by zero."""


@dataclass(frozen=True)
class Value:
    """What a formula gives: both sides of its division, and their quotient; None where it is not defined (0 ÷ 0)."""

    numerator: Fraction | None
    denominator: Fraction | None
    value: Fraction | None


@dataclass(frozen=True)
class Formula:
    """A checked formula. `denominator` is None when the outermost operation is no division."""

    text: str
    numerator: ast.expr
    denominator: ast.expr | None

    @property
    def names(self) -> frozenset[str]:
        """Counts it reads."""
        parts = [self.numerator] + ([self.denominator] if self.denominator is not None else [])
        return frozenset(n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name))

    def names_of(self, side: str) -> frozenset[str]:
        """Counts read by one side: ``numerator`` or ``denominator``."""
        part = self.numerator if side == "numerator" else self.denominator
        return frozenset(n.id for n in ast.walk(part) if isinstance(n, ast.Name)) if part is not None else frozenset()

    def value(self, counts: Mapping[str, Number]) -> Value:
        """The formula over `counts`; a count that is not there is KeyError: it is never taken for 0."""
        try:
            top = _value(self.numerator, counts)
            bottom = None if self.denominator is None else _value(self.denominator, counts)
        except Undefined:
            return Value(None, None, None)
        if bottom is None:
            return Value(top, None, top)
        return Value(top, bottom, top / bottom if bottom > 0 else None)

    def words(self, titles: Mapping[str, str]) -> str:
        """The formula with the names that people know."""
        top = _words(self.numerator, titles, self.denominator is not None)
        return top if self.denominator is None else f"{top} ÷ {_words(self.denominator, titles, True)}"


@lru_cache(maxsize=2048)
def parse(text: str) -> Formula:
    """A formula from its text; Refusal ``formula.*`` (field ``formula``) when it is not in the language."""
    said = text.strip().replace("÷", "/").replace("×", "*").replace("−", "-").replace("（", "(").replace("）", ")")
    if not said:
        raise Refusal("formula.empty", "公式是空的，请填写，例如 closed / (to_close - suspended)。", "formula")
    if len(said) > MAX_LENGTH:
        raise Refusal("formula.long", f"公式超过{MAX_LENGTH}个字符，请拆成几个指标。", "formula")
    try:
        tree = ast.parse(said, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Refusal("formula.form", f"公式“{said[:60]}”写法有误，请检查括号和运算符。", "formula") from None
    for count, node in enumerate(ast.walk(tree)):
        if count > MAX_NODES:
            raise Refusal("formula.long", "公式过于复杂，请拆成几个指标。", "formula")
        if not isinstance(node, ALLOWED):
            raise Refusal("formula.form", "公式只能用统计数名称、数字、加减乘除和括号。", "formula")
        if isinstance(node, ast.Constant) and (
            isinstance(node.value, bool) or not isinstance(node.value, (int, float)) or not 0 <= node.value <= MAX_NUMBER
        ):
            raise Refusal("formula.number", "公式中的数字应在0到十亿之间。", "formula")
    body = tree.body
    if isinstance(body, ast.BinOp) and isinstance(body.op, ast.Div):
        return Formula(said, body.left, body.right)
    return Formula(said, body, None)


def check(text: str, known: Collection[str]) -> list[Reason]:
    """Reasons against a formula over the counts `known`."""
    try:
        formula = parse(text)
    except Refusal as refusal:
        return list(refusal.reasons)
    unknown = sorted(formula.names - set(known))
    if unknown:
        return [Reason("formula.name", f"公式里的“{'、'.join(unknown)}”不是已登记的统计数或填报项，请核对名称。", "formula")]
    if not formula.names:
        return [Reason("formula.constant", "公式至少要用到一个统计数。", "formula")]
    return []


def calculate(text: str, counts: Mapping[str, Number]) -> Value:
    """Value of a formula; Refusal when it is not in the language or a count is missing."""
    formula = parse(text)
    refuse_if(check(text, counts.keys()))
    return formula.value(counts)


def _value(node: ast.expr, counts: Mapping[str, Number]) -> Fraction:
    if isinstance(node, ast.Constant):
        return Fraction(str(node.value))
    if isinstance(node, ast.Name):
        return Fraction(counts[node.id])
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, counts)
    assert isinstance(node, ast.BinOp)  # `parse` lets nothing else through
    left, right = _value(node.left, counts), _value(node.right, counts)
    if isinstance(node.op, ast.Div) and not right:
        raise Undefined
    found: Fraction = OPERATIONS[type(node.op)](left, right)
    return found


def _words(node: ast.expr, titles: Mapping[str, str], inside: bool = False) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Name):
        return titles.get(node.id, node.id)
    if isinstance(node, ast.UnaryOp):
        return f"−{_words(node.operand, titles, True)}"
    assert isinstance(node, ast.BinOp)
    said = f"{_words(node.left, titles, True)} {SIGNS[type(node.op)]} {_words(node.right, titles, True)}"
    return f"（{said}）" if inside else said


def rounded(value: Fraction | Decimal | int, places: int = 2) -> Decimal:
    """Half up (away from zero) to `places` decimals, exactly."""
    exact = Fraction(value)
    scaled = exact * 10**places
    whole = (abs(scaled.numerator) * 2 + scaled.denominator) // (scaled.denominator * 2)
    sign = -1 if exact < 0 and whole else 1
    return (Decimal(sign * whole).scaleb(-places)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def percent(value: Fraction | None) -> Decimal | None:
    """A ratio in per cent with two decimals, half up; None stays None."""
    return None if value is None else rounded(value * 100)


def scaled(value: Fraction | None, unit: str) -> Decimal | None:
    """A formula's value in its unit: a ratio becomes per cent when the unit is ``%``."""
    if value is None:
        return None
    return percent(value) if unit == "%" else rounded(value)


def shown(value: Decimal | None, unit: str = "%") -> str:
    """For people: ``97.06%``, or 「—」 when there is no value."""
    return NONE if value is None else f"{value}{unit}"
