"""What pages and other modules read of supervision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.supervision.models import SupervisionTask, UnitTask
from zhujian.boards.city_management.supervision.rules import tasks as rules
from zhujian.boards.city_management.supervision.services import records
from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.scope import region_prefix
from zhujian.foundation.workflow import subjects
from zhujian.foundation.workflow.services.clocks import light

SHOWN = 100


def own_code() -> str:
    """Code of the office the actor acts for; empty without one."""
    return next((key[4:] for key in scope.current().keys if key.startswith("org:")), "")


def below(office: Organisation) -> list[tuple[str, list[tuple[str, str]]]]:
    """Offices that may receive a task: (place, [(code, name)]), nearest level first; those of the actor's own office left out."""
    prefix = region_prefix(office.region_code)
    rows = Organisation.objects.filter(
        region_code__startswith=prefix,
        authorities__overlap=list(records.RECEIVING),
        is_active=True,
        kind__in=("department", "institution"),
    ).exclude(code=office.code)
    found: dict[str, list[tuple[str, str]]] = {}
    from zhujian.foundation.regions import selectors as regions

    for org in rows.order_by("region_code", "id"):
        found.setdefault(regions.full_name(org.region_code) or org.region_code, []).append((org.code, org.name))
    return list(found.items())


@dataclass(frozen=True)
class Todo:
    """A unit's part with its light and what the actor may do on it now."""

    unit: UnitTask
    node: str
    light: str
    due: datetime | None


def node_of(unit: UnitTask) -> str:
    """The node at which a unit's part stands; empty when it has ended."""
    return {"issued": "receive", "received": "arrange", "handling": "handle", "returned": "handle", "fed_back": "review"}.get(
        unit.state, ""
    )


def light_of(unit: UnitTask, now: datetime | None = None) -> str:
    """Light of a unit's part: of its receipt first, then of its answer; none once it has answered."""
    if unit.state == rules.ISSUED:
        return light(unit.receipt_due, None, None, now)
    return light(unit.due, unit.yellow_at, None, now) if unit.state in rules.WITH_UNIT else ""


def todo(code: str) -> tuple[list[Todo], list[Todo]]:
    """(parts my office has to work on, answers it has to review), the most urgent first."""
    mine = UnitTask.objects.filter(org_code=code, state__in=rules.WITH_UNIT).order_by("due", "id")[:SHOWN]
    review = UnitTask.objects.filter(issuer_code=code, state=rules.FED_BACK).order_by("fed_back_at", "id")[:SHOWN]
    now = timezone.now()
    return tuple(  # type: ignore[return-value]
        [Todo(u, node_of(u), light_of(u, now), u.receipt_due if u.state == rules.ISSUED else u.due) for u in rows]
        for rows in (mine, review)
    )


def issued_by(code: str) -> list[tuple[SupervisionTask, int, int, int]]:
    """Tasks the office has drafted or issued and that are open: (task, parts, closed, late)."""
    rows = SupervisionTask.objects.filter(issuer_code=code, state__in=("draft", "issued")).order_by("-id")[:SHOWN]
    parts: dict[int, list[tuple[str, bool, bool]]] = {}
    for task_id, state, one, two in UnitTask.objects.filter(task__in=[t.pk for t in rows]).values_list(
        "task_id", "state", "receipt_late", "feedback_late"
    ):
        parts.setdefault(task_id, []).append((state, one, two))
    return [
        (t, len(p := parts.get(t.pk, [])), sum(s == rules.CLOSED for s, _, _ in p), sum(a or b for _, a, b in p)) for t in rows
    ]


def files_of(ids: list[int]) -> list[StoredFile]:
    """Visible files, in the order kept."""
    found = {row.pk: row for row in StoredFile.objects.filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found]


def workflow_task(unit: UnitTask) -> Any | None:
    """The open task of a unit's process, if the actor may work on it."""
    who = scope.current()
    return next((task for task in subjects.open_tasks(unit.key) if subjects.may_act(task, who)), None)


def names_of(codes: list[str]) -> list[str]:
    """Names of offices by code."""
    found = dict(Organisation.objects.filter(code__in=codes).values_list("code", "name"))
    return [found.get(code, code) for code in codes]
