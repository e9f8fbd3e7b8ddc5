"""Historical projects that come in by the thousand: what a registration does one by one, done for all at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from zhujian.boards.construction.project_management.models import Participation, Project
from zhujian.boards.construction.project_management.services import facts
from zhujian.boards.construction.project_management.services.sharing import owned
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence


def complete(projects: Sequence[Project]) -> None:
    """Give imported projects their type, facts, first participant, one event and one evidence entry for the batch.

    Imported projects have no process: what happened before the platform is history, and the next step starts one.
    """
    if not projects:
        return
    today = timezone.localdate()
    for project in projects:
        project.facts = facts.of_project(project, on=today)
        project.type_code = project.facts["project_type"]
    Project.objects.bulk_update(projects, ["facts", "type_code"], batch_size=500)
    Participation.objects.bulk_create(
        [
            Participation(
                **owned(p), role="DEV", org_code=p.developer_code, org_name=p.developer_name, valid_from=p.planned_start or today
            )
            for p in projects
        ],
        batch_size=1000,
    )
    first = projects[0]
    payload = {"count": len(projects), "codes": [p.code for p in projects[:20]]}
    events.publish("project.imported", subject=first.subject, region_code=first.region_code, payload=payload)
    evidence.record(
        "project.imported", object_id=first.code, region_code=first.region_code, payload={"codes": [p.code for p in projects]}
    )
