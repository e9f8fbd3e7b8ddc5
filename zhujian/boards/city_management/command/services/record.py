"""Writing a case: the lock, the changed columns, the log, events and evidence. Every service goes through here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, CaseStep, LevelClock, Report
from zhujian.boards.city_management.command.rules import decisions
from zhujian.boards.city_management.command.services import clock
from zhujian.foundation.events.services import publish
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound
from zhujian.foundation.kernel.prepared import insert
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import services as workflow

PROCESS = "city_case"
ABSENT = "没有找到这件案件，可能不在您的管辖范围内。"
NUMBER = """
INSERT INTO command_daynumber (county, day, last) VALUES (%s, %s, 1)
ON CONFLICT (county, day) DO UPDATE SET last = command_daynumber.last + 1 RETURNING last
"""


def next_number(region_code: str, day: date) -> str:
    """The next case number of the county on a day. Call late: others of the county wait until you commit."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBER, [region_code[:6], day])
        serial = cursor.fetchone()[0]
    if serial > 99_999:
        raise Conflict("case.numbers", "本县区今天的案件编号已经用完，请联系系统管理员。")
    return decisions.number_of(region_code[:6], day, serial)


def visible_case(case_id: int) -> Case:
    """The case, as far as the acting scope sees it; NotFound else."""
    found = Case.objects.filter(pk=case_id).first()
    if found is None:
        raise NotFound("case.absent", ABSENT)
    return found


def lock(case_id: int) -> Case:
    """The case, locked; its process first, so that nobody waits crosswise. To be called in a system scope."""
    workflow.lock_subject(f"command.case:{case_id}")
    found = Case.objects.select_for_update().filter(pk=case_id).first()
    if found is None:
        raise NotFound("case.absent", ABSENT)
    return found


def parameter(name: str, region_code: str) -> Any:
    """Today's value of ``command.<name>`` in a place."""
    return parameters.value(f"command.{name}", on=timezone.localdate(), region=region_code).value


def require_role(who: scope.Scope, row: Case | Report, *roles: str, authority: str = "") -> None:
    """Refuse unless the actor has one of `roles` (at an office with `authority`) where the row is."""
    inside = who.kind == "official" and who.region_lo <= row.region_code < who.region_hi
    if who.is_system:
        return
    if not (inside and who.roles & set(roles) and (not authority or authority in who.authorities)):
        raise NotAllowed("access.denied", "您当前的岗位不能办理这一步，请由相应岗位的人员办理。")


def org_code_of(who: scope.Scope) -> str:
    """Code of the organisation the actor acts for; empty for a private person."""
    return next((key[4:] for key in who.keys if key.startswith("org:")), "")


def acts_for(who: scope.Scope, org_code: str, *roles: str) -> bool:
    """Whether the actor stands in `org_code` with one of `roles` (a firm's agent may do everything of the firm's)."""
    if f"org:{org_code}" not in who.keys:
        return False
    return bool(who.roles & (set(roles) | ({"firm_agent"} if who.kind == "enterprise" else set())))


def change(case: Case | LevelClock, **values: Any) -> None:
    """Set columns and remember which, for `save`."""
    dirty: set[str] = case.__dict__.setdefault("_dirty", set())
    for name, value in values.items():
        setattr(case, name, value)
        dirty.add(name)


def save(case: Case | LevelClock) -> None:
    """Write what `change` has set, once."""
    dirty = case.__dict__.pop("_dirty", set())
    if dirty:
        case.save_version(case.version, fields=sorted(dirty))


def step(
    case: Case,
    action: str,
    /,
    *,
    now: datetime,
    before: str = "",
    node: str = "",
    role: str = "",
    opinion: str = "",
    receiver: str = "",
    attachments: Iterable[int] = (),
    stage_due: datetime | None = None,
    **detail: Any,
) -> CaseStep:
    """Write one line of the log: who did what now, and how the clock of disposal stands."""
    who = scope.current()
    used, left = clock.snapshot(case, now)
    line = CaseStep(
        case=case, from_state=before or case.state, to_state=case.state, node=node, action=action, actor=who.actor_id,
        actor_name=who.actor_name or "系统", role=role, org_code=org_code_of(who), org_name=who.org_name, at=now, opinion=opinion[:1000],
        receiver=receiver[:120], attachments=list(attachments), stage_due=stage_due, used_s=used, remaining_s=left, detail=detail,
        region_code=case.region_code, parties=case.parties, created_by=who.actor_id,
    )  # fmt: skip
    insert(CaseStep, [line])
    return line


def tell(name: str, case: Case, now: datetime, **more: Any) -> None:
    """Publish ``case.<name>`` with the numbers of the case and its reports; no personal data."""
    reports = list(Report.objects.filter(case=case).order_by("id").values_list("number", flat=True))
    publish(
        f"case.{name}", subject=case.subject, region_code=case.region_code, parties=case.parties,
        payload={"number": case.number, "region_code": case.region_code, "state": case.state, "report_numbers": reports,
                 "at": now.isoformat(), **more},
    )  # fmt: skip


def prove(kind: str, case: Case, **payload: Any) -> None:
    """Leave evidence of an act on the case."""
    evidence.record(
        f"case.{kind}", object_id=case.subject, region_code=case.region_code, payload={"number": case.number, **payload},
        parties=[key for key in case.parties if key.startswith("org:")],
    )  # fmt: skip
