"""The law's gates: what must hold before a step may be applied for or decided (C07, E06, E08 …). Facts in, reasons out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from zhujian.boards.construction.project_management import rules
from zhujian.boards.construction.project_management.forms.fields import split_org
from zhujian.boards.construction.project_management.models import Permit, Project, StepRecord
from zhujian.boards.construction.project_management.rules import sequence
from zhujian.boards.construction.project_management.services import facts, permits, records, standing
from zhujian.boards.construction.project_management.services.permit_gate import permit_gate
from zhujian.boards.construction.project_management.services.values import day, number
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import subjects
from zhujian.foundation.worktime import rules as worktime
from zhujian.foundation.worktime import selectors as calendars

Form = Mapping[str, Any]
Gate = Callable[[Project, Form], list[Reason]]


def code_gate(project: Project, form: Form) -> list[Reason]:
    """A02: the code given at registration is the project's code for life."""
    if str(form.get("project_code") or project.code).strip() == project.code:
        return []
    return [
        Reason(
            "project.code.other",
            f"本项目的代码是 {project.code}，终身不变；需要新代码的，请另行登记并关联原项目。",
            "project_code",
        )
    ]


def tender_gate(project: Project, form: Form) -> list[Reason]:
    """C01: at least 20 days to bid, at least 3 days of publicity, award after it."""
    return sequence.tender_reasons(
        notice=day(form, "notice_on"), opened=day(form, "opened_on"), published_until=day(form, "published_until"),
        awarded=day(form, "awarded_on"), bid_period=_span("bid_period", project), publicity=_span("award_publicity", project),
    )  # fmt: skip


def contract_gate(project: Project, form: Form) -> list[Reason]:
    """C04: contractor and supervisor are different firms (建筑法 第三十四条); signed after the award and within 30 days of it."""
    found = []
    contractor, supervisor = (split_org(str(form.get(name) or "")) for name in ("contractor", "supervisor"))
    if contractor[0] and contractor == supervisor:
        found.append(Reason("contract.interest", "监理单位与施工单位不能是同一家单位。", "supervisor"))
    awarded, signed = standing.field_day(project, "C01", "awarded_on"), day(form, "signed_on")
    found += sequence.contract_reasons(awarded=awarded, signed=signed, within=_span("contract_after_award", project))
    return found


def presale_gate(project: Project, form: Form) -> list[Reason]:
    """C09: a quarter of the investment is in (城市房地产管理法 第四十五条)."""
    return sequence.presale_reasons(
        invested=number(form, "invested"), total=number(form, "total_investment"),
        ratio=facts.number("presale_invested_ratio", timezone.localdate(), project.region_code),
    )  # fmt: skip


def start_gate(project: Project, form: Form) -> list[Reason]:
    """D01: a valid permit whose start limit has not passed, and approvals that still hold on the day of the start."""
    started = day(form, "started_on")
    if started is None:
        return []
    found: list[Reason] = []
    if "C07" not in standing.skipped_of(project):
        held = list(Permit.objects.filter(project=project, status=Permit.Status.VALID).order_by("issued_on"))
        found += sequence.start_reasons(started, [(p.issued_on, p.start_deadline) for p in held])
    for step, until in standing.outdated(project, started):
        found.append(Reason("works.outdated", f"“{step.title}”结果已于{until}失效，请先重新办理，再开工。", "started_on"))
    return found + rules.date_order_reasons({**standing.dates_of(project), "start": started})


def stop_gate(project: Project, form: Form) -> list[Reason]:
    """D08: works that run can stop; stopped ones resume only as 建筑法 第十条 allows."""
    resuming = "恢复" in str(form.get("action") or "")
    if resuming and day(form, "resumed_on") is None:
        return [Reason("field.required", "请填写“恢复施工日期”。", "resumed_on")]
    wanted = Permit.Status.SUSPENDED if resuming else Permit.Status.VALID
    held = [
        p for p in Permit.objects.filter(project=project, status=wanted).select_related("project") if resuming or p.started_on
    ]
    if not held:
        text = "没有中止中的施工许可证，无需恢复。" if resuming else "没有已经开工的有效施工许可证，不能办理中止施工。"
        return [Reason("permit.resume.state" if resuming else "permit.suspend.state", text, "action")]
    if resuming:
        return [reason for p in held for reason in permits.check_resume(p, on=day(form, "resumed_on") or timezone.localdate())]
    stopped = day(form, "suspended_on")
    return [reason for p in held for reason in (permits.check_suspend(p, on=stopped) if stopped else [])]


