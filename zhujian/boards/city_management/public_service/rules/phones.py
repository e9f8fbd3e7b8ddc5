"""Mobile numbers as people type them, and personal data in free text."""

from __future__ import annotations

import re
import unicodedata

MOBILE = re.compile(r"1[3-9]\d{9}")
# Whatever could identify somebody: e-mail addresses, identity numbers, telephone and plate numbers.
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?[0-9](?:[\s-]?[0-9]){6,19}[Xx]?(?![0-9A-Za-z])")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·•\s]?[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"
)
HIDDEN = "***"
# Full-width digits, letters, @ and signs as people's input methods write them; punctuation of sentences stays.
_NARROW = {
    code: code - 0xFEE0
    for code in (*range(0xFF10, 0xFF1A), *range(0xFF20, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF0B, 0xFF0D, 0xFF0E)
}


def mobile(text: str) -> str:
    """The eleven digits of a Chinese mobile number, however it was typed; empty when it is none."""
    digits = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", text))
    digits = digits.removeprefix("+86").removeprefix("0086")
    return digits if MOBILE.fullmatch(digits) else ""


def redact(text: str) -> str:
    """Free text without what could identify a person: e-mail, identity, telephone and plate numbers become ``***``.

    Source: 个人信息保护法 §25 (no disclosure without consent). Names in a sentence cannot be told apart from other words.
    """
    level = text.translate(_NARROW)
    for pattern in (_EMAIL, _NUMBER, _PLATE):
        level = pattern.sub(HIDDEN, level)
    return level


__all__ = ["HIDDEN", "mobile", "redact"]
