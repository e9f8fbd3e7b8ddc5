"""What the overview reads: counted groups under the viewer's scope, areas of the level below, clocks of open tasks."""

from __future__ import annotations

from django.db.models import Case, CharField, Count, Q, Value, When
from django.utils import timezone

from zhujian.boards.construction.project_management import selectors as projects
from zhujian.foundation.kernel import scope
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.workflow import selectors as workflow
from zhujian.foundation.workflow.models import OPEN, Task
from zhujian.portals.shell import selectors as shell


def top() -> regions.Division | None:
    """The region whose parts the overview compares: the viewer's own, or the province."""
    who = scope.current()
    code = who.region_code if who.kind == "official" and who.region_code else shell.brand().code
    return regions.region(code)


def level_below(division: regions.Division | None) -> str:
    """``city`` for a province, ``county`` for everything below."""
    return "city" if division and division.level == "province" else "county"


def areas(division: regions.Division | None) -> dict[str, tuple[str, str]]:
    """Counting key → (12-digit code, name) of the areas that are compared; a county compares only itself."""
    if division is None:
        return {}
    if division.level == "province":
        return {_city_key(one.code): (one.code, one.name) for one in regions.children(division.code) if one.is_reporting_unit}
    if division.level == "city":
        return {one.code[:6]: (one.code, one.name) for one in regions.children(division.code)}
    return {division.code[:6]: (division.code, division.name)}


def _city_key(code: str) -> str:
    return code[:6] if code[2:4] == "90" else code[:4]


def counts(level: str) -> list[projects.AreaCount]:
    """Counted groups of projects under the viewer's scope."""
    return projects.area_counts(level)


def lights() -> dict[str, int]:
    """Open tasks in the viewer's scope by light, in one query: green, yellow, red, grey and without a limit (``none``)."""
    now = timezone.now()
    cases = [When(workflow.by_light(code, now), then=Value(code)) for code in ("grey", "red", "yellow", "green")]
    rows = (
        Task.objects.filter(Q(asked_by=None), status__in=OPEN).annotate(light=Case(*cases, default=Value("none"), output_field=CharField()))
        .values("light").annotate(number=Count("id")).order_by()
    )  # fmt: skip
    found = dict.fromkeys(("red", "yellow", "green", "grey", "none"), 0)
    return found | {row["light"]: row["number"] for row in rows}
