"""What other modules read of reports and cases. Everything here respects the acting scope except where it says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, CaseStep, Errand, Photo, Report
from zhujian.boards.city_management.command.rules import clock as clock_rules
from zhujian.boards.city_management.command.rules import decisions
from zhujian.boards.city_management.command.selectors.actions import may
from zhujian.boards.city_management.command.selectors.beside import Beside
from zhujian.boards.city_management.command.selectors.live import live_counts
from zhujian.boards.city_management.command.selectors.matching import Candidate, candidates, closed_before
from zhujian.boards.city_management.command.selectors.public import PublicCase, cases_of_reporter, nearby_public
from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel import prepared, scope

__all__ = [
    "Beside", "Candidate", "Clock", "PublicCase", "case", "cases_of_reporter", "clock", "closed_before", "duplicates", "errands_of", "live_counts", "may",
    "nearby_public", "photos", "pool", "public_words", "report", "report_photos", "steps",
]  # fmt: skip

PHOTOS = """
FROM (SELECT * FROM command_photo WHERE case_id = %s UNION ALL SELECT o.* FROM command_report r JOIN command_photo o ON o.report_id = r.id
WHERE r.case_id = %s AND o.case_id IS NULL) p JOIN documents_storedfile f ON f.id = p.file_id ORDER BY p.id
"""


def case(number: str) -> Case | None:
    """The case with this number, as far as visible."""
    return Case.objects.filter(number=number).select_related("condition", "previous", "master").first()


def report(number: str) -> Report | None:
    """The report with this number, as far as visible."""
    return Report.objects.filter(number=number).select_related("case").first()


def pool(who: scope.Scope | None = None) -> QuerySet[Report]:
    """Waiting reports of the actor's place and those the actor has taken, oldest first (公共池)."""
    who = who or scope.current()
    rows = Report.objects.filter(region_code__gte=who.region_lo, region_code__lt=who.region_hi)
    digits = len(who.region_lo)
    if digits >= 6:
        rows = rows.filter(county_key=who.region_lo[:6])
    return (rows.filter(state="waiting") | rows.filter(state="taken", taken_by=who.actor_id)).order_by("received_at", "id")


def duplicates(report: Report, *, kind: str = "", class_code: str = "") -> list[Candidate]:
    """Open cases the report may be about, most alike first; a person decides (`services.do_merge`)."""
    return candidates(report, kind=kind, class_code=class_code)


def steps(case: Case) -> list[CaseStep]:
    """The log of a case, oldest first, as far as visible."""
    return list(CaseStep.objects.filter(case=case).order_by("id"))


def photos(case: Case) -> list[Photo]:
    """Photos of the case and of its reports, each once, oldest first, with their files."""
    found = prepared.fetch(((Photo, "p"), (StoredFile, "f")), PHOTOS, [case.pk, case.pk])
    for row, file in found:
        row.file = file
    known = {(row.sm3, row.role) for row, _ in found if row.case_id}
    more = [row for row, _ in found if not row.case_id and (row.sm3, row.role) not in known]
    return [*more, *(row for row, _ in found if row.case_id)]


def report_photos(report: Report) -> list[Photo]:
    """Photos handed in with a report."""
    return list(Photo.objects.filter(report=report).select_related("file").order_by("id"))


def errands_of(account: int, *, open_only: bool = True) -> QuerySet[Errand]:
    """核实 and 核查 errands of an inspector, soonest due first."""
    rows = Errand.objects.filter(inspector=account).select_related("case")
    return rows.filter(done_at=None).order_by("due", "id") if open_only else rows.order_by("-id")


@dataclass(frozen=True)
class Clock:
    """How the clock of disposal stands: `light` green, yellow, red, grey or empty; seconds of its own kind of time."""

    light: str
    used_s: int | None
    remaining_s: int | None
    due: datetime | None
    paused_at: datetime | None
    pause_kind: str

    @property
    def overdue_s(self) -> int:
        """How long overdue; 0 in time."""
        return max(0, -(self.remaining_s or 0))


def clock(case: Case, now: datetime | None = None) -> Clock:
    """The clock of a case at `now`; of an ended case as it stood when it ended."""
    from zhujian.boards.city_management.command.services.clock import snapshot

    now = now or timezone.now()
    used, left = snapshot(case, now)
    light = clock_rules.light(case.due, case.yellow_at, case.paused_at, case.closed_at or now)
    return Clock(light, used, left, case.due, case.paused_at, case.pause_kind)


def public_words(state: str) -> tuple[str, str]:
    """(code, words) of the plan's stage for a state of a case or report: 信息采集 … 绩效考核."""
    return decisions.stage_of(state)
