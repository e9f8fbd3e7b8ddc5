"""Which column of a file is which field of the register: guessed by names, then decided and remembered by people. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

X, Y, WKT, Z = "@x", "@y", "@wkt", "@z"  # targets that are no field: parts of the position
_POSITION = {
    X: ("经度", "东坐标", "横坐标", "lon", "lng", "longitude", "x", "x坐标", "东", "e", "easting", "point_x", "经度坐标"),
    Y: ("纬度", "北坐标", "纵坐标", "lat", "latitude", "y", "y坐标", "北", "n", "northing", "point_y", "纬度坐标"),
    WKT: ("wkt", "geometry", "geom", "图形", "shape", "the_geom", "geojson"),
}


def simple(text: str) -> str:
    """A heading as it is compared: half width, lower case, without unit in brackets, blanks, punctuation."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"[(\[（【].*?[)\]）】]", "", text)
    return re.sub(r"[\s_\-*:：.·/]+", "", text)


def guess(heads: Sequence[str], names: Mapping[str, Iterable[str]], known: Mapping[str, str]) -> dict[str, str]:
    """Head → field (or position target) for the heads that can be told; each field at most once.

    `names`: field → its names in order of trust (identifier, label, aliases). `known`: what this organisation decided last time.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    allowed = {*names, *_POSITION, Z}

    def take(head: str, target: str) -> None:
        if head not in found and target in allowed and target not in taken:
            found[head] = target
            taken.add(target)

    for head in heads:
        if head in known:
            if known[head]:
                take(head, known[head])
            else:
                found[head] = ""  # decided: not taken over
    by_name: dict[str, str] = {}
    for target, aliases in [*names.items(), *_POSITION.items()]:
        for alias in aliases:
            by_name.setdefault(simple(alias), target)
    for head in heads:
        if target := by_name.get(simple(head)):
            take(head, target)
    for head in heads:  # shapefiles cut names after ten bytes, people add words
        text = simple(head)
        if head in found or len(text) < 2:
            continue
        near = {
            target
            for alias, target in by_name.items()
            if len(alias) >= 2 and (alias.startswith(text) or (len(alias) >= 3 and alias in text))
        }
        if len(near - taken) == 1:
            take(head, (near - taken).pop())
    return {head: target for head, target in found.items() if target}


def signature(heads: Sequence[str]) -> str:
    """What a table is recognised by next time: its headings in order."""
    return "|".join(simple(head) for head in heads)[:2000]
