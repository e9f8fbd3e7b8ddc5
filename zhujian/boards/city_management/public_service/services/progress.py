"""Submissions follow their case: what the public sees, what the hotline is told, whom to call back."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.command import selectors as command
from zhujian.boards.city_management.command.models import Case
from zhujian.boards.city_management.public_service.models import Submission
from zhujian.boards.city_management.public_service.services import call_backs, orders, reports

STAGES = {
    "verifying": "received", "to_register": "received", "to_dispatch": "registered", "dispatched": "dispatched",
    "handling": "dispatched", "dept_confirm": "handled", "to_check": "handled", "checking": "handled", "to_close": "handled",
    "closed": "closed", "forced": "closed", "void": "refused", "duplicate": "received",
}  # fmt: skip
# What a hotline hears when a case comes into a stage.
TOLD = {"registered": "registered", "dispatched": "dispatched", "closed": "closed", "refused": "refused"}


def stage_of(case: Case) -> str:
    """The public's word for where a case stands."""
    return "suspended" if case.suspended else STAGES.get(case.state, "received")


@transaction.atomic
def do_follow(case_no: str, report_numbers: Iterable[str]) -> int:
    """Bring the submissions of a case up to date; returns how many changed. Idempotent, whatever order events come in."""
    case = command.case(case_no)
    if case is None:
        return 0
    if case.master_id:  # a case found to be a double: the reporters hear of the one that goes on
        case = case.master or case
    stage, count = stage_of(case), 0
    numbers = sorted(set(report_numbers))
    reports.do_mirror(numbers)
    rows = list(Submission.objects.select_for_update().filter(number__in=numbers).order_by("pk")) if numbers else []
    rows += list(Submission.objects.select_for_update().filter(case_no=case.number).exclude(number__in=numbers).order_by("pk"))
    for row in rows:
        before = _shown(row)
        row.stage, row.case_no, row.unit, row.expected_at = stage, case.number, case.org_name, case.due
        row.kind, row.class_code, row.class_name = case.kind, case.class_code, case.class_name
        row.merged = case.report_count > 1
        row.reason = _reason(row, stage)
        if before == _shown(row):
            continue
        row.changed_at = timezone.now()
        row.save_version(
            row.version,
            fields=[
                "stage",
                "case_no",
                "unit",
                "expected_at",
                "kind",
                "class_code",
                "class_name",
                "merged",
                "reason",
                "changed_at",
            ],
        )
        count += 1
        orders.do_tell(row, TOLD.get(stage, ""))
        if stage == "closed":
            call_backs.do_ask(row)
    return count


def _shown(row: Submission) -> tuple[object, ...]:
    """What of a submission follows the case."""
    return row.stage, row.case_no, row.unit, row.expected_at, row.kind, row.class_code, row.merged, row.reason


def _reason(row: Submission, stage: str) -> str:
    """What the reporter is told at the end: the answer that acceptance gave to this report."""
    report = command.report(row.number) if stage in ("refused", "closed") else None
    return (report.answer or report.reason)[:300] if report else ""


@transaction.atomic
def do_refuse(report_number: str, reason: str) -> int:
    """A report that was not accepted: its reporter sees why."""
    reports.do_mirror([report_number])
    row = Submission.objects.select_for_update().filter(number=report_number).first()
    if row is None or row.stage == Submission.Stage.REFUSED:
        return 0
    row.stage, row.reason, row.changed_at = Submission.Stage.REFUSED, reason[:300], timezone.now()
    row.save_version(row.version, fields=["stage", "reason", "changed_at"])
    orders.do_tell(row, "refused")
    return 1


__all__ = ["do_follow", "do_refuse", "stage_of"]
