"""Message texts of all modules, read from their ``messages.toml``.

[[template]]
key = "permit.issued"
title = "{name}的施工许可证已签发"
body = "证号 {number}，请在系统中下载。"
level = "info"
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from string import Formatter

from zhujian.foundation.kernel.registry import modules


@dataclass(frozen=True)
class Text:
    """One template; the names in braces are what `fill` needs."""

    key: str
    title: str
    body: str = ""
    level: str = "info"

    def names(self) -> set[str]:
        """Facts the template needs."""
        return {name for text in (self.title, self.body) for _, name, _, _ in Formatter().parse(text) if name}

    def fill(self, facts: dict[str, object]) -> tuple[str, str]:
        """Title and body with the facts filled in; KeyError names what is missing."""
        plain = {name: str(facts[name]) for name in self.names()}
        return self.title.format_map(plain), self.body.format_map(plain)


@cache
def texts() -> dict[str, Text]:
    """Every template by key; ValueError when two modules use one key."""
    found: dict[str, Text] = {}
    for mod in modules():
        path = mod.file("messages.toml")
        if not path.exists():
            continue
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["template"]:
            if row["key"] in found:
                raise ValueError(f"two message templates are called {row['key']!r}")
            found[row["key"]] = Text(**row)
    return found
