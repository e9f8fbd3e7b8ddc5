"""The overview's figures: from counted groups of projects to key figures, areas and charts. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhujian.boards.construction.project_management.selectors import AreaCount


@dataclass(frozen=True)
class Measure:
    """One key figure: how it is counted, in words and in code, and which rows it leads to (`query` of the project list)."""

    key: str
    title: str
    unit: str
    rule: str
    query: str
    value: Callable[[Iterable[AreaCount]], float]
    digits: int = 0


def _number(*statuses: str) -> Callable[[Iterable[AreaCount]], float]:
    return lambda rows: sum(row.count for row in rows if not statuses or row.status in statuses)


MEASURES = (
    Measure("all", "工程项目", "个", "辖区内已赋码的全部工程建设项目，含已灭失和已终止的项目。", "", _number()),
    Measure("approval", "审批中", "个", "状态为“审批中”的项目：已赋码，尚未开工。", "status=approval", _number("approval")),
    Measure("building", "在建", "个", "状态为“在建”的项目：已开工，尚未通过竣工验收；停工项目单独统计。", "status=building", _number("building")),
    Measure("suspended", "停工", "个", "状态为“停工”的项目：施工许可处于中止。", "status=suspended", _number("suspended")),
    Measure(
        "accepted", "已竣工和使用中", "个", "状态为“已竣工”或“使用中”的项目。", "status=accepted&status=in_use", _number("accepted", "in_use"),
    ),
    Measure("extinct", "灭失", "个", "状态为“灭失”的项目：单体全部注销，资料保留可查。", "status=extinct", _number("extinct")),
    Measure(
        "area", "总建筑面积", "万㎡", "未灭失、未终止项目的总建筑面积之和，1 万㎡ = 10000 ㎡，四舍五入到小数点后一位。", "",
        lambda rows: sum(row.gfa_m2 for row in rows if row.status not in {"extinct", "withdrawn"}) / 10_000, 1,
    ),
    Measure(
        "investment", "总投资", "亿元", "未灭失、未终止项目的总投资之和，1 亿元 = 10000 万元，四舍五入到小数点后一位。", "",
        lambda rows: sum(row.total_investment_wan for row in rows if row.status not in {"extinct", "withdrawn"}) / 10_000, 1,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Area:
    """One area with its numbers by group."""

    code: str
    name: str
    total: int
    parts: tuple[int, ...]


def by_area(
    rows: Iterable[AreaCount], names: Mapping[str, tuple[str, str]], groups: Iterable[str], of: Callable[[AreaCount], str]
) -> list[Area]:
    """Numbers per area of `names` (key → 12-digit code and name), split by `groups`; most projects first."""
    groups = tuple(groups)
    table = {key: dict.fromkeys(groups, 0) for key in names}
    for row in rows:
        if row.key in table and of(row) in table[row.key]:
            table[row.key][of(row)] += row.count
    areas = [Area(names[key][0], names[key][1], sum(parts.values()), tuple(parts.values())) for key, parts in table.items()]
    return sorted(areas, key=lambda area: (-area.total, area.code))


def by_group(rows: Iterable[AreaCount], groups: Iterable[str], of: Callable[[AreaCount], str]) -> list[tuple[str, int]]:
    """How many projects are in each of `groups`, in their order."""
    table = dict.fromkeys(groups, 0)
    for row in rows:
        if of(row) in table:
            table[of(row)] += row.count
    return list(table.items())
