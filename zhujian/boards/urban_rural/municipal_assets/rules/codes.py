"""Codes of facilities: 16-digit component codes (GB/T 30428.2-2013), pipe point codes (CJJ 61-2017, urban-rural-construction.md §2).

Pure. A component code is 6 digits of the county, 2 of the 大类, 2 of the 小类, 6 of the sequence within class and county. A pipe point
code is the two letters of its kind, a map sheet or area, and a serial number. Class codes and parts are parameters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from zhujian.foundation.kernel.errors import Reason

SEQUENCE_MOST = 999_999
_POINT = re.compile(r"([A-Z]{2})([0-9A-Z][0-9A-Z.\-]{0,11}?)(\d{3,8})")

# CJJ 61-2017: the letters a point code may begin with (titles and colours are in the code list municipal_assets.pipe_kind).
KINDS = frozenset(
    ["JS", "PS", "YS", "WS", "HS", "RQ", "TR", "MQ", "YH", "RL", "RS", "ZQ", "DL", "GD", "LD", "XH", "TX", "DX", "GY", "ZH"]
)


@dataclass(frozen=True)
class Component:
    """The parts of a component code."""

    county: str
    class_code: str
    sequence: int


def component_code(county: str, class_code: str, sequence: int) -> str:
    """16 digits from county (6 digits), class (大类+小类, 4 digits) and sequence number (1 … 999999). ValueError otherwise."""
    if not re.fullmatch(r"\d{6}", county, re.ASCII) or not re.fullmatch(r"\d{4}", class_code, re.ASCII):
        raise ValueError(f"county {county!r} or class {class_code!r} is not of six and four digits")
    if not 1 <= sequence <= SEQUENCE_MOST:
        raise ValueError(f"sequence {sequence} is not within 1 and {SEQUENCE_MOST}")
    return f"{county}{class_code}{sequence:06d}"


def parse_component(code: str) -> Component | None:
    """The parts of a 16-digit code; None when it is none."""
    if not re.fullmatch(r"\d{16}", code, re.ASCII):
        return None
    return Component(code[:6], code[6:10], int(code[10:]))


def component_reasons(code: str, *, county: str, classes: Collection[str], class_code: str = "") -> list[Reason]:
    """What is wrong with a component code of a facility in `county` (6 digits) and, when known, of `class_code`.

    `classes`: the class codes of the scheme in force. Source: GB/T 30428.2-2013, composition of the component identifier.
    """
    parts = parse_component(code)
    if parts is None:
        return [
            Reason("code.component_form", "标识码：部件标识码应为16位数字（6位县级区划＋2位大类＋2位小类＋6位顺序号）。", "code")
        ]
    found = []
    if parts.county != county:
        found.append(Reason("code.component_county", f"标识码：前6位 {parts.county} 与所在县（市、区）{county} 不一致。", "code"))
    if parts.class_code not in classes:
        found.append(
            Reason("code.component_class", f"标识码：分类 {parts.class_code} 不在现行编码方案中，请核对大类、小类。", "code")
        )
    elif class_code and parts.class_code != class_code:
        found.append(
            Reason("code.component_other", f"标识码：第7至10位 {parts.class_code} 与分类代码 {class_code} 不一致。", "code")
        )
    if parts.sequence == 0:
        found.append(Reason("code.component_zero", "标识码：顺序号从 000001 起编。", "code"))
    return found


def point_code(kind: str, area: str, serial: int, *, digits: int = 6) -> str:
    """Pipe point code from kind (two letters), sheet or area, and serial number: ``YS`` + ``420106`` + ``000123``."""
    if (
        not re.fullmatch(r"[A-Z]{2}", kind)
        or not re.fullmatch(r"[0-9A-Z][0-9A-Z.\-]{0,11}", area)
        or not 1 <= serial < 10**digits
    ):
        raise ValueError(f"kind {kind!r}, area {area!r} or serial {serial} cannot make a point code")
    return f"{kind}{area}{serial:0{digits}d}"


def point_reasons(code: str, *, kind: str, kinds: Collection[str]) -> list[Reason]:
    """What is wrong with a pipe point's code: its form, and that its letters are the point's own kind."""
    parts = _POINT.fullmatch(code)
    if parts is None or parts[1] not in kinds:
        return [Reason("code.point_form", "标识码：管点编号应为2位管类代号＋图幅号或区号＋顺序号，例如 YS420106000123。", "code")]
    if kind and parts[1] != kind:
        return [Reason("code.point_kind", f"标识码：前两位 {parts[1]} 与管类 {kind} 不一致。", "code")]
    return []


def allocate(last: int, count: int, taken: Collection[int] = ()) -> tuple[list[int], int]:
    """The next `count` free sequence numbers after `last`, and the new last one; numbers in `taken` (imported codes) are passed over.

    ValueError when the class is used up in this county.
    """
    found: list[int] = []
    number = last
    while len(found) < count:
        number += 1
        if number > SEQUENCE_MOST:
            raise ValueError("no sequence number is left")
        if number not in taken:
            found.append(number)
    return found, number


def mapped(class_code: str, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Classes of another scheme that `class_code` becomes, in the order of the mapping; empty when it has none."""
    return [target for source, target in pairs if source == class_code]
