"""Devices and their readings: what a device's code must look like, and which alarm a value is (urban-management.md §1.2, §3.4). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from zhujian.foundation.kernel.errors import Reason

LEVELS = ("red", "orange", "yellow", "blue")  # the gravest first
ABOVE, BELOW = "above", "below"


def code_reasons(code: str, digits: int, region_code: str) -> list[Reason]:
    """Reasons against a device's code: `digits` ASCII digits (18 in the scheme of monitored components) that begin with its county."""
    if not re.fullmatch(rf"[0-9]{{{digits}}}", code):
        return [Reason("device.code", f"设备编码应为{digits}位数字，请核对后填写。", "code")]
    county = region_code[:6]
    if len(county) == 6 and county[4:] != "00" and not code.startswith(county):
        return [Reason("device.county", f"设备编码前6位应为所在县区{county}。", "code")]
    return []


def threshold_reasons(limits: Mapping[str, Decimal | None], direction: str) -> list[Reason]:
    """Reasons against thresholds: a graver alarm may not begin before a lighter one. `limits` by level, None where there is none."""
    known = [(level, value) for level in reversed(LEVELS) if (value := limits.get(level)) is not None]
    for (_, lighter), (level, graver) in zip(known, known[1:], strict=False):
        if graver < lighter if direction == ABOVE else graver > lighter:
            words = "不能低于" if direction == ABOVE else "不能高于"
            return [Reason("device.thresholds", f"级别更高的预警，阈值{words}级别较低的，请核对四个阈值。", level)]
    return []


def judge(value: Decimal, limits: Mapping[str, Decimal | None], direction: str) -> tuple[str, Decimal | None]:
    """(alarm level, the threshold it was judged by) of a value; the level is empty when all is well.

    The threshold itself is an alarm (以上、以下 include the number). Without an alarm the threshold told is the first that would be met.
    """
    first: Decimal | None = None
    for level in LEVELS:
        limit = limits.get(level)
        if limit is None:
            continue
        if value >= limit if direction == ABOVE else value <= limit:
            return level, limit
        first = limit
    return "", first
