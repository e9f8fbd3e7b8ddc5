"""What other modules read: divisions by code, name and point, on a day; all names are kept in memory (see `kernel.memory`)."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.utils import timezone

from zhujian.foundation.kernel.memory import Memory
from zhujian.foundation.kernel.scope import region_prefix
from zhujian.foundation.regions.rules import BEGINNING, ancestors_of

REMEMBERED = 5_000  # searches kept in memory
RANK = {"province": 0, "city": 1, "county": 2, "town": 3, "village": 4, "grouping": 5}


@dataclass(frozen=True, slots=True)
class Division:
    """One division under one name for one period; `valid_to` is the first day it no longer is."""

    code: str
    name: str
    level: str
    parent_code: str
    kind: str
    zone: bool = False
    valid_from: date = BEGINNING
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    reason: str = ""

    def exists(self, on: date) -> bool:
        """Whether it is there, under this name, on the day `on`."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    @property
    def is_reporting_unit(self) -> bool:
        """One of the province's 市州: a city, or a county directly under the province; never the 9000 grouping."""
        return self.level == "city" or (self.level == "county" and self.code[2:4] == "90")


@dataclass(frozen=True)
class _Tree:
    versions: dict[str, tuple[Division, ...]]
    below: dict[str, tuple[Division, ...]]
    whole: dict[str, str]
    drawn: dict[str, tuple[bytes, bytes, str]] = field(default_factory=dict)
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)  # an import asks for the same names thousands of times


def _read() -> _Tree:
    versions: dict[str, list[Division]] = {}
    below: dict[str, list[Division]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, name, level, parent_code, kind, zone, valid_from, valid_to, successors, reason FROM regions_region"
            " ORDER BY code, valid_from"
        )
        for row in cursor.fetchall():
            division = Division(*row[:8], tuple(row[8]), row[9])
            versions.setdefault(division.code, []).append(division)
            below.setdefault(division.parent_code, []).append(division)
    whole = {
        code: "".join(versions[above][-1].name for above in reversed(ancestors_of(code)) if above in versions)
        for code, rows in versions.items()
        if rows[-1].level not in ("village", "grouping")
    }
    return _Tree({key: tuple(rows) for key, rows in versions.items()}, {key: tuple(rows) for key, rows in below.items()}, whole)


_TREE = Memory("regions", _read)


def region(code: str, on: date | None = None) -> Division | None:
    """The division `code` as it was on the day `on` (default: as it is now, or was last). None when there is none."""
    versions = _TREE.get().versions.get(code)
    if not versions:
        return None
    if on is None:
        today = timezone.localdate()
        return next((version for version in versions if version.exists(today)), versions[-1])
    return next((version for version in versions if version.exists(on)), None)


def exists(code: str, on: date | None = None) -> bool:
    """Whether `code` is a division on the day `on` (default today); a grouping is none."""
    found = region(code, on or timezone.localdate())
    return found is not None and found.level != "grouping"


def name(code: str, on: date | None = None) -> str:
    """Name of `code` on that day, else its latest; the code itself when nobody knows it, so that nothing gets lost."""
    found = region(code, on) or region(code)
    return found.name if found else code


def full_name(code: str, on: date | None = None) -> str:
    """Names from the province down: ``湖北省武汉市武昌区``."""
    tree = _TREE.get().versions
    return "".join(name(above, on) for above in reversed(ancestors_of(code)) if above in tree) or code


def ancestors(code: str, on: date | None = None) -> list[Division]:
    """The divisions above `code` and itself, province first; levels that do not exist are left out."""
    found = (region(above, on) or region(above) for above in reversed(ancestors_of(code)))
    return [division for division in found if division]


def children(code: str, on: date | None = None, *, zones: bool = True) -> list[Division]:
    """Divisions directly below `code` on the day `on` (default today), by code; never the 9000 grouping."""
    day = on or timezone.localdate()
    return [
        division
        for division in _TREE.get().below.get(code, ())
        if division.exists(day) and division.level != "grouping" and (zones or not division.zone)
    ]


