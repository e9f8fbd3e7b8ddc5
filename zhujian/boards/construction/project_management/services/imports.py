"""Historical projects that come in by the thousand: what a registration does one by one, done for all at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from zhujian.boards.construction.project_management.models import Participation, Project
from zhujian.boards.construction.project_management.services import facts
from zhujian.boards.construction.project_management.services.sharing import owned
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence

BATCH = 1000
STAGE_OF = {
    "draft": "P1", "approval": "P1", "building": "P4", "suspended": "P4", "accepted": "P5", "in_use": "P6", "demolition": "P7",
    "extinct": "P7", "withdrawn": "P1",
}  # fmt: skip


def complete(projects: Sequence[Project]) -> None:
    """Give imported projects their type, stage, facts, first participant, evidence each, and one event for the batch.

    Imported projects have no process: what happened before the platform is history.
    """
    if not projects:
        return
    today = timezone.localdate()
    known = facts.Known(today)
    for project in projects:
        project.facts = facts.of_project(project, on=today, known=known)
        project.type_code = project.facts["project_type"]
        project.stage = project.stage if project.stage != "P1" else STAGE_OF[project.status]
    Project.objects.bulk_update(projects, ["facts", "type_code", "stage"], batch_size=BATCH)
    Participation.objects.bulk_create(
        [
            Participation(
                **owned(p), role="DEV", org_code=p.developer_code, org_name=p.developer_name, valid_from=p.planned_start or today
            )
            for p in projects
        ],
        batch_size=BATCH,
    )
    for start in range(0, len(projects), BATCH):
        evidence.record_many(
            [
                evidence.Record(
                    "project.imported", p.subject, p.region_code, {"projectCode": p.code, "name": p.name}, tuple(p.parties)
                )
                for p in projects[start : start + BATCH]
            ]
        )
    first = projects[0]
    payload = {"count": len(projects), "codes": [p.code for p in projects[:20]]}
    events.publish("project.imported", subject=first.subject, region_code=first.region_code, payload=payload)
