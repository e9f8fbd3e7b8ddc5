"""The life of a project as states, the codes of its units, and what must agree across its records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from zhujian.foundation.kernel.errors import Reason

# draft 策划, approval 审批中, building 在建, suspended 停工, accepted 已竣工, in_use 使用中, demolition 拆除中, extinct 灭失, withdrawn 终止
_NEXT: dict[str, frozenset[str]] = {
    "draft": frozenset({"approval", "withdrawn"}),
    "approval": frozenset({"building", "withdrawn"}),
    "building": frozenset({"suspended", "accepted", "withdrawn"}),
    "suspended": frozenset({"building", "withdrawn"}),
    "accepted": frozenset({"in_use", "building"}),
    "in_use": frozenset({"demolition"}),
    "demolition": frozenset({"extinct", "in_use"}),
    "extinct": frozenset(),
    "withdrawn": frozenset(),
}
READ_ONLY = frozenset({"extinct", "withdrawn"})


def next_states(state: str) -> frozenset[str]:
    """States that may follow `state`; none after 灭失 and 终止. KeyError for an unknown state."""
    return _NEXT[state]


def state_reasons(now: str, then: str, *, building_codes_live: Sequence[str] = ()) -> list[Reason]:
    """Why a project may not go from `now` to `then`. A project is extinct only when all its buildings are (G10)."""
    if then not in next_states(now):
        return [Reason("project.state", "项目当前状态不能办理这一事项，请按流程顺序办理。")]
    if then == "extinct" and building_codes_live:
        return [
            Reason("project.state.buildings", f"还有{len(building_codes_live)}栋单体没有注销，全部注销后项目才能标记为灭失。")
        ]
    return []


def stage_order_reasons(
    step: str, results: Mapping[str, str], needs: Mapping[str, Sequence[str]], skipped: Sequence[str] = ()
) -> list[Reason]:
    """Why `step` is out of order: each step it `needs` must have passed, unless skipped."""
    missing = [one for one in needs.get(step, ()) if one not in skipped and one not in results]
    if not missing:
        return []
    return [Reason("step.order", f"请先办结{'、'.join(missing)}，再办理{step}。")]


# ---- codes --------------------------------------------------------------------------------------------------------------

_UNIT = re.compile(r"\d{4}-\d{6}-\d{2}-\d{2}-\d{6}-\d{6}")


def unit_code(project_code: str, single: int, building: int = 0) -> str:
    """Suggested code of a 单项 (permit unit) or 单体: project code + ``-`` + 3 digits 单项 + 3 digits 单体 (000: the whole unit).

    Source: construction.md §1.7 [C]. ValueError outside 1–999.
    """
    if not 1 <= single <= 999 or not 0 <= building <= 999:
        raise ValueError("units are numbered 1 to 999")
    return f"{project_code}-{single:03d}{building:03d}"


def unit_code_reasons(code: str, project_code: str, *, field: str | None = None) -> list[Reason]:
    """Why `code` is no unit code of the project."""
    if not _UNIT.fullmatch(code) or not code.startswith(project_code + "-"):
        return [Reason("unit.code", f"单体编码应为项目代码加“-”和6位序号，例如 {project_code}-001001。", field)]
    return []


# ---- agreement of records (§2.1) ------------------------------------------------------------------------------------------

_ORDER: tuple[tuple[str, str], ...] = (
    ("approval", "立项批复"), ("tender", "中标"), ("contract", "合同签订"), ("permit", "施工许可"), ("start", "开工"), ("completion", "竣工验收"),
)  # fmt: skip


def date_order_reasons(dates: Mapping[str, date | None]) -> list[Reason]:
    """Dates must ascend: approval ≤ tender ≤ contract ≤ permit ≤ start ≤ completion; unknown dates are passed over (§2.1)."""
    known = [(key, title, dates[key]) for key, title in _ORDER if dates.get(key) is not None]
    found: list[Reason] = []
    for (_, earlier, first), (key, later, second) in zip(known, known[1:], strict=False):
        assert first is not None and second is not None
        if second < first:
            found.append(Reason("dates.order", f"{later}日期{second}早于{earlier}日期{first}，请核对。", key))
    return found


def reference_reasons(*, project: bool, drawings: bool, contract: bool) -> list[Reason]:
    """A permit must refer to an existing project, drawing review and contract (§2.1)."""
    missing = [title for present, title in ((project, "项目"), (drawings, "施工图审查"), (contract, "施工合同")) if not present]
    return [Reason("permit.reference", f"施工许可信息没有对应的{'、'.join(missing)}记录，请先补录。")] if missing else []


def contract_sum_reasons(permit_wan: Decimal, contracts_wan: Sequence[Decimal], *, tolerance: Decimal) -> list[Reason]:
    """Permit money = sum of main contracts ± `tolerance` (1 %) of that sum (§2.1)."""
    total = sum(contracts_wan, Decimal(0))
    if abs(permit_wan - total) <= total * tolerance:
        return []
    return [Reason("permit.money", f"施工许可合同价{permit_wan}万元与主合同合计{total}万元不一致，请核对。", "contract_money")]


def area_reasons(fact_m2: Decimal, planned_m2: Decimal, *, tolerance: Decimal, explanation: str = "") -> list[Reason]:
    """Built area against planned area ± `tolerance` (3 %), else an explanation is needed (§2.1)."""
    if abs(fact_m2 - planned_m2) <= planned_m2 * tolerance or explanation.strip():
        return []
    return [
        Reason(
            "area.difference",
            f"实际面积{fact_m2}㎡与许可面积{planned_m2}㎡相差超过允许范围，请填写差异说明。",
            "deviation_reason",
        )
    ]


def demolition_reasons(filed_on: date, planned_start: date, *, earliest: date) -> list[Reason]:
    """Demolition may begin no earlier than 15 days after filing (`earliest`). Source: 建设工程安全生产管理条例 第十一条."""
    if planned_start >= earliest:
        return []
    return [Reason("demolition.early", f"{filed_on}备案的拆除工程最早可于{earliest}施工，请调整拆除日期。", "planned_start")]
