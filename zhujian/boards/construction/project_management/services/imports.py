"""Historical projects that come in by the thousand: what a registration does one by one, done for all at once."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps

from django.db import connection
from django.utils import timezone

from zhujian.boards.construction.project_management.models import Project
from zhujian.boards.construction.project_management.services import facts
from zhujian.foundation.events import services as events
from zhujian.foundation.evidence import services as evidence

BATCH = 1000
STAGE_OF = {
    "draft": "P1", "approval": "P1", "building": "P4", "suspended": "P4", "accepted": "P5", "in_use": "P6", "demolition": "P7",
    "extinct": "P7", "withdrawn": "P1",
}  # fmt: skip

UPDATE = """
UPDATE project_management_project p SET facts = v.facts::jsonb, type_code = v.type_code, stage = v.stage
  FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS v(id, facts, type_code, stage) WHERE p.id = v.id
"""
JOIN = """
INSERT INTO project_management_participation (region_code, parties, version, created_at, updated_at, project_id, role, org_code,
  org_name, manager_name, certificate_no, valid_from)
SELECT region_code, parties, 1, %s, %s, id, 'DEV', developer_code, developer_name, '', '', coalesce(planned_start, %s)
  FROM project_management_project WHERE id = ANY(%s) ORDER BY id
"""


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
    with connection.cursor() as cursor:  # two statements for any number of rows
        values = [
            [p.pk for p in projects],
            [dumps(p.facts) for p in projects],
            [p.type_code for p in projects],
            [p.stage for p in projects],
        ]
        cursor.execute(UPDATE, values)
        now = timezone.now()
        cursor.execute(JOIN, [now, now, today, values[0]])
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
