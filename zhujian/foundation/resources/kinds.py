"""Kinds of value: how a field of each kind is shown, read from people, files and programs, and described to them.

One object per field (`fields.bind` chooses it from the model). Every way in — form, spreadsheet, API, filter — reads through
`parse`, so that a value is refused with the same code and sentence wherever it comes from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

Choices = Callable[[], Sequence[tuple[str, str]]]


class Bad(Exception):
    """A value that cannot be read: stable `code` suffix and a Chinese sentence (without the field's name)."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


def plain(raw: object) -> str:
    """Text as typed or as it stands in a cell: full-width blanks gone from the ends, whole floats without ``.0``."""
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        raw = int(raw)
    text = str(raw).strip().strip("\u3000\ufeff\u00a0").strip()
    if text.isprintable():  # neither control characters nor surrogates
        return text
    if any(unicodedata.category(char) == "Cc" and char not in "\n\r\t" for char in text):
        raise Bad("control", "含有不可见的控制字符，请删除后重新填写。")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise Bad("control", "含有无法识别的字符，请删除后重新填写。")
    return text


class Kind:
    """Plain text; the base of all kinds. `width` is how many columns its SQL gives (1, or 2 for a key and its label)."""

    name = "text"
    control = "text"  # which form control fits
    numeric = False  # right-aligned
    ranged = False  # filtered by a range
    width = 1
    json_types: tuple[type, ...] = (str,)

    def __init__(self, max_length: int | None = None, *, single_line: bool = True) -> None:
        self.max_length, self.single_line = max_length, single_line

    def show(self, value: Any) -> str:
        """For people, as plain text; empty for nothing."""
        return "" if value is None else str(value)

    def parse(self, raw: Any) -> Any:
        """The value in `raw` (text, or a cell's native type); None when empty; raises `Bad`."""
        text = plain(raw)
        if self.single_line and ("\n" in text or "\r" in text):
            text = " ".join(text.split())
        if self.max_length and len(text) > self.max_length:
            raise Bad("too_long", f"最多 {self.max_length} 个字，现有 {len(text)} 个字，请删减。")
        return text or None

    def parse_json(self, raw: Any) -> Any:
        """The value in a JSON document; stricter than `parse`: the type must be the one the schema names."""
        if raw is None:
            return None
        if not isinstance(raw, self.json_types) or (isinstance(raw, bool) and bool not in self.json_types):
            raise Bad("type", "数据类型不对，请按接口文档填写。")
        return self.parse(raw)

    def json(self, value: Any) -> Any:
        """The value as it stands in a JSON document."""
        return value

    def sheet(self, value: Any) -> Any:
        """The value as it stands in a spreadsheet's cell."""
        return self.show(value)

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the value (without title)."""
        return {"type": "string", **({"maxLength": self.max_length} if self.max_length else {})}

    def example(self) -> str:
        """An example for a template's second row."""
        return ""

    def hint(self) -> str:
        """How to fill it in, one clause."""
        return f"最多{self.max_length}字" if self.max_length and self.max_length < 1000 else ""


Text = Kind


class Lines(Kind):
    """Text of several lines."""

    name = "lines"
    control = "textarea"

    def __init__(self, max_length: int | None = None) -> None:
        super().__init__(max_length, single_line=False)


class Truth(Kind):
    """Yes or no."""

    name = "truth"
    control = "checkbox"
    json_types = (bool,)
    _words = {"是": True, "有": True, "true": True, "1": True, "y": True, "yes": True, "on": True, "√": True,
              "否": False, "无": False, "false": False, "0": False, "n": False, "no": False, "off": False, "×": False}  # fmt: skip

    def show(self, value: Any) -> str:
        return "" if value is None else "是" if value else "否"

    def parse(self, raw: Any) -> bool | None:
        text = plain(raw).lower()
        if not text:
            return None
        if text not in self._words:
            raise Bad("truth", "应填写“是”或“否”。")
        return self._words[text]

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def options(self) -> list[tuple[str, str]]:
        """For a select."""
        return [("1", "是"), ("0", "否")]

    def example(self) -> str:
        return "是"

    def hint(self) -> str:
        return "是/否"


class Choice(Kind):
    """One code of a list: the model's choices, or a dated code list of the parameters room. `tags` gives its colours."""

    name = "choice"
    control = "select"

    def __init__(self, choices: Choices, *, integer: bool = False, tags: dict[str, str] | None = None) -> None:
        self.choices, self.integer, self.tags = choices, integer, tags or {}
        self.json_types = (int,) if integer else (str,)

    def options(self) -> list[tuple[str, str]]:
        """(code, label) pairs, codes as text."""
        return [(str(code), str(label)) for code, label in self.choices()]

    def show(self, value: Any) -> str:
        if value is None or value == "":
            return ""
        return next((label for code, label in self.options() if code == str(value)), str(value))

    def parse(self, raw: Any) -> Any:
        text = plain(raw)
        if not text:
            return None
        options = self.options()
        code = next((c for c, label in options if text in (c, label, f"{c} {label}")), None)
        if code is None:
            some = "、".join(label for _, label in options[:8]) + ("等" if len(options) > 8 else "")
            raise Bad("choice", f"不在代码表内，可填：{some}。")
        return int(code) if self.integer else code

    def parse_json(self, raw: Any) -> Any:
        if isinstance(raw, self.json_types) and str(raw) not in {code for code, _ in self.options()}:
            raise Bad("choice", "不在代码表内，请按接口文档填写代码。")
        return super().parse_json(raw)

    def schema(self) -> dict[str, Any]:
        options = self.options()
        codes: list[Any] = [int(code) if self.integer else code for code, _ in options]
        note = "；".join(f"{code} {label}" for code, label in options)
        return {"type": "integer" if self.integer else "string", "enum": codes, "description": note}

    def example(self) -> str:
        return next((label for _, label in self.options()), "")

    def hint(self) -> str:
        return "从代码表选填"


class Labels(Kind):
    """A list of short texts, or of codes when `choices` is given."""

    name = "labels"
    control = "labels"
    json_types = (list,)

    def __init__(self, choices: Choices | None = None, max_length: int | None = None) -> None:
        self.one: Kind = Choice(choices) if choices else Kind(max_length)

    def show(self, value: Any) -> str:
        return "、".join(self.one.show(item) for item in value or ())

    def parse(self, raw: Any) -> list[Any]:
        items = raw if isinstance(raw, (list, tuple)) else re.split(r"[,，、;；\n]", plain(raw))
        found = [self.one.parse(item) for item in items]
        return list(dict.fromkeys(item for item in found if item is not None))

    def parse_json(self, raw: Any) -> Any:
        if raw is None:
            return []
        if not isinstance(raw, list):
            raise Bad("type", "数据类型不对，请按接口文档填写。")
        return [self.one.parse_json(item) for item in raw]

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.one.schema()}

    def hint(self) -> str:
        return "多项之间用顿号分开"
