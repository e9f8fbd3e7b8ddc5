"""Addresses as people write them, cut into parts, and how well a known place answers them.

Source: GB/T 30428.3-2016; urban-management.md §1.3. A standard address is region + (street | zone | block) + (door plate | landmark |
point of interest). A hit by the street alone is never shown as a hit of the door.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LEVELS = ("door", "poi", "street", "zone", "region")  # best first
WORDS = {"door": "门牌", "poi": "标志物", "street": "街巷", "zone": "片区", "region": "行政区"}
_REGION = re.compile(
    r"^(?:[^\d\s]{2,10}?(?:省|自治区))?(?:[^\d\s]{2,10}?(?:市|自治州|林区))?(?:[^\d\s]{2,10}?(?:区|县|市))?(?:[^\d\s]{2,12}?(?:街道|镇|乡))?(?:[^\d\s]{2,12}?(?:社区|村))?"
)
_STREET = re.compile(r"([^\d\s号栋幢]{1,14}?(?:大道|大街|路|街|巷|道|胡同|弄|里))")
_SUFFIX = re.compile(r"大道|大街|路|街|巷|道|胡同|弄|里")
_NUMBER = re.compile(r"(?:特|附|甲|乙)?(\d{1,5})(?:-\d{1,4})?号")
_UNSURE = re.compile(r"(附近|旁边?|对面|门口|路口|交叉口|前|后)$")


@dataclass(frozen=True)
class Address:
    """Parts of an address; empty when not said. `number` is the door's, `rest` what follows it (a name, a block)."""

    text: str
    region: str = ""
    street: str = ""
    number: str = ""
    rest: str = ""


def tidy(text: str) -> str:
    """Full-width digits and letters as half-width, blanks and commas out."""
    return re.sub(r"[\s,，。;；]+", "", unicodedata.normalize("NFKC", text))


def parse(text: str) -> Address:
    """The parts of `text`."""
    whole = tidy(text)
    region = _REGION.match(whole)
    head = region.group() if region else ""
    rest = whole[len(head) :]
    street = _STREET.search(rest)
    if street is None and head and _SUFFIX.match(rest):  # "园区路": what looked like a region is the street's name
        rest, head = whole, ""
        street = _STREET.search(rest)
    name = street.group(1) if street else ""
    rest = rest[street.end() :] if street else rest
    number = _NUMBER.match(rest)
    if number:
        rest = rest[number.end() :]
    return Address(whole, head, name, number.group(1) if number else "", _UNSURE.sub("", rest))


@dataclass(frozen=True)
class Candidate:
    """How a place answers: its level and a score from 0 to 100."""

    level: str
    score: int


def match(asked: Address, known: Address, names: Sequence[str] = (), kind: str = "") -> Candidate | None:
    """How the place with the address `known`, its `names` and `kind` (street, zone …) answers `asked`; None when it does not.

    The same street and number: door. A name said in full: poi. Only the street: street, whatever number was asked.
    """
    called = [tidy(name) for name in names if name]
    said = asked.rest or (asked.text if not asked.street else "")
    if asked.street and asked.street == known.street:
        if asked.number and asked.number == known.number:
            return Candidate(
                "door", 100 if not asked.region or asked.region in known.text or known.region in asked.region else 90
            )
        if said and any(said == name or name in said for name in called):
            return Candidate("poi", 88)
        if kind == "street":
            return Candidate("street", 60)
        near = abs(int(asked.number) - int(known.number)) if asked.number and known.number else 999
        return Candidate("street", max(40, 58 - near // 10)) if near < 200 or not asked.number else Candidate("street", 35)
    if said and any(said == name for name in called):
        return Candidate("zone" if kind in ("zone", "block") else "poi", 85)
    if said and any(name and (name in said or (len(said) >= 2 and said in name)) for name in called):
        return Candidate("zone" if kind in ("zone", "block") else "poi", 65)
    return None
