"""What an enterprise sees of its own: projects with their stage, duties with a date, certificates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from zhujian.boards.construction.project_management import selectors as projects
from zhujian.boards.construction.project_management import steps
from zhujian.boards.construction.project_management.models import Project, Timer
from zhujian.foundation.kernel import scope
from zhujian.foundation.regions import selectors as regions

NEAR = 30  # days: a duty nearer than this is shown as coming up


def org_code() -> str:
    """Code of the firm the actor acts for; empty for others."""
    return next((key[4:] for key in scope.current().keys if key.startswith("org:")), "")


@dataclass(frozen=True)
class ProjectLine:
    """One project as the hall shows it."""

    project: Project
    place: str
    kind: str
    stages: tuple[tuple[str, str], ...]
    now: str


def lines(rows: Iterable[Project]) -> list[ProjectLine]:
    """Projects with their seven stages as (title, state)."""
    return [_line(row) for row in rows]


def _line(row: Project) -> ProjectLine:
    order = list(steps.STAGES)
    here = order.index(row.stage) if row.stage in order else 0
    ended = row.readonly
    marks = tuple(
        (title, "done" if at < here or ended else "now" if at == here else "next")
        for at, (_, title) in enumerate(steps.STAGES.items())
    )
    return ProjectLine(
        row,
        regions.name(row.region_code),
        steps.PROJECT_TYPES.get(row.type_code, row.type_code),
        marks,
        steps.STAGES[order[here]],
    )


def mine(limit: int = 50) -> list[ProjectLine]:
    """Newest projects of the actor's firm."""
    code = org_code()
    return lines(projects.projects_of_firm(code, limit)) if code else []


@dataclass(frozen=True)
class Duty:
    """Something with a date: `light` as on clocks, `days` left (negative: late)."""

    timer: Timer
    days: int
    light: str
    text: str


def duties(limit: int = 8, today: date | None = None) -> list[Duty]:
    """Open duties of the firm's projects, nearest first."""
    today = today or timezone.localdate()
    rows = (
        Timer.objects.filter(kind=Timer.Kind.DUTY, done_on__isnull=True, due_on__isnull=False)
        .select_related("project").order_by("due_on", "id")[:limit]
    )  # fmt: skip
    return [_duty(row, (row.due_on - today).days) for row in rows if row.due_on]


def _duty(row: Timer, days: int) -> Duty:
    if days < 0:
        return Duty(row, days, "red", f"超期 {-days} 天")
    if days == 0:
        return Duty(row, days, "yellow", "今天到期")
    return Duty(row, days, "yellow" if days <= NEAR else "green", f"剩 {days} 天")