def change_gate(project: Project, form: Form) -> list[Reason]:
    """D10: a major change names the step it goes back to; one at a time."""
    back = str(form.get("back_to") or "")[:3]
    if not form.get("is_major"):
        return [] if back not in REDONE else [Reason("change.minor", "不是重大变更的，请选择“不需要”重新办理。", "back_to")]
    if back not in REDONE:
        return [Reason("change.step", "重大变更应当重新办理规划许可、施工图审查或者消防设计审查，请选择。", "back_to")]
    if back in standing.skipped_of(project):
        return [Reason("change.skipped", f"本项目没有办理过{back}，请核对需要重新办理的事项。", "back_to")]
    if subjects.running("major_change", project.subject) is not None:
        return [Reason("change.running", "上一项重大变更还在重新办理，办结后再提交。", "back_to")]
    return []


REDONE = ("B02", "C02", "C03")  # what a major change may send the project back to


def verification_gate(project: Project, form: Form) -> list[Reason]:
    """E02: measured area within 3 % of the permitted area, or explained (construction.md §2.1)."""
    return _area(project, number(form, "gfa_measured"), number(form, "gfa_permitted"), str(form.get("deviation_reason") or ""))


def filing_gate(project: Project, form: Form) -> list[Reason]:
    """E09: the accepted day is the day of E06; the area agrees with the permit or was explained at E02."""
    found = []
    if project.accepted_on and day(form, "accepted_on") not in (None, project.accepted_on):
        found.append(Reason("filing.date", f"竣工验收日期应为{project.accepted_on}，与竣工验收报告一致。", "accepted_on"))
    verified = records.last(project, "E02")
    explained = str((verified.form if verified else {}).get("deviation_reason") or "")
    return found + [
        Reason(r.code, r.message, "fact_area") for r in _area(project, number(form, "fact_area"), project.gfa_m2, explained)
    ]


def _area(project: Project, built: Decimal | None, planned: Decimal | None, explanation: str) -> list[Reason]:
    if built is None or not planned:
        return []
    tolerance = facts.number("area_tolerance", timezone.localdate(), project.region_code)
    return rules.area_reasons(built, planned, tolerance=tolerance, explanation=explanation)


def _acceptance(project: Project, form: Form, *, limit: date | None) -> list[Reason]:
    units = records.last(project, "E03")
    all_units, good = (number(units.form, key) for key in ("dwellings", "accepted")) if units else (None, None)
    again = [s for s in REDONE if (r := records.last(project, s)) and r.status in records.OPEN]
    found = rules.acceptance_reasons(
        standing.results_of(project), skipped=standing.skipped_of(project),
        open_hazards=StepRecord.objects.filter(project=project, step="D06", status__in=records.OPEN).count(),
        dwellings=(int(good or 0), int(all_units)) if all_units else None, notified_on=day(form, "notified_on"), notice_limit=limit,
    )  # fmt: skip
    return found + [
        Reason("acceptance.redo", f"重大变更后重新办理的{step}还没有办结，办结后再组织竣工验收。", step) for step in again
    ]


def notice_gate(project: Project, form: Form) -> list[Reason]:
    """E06, as the developer plans it and the station checks it: all conditions, and told seven working days before."""
    planned = day(form, "accepted_on")
    return _acceptance(project, form, limit=last_notice_day(project, planned) if planned else None)


def last_notice_day(project: Project, planned: date) -> date:
    """Last day on which the supervision station can be told of an acceptance planned for a day; CalendarMissing."""
    needed = int(
        parameters.value("project_management.acceptance_notice", on=timezone.localdate(), region=project.region_code).value
    )
    calendar = calendars.calendar(project.region_code)
    told = planned
    while worktime.working_days_between(told, planned, calendar) < needed:
        told -= timedelta(days=1)
    return told


def completion_gate(project: Project, form: Form) -> list[Reason]:
    """E06 when it has been held: conditions, a day that has come, and dates in order."""
    accepted = day(form, "accepted_on")
    found = notice_gate(project, form)
    if accepted and accepted > timezone.localdate():
        found.append(Reason("field.future", "验收还没有举行，请在验收之后登记结果。", "accepted_on"))
    return found + rules.date_order_reasons({**standing.dates_of(project), "completion": accepted})


def joint_gate(project: Project, form: Form) -> list[Reason]:
    """E08: every branch has passed."""
    return rules.joint_acceptance_reasons(standing.results_of(project), skipped=standing.skipped_of(project))


def budget_gate(project: Project, form: Form) -> list[Reason]:
    """B03: the estimate must be there to be compared; a budget above the limit is explained, and the diagram holds it."""
    estimate, budget = number(form, "estimate"), number(form, "budget")
    if estimate is None or budget is None:
        return []
    if estimate <= 0:
        return [Reason("estimate.zero", "批准的投资估算应大于0，请核对可行性研究报告批复。", "estimate")]
    most = facts.number("estimate_ratio", timezone.localdate(), project.region_code)
    checked = rules.estimate_check(estimate_wan=estimate, budget_wan=budget, most=most)
    if checked.passes or str(form.get("exceed_reason") or "").strip():
        return []
    return [Reason("estimate.reason", f"{checked.reasons[0].message}请填写“概算调整原因”。", "exceed_reason")]


