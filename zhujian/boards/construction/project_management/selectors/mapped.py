"""Projects as the map asks for them: by code, and which of them should have a building on it and have none."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from zhujian.boards.construction.project_management.models import Project
from zhujian.foundation.cim import selectors as cim
from zhujian.foundation.cim.sources import Orphan

# From the start of the works on something stands there; line works (roads, pipes) are no buildings.
STANDING = (
    Project.Status.BUILDING,
    Project.Status.SUSPENDED,
    Project.Status.ACCEPTED,
    Project.Status.IN_USE,
    Project.Status.DEMOLITION,
)
CHUNK, MOST_READ = 1_000, 50_000


def named(codes: Iterable[str]) -> dict[str, str]:
    """National code → name of the visible projects among `codes`."""
    return dict(Project.objects.filter(code__in=list(codes)).values_list("code", "name"))


def without_building(most: int) -> list[Orphan]:
    """Newest projects of buildings under way or finished that no building of the map names; at most `most`."""
    found: list[Orphan] = []
    last, read = 2**62, 0
    while len(found) < most and read < MOST_READ:
        rows = list(Project.objects.filter(pk__lt=last, status__in=STANDING, object_kind="BUILDING").order_by("-pk")[:CHUNK])
        if not rows:
            break
        last, read = rows[-1].pk, read + len(rows)
        known = cim.projects_on_map(row.code for row in rows)
        found += [
            Orphan(
                row.code, row.name, f"项目{row.get_status_display()}，地图上没有它的房屋", "登记房屋并填写项目代码，或在已有房屋上补充项目代码",
                reverse("project_management:project", args=[row.pk]), row.region_code,
            )
            for row in rows if row.code not in known
        ]  # fmt: skip
    return found[:most]
