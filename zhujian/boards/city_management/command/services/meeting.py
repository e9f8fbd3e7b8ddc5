"""协调会: a case that bodies keep returning is decided on by a meeting, which names the body that has to take it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, Coordination
from zhujian.boards.city_management.command.rules import decisions
from zhujian.boards.city_management.command.services import record
from zhujian.foundation.documents import services as documents
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason

Data = Mapping[str, Any]


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)) if value else timezone.localdate()
    except ValueError:
        return None


def check(case: Case, outcome: str, data: Data) -> list[Reason]:
    """Reasons against the meeting's result: who took part, what was decided, which body has to take the case."""
    codes = [str(code) for code in data.get("participants") or ()]
    known = [code for code in codes if identity.organisation(code) is not None]
    org = identity.organisation(str(data.get("org_code") or "")) if data.get("org_code") else None
    return decisions.check_meeting(
        outcome=outcome, participants=len(set(known)), unknown=len(known) != len(codes), decision=str(data.get("comment") or ""),
        held_on=_day(data.get("held_on")), today=timezone.localdate(), org_known=org is not None and org.is_active,
    )  # fmt: skip


def keep(case: Case, outcome: str, data: Data, now: datetime) -> tuple[Coordination, Organisation | None]:
    """Write down the meeting; the body that was named, if any."""
    who = scope.current()
    org = identity.organisation(str(data["org_code"])) if outcome == "designate" else None
    codes = list(dict.fromkeys(str(code) for code in data.get("participants") or ()))
    names = [found.name for code in codes if (found := identity.organisation(code)) is not None]
    file = data.get("minutes")
    parties = sorted({*case.parties, *(f"org:{code}" for code in codes)} | ({f"org:{org.code}"} if org else set()))
    kept = documents.store(file, allowed=("pdf", "jpeg", "png"), region_code=case.region_code, parties=parties) if file else None
    made = Coordination.objects.create(
        case=case, held_on=_day(data.get("held_on")) or timezone.localdate(now), convener=who.actor_id, convener_name=who.actor_name,
        convener_org=who.org_name, participants=codes, participant_names="、".join(names)[:500],
        decision=str(data.get("comment") or "").strip()[:1000], outcome=outcome, org_code=org.code if org else "",
        org_name=org.name if org else "", returns=case.returns, minutes=kept, region_code=case.region_code, parties=parties,
        created_by=who.actor_id,
    )  # fmt: skip
    record.prove(
        "coordinated", case, meeting=made.pk, outcome=outcome, org=made.org_code, participants=codes, decision=made.decision,
        returns=case.returns, minutes=kept.sm3 if kept else "",
    )  # fmt: skip
    return made, org
