"""Extension, suspension, return, supervision, appeal: when they may be asked for and who decides.

Source: urban-management.md §2.2. Extension: before the deadline, one at a time, two levels, at most n approved (refusals do not count).
Suspension: once, with a plan and a date within the longest term. Return: with a reason, at most n times, then a meeting designates a body.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from zhujian.foundation.kernel.errors import Reason

WITH_DEPARTMENT = frozenset({"dispatched", "handling", "dept_confirm"})


def check_extension(
    *,
    state: str,
    suspended: bool,
    due: datetime | None,
    now: datetime,
    pending: bool,
    approved: int,
    most: int,
    amount: int,
    longest: int,
    sealed_form: bool,
) -> list[Reason]:
    """Reasons against asking for `amount` more units. A second extension needs a sealed form."""
    if state not in WITH_DEPARTMENT:
        return [Reason("extension.state", "案件不在处置阶段，不能申请延期。")]
    if suspended:
        return [Reason("extension.suspended", "案件已挂账，计时已停，恢复后再申请延期。")]
    reasons = []
    if due is None:
        reasons.append(Reason("extension.no_limit", "案件没有处置时限，不需要延期。"))
    elif now > due:
        reasons.append(Reason("extension.late", "处置时限已过，延期须在到期前申请。请尽快处置并反馈。"))
    if pending:
        reasons.append(Reason("extension.pending", "已有一份延期申请等待审批，请等结果。"))
    if approved >= most:
        reasons.append(Reason("extension.most", f"这件案件已批准延期{approved}次，不能再延。确实无法处置的请申请挂账。"))
    elif approved >= 1 and not sealed_form:
        reasons.append(Reason("extension.form", "再次延期须上传盖章的申请表。", "form"))
    if not 1 <= amount <= longest:
        reasons.append(Reason("extension.amount", f"延期量应在1到{longest}之间（不超过原时限）。", "amount"))
    return reasons


def check_suspension(
    *, state: str, had: bool, until: date, today: date, longest_days: int, plan: str, reason: str
) -> list[Reason]:
    """Reasons against asking for a suspension until the day `until`."""
    if state not in ("dispatched", "handling"):
        return [Reason("suspension.state", "案件不在待处置、处置中，不能申请挂账。")]
    reasons = []
    if had:
        reasons.append(Reason("suspension.once", "这件案件已经申请或办理过挂账，每件案件只能挂账一次。"))
    if not plan.strip():
        reasons.append(Reason("suspension.plan", "请写明处置计划：什么时候、谁、怎么做。", "plan"))
    if not reason.strip():
        reasons.append(Reason("suspension.reason", "请写明现在不能处置的原因（季节、立项、资金等）。", "reason"))
    if until <= today:
        reasons.append(Reason("suspension.until", "计划完成日期应晚于今天。", "until"))
    elif until > today + timedelta(days=longest_days):
        reasons.append(Reason("suspension.until", f"挂账最长{longest_days}天，请把日期提前。", "until"))
    return reasons


def check_return(reason_code: str, known: Collection[str], text: str, designated: bool) -> list[Reason]:
    """Reasons against a body's return of a case to whoever dispatched it. `designated`: a meeting has named it to take the case."""
    reasons = []
    if reason_code not in known:
        reasons.append(Reason("return.reason", "请选择回退原因。", "reason_code"))
    if not text.strip():
        reasons.append(Reason("return.text", "请写明回退的具体理由，方便指挥中心重新派遣。", "comment"))
    if designated:
        reasons.append(
            Reason("return.designated", "协调会已指定本单位主办这件案件，不能再回退。请处置，有困难的可申请延期或挂账。")
        )
    return reasons


