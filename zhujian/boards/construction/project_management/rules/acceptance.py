"""Completion: what blocks acceptance, what must follow it and by when, and how long each part is under warranty."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from zhujian.boards.construction.project_management.rules.spans import Span
from zhujian.foundation.kernel.errors import Reason

PASSED = frozenset({"pass", "promise", "recorded", "done", "filed"})


def acceptance_reasons(
    results: Mapping[str, str],
    *,
    skipped: Collection[str] = (),
    open_hazards: int = 0,
    dwellings: tuple[int, int] | None = None,
    notified_on: date | None = None,
    notice_limit: date | None = None,
) -> list[Reason]:
    """Why completion acceptance (E06) may not be held. `results`: step → outcome; `skipped`: steps that do not apply.

    `dwellings`: (accepted, all) of a residential project; `notice_limit`: last day on which the supervision station could be
    told in time. Source: 城乡规划法 第四十五条 (未经核实或者不符合规划条件的不得组织竣工验收); 建设工程质量管理条例 第十六条;
    建质〔2009〕291号; scenario 10.
    """
    found: list[Reason] = []
    if "E02" not in skipped and results.get("E02") not in PASSED:
        found.append(
            Reason("acceptance.planning", "规划条件核实尚未通过，不得组织竣工验收。请按核实意见整改后重新申请核实。", "E02")
        )
    if "E03" not in skipped and results.get("E03") not in PASSED:
        found.append(Reason("acceptance.dwellings", "住宅分户验收尚未完成，请逐户验收合格后再组织竣工验收。", "E03"))
    if dwellings is not None and dwellings[0] < dwellings[1]:
        found.append(
            Reason(
                "acceptance.dwellings.some",
                f"还有{dwellings[1] - dwellings[0]}套住宅分户验收不合格，整改合格前不得组织竣工验收。",
                "E03",
            )
        )
    if open_hazards:
        found.append(Reason("acceptance.hazards", f"还有{open_hazards}项监督整改没有销号，请整改复查后再组织竣工验收。", "D06"))
    if notice_limit is not None and (notified_on is None or notified_on > notice_limit):
        found.append(Reason("acceptance.notice", "竣工验收应当提前7个工作日书面通知监督机构，请调整验收日期。", "notified_on"))
    return found


BRANCHES: tuple[tuple[str, str], ...] = (
    ("E02", "规划条件核实"), ("E04", "人防工程验收备案"), ("E05", "消防验收或备案"), ("E06", "竣工验收"), ("E07", "档案验收"),
    ("B06", "市政公用设施接入"),
)  # fmt: skip


def joint_acceptance_reasons(results: Mapping[str, str], *, skipped: Collection[str] = ()) -> list[Reason]:
    """Why the joint opinion (E08) may not be issued: one reason per branch that has not passed; other branches keep theirs.

    Source: 国办发〔2019〕11号 联合验收; construction.md §1.4 E08.
    """
    return [
        Reason(f"joint_acceptance.{step}", f"{title}尚未通过，只需整改这一专项，其他专项结果继续有效。", step)
        for step, title in BRANCHES
        if step not in skipped and results.get(step) not in PASSED
    ]


def handover_reasons(*, acceptance_passed: bool, filing_number: str, residential: bool, two_books: bool) -> list[Reason]:
    """Why a building may not be handed over (F01). Source: 建筑法 第六十一条; 城市房地产开发经营管理条例 第三十条."""
    found: list[Reason] = []
    if not acceptance_passed:
        found.append(Reason("handover.acceptance", "未经竣工验收合格，不得交付使用。"))
    if not filing_number:
        found.append(Reason("handover.filing", "请先完成竣工验收备案，交付时应当出示备案编号。", "filing_number"))
    if residential and not two_books:
        found.append(Reason("handover.books", "住宅交付应当提供住宅质量保证书和住宅使用说明书。", "two_books"))
    return found


# ---- after acceptance ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """Something that must have happened by `due`; `key` is the parameter it comes from."""

    key: str
    title: str
    due: date
    clause: str


_DUTIES: tuple[tuple[str, str, str], ...] = (
    ("qss_report_due", "提交工程质量监督报告", "房屋建筑和市政基础设施工程竣工验收备案管理办法 第六条"),
    ("filing_due", "竣工验收备案", "建设工程质量管理条例 第四十九条"),
    ("planning_papers_due", "向规划部门报送竣工验收资料", "城乡规划法 第四十五条"),
    ("archive_transfer_due", "移交建设工程档案", "城市建设档案管理规定 第六条"),
)


def acceptance_duties(accepted: date, spans: Mapping[str, Span]) -> list[Due]:
    """What must follow acceptance and by when (scenario 9). `spans`: parameter key → span; a missing key is a KeyError."""
    return [Due(key, title, spans[key].after(accepted), clause) for key, title, clause in _DUTIES]


@dataclass(frozen=True)
class Warranty:
    """One warranty: item code (list ``warranty_item``, heating and cooling apart), title, last day."""

    item: str
    title: str
    until: date


@dataclass(frozen=True)
class Season:
    """A heating or cooling season by month and day; one that ends before it begins runs over New Year."""

    begins: tuple[int, int]
    ends: tuple[int, int]

    def nth_end(self, accepted: date, count: int) -> date:
        """Last day of the `count`-th whole season that begins on or after `accepted`."""
        year = accepted.year if date(accepted.year, *self.begins) >= accepted else accepted.year + 1
        year += count - 1
        return date(year + (1 if self.ends < self.begins else 0), *self.ends)


_WARRANTIES: tuple[tuple[str, str], ...] = (
    ("structure", "地基基础工程和主体结构工程"), ("waterproof", "屋面防水、有防水要求的卫生间、房间和外墙面防渗漏"),
    ("electrics", "电气管线、给排水管道、设备安装"), ("fit_out", "装修工程"),
)  # fmt: skip


def warranties(accepted: date, spans: Mapping[str, Span], *, heating: Season, cooling: Season, seasons: int) -> list[Warranty]:
    """Statutory minimum warranties from the day of acceptance (scenario 9).

    `spans`: ``structure`` (design life), ``waterproof``, ``electrics``, ``fit_out``. Source: 建设工程质量管理条例 第四十条.
    """
    found = [Warranty(item, title, spans[item].after(accepted)) for item, title in _WARRANTIES]
    found.insert(2, Warranty("heating", "供热系统", heating.nth_end(accepted, seasons)))
    found.insert(3, Warranty("cooling", "供冷系统", cooling.nth_end(accepted, seasons)))
    return found


def season(text: str) -> Season:
    """A season written ``MMDD-MMDD`` in a parameter."""
    begins, _, ends = text.partition("-")
    return Season((int(begins[:2]), int(begins[2:])), (int(ends[:2]), int(ends[2:])))