def roots() -> list[Division]:
    """The provinces that are loaded."""
    return children("")


def reporting_units(on: date | None = None) -> list[Division]:
    """The 市州 of all provinces on the day `on`: cities and counties directly under the province."""
    return [division for root in roots() for division in children(root.code, on) if division.is_reporting_unit]


def versions(code: str) -> tuple[Division, ...]:
    """Every version of `code`, in order of time."""
    return _TREE.get().versions.get(code, ())


def former(code: str) -> list[Division]:
    """Divisions whose successor is `code`, and former names of `code` itself."""
    return [
        version
        for versions in _TREE.get().versions.values()
        for version in versions
        if version.valid_to and code in version.successors
    ]


def as_now(code: str, on: date | None = None) -> str:
    """The code under which a record of `code` counts today (or on the day `on`): follows successors until one exists.

    Exactly one code: of several successors the first is the principal one. A town or village of a retired county that has no
    successor of its own counts under the county's. A code nobody knows stays as it is.
    """
    day = on or timezone.localdate()
    versions = _TREE.get().versions
    seen = set()
    while code not in seen:
        seen.add(code)
        known = next((above for above in ancestors_of(code) if above in versions), None)
        if known is None:
            return code
        for above in ancestors_of(known):
            found = region(above, day)
            if found is None and above in versions and (last := versions[above][-1]).successors:
                code = last.successors[0]
                break
        else:
            return known
    return code


def find(text: str, *, limit: int = 20, on: date | None = None, within: str = "") -> list[Division]:
    """Divisions whose name or full name fits `text` (``武昌区``, ``武汉市武昌``, a code or its beginning): exact first, then by
    beginning, then anywhere, then former names; higher levels before lower ones. `within`: only inside that region.
    """
    text = "".join(text.split())[:60]
    if not text:
        return []
    day = on or timezone.localdate()
    tree = _TREE.get()
    codes = tree.asked.get(text)
    if codes is None:
        ranked = sorted(_ranked(text, tree), key=lambda pair: (pair[0], RANK[tree.versions[pair[1]][-1].level], pair[1]))
        codes = tuple(code for _, code in ranked)
        if len(codes) <= 50 and len(tree.asked) < REMEMBERED:
            tree.asked[text] = codes
    prefix = region_prefix(within) if within else ""
    found = (region(code, day) for code in codes if code.startswith(prefix))
    return [hit for hit in found if hit and hit.level != "grouping"][:limit]


def _ranked(text: str, tree: _Tree) -> Iterator[tuple[int, str]]:
    if text.isascii() and text.isdigit():
        yield from ((0 if code == text.ljust(12, "0") else 1, code) for code in tree.versions if code.startswith(text))
        return
    for code, versions in tree.versions.items():
        title = versions[-1].name
        if versions[-1].kind == "autonomous_prefecture" and text == title[:2] + "州":
            yield 0, code
        elif text in title:
            yield 0 if text == title else 1 if title.startswith(text) else 2, code
        elif len(versions) > 1 and any(text in former.name for former in versions[:-1]):
            yield 3, code
        elif len(text) > len(title) and text.endswith(title):
            if (tree.whole.get(code) or full_name(code)).endswith(text):
                yield 0, code
        elif len(text) > 3:
            # ``武汉市武昌``: the text must reach into the division's own name, or all of 武汉 would answer to 武汉市.
            whole = tree.whole.get(code, "")
            place = whole.find(text)
            if place >= 0 and place + len(text) > len(whole) - len(title):
                yield 1, code


def at(lon: float, lat: float) -> Division | None:
    """The lowest division with a boundary that holds the point (CGCS2000 degrees, longitude first); None outside all of them.

    A point on a common border belongs to the smaller code. Bundled boundaries are illustrations: fit to propose, not to decide.
    """
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code FROM regions_regionboundary WHERE ST_Covers(boundary, ST_SetSRID(ST_MakePoint(%s, %s), 4490))",
            [float(lon), float(lat)],
        )
        codes = [row[0] for row in cursor.fetchall()]
    found = [division for code in codes if (division := region(code))]
    return min(found, key=lambda division: (-RANK[division.level], division.code), default=None)


