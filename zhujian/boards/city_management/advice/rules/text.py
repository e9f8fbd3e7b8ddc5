"""Reports as bags of character sequences. Chinese needs no dictionary for that, and a sequence seen in few reports is never kept.

What could tell a person is taken out before anything is counted: digits become one sign, so that no number is learned.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

_DIGITS = re.compile(r"\d+")
_SIGNS = re.compile(r"[^\w]+")
LONGEST = 400  # characters of a report that are looked at


def clean(text: str) -> str:
    """One form for what reads the same: full and half width, case, digits to one ``0``, signs and spaces to one blank."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST]).lower()
    return _SIGNS.sub(" ", _DIGITS.sub("0", folded)).strip()


def grams(text: str, longest: int = 3) -> list[str]:
    """Sequences of one to `longest` characters inside each run of letters, in order."""
    found = []
    for run in clean(text).split():
        for size in range(1, longest + 1):
            found += [run[start : start + size] for start in range(len(run) - size + 1)]
    return found


def likeness(one: str, other: str) -> float:
    """Cosine of two texts' character sequences: 0 nothing in common, 1 the same; 0 when one is empty."""
    a, b = Counter(grams(one)), Counter(grams(other))
    common = sum(count * b[gram] for gram, count in a.items())
    size = math.sqrt(_square(a) * _square(b))
    return common / size if size else 0.0


def _square(counts: Mapping[str, int]) -> int:
    return sum(count * count for count in counts.values())
