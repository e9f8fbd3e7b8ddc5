"""Masking of personal data at one place (foundation.md §10): what is left must not identify, and must not leak its length."""

from __future__ import annotations

import re

_DOUBLE_SURNAMES = frozenset(
    re.findall(
        "..",
        "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离"
        "长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭"
        "南门羊舌微生公户公玉公仪梁丘公仲公上公门公山公坚左丘公伯西门公祖第五公乘贯丘公皙南荣东里东宫仲长子书子桑",
    )
)


def mask_name(name: str) -> str:
    """Keep the surname: ``张**``; a double surname is kept whole; always two stars, so that the length stays unknown."""
    name = (name or "").strip()
    if not name:
        return ""
    keep = 2 if len(name) > 2 and name[:2] in _DOUBLE_SURNAMES else 1
    return name[:keep] + "**"


def _middle(text: str, head: int, tail: int, *, least: int = 3) -> str:
    text = (text or "").strip()
    if not text:
        return ""
    if len(text) < head + tail + least:  # too short to keep both ends and still hide something
        head, tail = min(1, len(text) - 1), 0
    return text[:head] + "*" * (len(text) - head - tail) + (text[-tail:] if tail else "")


def mask_id(number: str) -> str:
    """First 3 and last 4 characters of an identity number."""
    return _middle(number, 3, 4)


def mask_phone(number: str) -> str:
    """``138****5678``; other telephone numbers keep their last 4 digits."""
    text = (number or "").strip()
    if re.fullmatch(r"1\d{10}", text):
        return f"{text[:3]}****{text[-4:]}"
    return _middle(text, 0, 4)


def mask_account(number: str) -> str:
    """Last 4 digits of a bank account."""
    return _middle(number, 0, 4)


def mask_plate(plate: str) -> str:
    """First 2 and last 2 characters of a vehicle's plate."""
    return _middle(plate, 2, 2, least=2)


def mask_address(address: str) -> str:
    """The address down to the 街道, 镇 or 乡; without one, down to the 区, 县 or 市; else only its first two characters."""
    text = (address or "").strip()
    if not text:
        return ""
    for pattern in (r"^.*?(?:街道|[镇乡])(?!路|街|道)", r"^.*?[区县](?!路|街|道)", r"^.*市"):
        if found := re.match(pattern, text):
            return found.group() + ("***" if found.end() < len(text) else "")
    return text[:2] + "***"
