"""Classes of components and events and the codes of single components.

Source: GB/T 30428.2-2013; urban-management.md §1.2. How long the segments of a code are is a property of its scheme: 6+2+2+6, 6+2+3+5
and, for monitored things, 6+2+2+2+6 are all met in the field.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from zhujian.foundation.kernel.errors import Reason


@dataclass(frozen=True)
class Component:
    """The parts of a component code: county, class (major and minor), what a longer scheme puts in between, serial number."""

    county: str
    class_code: str
    between: str
    serial: int


def serial_most(segments: Sequence[int]) -> int:
    """The last serial number that a scheme's codes can hold."""
    most: int = 10 ** segments[-1] - 1
    return most


def component_code(segments: Sequence[int], county: str, class_code: str, serial: int, between: str = "") -> str:
    """The code of a component, cut as `segments` say (see `check_component`). ValueError when a part is not of its length."""
    given = (county, class_code, between)
    lengths = (segments[0], segments[1] + segments[2], sum(segments[3:-1]))
    if any(not re.fullmatch(rf"\d{{{length}}}", part, re.ASCII) for part, length in zip(given, lengths, strict=True)):
        raise ValueError(f"county {county!r}, class {class_code!r} or {between!r} is not of the lengths {lengths}")
    if not 1 <= serial <= serial_most(segments):
        raise ValueError(f"serial {serial} is not within 1 and {serial_most(segments)}")
    return f"{county}{class_code}{between}{serial:0{segments[-1]}d}"


def parse_component(code: str, segments: Sequence[int]) -> Component | None:
    """The parts of a code; None when it has not the scheme's length or holds other signs than digits."""
    if not re.fullmatch(rf"\d{{{sum(segments)}}}", code, re.ASCII):
        return None
    first, second = segments[0], sum(segments[:3])
    return Component(code[:first], code[first:second], code[second : -segments[-1]], int(code[-segments[-1] :]))


def check_class(code: str, minor_digits: int) -> list[Reason]:
    """Reasons why `code` is no class code of a scheme whose minor class has so many digits."""
    if not re.fullmatch(rf"\d{{{2 + minor_digits}}}", code, re.ASCII):
        return [Reason("class.code", f"分类代码应为{2 + minor_digits}位数字：大类2位、小类{minor_digits}位。", "code")]
    if int(code[:2]) == 0 or int(code[2:]) == 0:
        return [Reason("class.code", "大类和小类都从01开始，不能为0。", "code")]
    return []


def check_component(
    code: str, segments: Sequence[int], classes: Collection[str], county: str = "", class_code: str = ""
) -> list[Reason]:
    """Reasons why `code` is no component code of a scheme.

    `segments`: lengths, the county's first, then major, minor (then others), the serial's last; `classes`: class codes of the scheme;
    `county`: six digits the code must begin with, if given; `class_code`: the class it must be of, if known.
    """
    parts = parse_component(code, segments)
    if parts is None:
        shape = "+".join(map(str, segments))
        return [Reason("component.code", f"部件标识码应为{sum(segments)}位数字（{shape}），请核对采用的分类标准。", "code")]
    reasons = []
    if county and parts.county != county:
        reasons.append(
            Reason("component.county", f"部件标识码前6位{parts.county}与所在县（市、区）{county}不一致，请核对。", "code")
        )
    if parts.class_code not in classes:
        reasons.append(Reason("component.class", f"分类标准中没有小类{parts.class_code}，请核对。", "code"))
    elif class_code and parts.class_code != class_code:
        reasons.append(
            Reason("component.other", f"部件标识码中的小类{parts.class_code}与所填小类{class_code}不一致，请核对。", "code")
        )
    if parts.serial == 0:
        reasons.append(Reason("component.serial", "部件顺序号从1开始，不能为0。", "code"))
    return reasons


def check_extension(code: str, national: Collection[str]) -> list[Reason]:
    """Reasons why a city may not take `code` for a class of its own: it stands among the numbers of the standard.

    Cities number downwards from 99, so that they never meet later national codes (§1.2). `national`: the scheme's class codes of the kind.
    """
    last = last_national(code[:2], national)
    if int(code[2:]) > last:
        return []
    return [
        Reason(
            "class.extension",
            f"城市扩展小类从99起向前编号，不能占用国家标准已用到的{last:02d}号以前的小类号，请改用较大的号码。",
            "code",
        )
    ]


def last_national(major: str, national: Collection[str]) -> int:
    """The highest minor number that the standard itself uses in a major class; 0 when it has none there."""
    return max((int(code[2:]) for code in national if code[:2] == major), default=0)


def next_extension(major: str, used: Collection[str], national: Collection[str], digits: int = 2) -> str | None:
    """The code of a city's next own minor class: downwards from 99 (999); None when it would meet the standard's."""
    last = last_national(major, national)
    free = (f"{major}{number:0{digits}d}" for number in range(10**digits - 1, last, -1))
    return next((code for code in free if code not in used), None)
