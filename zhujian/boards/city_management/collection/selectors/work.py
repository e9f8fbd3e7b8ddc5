"""What waits for a person in the field, and what they have reported."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from zhujian.boards.city_management.collection.selectors import sketch
from zhujian.boards.city_management.command.models import Case, Photo, Report
from zhujian.boards.city_management.command.rules import separation
from zhujian.foundation.kernel import scope
from zhujian.foundation.workflow import selectors as workflow

PROCESS = "city_case"
NODES = ("verify", "check", "handle")
PHOTOS_MOST = 12  # the newest are shown
MOST = 50  # tasks of one person in the field


def _ms(at: datetime | None) -> int | None:
    return int(at.timestamp() * 1000) if at else None


def my_tasks(now: datetime) -> list[dict[str, Any]]:
    """The actor's open field tasks with what is needed on the spot, soonest due first. No data of the reporter.

    What the actor reported or disposed of themselves is not offered to them for 核实 or 核查.
    """
    rows = list(workflow.todo().filter(process=PROCESS, node__in=NODES)[:MOST])
    ids = {int(row.subject.rpartition(":")[2]) for row in rows}
    cases = {case.pk: case for case in Case.objects.filter(pk__in=ids).select_related("condition")}
    photos = _photos(ids)
    found = []
    for row in rows:
        case = cases.get(int(row.subject.rpartition(":")[2]))
        if case is None or _barred(row.node, case):
            continue
        signal = workflow.signal(row, now)
        found.append(
            {
                "id": row.pk, "node": row.node, "title": row.title, "number": case.number, "class_name": case.class_name or row.subject_title,
                "description": case.description, "address": case.address, "lon": case.location.x, "lat": case.location.y, "urgent": case.urgent,
                "since": _ms(row.clock_start), "due": _ms(row.due or (case.due if row.node == "handle" else None)),
                "light": signal.code if signal else _light(case, row.node, now), "outcomes": row.outcomes,
                "closing": case.condition.closing if case.condition else "",
                "photos": _shown(photos.get(case.pk, [])),
            }
        )  # fmt: skip
    for task, plan in zip(found, sketch.around([(task["lon"], task["lat"]) for task in found]), strict=True):
        task["around"] = plan
    return found


def _barred(node: str, case: Case) -> bool:
    return bool(
        separation.check_person(
            node, scope.current().actor_id, reporters=case.reporters, supervision=case.supervision_side, command=case.command_side,
            disposal=case.disposing_side,
        )
    )  # fmt: skip


def _light(case: Case, node: str, now: datetime) -> str:
    if node != "handle" or case.due is None:
        return ""
    if now > case.due:
        return "red"
    return "yellow" if case.yellow_at and now >= case.yellow_at else "green"


def _photos(cases: set[int]) -> dict[int, list[Photo]]:
    """Photos of several cases and of their reports, each picture once, oldest first; two statements."""
    found: dict[int, dict[tuple[str, str], Photo]] = {pk: {} for pk in cases}
    for one in Photo.objects.filter(case__in=cases).select_related("file").order_by("pk"):
        found[one.case_id or 0].setdefault((one.sm3, one.role), one)
    for one in Photo.objects.filter(case=None, report__case__in=cases).select_related("file", "report").order_by("pk"):
        if one.report is not None:
            found[one.report.case_id or 0].setdefault((one.sm3, one.role), one)
    return {pk: sorted(own.values(), key=lambda one: (one.captured_at or one.created_at, one.pk)) for pk, own in found.items()}


def _shown(photos: list[Photo]) -> list[dict[str, Any]]:
    return [
        {
            "url": reverse("command:photo", args=[one.pk, "medium"]),
            "label": one.get_role_display(),
            "at": _ms(one.captured_at),
        }
        for one in photos[-PHOTOS_MOST:]
    ]


def my_reports(most: int = 50) -> list[dict[str, Any]]:
    """The actor's newest reports."""
    rows = Report.objects.filter(reporter=scope.current().actor_id).order_by("-id")[:most]
    return [
        {
            "number": one.number, "state": one.state, "label": one.get_state_display(), "class_code": one.class_code, "description": one.description,
            "address": one.address, "at": _ms(one.captured_at), "received": _ms(one.received_at), "answer": one.answer,
        }
        for one in rows
    ]  # fmt: skip
