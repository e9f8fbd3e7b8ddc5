"""Unit grids: their codes and what may become of them.

Source: GB/T 30428.1-2013; urban-management.md §1.1. A code has 15 digits: 6 county, 3 street or town, 3 community, 3 sequence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from zhujian.foundation.kernel.errors import Reason, Refusal

LENGTH, OLD_LENGTH = 15, 14
LAST = 999  # of a community
# What the street segment says of the town's kind.
KINDS = ((1, 99, "street", "街道"), (100, 199, "town", "镇"), (200, 399, "township", "乡"), (400, 599, "merged", "政企合一"))


@dataclass(frozen=True)
class GridCode:
    """The parts of a grid's code; `alias` is the 14-digit code of CJ/T 213-2005 it came from, if any."""

    county: str
    street: str
    community: str
    sequence: str
    alias: str = ""

    def __str__(self) -> str:
        return self.county + self.street + self.community + self.sequence

    @property
    def town_kind(self) -> str:
        """``street``, ``town``, ``township``, ``merged``; empty for a segment that the standard leaves open."""
        number = int(self.street)
        return next((kind for low, high, kind, _ in KINDS if low <= number <= high), "")

    @property
    def region_code(self) -> str:
        """The community as a 12-digit region code."""
        return self.county + self.street + self.community


def check(text: str) -> list[Reason]:
    """Reasons why `text` is no grid code (§1.1)."""
    text = text.strip()
    if not re.fullmatch(r"\d+", text, re.ASCII):
        return [Reason("grid.code.digits", "网格编码只含数字，请核对。", "code")]
    if len(text) not in (LENGTH, OLD_LENGTH):
        return [Reason("grid.code.length", f"网格编码应为15位（旧标准14位），现为{len(text)}位。", "code")]
    if int(text[12:]) == 0:
        return [Reason("grid.code.sequence", "网格顺序号从001开始，不能为0。", "code")]
    if int(text[9:12]) == 0:
        return [Reason("grid.code.community", "网格必须属于一个社区（村），第10至12位不能为000。", "code")]
    return []


def parse(text: str) -> GridCode:
    """The parts of a code. A 14-digit one gets its sequence padded and is kept as alias. Refusal with the reasons otherwise."""
    text = text.strip()
    if reasons := check(text):
        raise Refusal(reasons=reasons)
    alias = text if len(text) == OLD_LENGTH else ""
    return GridCode(text[:6], text[6:9], text[9:12], text[12:].zfill(3), alias)


def next_code(community: str, used: Iterable[str]) -> str:
    """The next code in a community (12 digits); `used` are all codes ever given there: a retired one is never given again."""
    highest = max((int(code[12:]) for code in used), default=0)
    if highest >= LAST:
        raise Refusal("grid.sequence.full", f"该社区的网格顺序号已用到{LAST}，不能再新增，请先调整社区划分。", "code")
    return f"{community}{highest + 1:03d}"


def check_union(communities: Iterable[str], connected: bool) -> list[Reason]:
    """Reasons why unit grids cannot be merged into one: several communities, or not adjacent."""
    reasons = []
    if len(set(communities)) > 1:
        reasons.append(Reason("grid.merge.community", "这些网格属于不同社区，单元网格不能跨社区，请只选同一社区的网格。"))
    if not connected:
        reasons.append(Reason("grid.merge.apart", "这些网格不相邻，合并后不是一个连续的面，请只选相邻的网格。"))
    return reasons
