"""Facts of a project → its type, and which thresholds of the law it reaches. Thresholds come in as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from zhujian.foundation.kernel.errors import Reason

EXISTING = frozenset({"FIT_OUT", "RENOVATION", "EXTENSION"})
FIRE_ALWAYS = frozenset({"hazardous", "infrastructure", "key_office"})


def project_type(*, nature: str, land_mode: str, invest_type: str, object_kind: str, low_risk: bool) -> str:
    """Project type ``T1`` … ``T6``, first hit (construction.md §1.5 Type); the same table as ``project_type.dmn``."""
    if nature in EXISTING:
        return "T6"
    if land_mode == "GRANTED_WITH_SCHEME":
        return "T5"
    if invest_type == "GOV":
        return "T2" if object_kind == "MUNI_LINE" else "T1"
    return "T4" if low_risk else "T3"


def is_low_risk(
    *, industrial: bool, gfa_m2: Decimal, height_m: Decimal, hazardous: bool, area_limit: Decimal, height_limit: Decimal
) -> bool:
    """Small low-risk industrial or storage building (§1.5 `lowRisk`); the limits themselves are still low risk."""
    return industrial and not hazardous and gfa_m2 <= area_limit and height_m <= height_limit


def permit_needed(
    *,
    contract_wan: Decimal | None,
    gfa_m2: Decimal | None,
    start_report_approved: bool,
    contract_floor: Decimal,
    area_floor: Decimal,
) -> bool:
    """Whether a construction permit is needed: not below either floor, not with an approved 开工报告.

    Source: 建筑法 第七条; 建筑工程施工许可管理办法 第二条 (合同额不足30万元或者面积不足300平方米的可以不申请). A figure not known
    yet never exempts.
    """
    small = (contract_wan is not None and contract_wan < contract_floor) or (gfa_m2 is not None and gfa_m2 < area_floor)
    return not start_report_approved and not small


def tender_required(
    *, state_funded: bool, works_wan: Decimal, goods_wan: Decimal, services_wan: Decimal, floors: Mapping[str, Decimal]
) -> bool:
    """Whether tendering is compulsory: state money and works, goods or services at or above their floor.

    `floors`: ``works``, ``goods``, ``services`` in 万元. Source: 必须招标的工程项目规定（发改委16号令）第五条.
    """
    return state_funded and (works_wan >= floors["works"] or goods_wan >= floors["goods"] or services_wan >= floors["services"])


def energy_review_needed(*, tce: Decimal, gwh: Decimal, tce_floor: Decimal, gwh_floor: Decimal) -> bool:
    """Whether an energy review is needed: at or above 1000 tce a year or 5 GWh a year (节能审查办法)."""
    return tce >= tce_floor or gwh >= gwh_floor


def fire_special(
    *,
    use: str,
    single_area_m2: Decimal,
    height_m: Decimal,
    areas: Mapping[str, Decimal],
    tall_public_m: Decimal,
    tall_residence_m: Decimal,
) -> bool:
    """Whether a single building is 特殊建设工程 for fire control; areas and heights must be exceeded.

    `use` is a code of list ``fire_use``; `areas` the floor per use in ㎡. Source: 建设工程消防设计审查验收管理暂行规定 第十四条.
    """
    if use in FIRE_ALWAYS:
        return True
    if use == "residence":
        return height_m > tall_residence_m
    if use in areas and single_area_m2 > areas[use]:
        return True
    return use not in ("ordinary",) and height_m > tall_public_m


def fire_route(*, special: bool, has_fire_works: bool = True) -> str:
    """``ACCEPTANCE`` for special works, else ``FILING`` with random check; ``NONE`` without fire works.

    Source: 消防法 第十三条; scenario 10 (a project that is not special shows 备案, not 验收).
    """
    if not has_fire_works:
        return "NONE"
    return "ACCEPTANCE" if special else "FILING"


@dataclass(frozen=True)
class EstimateCheck:
    """Outcome of comparing the budget 概算 with the approved estimate 估算: `ratio` exact, `passes`, `reasons`."""

    ratio: Decimal
    passes: bool
    reasons: tuple[Reason, ...]


def estimate_check(*, estimate_wan: Decimal, budget_wan: Decimal, most: Decimal) -> EstimateCheck:
    """Budget against the approved estimate: above `most` (1.10) the submission is held and reported to DRC.

    Source: 政府投资条例 第十二条 (概算超过投资估算百分之十的…). The limit itself passes. ValueError for an estimate of zero.
    """
    if estimate_wan <= 0:
        raise ValueError("the approved estimate must be positive")
    ratio = budget_wan / estimate_wan
    if ratio <= most:
        return EstimateCheck(ratio, True, ())
    percent = (ratio * 100).quantize(Decimal("0.1"))
    message = (
        f"申报概算{budget_wan}万元为批准估算{estimate_wan}万元的{percent}%，超过{(most * 100).normalize():f}%。"
        "请向投资主管部门报告，或者重新报送可行性研究报告后再申报。"
    )
    return EstimateCheck(ratio, False, (Reason("estimate.exceeded", message, "budget"),))
