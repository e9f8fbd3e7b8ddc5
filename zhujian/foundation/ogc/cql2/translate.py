"""CQL2 JSON to a condition: types are judged, every value is a bound parameter, only queryables give column names.

Source: OGC 21-065r2. The conformance classes that this fulfils are listed in `conformance`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.ogc.cql2 import spatial, temporal, text
from zhujian.foundation.ogc.cql2.text import DEEPEST, LONGEST, wrong
from zhujian.foundation.ogc.crs import FRAME84, Frame
from zhujian.foundation.ogc.queryables import Queryable
from zhujian.foundation.resources.query import Condition

MOST_NODES, MOST_LISTED = 400, 200
_ARITHMETIC = {"+", "-", "*", "/", "%", "div", "^"}
_COMPARED = {"=", "<>", "<", ">", "<=", ">="}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass(frozen=True)
class Piece:
    """A part of the statement: its text, its parameters in order, and what it is worth (`kind` as of a queryable, or condition)."""

    sql: str
    params: tuple[Any, ...]
    kind: str
    literal: Any = None


def condition(source: str, language: str, known: Mapping[str, Queryable], frame: Frame = FRAME84) -> Condition:
    """The condition that a filter text asks for. `language`: cql2-text or cql2-json; `frame`: system of the coordinates in it."""
    if language == "cql2-json":
        if len(source) > LONGEST:
            raise wrong(f"条件过长，最多 {LONGEST} 个字符。")
        try:
            tree = orjson.loads(source)
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            raise wrong("不是有效的 JSON，请核对括号和引号。", source) from None
    else:
        tree = text.parse(source)
    found = _Translator(known, frame).logical(tree, 0)
    return found.sql, list(found.params)


class _Translator:
    """One walk over one filter; counts what it has met, so that a filter stays small."""

    def __init__(self, known: Mapping[str, Queryable], frame: Frame) -> None:
        self.known, self.frame, self.nodes = known, frame, 0

    def count(self, depth: int) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES or depth > DEEPEST:
            raise wrong(f"条件过于复杂（最多 {MOST_NODES} 项、{DEEPEST} 层），请拆成几次查询。")

    # Conditions --------------------------------------------------------------------------------------------------------

    def logical(self, tree: Any, depth: int) -> Piece:
        """A true-or-false expression."""
        self.count(depth)
        if isinstance(tree, bool):
            return Piece("true" if tree else "false", (), "condition")
        if not isinstance(tree, dict):
            raise wrong("这里应为一个条件，例如 floors_above >= 30。", str(tree))
        if "property" in tree:
            found = self.scalar(tree, depth)
            if found.kind != "boolean":
                raise wrong("单独写一个属性只能是“是/否”类型，其他属性请写出比较。", str(tree["property"]))
            return Piece(found.sql, found.params, "condition")
        operator, given = self._called(tree)
        if operator in ("and", "or"):
            if len(given) < 2:
                raise wrong(f"{operator} 至少要有两个条件。")
            parts = [self.logical(one, depth + 1) for one in given]
            return _join(f" {operator.upper()} ", parts)
        if operator == "not":
            self._exactly(operator, given, 1)
            inner = self.logical(given[0], depth + 1)
            return Piece(f"(NOT {inner.sql})", inner.params, "condition")
        if operator == "isnull":
            self._exactly("isNull", given, 1)
            one = self.value(given[0], depth + 1)
            return Piece(f"({one.sql} IS NULL)", one.params, "condition")
        if operator in _COMPARED:
            self._exactly(operator, given, 2)
            left, right = self._alike([self.scalar(one, depth + 1) for one in given], operator)
            if operator not in ("=", "<>") and left.kind == "boolean":
                raise wrong("“是/否”类型只能比较是否相等。", operator)
            return Piece(f"({left.sql} {operator} {right.sql})", left.params + right.params, "condition")
        if operator == "between":
            return self._between(given, depth)
        if operator == "in":
            return self._in(given, depth)
        if operator == "like":
            return self._like(given, depth)
        if operator in spatial.RELATIONS:
            return self._spatial(operator, given, depth)
        if operator in temporal.RELATIONS:
            self._exactly(operator, given, 2)
            return self._temporal(operator, given, depth)
        raise wrong("不支持这个运算或函数。", operator)

    def _called(self, tree: dict[str, Any]) -> tuple[str, list[Any]]:
        operator, given = tree.get("op"), tree.get("args")
        if not isinstance(operator, str) or not isinstance(given, list):
            raise wrong("每个条件应写明 op 和 args。", str(tree))
        return operator.lower(), given

    @staticmethod
    def _exactly(operator: str, given: list[Any], number: int) -> None:
        if len(given) != number:
            raise wrong(f"{operator} 应有 {number} 个参数，现有 {len(given)} 个。")

    def _between(self, given: list[Any], depth: int) -> Piece:
        self._exactly("between", given, 3)
        one, low, high = self._alike([self.scalar(part, depth + 1) for part in given], "between")
        if one.kind not in ("integer", "number", "date", "timestamp"):
            raise wrong("BETWEEN 只用于数字和日期。")
        return Piece(f"({one.sql} BETWEEN {low.sql} AND {high.sql})", one.params + low.params + high.params, "condition")

    def _in(self, given: list[Any], depth: int) -> Piece:
        if len(given) == 2 and isinstance(given[1], list):
            given = [given[0], *given[1]]
        if not 2 <= len(given) <= MOST_LISTED + 1:
            raise wrong(f"IN 的列表应有 1 到 {MOST_LISTED} 项。")
        parts = self._alike([self.scalar(part, depth + 1) for part in given], "in")
        listed = ", ".join(part.sql for part in parts[1:])
        return Piece(f"({parts[0].sql} IN ({listed}))", sum((part.params for part in parts), ()), "condition")

    def _like(self, given: list[Any], depth: int) -> Piece:
        self._exactly("like", given, 2)
        one, pattern = (self.scalar(part, depth + 1) for part in given)
        written = pattern.literal
        if one.kind != "text" or pattern.kind != "text" or not isinstance(written, str):
            raise wrong("LIKE 左边应为文字属性，右边应为 '样式'，% 代表任意文字。")
        if (len(written) - len(written.rstrip("\\"))) % 2:
            raise wrong("LIKE 的样式不能以单个反斜杠结尾。", written)
        return Piece(f"({one.sql} LIKE {pattern.sql})", one.params + pattern.params, "condition")

    def _spatial(self, operator: str, given: list[Any], depth: int) -> Piece:
        self._exactly(operator, given, 2)
        left, right = (self.value(part, depth + 1) for part in given)
        if left.kind != "geometry" or right.kind != "geometry":
            raise wrong(f"{operator} 的两个参数都应为图形，例如 {operator}(图形属性, BBOX(114,30,115,31))。")
        sql, params = f"{spatial.RELATIONS[operator]}({left.sql}, {right.sql})", left.params + right.params
        if operator != "s_disjoint":
            # Under row-level security only the plain operator may use the index; every relation but this one implies it.
            sql, params = f"({left.sql} && {right.sql} AND {sql})", params * 2
        return Piece(sql, params, "condition")

    def _temporal(self, operator: str, given: list[Any], depth: int) -> Piece:
        spans = [temporal.span(self.value(part, depth + 1), self._end) for part in given]
        sql, params = temporal.relation(operator, spans[0], spans[1])
        return Piece(sql, params, "condition")

    def _end(self, raw: Any) -> Piece | None:
        """One end of an INTERVAL: a day, an instant or a property; None for an open one."""
        if raw == "..":
            return None
        if isinstance(raw, dict) and "property" in raw:
            found = self.scalar(raw, 0)
        else:
            found = temporal.literal(
                raw if isinstance(raw, str) else raw.get("date") or raw.get("timestamp") if isinstance(raw, dict) else raw
            )
        if found.kind not in ("date", "timestamp"):
            raise wrong("INTERVAL 的两端应为日期、时刻、日期属性或 '..'。")
        return found

    # Values --------------------------------------------------------------------------------------------------------------

    def value(self, tree: Any, depth: int) -> Piece:
        """A value of any kind: also a geometry or an interval."""
        if isinstance(tree, dict) and "interval" in tree:
            self.count(depth)
            ends = tree["interval"]
            if not isinstance(ends, list) or len(ends) != 2:
                raise wrong("INTERVAL 应有开始和结束两项，例如 INTERVAL('2020-01-01','..')。")
            return Piece("", (), "interval", ends)
        if isinstance(tree, dict) and ("bbox" in tree or "coordinates" in tree or "geometries" in tree):
            self.count(depth)
            return Piece("%s::geometry", (spatial.literal(tree, self.frame),), "geometry")
        return self.scalar(tree, depth)

    def scalar(self, tree: Any, depth: int) -> Piece:
        """A number, text, truth value, day or instant; a property may also be a geometry."""
        self.count(depth)
        if isinstance(tree, bool):
            return Piece("true" if tree else "false", (), "boolean", tree)
        if isinstance(tree, (int, float)):
            return _number(tree)
        if isinstance(tree, str):
            if _CONTROL.search(tree):
                raise wrong("文字中含有不可见的字符，请删除。")
            return Piece("%s::text", (tree,), "text", tree)
        if not isinstance(tree, dict):
            raise wrong("这里应为属性、数字、文字、日期或图形。", str(tree))
        if "property" in tree:
            return self._property(tree["property"])
        if "date" in tree or "timestamp" in tree:
            return temporal.literal(tree.get("date", tree.get("timestamp")), "date" if "date" in tree else "timestamp")
        operator, given = self._called(tree)
        if operator == "casei":
            self._exactly("CASEI", given, 1)
            one = self.scalar(given[0], depth + 1)
            if one.kind != "text":
                raise wrong("CASEI 只用于文字。")
            lowered = one.literal.lower() if isinstance(one.literal, str) else None
            return Piece(f"lower({one.sql})", one.params, "text", lowered)
        if operator in _ARITHMETIC:
            return self._arithmetic(operator, given, depth)
        raise wrong("不支持这个运算或函数。", operator)

    def _property(self, name: Any) -> Piece:
        found = self.known.get(name) if isinstance(name, str) else None
        if found is None:
            raise Refusal("filter.property", f"没有可查询的属性“{str(name)[:40]}”，可用的见本图层的 queryables。", "filter")
        if found.kind == "uuid":
            return Piece(f"{found.sql}::text", (), "text")
        return Piece(found.sql, (), found.kind)

    def _arithmetic(self, operator: str, given: list[Any], depth: int) -> Piece:
        self._exactly(operator, given, 2)
        left, right = (self.scalar(one, depth + 1) for one in given)
        if not {left.kind, right.kind} <= {"integer", "number"}:
            raise wrong("加减乘除只用于数字。", operator)
        first, second = f"({left.sql})::numeric", f"({right.sql})::numeric"
        if operator in ("/", "%", "div"):
            second = f"nullif({second}, 0)"
        called = {"div": "div", "%": "mod"}.get(operator)
        made = f"{called}({first}, {second})" if called else f"({first} {operator} {second})"
        return Piece(made, left.params + right.params, "number")

    def _alike(self, parts: list[Piece], operator: str) -> list[Piece]:
        """The parts made comparable with each other; refuses what cannot be compared."""
        kinds = {part.kind for part in parts}
        if kinds & {"date", "timestamp"} and "text" in kinds:
            # A day written as plain text beside a day: taken for what it says.
            parts = [
                temporal.literal(part.literal) if part.kind == "text" and part.literal is not None else part for part in parts
            ]
            kinds = {part.kind for part in parts}
        if kinds == {"date", "timestamp"}:
            return [temporal.as_instant(part) for part in parts]
        if (
            len(kinds) == 1
            and kinds <= {"text", "boolean", "date", "timestamp", "integer", "number"}
            or kinds == {"integer", "number"}
        ):
            return parts
        names = {
            "text": "文字",
            "boolean": "是/否",
            "date": "日期",
            "timestamp": "时刻",
            "integer": "数字",
            "number": "数字",
            "geometry": "图形",
        }
        shown = "与".join(dict.fromkeys(names[part.kind] for part in parts))
        raise wrong(f"{shown}不能用 {operator.upper()} 比较。文字放在单引号里，日期写成 DATE('2026-01-31')。")


def _join(word: str, parts: list[Piece]) -> Piece:
    return Piece("(" + word.join(part.sql for part in parts) + ")", sum((part.params for part in parts), ()), "condition")


def _number(value: float) -> Piece:
    if not math.isfinite(value):
        raise wrong("数字过大。")
    if isinstance(value, int) and abs(value) < 2**63:
        return Piece("%s::bigint", (value,), "integer", value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return Piece("%s::bigint", (int(value),), "integer", value)
    return Piece("%s::numeric", (Decimal(repr(value)),), "number", value)
