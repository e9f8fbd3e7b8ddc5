"""What must come before what, and how long in between: tender, contract, start, presale, consultation. Dates and sums in, reasons out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from zhujian.boards.construction.project_management.rules.spans import Span
from zhujian.foundation.kernel.errors import Reason


def tender_reasons(
    *,
    notice: date | None,
    opened: date | None,
    published_until: date | None,
    awarded: date | None,
    bid_period: Span,
    publicity: Span,
) -> list[Reason]:
    """Why a tender's dates break the law; unknown dates are passed over.

    Source: 招标投标法 第二十四条 (at least 20 days to bid); 招标投标法实施条例 第五十四条 (candidates published at least 3 days).
    """
    found: list[Reason] = []
    if notice and opened and opened < bid_period.after(notice):
        found.append(
            Reason("tender.period", f"自招标文件开始发出之日起至开标不得少于{bid_period}，请核对开标日期。", "opened_on")
        )
    if opened and published_until and published_until < publicity.after(opened):
        found.append(Reason("tender.publicity", f"中标候选人公示期不得少于{publicity}，请核对公示截止日期。", "published_until"))
    if published_until and awarded and awarded <= published_until:
        found.append(Reason("tender.award", "公示期满没有异议后才能发出中标通知书，请核对日期。", "awarded_on"))
    return found


def contract_reasons(*, awarded: date | None, signed: date | None, within: Span) -> list[Reason]:
    """Why a contract's date does not fit its award. Source: 招标投标法 第四十六条 (within 30 days of the notice of award)."""
    if awarded is None or signed is None:
        return []
    if signed < awarded:
        return [Reason("contract.early", f"合同签订日期早于中标通知书发出日期{awarded}，请核对。", "signed_on")]
    if signed > within.after(awarded):
        return [
            Reason(
                "contract.late",
                f"中标通知书发出后{within}内应当订立合同，最晚为{within.after(awarded)}，请核对或说明。",
                "signed_on",
            )
        ]
    return []


def start_reasons(started: date, permits: Sequence[tuple[date, date]]) -> list[Reason]:
    """Why works may not have started on a day. `permits`: (issued, start limit) of each valid permit, oldest first.

    Source: 建筑法 第七条、第九条 (three months after the permit, else it lapses).
    """
    if not permits:
        return [Reason("works.permit", "没有有效的施工许可证，不得开工。许可证已废止的，请先重新申领。", "started_on")]
    issued, limit = permits[0]
    if started < issued:
        return [Reason("works.early", f"施工许可证于{issued}核发，开工日期不能早于发证日期。", "started_on")]
    if started > limit:
        return [Reason("works.late", f"开工期限已于{limit}届满，施工许可证自行废止，请重新申领后再开工。", "started_on")]
    return []


def presale_reasons(*, invested: Decimal | None, total: Decimal | None, ratio: Decimal) -> list[Reason]:
    """Why presale is not allowed yet: invested money is at least `ratio` (25 %) of the whole (城市房地产管理法 第四十五条)."""
    if invested is None or not total or invested >= total * ratio:
        return []
    percent = (invested / total * 100).quantize(Decimal("0.1"))
    message = f"投入开发建设的资金为总投资的{percent}%，达到{(ratio * 100).normalize():f}%后才能申请预售。"
    return [Reason("presale.invested", message, "invested")]


def consultation_reasons(
    *,
    published: date | None,
    closed: date | None,
    at_least: Span,
    objections: Decimal | None,
    households: Decimal | None,
    hearing: bool,
) -> list[Reason]:
    """Why a compensation plan's consultation does not suffice: at least 30 days, a hearing when most households object.

    Source: 国有土地上房屋征收与补偿条例 第十条、第十一条.
    """
    found: list[Reason] = []
    if published and closed and closed < at_least.after(published):
        found.append(
            Reason(
                "consultation.period", f"征求意见期限不得少于{at_least}，截止日期最早为{at_least.after(published)}。", "closed_on"
            )
        )
    if objections is not None and households and objections * 2 > households and not hearing:
        found.append(Reason("consultation.hearing", "多数被征收人对补偿方案有异议，应当组织听证会并修改方案。", "hearing"))
    return found


def phase_sum_reasons(
    asked_wan: Decimal, issued_wan: Sequence[Decimal], contract_wan: Decimal, *, tolerance: Decimal
) -> list[Reason]:
    """Why a phase's money does not fit: all phases together are at most the contract + `tolerance` (§2.1)."""
    total = asked_wan + sum(issued_wan, Decimal(0))
    if total <= contract_wan * (1 + tolerance):
        return []
    return [
        Reason("permit.money", f"各阶段许可合同价合计{total}万元，超过施工合同价{contract_wan}万元，请核对。", "contract_money")
    ]
