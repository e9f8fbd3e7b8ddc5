"""CQL2 text to CQL2 JSON, by recursive descent within bounds of length and depth. Pure.

Source: OGC 21-065r2, annex B (BNF). What an operator may be applied to is judged later, on the JSON form, for both encodings alike.
"""

from __future__ import annotations

import re
from typing import Any

from zhujian.foundation.kernel.errors import Refusal

LONGEST, DEEPEST = 8000, 40
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<string>'(?:[^']|'')*')|(?P<quoted>\"[^\"]+\")"
    r"|(?P<name>[^\W\d][\w.:]*)|(?P<mark><>|<=|>=|[=<>+\-*/%^(),])"
)
_COMPARED = {"=", "<>", "<", ">", "<=", ">="}
_LEVELS: tuple[dict[str, str], ...] = ({"+": "+", "-": "-"}, {"*": "*", "/": "/", "%": "%", "DIV": "div"})
_NESTING = {"POINT": 0, "LINESTRING": 1, "MULTIPOINT": 1, "POLYGON": 2, "MULTILINESTRING": 2, "MULTIPOLYGON": 3}
_NAMES = {"POINT": "Point", "LINESTRING": "LineString", "MULTIPOINT": "MultiPoint", "POLYGON": "Polygon",
          "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon"}  # fmt: skip