def other_codes(code: str, system: str = "civil_affairs") -> list[tuple[str, str]]:
    """(code, name) of a region in another code system; counties and above have the same code in both."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, name FROM regions_othercode WHERE region_code = %s AND system = %s ORDER BY code", [code, system]
        )
        return cursor.fetchall()


def from_other(code: str, system: str = "civil_affairs") -> str | None:
    """Our code for a code of another system: by the mapping for towns; None when it has no region here.

    The same nine digits may mean different towns in the two systems: never take one for the other without asking here.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT region_code FROM regions_othercode WHERE code = %s AND system = %s", [code, system])
        row = cursor.fetchone()
    if row:
        return row[0] or None
    found = region(code)
    return code if found and not found.zone and found.level in ("province", "city", "county") else None


def boundaries(code: str, *, deep: bool = False) -> tuple[bytes, bytes, str]:
    """GeoJSON of the divisions below `code` that have an outline (its own outline when none has): text, gzipped text, ETag.

    `deep`: of every level below, not only the next one.
    """
    tree = _TREE.get()
    name_kept = code + "*" if deep else code
    kept = tree.drawn.get(name_kept)
    if kept is None:
        codes = [division.code for division in children(code)]
        if deep:
            codes += [division.code for above in list(codes) for division in children(above)]
        text = _geojson(codes)
        if text is None:
            text = _geojson([code]) or b'{"type":"FeatureCollection","features":[]}'
        kept = tree.drawn[name_kept] = (text, gzip.compress(text, 6, mtime=0), hashlib.sha256(text).hexdigest()[:20])
    return kept


def extents(codes: Iterable[str]) -> dict[str, tuple[float, float, float, float]]:
    """West, south, east, north (degrees) of the outlines of `codes`; a division without one gets that of the lowest above it."""
    wanted = {code: [code, *ancestors_of(code)] for code in codes}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, ST_XMin(boundary), ST_YMin(boundary), ST_XMax(boundary), ST_YMax(boundary) FROM regions_regionboundary"
            " WHERE code = ANY(%s)",
            [sorted({above for chain in wanted.values() for above in chain})],
        )
        drawn = {row[0]: row[1:] for row in cursor.fetchall()}
    found = {code: next((drawn[above] for above in chain if above in drawn), None) for code, chain in wanted.items()}
    return {code: box for code, box in found.items() if box}


def box(code: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north of a division's outline, or of all outlines below it; None when nothing of it is drawn."""
    boxes = _BOXES.get()
    if code in boxes:
        return boxes[code]
    prefix = region_prefix(code)
    below = [found for key, found in boxes.items() if key.startswith(prefix)] if code else []
    if not below:
        return None
    west, south, east, north = zip(*below, strict=True)
    return min(west), min(south), max(east), max(north)


def _read_boxes() -> dict[str, tuple[float, float, float, float]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, ST_XMin(boundary), ST_YMin(boundary), ST_XMax(boundary), ST_YMax(boundary) FROM regions_regionboundary"
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}


_BOXES = Memory("regions", _read_boxes)


def _geojson(codes: Iterable[str]) -> bytes | None:
    names = {code: [name(code), found.level if (found := region(code)) else ""] for code in codes}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT json_build_object('type', 'FeatureCollection', 'notice', '示意，非法定界线', 'features', json_agg("
            "json_build_object('type', 'Feature', 'id', code, 'geometry', ST_AsGeoJSON(boundary, 5, 0)::json, 'properties',"
            " json_build_object('code', code, 'name', %s::json -> code ->> 0, 'level', %s::json -> code ->> 1,"
            " 'centre', json_build_array(ST_X(centre), ST_Y(centre)))"
            ") ORDER BY code))::text FROM regions_regionboundary WHERE code = ANY(%s) HAVING count(*) > 0",
            [json.dumps(names, ensure_ascii=False), json.dumps(names, ensure_ascii=False), list(names)],
        )
        row = cursor.fetchone()
    return row[0].encode() if row else None