def handover_gate(project: Project, form: Form) -> list[Reason]:
    """F01: only what was accepted and filed is handed over."""
    number_shown = str(form.get("filing_number") or ("免" if "E09" in standing.skipped_of(project) else ""))
    return rules.handover_reasons(
        acceptance_passed=project.accepted_on is not None, filing_number=number_shown, residential=project.is_residential,
        two_books=bool(form.get("two_books")),
    )  # fmt: skip


def consultation_gate(project: Project, form: Form) -> list[Reason]:
    """G02: at least thirty days to comment; a hearing when most object (国有土地上房屋征收与补偿条例 第十条、第十一条)."""
    households = number(subjects.facts(project.process_id), "expropriated_households")
    return sequence.consultation_reasons(
        published=day(form, "published_on"), closed=day(form, "closed_on"), at_least=_span("consultation_period", project),
        objections=number(form, "objections"), households=households, hearing=bool(form.get("hearing")),
    )  # fmt: skip


def funds_gate(project: Project, form: Form) -> list[Reason]:
    """G03: compensation is fully in the account before the decision (条例 第十二条)."""
    budget, funds = number(form, "compensation_budget"), number(form, "funds")
    if budget is not None and funds is not None and funds < budget:
        return [
            Reason("expropriation.funds", f"专户资金比补偿费用测算少{budget - funds}万元，足额到位后再作出征收决定。", "funds")
        ]
    return []


def relocation_gate(project: Project, form: Form) -> list[Reason]:
    """G06: compensation first, relocation second (条例 第二十七条)."""
    paid, moved = day(form, "paid_on"), day(form, "moved_on")
    if paid and moved and moved < paid:
        return [Reason("expropriation.order", "先补偿、后搬迁：搬迁完成日期不能早于补偿支付完成日期。", "moved_on")]
    return []


def demolition_gate(project: Project, form: Form) -> list[Reason]:
    """G07: demolition begins at the earliest fifteen days after filing."""
    filed, planned = day(form, "filed_on"), day(form, "planned_start")
    if filed is None or planned is None:
        return []
    return rules.demolition_reasons(filed, planned, earliest=_span("demolition_notice", project, filed).after(filed))


def demolished_gate(project: Project, form: Form) -> list[Reason]:
    """G08: not before the filed day, utilities cut, and finished after it began."""
    found = []
    started, finished, filed = day(form, "started_on"), day(form, "finished_on"), standing.field_day(project, "G07", "filed_on")
    if started and filed:
        found += rules.demolition_reasons(filed, started, earliest=_span("demolition_notice", project, filed).after(filed))
    if started and finished and finished < started:
        found.append(Reason("demolition.order", "拆除完成日期不能早于开始日期。", "finished_on"))
    if not form.get("utilities_cut"):
        found.append(Reason("demolition.utilities", "水电气等管线全部切断后才能拆除，请切断并取得确认单。", "utilities_cut"))
    return [Reason(r.code, r.message, "started_on" if r.code == "demolition.early" else r.field) for r in found]


def _span(key: str, project: Project, on: date | None = None) -> rules.Span:
    return facts.span(key, on or timezone.localdate(), project.region_code)


GATES: dict[tuple[str, str], Gate] = {
    ("A02", "step_A02"): code_gate, ("C01", "apply"): tender_gate, ("C04", "apply"): contract_gate, ("C07", "apply"): permit_gate, ("C07", "decide"): permit_gate,
    ("C09", "apply"): presale_gate, ("D01", "apply"): start_gate, ("D01", "confirm"): start_gate, ("D08", "enter"): stop_gate,
    ("D08", "confirm"): stop_gate, ("D10", "enter"): change_gate, ("D10", "confirm"): change_gate,
    ("B03", "apply"): budget_gate, ("E02", "apply"): verification_gate, ("E06", "notify"): notice_gate,
    ("E06", "check"): notice_gate, ("E06", "accept"): completion_gate, ("E08", "decide"): joint_gate,
    ("E09", "apply"): filing_gate, ("F01", "apply"): handover_gate, ("G02", "enter"): consultation_gate, ("G03", "enter"): funds_gate, ("G06", "enter"): relocation_gate,
    ("G07", "apply"): demolition_gate, ("G08", "apply"): demolished_gate,
}  # fmt: skip
# The applicant's second and later tries meet the same gate as the first.
for (_step, _node), _gate in list(GATES.items()):
    if _node == "apply":
        GATES[_step, "supplement"] = GATES[_step, "rectify"] = _gate