def check_meeting(
    *, outcome: str, participants: int, unknown: bool, decision: str, held_on: date | None, today: date, org_known: bool
) -> list[Reason]:
    """Reasons against the result of a coordination meeting (回退超限：协调会、指定主办)."""
    reasons = []
    if unknown:
        reasons.append(Reason("meeting.participants", "参加单位中有的不存在，请从列表中选择。", "participants"))
    elif participants < 2:
        reasons.append(Reason("meeting.participants", "请选择参加协调的单位，至少两个。", "participants"))
    if not decision.strip():
        reasons.append(Reason("meeting.decision", "请写明协调的决定和理由。", "comment"))
    if held_on is None:
        reasons.append(Reason("meeting.day", "请填写协调日期。", "held_on"))
    elif held_on > today:
        reasons.append(Reason("meeting.day", "协调日期不能晚于今天，请在协调之后登记结果。", "held_on"))
    if outcome == "designate" and not org_known:
        reasons.append(Reason("meeting.org", "请选择必须接办的主办单位。", "org_code"))
    return reasons


def supervision_due(
    *, level: str, overdue: bool, reworks: int, rework_from: int, reports: int, reports_from: int, source: str
) -> tuple[str, str] | None:
    """(trigger, requirement) when a case is to be supervised by rule; None when it is already, or nothing calls for it."""
    if level:
        return None
    if overdue:
        return "overdue", "处置已超期，请立即处置并说明原因。"
    if reworks >= rework_from:
        return "rework", f"核查未通过{reworks}次，请彻底整改并说明措施。"
    if source == "media":
        return "media", "媒体关注的问题，请优先处置并说明进展。"
    if reports >= reports_from:
        return "repeated", f"同一问题已有{reports}次上报，请尽快处置并说明进展。"
    return None


def check_appeal(*, state: str, closed_at: datetime | None, now: datetime, days: int, marked: bool, had: bool) -> list[Reason]:
    """Reasons against contesting a mark; `marked`: whether the case has it at all."""
    if state not in ("closed", "forced") or closed_at is None:
        return [Reason("appeal.state", "案件结案后才能申诉。")]
    reasons = []
    if had:
        reasons.append(Reason("appeal.once", "这件案件已经申诉过，每件案件只能申诉一次。"))
    if now > closed_at + timedelta(days=days):
        reasons.append(Reason("appeal.late", f"结案超过{days}天，不能再申诉。"))
    if not marked:
        reasons.append(Reason("appeal.nothing", "这件案件没有您要申诉的记录（超期、返工或派遣），不需要申诉。", "about"))
    return reasons


def appeal_result(first: bool, second: bool) -> str:
    """Both reviewers must agree for a mark to be lifted."""
    return "upheld" if first and second else "rejected"


# The plan's stages of a case as the public reads them (指挥协调: 信息采集 → … → 绩效考核).
STAGES = (
    ("collect", "信息采集"), ("file", "案件建立"), ("dispatch", "任务派遣"), ("dispose", "任务处置"), ("feed_back", "处置反馈"),
    ("check", "核查结案"), ("assess", "绩效考核"),
)  # fmt: skip
STAGE_OF = {
    "waiting": "collect", "taken": "file", "verifying": "file", "to_register": "file", "to_dispatch": "dispatch", "dispatched": "dispose",
    "handling": "dispose", "dept_confirm": "feed_back", "to_check": "check", "checking": "check", "to_close": "check", "closed": "assess",
    "forced": "assess", "void": "file", "duplicate": "file", "refused": "file", "merged": "file", "registered": "dispatch",
    "self_handled": "assess",
}  # fmt: skip


def stage_of(state: str) -> tuple[str, str]:
    """(code, words) of the plan's stage for a state of a case or report."""
    code = STAGE_OF[state]
    return code, dict(STAGES)[code]


def number_of(county: str, day: date, serial: int) -> str:
    """Case number of 19 digits: county 6 + day 8 + serial 5. ValueError beyond 99,999 a day (urban-management.md §2.3)."""
    if not 1 <= serial <= 99_999:
        raise ValueError("a county's day has 99,999 case numbers")
    return f"{county}{day:%Y%m%d}{serial:05d}"
