"""Codes of pipe points (CJJ 61-2017, urban-rural-construction.md §2): two letters of the kind, a map sheet or area, a serial number.

Pure. The 16-digit codes of components are rules of `foundation.classification`.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from zhujian.foundation.kernel.errors import Reason

_POINT = re.compile(r"([A-Z]{2})([0-9A-Z][0-9A-Z.\-]{0,11}?)(\d{3,8})")

# CJJ 61-2017: the letters a point code may begin with (titles and colours are in the code list municipal_assets.pipe_kind).
KINDS = frozenset(
    ["JS", "PS", "YS", "WS", "HS", "RQ", "TR", "MQ", "YH", "RL", "RS", "ZQ", "DL", "GD", "LD", "XH", "TX", "DX", "GY", "ZH"]
)


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
