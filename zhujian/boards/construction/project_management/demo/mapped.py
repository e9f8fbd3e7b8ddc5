"""Buildings of the projects that are shown: planned, being built, in use, gone, as far as each project has come."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from math import cos, radians
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Polygon
from django.utils import timezone

from zhujian.boards.construction.project_management.models import Project
from zhujian.foundation.cim import services as cim
from zhujian.foundation.cim.rules.floors import Template, expand

STATES = {
    "building": "building",
    "suspended": "building",
    "accepted": "in_use",
    "in_use": "in_use",
    "demolition": "in_use",
    "extinct": "in_use",
}
LEFT_OUT = 4  # every so many projects one has no building yet: the orphan report has something to say
SIDE_M, STEP_M = 34.0, 62.0


def load(projects: list[Project]) -> int:
    """Two buildings for each project of buildings that has a place; how many. The projects are read again: they have moved on."""
    made = 0
    rows = Project.objects.filter(pk__in=[project.pk for project in projects]).order_by("pk")
    mapped = [project for project in rows if project.location and project.object_kind == "BUILDING" and project.gfa_m2]
    for number, project in enumerate(mapped, 1):
        if number % LEFT_OUT == 0:
            continue
        for order in (0, 1):
            _building(project, order)
            made += 1
    return made


def _building(project: Project, order: int) -> None:
    today = timezone.localdate()
    floors = 6 + (project.pk * 7 + order * 5) % 24
    status = STATES.get(project.status, "planned")
    started = project.started_on or project.planned_start or today
    values: dict[str, Any] = {
        "name": f"{project.name}{order + 1}号楼", "use": "10" if project.is_residential else "30", "structure": "2", "floors_above": floors,
        "floors_below": 1, "height_m": Decimal("3.1") * floors, "base_m": Decimal("24.5"), "area_m2": Decimal(floors) * Decimal("520"),
        "project_code": project.code, "status": status, "planned": status == "planned", "cim_level": 3, "accuracy_m": Decimal("0.5"),
        "source": "plan" if status == "planned" else "survey", "address": project.address, "parties": project.parties,
        "built_on": project.accepted_on,
    }  # fmt: skip
    day = min(started, today - timedelta(days=1)) if status != "planned" else max(started, today)
    building = cim.register_building(region_code=project.region_code, outline=_outline(project, order), on=day, **values)
    cim.link(building, "project", project.code, label=project.name, found=True)
    if project.is_residential and status == "in_use":
        share = Decimal("130.00")
        cim.add_units(building, map(asdict, expand(Template(1, floors, 1, 4, "10", (share,), Decimal("0.79")))))
    if project.status == "extinct":
        cim.retire(building, max(project.extinct_on or today, day + timedelta(days=1)), f"project.extinct {project.code}")


def _outline(project: Project, order: int) -> MultiPolygon:
    """A square beside the project's place, the second one further east."""
    point = project.location
    per_y = 1 / 111_000
    per_x = per_y / cos(radians(point.y))
    west, south = point.x + order * STEP_M * per_x, point.y
    box = (west, south, west + SIDE_M * per_x, south + SIDE_M * per_y * 0.45)
    return MultiPolygon(Polygon.from_bbox(box), srid=4490)


__all__ = ["load"]
