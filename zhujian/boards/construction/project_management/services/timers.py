"""Statutory dates that follow from acceptance, and reminders when a duty draws near or is missed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from zhujian.boards.construction.project_management import rules
from zhujian.boards.construction.project_management.models import Project, Timer
from zhujian.boards.construction.project_management.services import facts
from zhujian.boards.construction.project_management.services.sharing import owned
from zhujian.foundation.messages import services as messages
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.worktime import rules as worktime
from zhujian.foundation.worktime import selectors as calendars

WARRANTY_BASIS = "建设工程质量管理条例 第四十条"


def start_after_acceptance(project: Project, accepted: date) -> list[Timer]:
    """Write the duties and warranties that run from the day of acceptance; replaces those of an earlier acceptance."""
    region = project.region_code
    spans = {
        key: facts.span(key, accepted, region)
        for key in ("qss_report_due", "filing_due", "planning_papers_due", "archive_transfer_due")
    }
    life = facts.span("design_life_default", accepted, region)
    lasting = {"structure": life} | {
        item: facts.span(f"warranty_{item}", accepted, region) for item in ("waterproof", "electrics", "fit_out")
    }
    seasons = int(facts.number("warranty_heating", accepted, region))
    heating = rules.season(str(parameters.value("project_management.heating_season", on=accepted, region=region).value))
    cooling = rules.season(str(parameters.value("project_management.cooling_season", on=accepted, region=region).value))
    Timer.objects.filter(project=project, code__startswith="after:", done_on__isnull=True).delete()
    rows = [
        Timer(
            **owned(project),
            kind=Timer.Kind.DUTY,
            code=f"after:{d.key}",
            title=d.title,
            starts_on=accepted,
            due_on=d.due,
            basis=d.clause,
        )
        for d in rules.acceptance_duties(accepted, spans)
    ]
    rows += [
        Timer(
            **owned(project),
            kind=Timer.Kind.WARRANTY,
            code=f"after:warranty:{w.item}",
            title=f"保修：{w.title}",
            starts_on=accepted,
            due_on=w.until,
            basis=WARRANTY_BASIS,
        )  # fmt: skip
        for w in rules.warranties(accepted, lasting, heating=heating, cooling=cooling, seasons=seasons)
    ]
    return Timer.objects.bulk_create(rows)


def start_promise_check(project: Project, step: str, on: date) -> Timer:
    """告知承诺事后核查: the department checks within the period of the parameter."""
    limit = parameters.value("project_management.promise_check", on=on, region=project.region_code)
    start = timezone.make_aware(datetime.combine(on, time(12)))
    try:
        due = timezone.localdate(
            worktime.deadline(start, worktime.Limit(int(limit.value), limit.unit), calendars.calendar(project.region_code))
        )
    except worktime.CalendarMissing:
        due = None
    values = {
        **owned(project),
        "kind": Timer.Kind.DUTY,
        "title": f"{step} 告知承诺事后核查",
        "due_on": due,
        "basis": limit.basis,
        "parameter_version": limit.version_id,
    }
    return Timer.objects.update_or_create(project=project, code=f"promise:{step}", starts_on=on, defaults=values)[0]


def finish(project: Project, code: str, on: date) -> int:
    """Mark a duty as done; 0 when it was not open."""
    return Timer.objects.filter(project=project, code=code, done_on__isnull=True).update(done_on=on)


def remind(on: date | None = None) -> int:
    """Tell the project's firms about duties that end within the warning span or are overdue, once each."""
    today = on or timezone.localdate()
    ahead = int(parameters.value("project_management.duty_warning", on=today).value)
    due = Timer.objects.filter(
        kind=Timer.Kind.DUTY, done_on__isnull=True, warned=False, due_on__lte=today + timedelta(days=ahead)
    ).select_related("project")[:500]
    count = 0
    for timer in due:
        late = timer.due_on < today
        messages.send(
            timer.project.parties, title=f"{'已逾期' if late else '期限临近'}：{timer.title}",
            body=f"项目“{timer.project.name}”应于{timer.due_on}前完成“{timer.title}”（{timer.basis}）。",
            link=f"/project-management/{timer.project_id}/?tab=timers", level="warn", dedupe=f"timer:{timer.pk}",
        )  # fmt: skip
        Timer.objects.filter(pk=timer.pk).update(warned=True)
        count += 1
    return count
