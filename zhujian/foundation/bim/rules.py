"""Pure rules of the BIM intake: which states follow each other, what a check's findings mean, what two versions have in common.

Source: foundation.md §14c (states 提交→自动检查→人工审查→通过→归档→入CIM); construction.md §7.3 (only machine-decidable clauses decide,
others go to the reviewer; comparison by GUID).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zhujian.foundation.kernel.errors import Reason

FOLLOWS: dict[str, frozenset[str]] = {
    "submitted": frozenset({"checking"}),
    "checking": frozenset({"failed_check", "review", "submitted"}),
    "failed_check": frozenset({"submitted"}),
    "review": frozenset({"passed", "rejected", "submitted"}),
    "passed": frozenset({"archived"}),
    "archived": frozenset({"published"}),
    "rejected": frozenset(),
    "published": frozenset(),
}
PART = 32  # hex digits of one digest
FIELDS = (("properties", 0), ("placement", 1), ("geometry", 2))


def may_follow(state: str, after: str) -> bool:
    """Whether `after` may come next."""
    return after in FOLLOWS.get(state, frozenset())


def verdict(errors: int, warnings: int, *, level: int | None) -> str:
    """The sentence over a finished check. `errors`, `warnings`: failed rules; `level`: CIM level that the content supports."""
    reach = f"内容达到 CIM{level}。" if level else ""
    if errors:
        more = f"另有 {warnings} 条提示。" if warnings else ""
        return f"自动检查未通过：有 {errors} 条规则不符合，请按问题清单修改模型后重新提交。{more}{reach}"
    if warnings:
        return f"自动检查通过，有 {warnings} 条规则提示注意，请审查人员判断。{reach}"
    return f"自动检查通过，全部规则符合。{reach}"


def check_position(
    lon: float | None, lat: float | None, height: float | None, rotation: float | None, reason: str
) -> list[Reason]:
    """Reasons against a position given by hand: all of it or nothing, within the country, with the reason why (foundation.md §13)."""
    given = [value for value in (lon, lat) if value is not None]
    if not given and height is None and rotation is None and not reason.strip():
        return []
    if len(given) < 2:
        return [Reason("bim.position", "人工填写位置时，请同时填写经度和纬度。", "lon")]
    found = []
    if not 73.5 <= (lon or 0) <= 135.1:
        found.append(Reason("bim.lon", "经度应在73.5°至135.1°之间，请检查经纬度是否写反。", "lon"))
    if not 3.8 <= (lat or 0) <= 53.6:
        found.append(Reason("bim.lat", "纬度应在3.8°至53.6°之间，请检查经纬度是否写反。", "lat"))
    if height is not None and not -160 <= height <= 8900:
        found.append(Reason("bim.height", "高程应在-160米至8900米之间（1985国家高程基准）。", "height"))
    if rotation is not None and not -360 <= rotation <= 360:
        found.append(Reason("bim.rotation", "方位角应在-360°至360°之间。", "rotation"))
    if len(reason.strip()) < 4:
        found.append(Reason("bim.position_reason", "请写明人工填写位置的理由和依据（例如测绘成果编号）。", "reason"))
    return found


@dataclass(frozen=True)
class Mark:
    """One element of a version: its index in the tiles and its three digests."""

    index: int
    digest: str


@dataclass(frozen=True)
class Change:
    """One element that differs: its indexes in both versions and what differs (properties, placement, geometry)."""

    global_id: str
    index_a: int
    index_b: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """What changed from one version to the next, by GlobalId (construction.md §7.3)."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Change, ...]
    same: int


def compare(old: Mapping[str, Mark], new: Mapping[str, Mark]) -> Comparison:
    """Compare two versions by GlobalId and digests."""
    changed = []
    both = [code for code in old if code in new]
    for code in both:
        a, b = old[code], new[code]
        differing = tuple(
            name
            for name, place in FIELDS
            if a.digest[place * PART : (place + 1) * PART] != b.digest[place * PART : (place + 1) * PART]
        )
        if differing:
            changed.append(Change(code, a.index, b.index, differing))
    return Comparison(
        tuple(code for code in new if code not in old),
        tuple(code for code in old if code not in new),
        tuple(changed),
        len(both) - len(changed),
    )
