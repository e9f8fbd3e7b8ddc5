"""The named counts (统计数): from which rows each is counted, and by which event it falls into a period. Fixed SQL, values as parameters.

A case is *due* (应处置、应结案) in the period that holds its deadline, or the moment it was disposed of or closed when that came
first: so each case is due in exactly one period, and what is counted above the line is part of what stands below it.
Source: GB/T 30428.4-2016; urban-management sheet §1.4 and pitfall 6.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhujian.boards.city_management.evaluation.selectors import events

REGIONS = ("county", "street", "community", "grid")
POSTS = ("inspector", "acceptor", "dispatcher")


@dataclass(frozen=True)
class Count:
    """One named count: a condition over the rows of a source, and the rule in words."""

    code: str
    title: str
    source: str
    where: str
    words: str


def _cases(code: str, title: str, where: str, words: str) -> Count:
    return Count(code, title, "case", where, words)


DUE = events.DUE
HANDLED = events.HANDLED
ON_TIME = events.ON_TIME
TO_HANDLE = f"({DUE} AND ({HANDLED} OR NOT suspended))"
TO_CLOSE = events.CLOSE_DUE
SUSPENDED = f"({TO_CLOSE} AND suspended AND NOT closed_by_then)"

COUNTS = (
    Count("reports", "上报数", "report", "true", "周期内接收的全部上报。"),
    Count("reports_inspector", "监督员上报数", "report", "source = ANY(%(inspector_sources)s)", "上报数中监督员巡查上报的。"),
    Count("reports_public", "公众举报数", "report", "source = ANY(%(public_sources)s)", "上报数中公众通过网站、电话、微信等渠道举报的。"),
    Count("reports_refused", "不予受理数", "report", "state = 'refused'", "上报数中不予受理的。"),
    Count("reports_valid", "有效上报数", "report", "state <> 'refused'", "上报数减不予受理数。"),
    Count("reports_done", "已办结上报数", "report", "done", "上报数中案件已结案或者自行处置完毕的。"),
    Count("duplicates", "重复案件数", "report", "state = 'merged'", "经人工确认并入已有案件的上报。"),
    _cases("accepted", "受理数", "accepted_at >= %(start)s AND accepted_at < %(end)s", "周期内受理的案件。"),
    _cases("registered", "立案数", "registered", "周期内立案的案件，重复案件不计。"),
    _cases("registered_on_time", "按时立案数", "registered AND (register_due IS NULL OR registered_at <= register_due)",
           "立案数中在立案时限内（含到时）立案的。"),
    _cases("frequent", "高发案件数", "registered AND same >= %(frequent)s", "立案数中同一网格、同一小类在周期内达到高发件数的。"),
    _cases("to_handle", "应处置数", TO_HANDLE, "处置截止时间在周期内的案件，加上在周期内提前处置的；挂账期间尚未处置的不计，作废和重复的不计。"),
    _cases("handled", "处置数", f"{DUE} AND {HANDLED}", "应处置数中到周期末已处置的。"),
    _cases("handled_on_time", "按期处置数", f"{DUE} AND {HANDLED} AND {ON_TIME}", "处置数中在截止时间前（含到时）处置的；申诉成立的按免责计入。"),
    _cases("handled_late", "超期处置数", f"{DUE} AND {HANDLED} AND NOT {ON_TIME}", "处置数中超过截止时间才处置的。"),
    _cases("unhandled_late", "超期未处置数", f"{DUE} AND NOT {HANDLED} AND NOT suspended", "应处置数中到周期末仍未处置的。"),
    _cases("to_close", "应结案数", TO_CLOSE, "处置截止时间在周期内的案件，加上在周期内提前结案的；作废和重复的不计。"),
    _cases("suspended", "缓办数", SUSPENDED, "应结案数中到周期末仍在挂账（缓办）的。"),
    _cases("closed", "结案数", f"{TO_CLOSE} AND closed_by_then", "应结案数中到周期末已结案的。"),
    _cases("closed_on_time", "按期结案数", f"{TO_CLOSE} AND closed_by_then AND {ON_TIME}",
           "结案数中按期处置的；等待核查的时间不算超期；申诉成立的按免责计入。"),
    _cases("closed_late", "超期结案数", f"{TO_CLOSE} AND closed_by_then AND NOT {ON_TIME}", "结案数中超期处置的。"),
    _cases("urgent_to_handle", "紧急应处置数", f"urgent AND {TO_HANDLE}", "应处置数中的紧急问题。"),
    _cases("urgent_on_time", "紧急按期处置数", f"urgent AND {DUE} AND {HANDLED} AND {ON_TIME}", "按期处置数中的紧急问题。"),
    _cases("supervised_to_handle", "督办应处置数", f"supervise_level <> '' AND {TO_HANDLE}", "应处置数中被督办的。"),
    _cases("supervised_on_time", "督办按期处置数", f"supervise_level <> '' AND {DUE} AND {HANDLED} AND {ON_TIME}", "按期处置数中被督办的。"),
    _cases("failed_thrice", "三次以上返工案件数", f"{DUE} AND reworks >= 3 AND NOT exempt", "应处置案件中返工三次以上（含三次）的。"),
    _cases("exempted", "申诉免责数", f"{DUE} AND exempt", "应处置案件中申诉成立、按免责处理的；原来的时间记录保留不变。"),
    _cases("rated", "已评价数", "called_back AND satisfaction <> '' AND NOT satisfaction = ANY(%(unrated)s)", "周期内回访且作出评价的案件。"),
    _cases("satisfied", "满意数", "called_back AND satisfaction = ANY(%(satisfied)s)", "已评价数中评价为基本满意以上的。"),
    Count("dispatched", "派遣数", "step", "what = 'dispatch'", "周期内的派遣次数。"),
    Count("dispatched_right", "准确派遣数", "step", "what = 'dispatch' AND right_org", "派遣数减去因派错单位被退回的次数；申诉成立的不算派错。"),
    Count("returns", "回退数", "step", "what = 'return'", "周期内专业部门退回派遣员的次数。"),
    Count("reworks", "返工数", "step", "what = 'rework'", "周期内核查未通过、退回重新处置的次数；申诉成立的不计。"),
    Count("verify_due", "应核实数", "errand", "kind = 'verify' AND due_now", "时限在周期内的核实任务，加上在周期内提前完成的。"),
    Count("verify_done", "核实完成数", "errand", "kind = 'verify' AND due_now AND done", "应核实数中到周期末已完成的。"),
    Count("verify_on_time", "按时核实数", "errand", "kind = 'verify' AND due_now AND done AND on_time", "核实完成数中按时完成的。"),
    Count("check_due", "应核查数", "errand", "kind = 'check' AND due_now", "时限在周期内的核查任务，加上在周期内提前完成的。"),
    Count("check_done", "核查完成数", "errand", "kind = 'check' AND due_now AND done", "应核查数中到周期末已完成的。"),
    Count("check_on_time", "按时核查数", "errand", "kind = 'check' AND due_now AND done AND on_time", "核查完成数中按时完成的。"),
    Count("missed", "漏报数", "deviation", "kind = 'missed'", "周期内抽查发现、应报未报的问题。"),
    Count("misfiled", "差错数", "deviation", "kind = 'misfiled'", "周期内抽查发现错立、错录的案件。"),
    Count("falsified", "弄虚作假数", "deviation", "kind = 'falsified'", "周期内查实处置弄虚作假的案件。"),
)  # fmt: skip
BY_CODE = {count.code: count for count in COUNTS}
TITLES = {count.code: count.title for count in COUNTS}
# Counts of the comprehensive evaluation that the platform makes itself, besides those over cases.
FIELDWORK = {
    "points_checked": "已检查点位数", "points_passed": "达标点位数", "answers_rated": "有效评价答卷数", "answers_satisfied": "满意答卷数",
}  # fmt: skip


def of_source(source: str) -> tuple[Count, ...]:
    """Counts over one source: report, case, step, errand or deviation."""
    return tuple(count for count in COUNTS if count.source == source)