_WORDS = {"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "DIV", "TRUE", "FALSE"}
_CAMEL = {"t_finishedby": "t_finishedBy", "t_metby": "t_metBy", "t_overlappedby": "t_overlappedBy", "t_startedby": "t_startedBy",
          "a_containedby": "a_containedBy", "a_overlaps": "a_overlaps"}  # fmt: skip


def wrong(message: str, place: str = "") -> Refusal:
    """The refusal of a filter, with a sentence that quotes the place."""
    at = f"（在“{place[:20]}”附近）" if place else ""
    return Refusal("filter.cql2", f"过滤条件无法理解{at}：{message}", "filter")


def parse(text: str) -> Any:
    """The CQL2 JSON form of a CQL2 text. Refusal ``filter.cql2`` with the place where reading stopped."""
    if len(text) > LONGEST:
        raise wrong(f"条件过长，最多 {LONGEST} 个字符。")
    reader = _Reader(text)
    if reader.kind == "end":
        raise wrong("条件是空的，请填写，例如 floors_above >= 30。")
    found = reader.expression()
    if reader.kind != "end":
        raise reader.stop("这里多了内容，请检查括号和 AND、OR。")
    return found


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise wrong("有不认识的字符。文字要放在单引号里。", text[at:])
        if match.lastgroup != "space":
            found.append((str(match.lastgroup), match.group(), at))
        at = match.end()
    return [*found, ("end", "", len(text))]


class _Reader:
    """One pass over the tokens; `kind` and `word` are the current one's."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.at, self.depth = text, _tokens(text), 0, 0

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0]

    @property
    def word(self) -> str:
        """The current token in capitals, when it is a name or a mark."""
        kind, text, _ = self.tokens[self.at]
        return text.upper() if kind in ("name", "mark") else ""

    def take(self) -> str:
        found = self.tokens[self.at][1]
        if self.kind != "end":
            self.at += 1
        return found

    def stop(self, message: str) -> Refusal:
        return wrong(message, self.text[self.tokens[self.at][2] :])

    def expect(self, mark: str) -> None:
        if self.word != mark:
            raise self.stop(f"这里应为 {mark}。")
        self.take()

    def accept(self, *marks: str) -> str:
        """Take the current token when it is one of `marks`; which one, or nothing."""
        if self.word in marks:
            return self.take().upper()
        return ""

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.stop(f"嵌套过深，最多 {DEEPEST} 层，请拆开。")

    def expression(self) -> Any:
        """OR of ANDs."""
        self.deeper()
        found = self._joined("OR", lambda: self._joined("AND", self.negation))
        self.depth -= 1
        return found

    def _joined(self, word: str, part: Any) -> Any:
        found = [part()]
        while self.accept(word):
            found.append(part())
        return found[0] if len(found) == 1 else {"op": word.lower(), "args": found}

    def negation(self) -> Any:
        if not self.accept("NOT"):
            return self.comparison()
        self.deeper()
        found = {"op": "not", "args": [self.negation()]}
        self.depth -= 1
        return found

    def comparison(self) -> Any:
        left = self.sum()
        if self.kind == "mark" and self.word in _COMPARED:
            return {"op": self.take(), "args": [left, self.sum()]}
        if self.accept("IS"):
            negated = bool(self.accept("NOT"))
            self.expect("NULL")
            return self._maybe(negated, {"op": "isNull", "args": [left]})
        negated = self.word == "NOT" and bool(self.accept("NOT"))
        match self.accept("LIKE", "BETWEEN", "IN"):
            case "LIKE":
                return self._maybe(negated, {"op": "like", "args": [left, self.primary()]})
            case "BETWEEN":
                low = self.sum()
                self.expect("AND")
                return self._maybe(negated, {"op": "between", "args": [left, low, self.sum()]})
            case "IN":
                self.expect("(")
                return self._maybe(negated, {"op": "in", "args": [left, self.arguments()]})
        if negated:
            raise self.stop("NOT 后面应为 LIKE、BETWEEN 或 IN。")
        return left

    @staticmethod
    def _maybe(negated: bool, found: dict[str, Any]) -> dict[str, Any]:
        return {"op": "not", "args": [found]} if negated else found

    def sum(self, level: int = 0) -> Any:
        """Sums of products; `level` 1 is a product."""
        if level == len(_LEVELS):
            return self.unary()
        found = self.sum(level + 1)
        while sign := self.accept(*_LEVELS[level]):
            found = {"op": _LEVELS[level][sign], "args": [found, self.sum(level + 1)]}
        return found

    def unary(self) -> Any:
        if not self.accept("-"):
            return self.power()
        self.deeper()
        found = self.unary()
        self.depth -= 1
        number = isinstance(found, (int, float)) and not isinstance(found, bool)
        return -found if number else {"op": "*", "args": [-1, found]}

    def power(self) -> Any:
        found = self.primary()
        return {"op": "^", "args": [found, self.primary()]} if self.accept("^") else found

    def primary(self) -> Any:
        kind, word = self.kind, self.word
        if kind == "number":
            text = self.take()
            return int(text) if text.isdigit() and len(text) < 19 else float(text)
        if kind == "string":
            return self.take()[1:-1].replace("''", "'")
        if kind == "quoted":
            return {"property": self.take()[1:-1]}
        if self.accept("("):
            found = self.expression()
            self.expect(")")
            return found
        if kind != "name":
            raise self.stop("这里应为属性名、数字、'文字' 或函数。")
        if self.accept("TRUE", "FALSE"):
            return word == "TRUE"
        if word in _WORDS:
            raise self.stop("这里应为属性名或数值。")
        name = self.take()
        return self.called(name) if self.word == "(" or word in _NESTING and self.word == "Z" else {"property": name}

    def called(self, name: str) -> Any:
        """What stands before a parenthesis: a literal of a geometry or a time, or an operator written as a function."""
        word = name.upper()
        if word in _NESTING or word == "GEOMETRYCOLLECTION":
            return self.geometry(word)
        self.expect("(")
        self.deeper()
        found = self.arguments()
        self.depth -= 1
        if word in ("DATE", "TIMESTAMP"):
            if len(found) != 1:
                raise self.stop(f"{word} 里应有一个时间，例如 DATE('2026-01-31')。")
            return {word.lower(): found[0]}
        if word == "INTERVAL":
            return {"interval": found}
        if word == "BBOX":
            return {"bbox": found}
        return {"op": _CAMEL.get(name.lower(), name.lower()), "args": found}

    def arguments(self) -> list[Any]:
        """Expressions up to the closing parenthesis (the opening one is taken)."""
        found = [self.expression()]
        while self.accept(","):
            found.append(self.expression())
        self.expect(")")
        return found

    def geometry(self, word: str) -> dict[str, Any]:
        """A WKT literal as GeoJSON; heights are read and kept."""
        self.accept("Z")
        self.expect("(")
        if word == "GEOMETRYCOLLECTION":
            self.deeper()
            parts = [self.geometry(self.take().upper())]
            while self.accept(","):
                parts.append(self.geometry(self.take().upper()))
            self.expect(")")
            self.depth -= 1
            return {"type": "GeometryCollection", "geometries": parts}
        if word not in _NESTING:
            raise self.stop("不认识的图形，可用 POINT、LINESTRING、POLYGON 及其 MULTI 形式。")
        found = self.nested(_NESTING[word])
        return {"type": _NAMES[word], "coordinates": found}

    def nested(self, level: int) -> list[Any]:
        """Positions nested `level` deep, up to the closing parenthesis."""
        if level == 0:
            found: list[Any] = [self.ordinate(), self.ordinate()]
            while self.kind == "number" or self.word in ("-", "+"):
                found.append(self.ordinate())
            self.expect(")")
            return found
        found = [self._inner(level)]
        while self.accept(","):
            found.append(self._inner(level))
        self.expect(")")
        return found

    def _inner(self, level: int) -> list[Any]:
        if level > 1 or self.word == "(":  # MULTIPOINT may put its points into parentheses of their own
            self.expect("(")
            return self.nested(level - 1)
        found = [self.ordinate(), self.ordinate()]
        while self.kind == "number" or self.word in ("-", "+"):
            found.append(self.ordinate())
        return found

    def ordinate(self) -> float:
        negative = self.accept("-", "+") == "-"
        if self.kind != "number":
            raise self.stop("这里应为坐标数字。")
        value = float(self.take())
        return -value if negative else value
