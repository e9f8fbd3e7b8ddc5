"""What pages and other modules read of supervision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.supervision.models import Circular, Emergency, Extension, Finding, SupervisionTask, UnitTask
from zhujian.boards.city_management.supervision.rules import tasks as rules
from zhujian.boards.city_management.supervision.services import emergencies, records
from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import allowed
from zhujian.foundation.kernel.scope import region_prefix
from zhujian.foundation.regions import selectors as regions
from zhujian.foundation.regions.selectors import Division
from zhujian.foundation.workflow import subjects
from zhujian.foundation.workflow.services.clocks import light

SHOWN = 100


def own_code() -> str:
    """Code of the office the actor acts for; empty without one."""
    return next((key[4:] for key in scope.current().keys if key.startswith("org:")), "")


def below(office: Organisation) -> list[tuple[str, list[tuple[str, str]]]]:
    """Offices that may receive a task: (heading, [(code, name)]). The level right below first, in one group; then what lies below each of it.

    The actor's own office is left out.
    """
    rows = Organisation.objects.filter(
        region_code__startswith=region_prefix(office.region_code), authorities__overlap=list(records.RECEIVING), is_active=True,
        kind__in=("department", "institution"),
    ).exclude(code=office.code)  # fmt: skip
    own = regions.region(office.region_code)
    first = {one.code: "" for one in _units_below(own)} if own else {}
    found: dict[str, list[tuple[str, str]]] = {}
    for org in rows.order_by("region_code", "id"):
        found.setdefault(_heading(org.region_code, office.region_code, first), []).append((org.code, org.name))
    order = {DIRECT: 0, HERE: 2}
    return sorted(found.items(), key=lambda group: order.get(group[0], 1))


DIRECT, HERE = "直接下级单位", "本级其他单位"


def _units_below(own: Division) -> list[Division]:
    """The divisions right below; a province's are its 市州."""
    return regions.reporting_units() if own.level == "province" else regions.children(own.code)


def _heading(code: str, own: str, first: dict[str, str]) -> str:
    if code == own:
        return HERE
    if code in first:
        return DIRECT
    above = next((one for one in regions.ancestors(code) if one.code in first), None)
    return f"{above.name}所辖" if above else DIRECT


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


@dataclass(frozen=True)
class Desk:
    """What else waits for an office: drafts to sign, extensions to decide, faults to rectify or to verify, emergencies under way."""

    drafts: list[Circular]
    asked: list[Extension]
    rectify: list[tuple[Finding, str]]
    verify: list[Finding]
    emergencies: list[tuple[Emergency, str]]


def desk(code: str, now: datetime | None = None) -> Desk:
    """What the office `code` has to do besides tasks, the oldest first, as far as the actor's roles see it; each list is bounded."""
    now = now or timezone.now()
    checks, sees = allowed("supervision.site_check", "view"), allowed("supervision.emergency", "view")
    open_faults = (
        Finding.objects.filter(result="fault", check_record__state="rectifying")
        .exclude(verified=True)
        .select_related("check_record")
    )
    rectify = open_faults.filter(check_record__org_code=code, rectified_at=None).order_by("due", "id")[:SHOWN]
    verify = open_faults.filter(parties__contains=[f"org:{code}"], rectified_at__isnull=False).exclude(
        check_record__org_code=code
    )
    running = Emergency.objects.exclude(state="closed").order_by("-id")[:SHOWN]
    drafts = Circular.objects.filter(issuer_code=code, state="draft").order_by("id")
    return Desk(
        list(drafts[:SHOWN]) if allowed("supervision.circular", "view") else [],
        list(Extension.objects.filter(unit__issuer_code=code, state="open").select_related("unit").order_by("id")[:SHOWN]),
        [(one, light(one.due, one.due - timedelta(days=1) if one.due else None, None, now)) for one in (rectify if checks else ())],
        list(verify.order_by("rectified_at", "id")[:SHOWN]) if checks else [],
        [(one, emergencies.daily_words(one, now)) for one in (running if sees else ())],
    )  # fmt: skip


def next_review(code: str, after: int) -> UnitTask | None:
    """The next answer that waits for the office's review, the oldest first; not the one just done."""
    return UnitTask.objects.filter(issuer_code=code, state=rules.FED_BACK).exclude(pk=after).order_by("fed_back_at", "id").first()


def next_draft(code: str, after: int) -> Circular | None:
    """The next circular that waits to be signed; not the one just done."""
    return Circular.objects.filter(issuer_code=code, state="draft").exclude(pk=after).order_by("id").first()


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
