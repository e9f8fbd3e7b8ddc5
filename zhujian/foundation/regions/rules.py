"""What a region code says by itself. Sources: GB/T 2260, 统计用区划代码编制规则 (foundation.md §2)."""

from __future__ import annotations

from datetime import date

BEGINNING = date(1949, 10, 1)  # a division whose beginning no source records counts from here


def parent_of(code: str) -> str:
    """The level above by the code's shape: village → town → county → city → province; ``AA90CC`` counties → province."""
    if code[9:] != "000":
        return code[:9] + "000"
    if code[6:] != "000000":
        return code[:6] + "000000"
    if code[4:6] != "00":
        return code[:2] + "0" * 10 if code[2:4] == "90" else code[:4] + "0" * 8
    return "" if code[2:4] == "00" else code[:2] + "0" * 10


def ancestors_of(code: str) -> tuple[str, ...]:
    """`code` and all levels above it by shape, itself first."""
    found = [code]
    while above := parent_of(found[-1]):
        found.append(above)
    return tuple(found)


def town_kind(code: str) -> str:
    """Kind of a town by digits 7 to 9 of its statistical code."""
    number = int(code[6:9])
    if number < 100:
        return "subdistrict"
    return "town" if number < 200 else "township" if number < 400 else "town_like"


def village_kind(code: str) -> str:
    """Kind of a village by digits 10 to 12 of its statistical code."""
    number = int(code[9:12])
    return "community" if number < 200 else "village" if number < 400 else "village_like"
