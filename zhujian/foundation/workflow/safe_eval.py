"""Conditions on gateways and cells of decision tables: a small comparison language, read with Python's grammar, never `eval`ed.

Allowed: names (facts), numbers, quoted texts, ``true false null``, lists, ``and or not``, comparisons, ``in``, ``+ - * /`` on
numbers. Nothing can be called, no attribute or index can be taken, so a process definition cannot reach the program.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

MAX_LENGTH = 600
MAX_NODES = 120
CONSTANTS = {"true": True, "false": False, "null": None}
ORDER = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}
ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
ALLOWED = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.Eq, ast.NotEq, ast.Lt,
    ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Name, ast.Load, ast.Constant, ast.Tuple, ast.List, ast.BinOp, *ARITHMETIC,
)  # fmt: skip


class Unsafe(ValueError):
    """The expression is not in the allowed language; the message says why, in Chinese."""


class MissingFact(ValueError):
    """An order comparison or a sum needs a fact that is not known yet; `names` lists the facts."""

    def __init__(self, expression: str, names: tuple[str, ...]) -> None:
        self.expression = expression
        self.names = names
        super().__init__(f"判断条件“{expression}”缺少数值：{'、'.join(names) or '未知'}")


@lru_cache(maxsize=4096)
def parse(expression: str) -> ast.expr:
    """Check `expression` against the allowed language and return its tree; raises `Unsafe`."""
    text = expression.strip()
    if text.startswith("${") and text.endswith("}"):
        text = text[2:-1].strip()
    if not text:
        raise Unsafe("条件是空的，请填写")
    if len(text) > MAX_LENGTH:
        raise Unsafe(f"条件超过 {MAX_LENGTH} 个字符，请简化或改用决策表")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Unsafe(f"条件“{text[:60]}”写法有误，请检查引号、括号和比较符号") from None
    for count, node in enumerate(ast.walk(tree)):
        if count > MAX_NODES:
            raise Unsafe("条件过于复杂，请改用决策表")
        if not isinstance(node, ALLOWED):
            raise Unsafe(f"条件“{text[:60]}”含有不允许的写法：只能比较事实与常数，不能调用函数或读取属性")
        if isinstance(node, ast.Constant) and not isinstance(node.value, (str, int, float, bool, type(None))):
            raise Unsafe(f"条件“{text[:60]}”含有不支持的常数")
        if isinstance(node, ast.Name) and node.id.startswith("__"):
            raise Unsafe(f"条件“{text[:60]}”含有不允许的名称")
    return tree.body


def names(expression: str) -> frozenset[str]:
    """Facts that `expression` reads."""
    return frozenset(n.id for n in ast.walk(parse(expression)) if isinstance(n, ast.Name) and n.id not in CONSTANTS)


def evaluate(expression: str, facts: Mapping[str, Any]) -> Any:
    """Value of `expression` over `facts`.

    A fact that is not there is ``null``: equal to nothing but ``null``; ordering it raises `MissingFact`, because a
    threshold must not be guessed.
    """
    return _value(parse(expression), facts, expression)


def _value(node: ast.expr, facts: Mapping[str, Any], source: str) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return CONSTANTS[node.id] if node.id in CONSTANTS else facts.get(node.id)
    if isinstance(node, (ast.Tuple, ast.List)):
        return [_value(item, facts, source) for item in node.elts]
    if isinstance(node, ast.BoolOp):
        wanted = isinstance(node.op, ast.Or)
        value: Any = not wanted
        for item in node.values:
            value = _value(item, facts, source)
            if bool(value) is wanted:
                return value
        return value
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, facts, source)
        return (not value) if isinstance(node.op, ast.Not) else -_number(value, source)
    if isinstance(node, ast.BinOp):
        left, right = (_number(_value(side, facts, source), source) for side in (node.left, node.right))
        try:
            return ARITHMETIC[type(node.op)](left, right)
        except ZeroDivisionError:
            raise MissingFact(source, ()) from None
    if isinstance(node, ast.Compare):
        left = _value(node.left, facts, source)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = _value(right_node, facts, source)
            if not compare(op, left, right, source):
                return False
            left = right
        return True
    raise Unsafe("条件含有不允许的写法")


def compare(op: ast.cmpop, left: Any, right: Any, source: str) -> bool:
    """One comparison; dates compare with ISO texts, numbers with numbers written as text."""
    if isinstance(op, (ast.Eq, ast.NotEq)):
        left, right = _alike(left, right)
        return (left == right) is isinstance(op, ast.Eq)
    if isinstance(op, (ast.In, ast.NotIn)):
        inside = right is not None and (left in right if isinstance(right, (list, tuple, set, str)) else left == right)
        return bool(inside) is isinstance(op, ast.In)
    left, right = _alike(left, right)
    if left is None or right is None or isinstance(left, str) != isinstance(right, str):
        raise MissingFact(source, tuple(sorted(names(source))))
    return ORDER[type(op)](left, right)


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    left, right = (v.isoformat() if isinstance(v, date) else v for v in (left, right))
    left, right = (float(v) if isinstance(v, Decimal) else v for v in (left, right))
    for_numbers = {int, float}
    if type(left) in for_numbers and isinstance(right, str):
        return left, _as_number(right)
    if type(right) in for_numbers and isinstance(left, str):
        return _as_number(left), right
    return left, right


def _as_number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _number(value: Any, source: str) -> float:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str):
        value = _as_number(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MissingFact(source, tuple(sorted(names(source))))
    return value
