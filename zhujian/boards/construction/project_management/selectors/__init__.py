"""What other modules and the portals may read of projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from zhujian.boards.construction.project_management.models import Permit, Project, StepRecord, Timer
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotFound

CAP = 1000


def project(pk: int) -> Project:
    """One project in the viewer's scope; NotFound when there is none."""
    found = Project.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("project.not_found", "没有找到这个项目，可能不在您的管辖范围内，或您的单位没有参与这个项目。")
    return found


def project_of(subject: str) -> Project:
    """The project behind a subject key ``project_management.project:<id>``."""
    return project(int(subject.rpartition(":")[2]))


def by_code(code: str) -> Project | None:
    """The project with this national code, if the viewer may see it."""
    return Project.objects.filter(code=code).first()


def projects_of_firm(org_code: str, limit: int = 50) -> QuerySet[Project]:
    """Newest projects in which a firm takes part."""
    return Project.objects.filter(parties__contains=[f"org:{org_code}"]).order_by("-id")[:limit]


def latest_steps(project: Project) -> dict[str, StepRecord]:
    """Last round of each step of a project, by step code; one query."""
    return {row.step: row for row in StepRecord.objects.filter(project=project).order_by("step", "round")}


def open_timers(project: Project) -> QuerySet[Timer]:
    """Duties and warranties of a project that still run, nearest first."""
    return Timer.objects.filter(project=project, done_on__isnull=True).order_by("due_on", "id")


@dataclass(frozen=True)
class AreaCount:
    """Projects of one region: how many in which stage and state, floor area (㎡) and investment (万元)."""

    key: str
    stage: str
    status: str
    type_code: str
    count: int
    gfa_m2: float
    total_investment_wan: float


def area_counts(level: str = "city") -> list[AreaCount]:
    """Projects by city or county, stage, status and type under the viewer's scope; one grouped query.

    `level`: ``city`` groups by prefecture (or county directly under the province), ``county`` by county.
    """
    if level not in {"city", "county"}:
        raise ValueError(level)
    statements = {
        "city": "SELECT city_key, stage, status, type_code, count(*), coalesce(sum(gfa_m2), 0)::float8, coalesce(sum(total_investment_wan), 0)::float8"
        " FROM project_management_project GROUP BY 1, 2, 3, 4",
        "county": "SELECT county_key, stage, status, type_code, count(*), coalesce(sum(gfa_m2), 0)::float8, coalesce(sum(total_investment_wan), 0)::float8"
        " FROM project_management_project GROUP BY 1, 2, 3, 4",
    }
    with connection.cursor() as cursor:
        cursor.execute(statements[level])
        return [AreaCount(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class PublicStep:
    """One step as the public may see it."""

    step: str
    status: str
    office: str
    decided_on: date | None


@dataclass(frozen=True)
class PublicProgress:
    """A project as the public may see it: no persons, no amounts."""

    code: str
    name: str
    developer: str
    region_code: str
    address: str
    stage: str
    status: str
    steps: tuple[PublicStep, ...]
    permits: tuple[str, ...]


def public_progress(code: str) -> PublicProgress | None:
    """Progress of a project for anyone who knows its code (政府信息公开); None when there is none.

    Runs in a system scope on purpose and returns only what is public.
    """
    with scope.system("公众进度查询"):
        found = by_code(code)
        if found is None:
            return None
        steps = tuple(
            PublicStep(row.step, row.get_status_display(), row.decided_org, row.decided_at.date() if row.decided_at else None)
            for row in latest_steps(found).values()
        )
        permits = tuple(Permit.objects.filter(project=found).values_list("number", flat=True))
    return PublicProgress(
        found.code, found.name, found.developer_name, found.region_code, found.address, found.stage,
        found.get_status_display(), steps, permits,
    )  # fmt: skip
