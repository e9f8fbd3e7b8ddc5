"""The construction permit: its gate, number, phases, start limit, extensions, lapse, suspension and resumption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from zhujian.boards.construction.project_management.rules.spans import Span
from zhujian.foundation.kernel.codes import permit_number as registered_number
from zhujian.foundation.kernel.errors import Reason

PHASES = ("S", "J", "M", "Z", "A")  # pit, below ±0.00, above ±0.00, fit-out, installation; "W" is the whole in one
WHOLE = "W"


@dataclass(frozen=True)
class PermitCase:
    """What is known when a permit is applied for. None means: does not apply to this project.

    The six statutory conditions of 建筑法 第八条 plus the wage rule of 保障农民工工资支付条例 第二十三条, then the checks of §1.5.
    """

    land: bool
    planning_permit: bool | None
    demolition_progress: bool | None
    contractor_chosen: bool
    drawings: bool
    funds: bool
    quality_safety: bool
    wages_secured: bool
    fire_design: bool | None = None
    tender_done: bool | None = None
    assessments_open: tuple[str, ...] = ()
    qualification_covers: bool = True
    safety_licence_until: date | None = None
    manager_bound_to: str = ""
    supervisor_bound_to: str = ""
    safety_officers: int | None = None


CONDITIONS: tuple[tuple[str, str, str], ...] = (
    ("land", "permit.gate.land", "尚未办理用地批准手续，请先完成供地或者不动产登记。"),
    ("planning_permit", "permit.gate.planning", "尚未取得建设工程规划许可证，请先办理规划许可。"),
    ("demolition_progress", "permit.gate.demolition", "需要征收房屋的，征收拆迁进度尚不符合施工要求。"),
    ("contractor_chosen", "permit.gate.contractor", "尚未依法确定施工企业，请先报送施工合同信息。"),
    ("tender_done", "permit.gate.tender", "必须招标的工程尚未完成招标，确定的施工企业无效。"),
    ("drawings", "permit.gate.drawings", "没有满足施工需要的图纸，请先通过施工图审查或者作出告知承诺。"),
    ("fire_design", "permit.gate.fire", "特殊建设工程未经消防设计审查或者审查不合格，不得施工。"),
    ("funds", "permit.gate.funds", "建设资金尚未落实，请提交资金落实承诺书。"),
    ("quality_safety", "permit.gate.supervision", "没有保证工程质量和安全的具体措施，请先办理质量安全监督手续。"),
    ("wages_secured", "permit.gate.wages", "没有满足施工所需要的资金安排，工资专户和保证金未落实，不得颁发施工许可证。"),
)


def permit_reasons(case: PermitCase, *, on: date, officers_needed: int = 0) -> list[Reason]:
    """Why the permit cannot be issued on `on`: all reasons at once, empty when the gate is open.

    Source: 建筑法 第八条; 建筑工程施工许可管理办法 第四条; 保障农民工工资支付条例 第二十三条; construction.md §1.5 C07 gate.
    """
    found = [Reason(code, text) for name, code, text in CONDITIONS if getattr(case, name) is False]
    for step in case.assessments_open:
        found.append(Reason("permit.gate.assessment", f"{step}应当在施工许可前完成，请先办结。"))
    if not case.qualification_covers:
        found.append(Reason("permit.gate.qualification", "施工企业资质不能覆盖本工程，请核对资质类别和等级。", "contractor"))
    if case.safety_licence_until is not None and case.safety_licence_until < on:
        message = f"施工企业安全生产许可证已于{case.safety_licence_until}到期，请延期后再申请。"
        found.append(Reason("permit.gate.safety_licence", message, "safety_licence"))
    if case.manager_bound_to:
        found.append(
            Reason("permit.gate.manager", f"项目经理在“{case.manager_bound_to}”任职且尚未完工，请更换项目经理。", "manager")
        )
    if case.supervisor_bound_to:
        found.append(
            Reason(
                "permit.gate.chief_supervisor",
                f"总监理工程师任职项目数已满（{case.supervisor_bound_to}），请更换。",
                "chief_supervisor",
            )
        )
    if case.safety_officers is not None and case.safety_officers < officers_needed:
        message = f"专职安全员{case.safety_officers}人，本工程至少需要{officers_needed}人，请补充。"
        found.append(Reason("permit.gate.officers", message, "safety_officers"))
    return found


def officers_needed(gfa_m2: Decimal, *, steps: Sequence[tuple[Decimal, int]]) -> int:
    """Least number of full-time safety officers for a floor area.

    `steps`: (from ㎡ inclusive, number), ascending. Source: 建质〔2008〕91号 第十三条.
    """
    return max((number for floor, number in steps if gfa_m2 >= floor), default=0)


def permit_number(region_code: str, registered: date, serial: int, specialty: str) -> str:
    """18-digit permit number: 6 region + 8 date + 2 serial of the day + 2 specialty (construction.md §1.7, scenario 8)."""
    return registered_number(region_code, registered, serial, specialty)


def phased_number(base: str, phase: str) -> str:
    """Number of one phase's permit: the same base number with the phase's letter; the whole keeps the base.

    Source: construction.md §1.5 Phased permit (local practice S 深基坑, J 基础, Z 装修, A 安装).
    """
    if phase == WHOLE or not phase:
        return base
    if phase not in PHASES:
        raise ValueError(f"no phase {phase!r}")
    return base + phase


def phase_reasons(
    phase: str, issued: Sequence[str], *, planning_permit: bool, scheme_approved: bool, pile_first: bool
) -> list[Reason]:
    """Why a permit for `phase` cannot follow the phases already `issued`.

    Only the pit phase may come before the planning permit, where the city allows 桩基先行 and the scheme is approved.
    """
    found: list[Reason] = []
    if phase in issued or (WHOLE in issued and phase in ("S", "J", "M")):
        found.append(Reason("permit.phase.twice", "这一阶段的施工许可证已经核发，请勿重复申请。", "phase"))
    if phase == WHOLE and issued:
        found.append(Reason("permit.phase.whole", "本项目已经分阶段领证，请继续按阶段申请。", "phase"))
    order = {"J": "S", "M": "J"}
    before = order.get(phase)
    if before and (issued or phase == "M") and before not in issued and WHOLE not in issued:
        found.append(Reason("permit.phase.order", "请按基坑、地下、地上的顺序分阶段申请施工许可。", "phase"))
    if not planning_permit:
        if phase != "S" or not pile_first:
            found.append(Reason("permit.gate.planning", "尚未取得建设工程规划许可证，请先办理规划许可。", "phase"))
        elif not scheme_approved:
            found.append(Reason("permit.phase.scheme", "桩基先行应当先审定设计方案，请先办理设计方案联合审查。", "phase"))
    return found


# ---- start, extension, lapse ------------------------------------------------------------------------------------------


def start_limit(issued: date, *, first: Span, granted: Sequence[Span] = ()) -> date:
    """Last day on which works may start: `first` after issue, moved by each granted extension.

    Source: 建筑法 第九条. Scenario 6: 2026-03-10 → 06-10, 09-10, 12-10.
    """
    limit = first.after(issued)
    for span in granted:
        limit = span.after(limit)
    return limit


def extension_reasons(
    issued: date, *, on: date, wanted: Span, first: Span, granted: Sequence[Span], longest: Span, most: int, started: bool = False
) -> list[Reason]:
    """Why the start may not be put off by `wanted`: at most `most` extensions, each at most `longest`, asked in time.

    Source: 建筑法 第九条 (延期以两次为限，每次不超过三个月).
    """
    found: list[Reason] = []
    limit = start_limit(issued, first=first, granted=granted)
    if started:
        found.append(Reason("permit.extension.started", "工程已经开工，不需要办理延期开工。"))
    if len(granted) >= most:
        found.append(Reason("permit.extension.count", f"延期以{most}次为限，已经延期{len(granted)}次，不能再次延期。"))
    if wanted.after(limit) > longest.after(limit) or wanted.amount == 0:
        found.append(Reason("permit.extension.length", f"每次延期不超过{longest}，请重新填写延期时间。", "extension"))
    if on > limit:
        found.append(Reason("permit.extension.late", f"开工期限已于{limit}届满，施工许可证已自行废止，请重新申请。"))
    return found


def lapsed(limit: date, *, started_on: date | None, on: date) -> bool:
    """Whether the permit has lapsed by itself: the limit passed without a start.

    Source: 建筑法 第九条. Scenario 6: limit 2026-12-10, no start → lapsed from 2026-12-11 on.
    """
    return (started_on is None and on > limit) or (started_on is not None and started_on > limit)


# ---- suspension and resumption ----------------------------------------------------------------------------------------


def suspension_report_due(stopped: date, *, within: Span) -> date:
    """Last day to report a stop to the issuing authority (建筑法 第十条). Scenario 7: 2026-01-15 → 2026-02-15."""
    return within.after(stopped)


def reverification_needed(stopped: date, resumed: date, *, after: Span) -> bool:
    """Whether the permit must be verified before works resume: stopped for `after` (one year) or longer.

    Source: 建筑法 第十条. ValueError when resumed before stopped.
    """
    if resumed < stopped:
        raise ValueError("resumed before stopped")
    return resumed >= after.after(stopped)


def resume_reasons(
    stopped: date, resumed: date, *, after: Span, reported_on: date | None, reverified_on: date | None
) -> list[Reason]:
    """Why works may not resume on `resumed`."""
    if resumed < stopped:
        return [Reason("permit.resume.order", "恢复施工日期不能早于中止施工日期。", "resumed_on")]
    found: list[Reason] = []
    if reported_on is None:
        found.append(Reason("permit.resume.unreported", "中止施工尚未报告，请先提交中止施工报告。"))
    if reverification_needed(stopped, resumed, after=after) and (reverified_on is None or reverified_on < after.after(stopped)):
        message = f"中止施工已满{after}，恢复施工前应当报发证机关核验施工许可证。"
        found.append(Reason("permit.resume.reverify", message, "reverified_on"))
    return found


# ---- status of the electronic permit ------------------------------------------------------------------------------------

_NEXT: dict[str, frozenset[str]] = {
    "valid": frozenset({"valid", "suspended", "revoked", "cancelled", "lapsed"}),
    "suspended": frozenset({"valid", "revoked", "cancelled"}),
    "revoked": frozenset(),
    "cancelled": frozenset(),
    "lapsed": frozenset(),
}


def permit_status_reasons(now: str, then: str) -> list[Reason]:
    """Why a permit in status `now` may not become `then`; ``valid → valid`` is a change or extension (new version, same number).

    Source: 建办市〔2020〕25号; construction.md §1.5 Error events.
    """
    if then in _NEXT.get(now, frozenset()):
        return []
    return [Reason("permit.status", "施工许可证的当前状态不能办理这一事项，请刷新页面核对最新状态。")]
