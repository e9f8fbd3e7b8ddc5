"""Limits of disposal as schedules write them.

Source: GB/T 30428.8-2020; urban-management.md §1.6. ``2U`` 紧急工作时 (continuous hours), ``1UD`` 紧急工作日 (n × 24 hours), ``4H`` 工作时,
``3D`` 工作日 by the clock, ``15M`` minutes.
"""

from __future__ import annotations

import re

from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.worktime.rules import Limit, Unit

_UNITS: dict[str, tuple[Unit, int]] = {
    "U": ("hour", 1), "UD": ("hour", 24), "H": ("working_hour", 1), "D": ("office_day", 1), "M": ("minute", 1),
}  # fmt: skip
NAMES = {"U": "紧急工作时", "UD": "紧急工作日", "H": "工作时", "D": "工作日", "M": "分钟"}
_SHAPE = re.compile(r"(\d{1,3})(UD|U|H|D|M)", re.ASCII)


def read(text: str) -> Limit:
    """The limit a schedule's notation means. Refusal ``limit.notation``."""
    match = _SHAPE.fullmatch(text.strip().upper())
    if not match or int(match[1]) == 0:
        raise Refusal("limit.notation", f"时限“{text}”无法识别：数字后写 U、UD、H、D 或 M，例如 4H 为4个工作时。", "limit")
    unit, times = _UNITS[match[2]]
    return Limit(int(match[1]) * times, unit)


def words(text: str) -> str:
    """The notation as people say it: ``4H`` → 4个工作时."""
    read(text)
    match = _SHAPE.fullmatch(text.strip().upper())
    assert match is not None
    return f"{int(match[1])}{'' if match[2] == 'M' else '个'}{NAMES[match[2]]}"
