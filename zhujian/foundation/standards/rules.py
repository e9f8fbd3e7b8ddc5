"""What makes a standard number; pure."""

from __future__ import annotations

import re
import unicodedata

from zhujian.foundation.kernel.errors import Reason

# 标准化法实施条例 and 各代号 lists: national GB…, local DB + region, group T/…, industries two letters, each with its year.
_NUMBER = re.compile(
    r"(?:GB|GB/T|GB/Z|[A-Z]{2,3}|[A-Z]{2,3}/[TZ]|DB\d{2,4}|DB\d{2,4}/T|T/[A-Z]{2,10}) \d{1,6}(?:\.\d{1,3})?-(?:19|20)\d{2}"
)
_LEVELS = (("GB", "national"), ("DB", "local"), ("T/", "group"))


def tidy(no: str) -> str:
    """A number as it is stored: half width, capitals, one space after the code, a plain hyphen before the year."""
    text = unicodedata.normalize("NFKC", no).upper()
    text = re.sub(r"[‐‑‒–—―−]", "-", text)
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"^((?:[A-Z]+\d{0,4})(?:/[A-Z]+)?) ?(?=\d)", r"\1 ", text) if not text.startswith("DB") else text


def number_check(no: str) -> list[Reason]:
    """A standard's number with its year, e.g. ``GB/T 30428.2-2013``; department papers (〔 〕) are let through."""
    if "〔" in no and "号" in no:
        return []
    if not _NUMBER.fullmatch(no):
        return [
            Reason(
                "standard.no",
                "标准号应为“代号 顺序号-年号”，例如 GB/T 30428.2-2013；厅文件填文号，例如 鄂建办〔2024〕12号。",
                "no",
            )
        ]
    return []


def level_of(no: str) -> str:
    """The level its code stands for: national, local, group, office or industry."""
    if "〔" in no:
        return "office"
    return next((level for head, level in _LEVELS if no.startswith(head)), "industry")
