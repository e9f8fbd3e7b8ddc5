"""Masking of personal data at one place (foundation.md §10): what is left must not identify, and must not leak its length."""

from __future__ import annotations

import re

_DOUBLE_SURNAMES = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 "
    "长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 "
    "南门 羊舌 微生 公户 公玉 公仪 梁丘 公仲 公上 公门 公山 公坚 左丘 公伯 西门 公祖 第五 公乘 贯丘 公皙 南荣 东里 东宫 仲长 子书 子桑".split()
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
