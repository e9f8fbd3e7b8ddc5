"""What is asked about cases and waits for this person's word: extensions, suspensions, appeals, replies to supervision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse

from zhujian.boards.city_management.command import figures
from zhujian.boards.city_management.command.models import Appeal, Case, Extension, Supervision, Suspension
from zhujian.foundation.kernel import access as rights
from zhujian.foundation.kernel import scope

SHOWN = 20


@dataclass(frozen=True)
class Asked:
    """One request: about which case, by whom, since when, and where it is decided."""

    title: str
    case: Case
    who: str
    at: datetime
    url: str


def _codes(who: scope.Scope) -> list[str]:
    return [key[4:] for key in who.keys if key.startswith("org:")]


def waiting_for_me(who: scope.Scope | None = None) -> list[Asked]:
    """Requests that the actor may decide or has to answer, oldest first; one small statement for each kind."""
    who = who or scope.current()
    found: list[Asked] = []
    own = Q(case__org_code__in=_codes(who))
    if rights.allowed("command.extension", "decide", who):
        levels = Q(pk__in=())
        if who.roles & {"dispatcher", "shift_leader"}:
            levels |= Q(state="centre", case__extensions=0)
        if "leader" in who.roles:  # a second extension is the leader's to decide
            levels |= Q(state="centre", case__extensions__gt=0)
        if who.roles & {"department_desk", "firm_agent"}:
            levels |= Q(state="department") & own & ~Q(asked_by=who.actor_id)
        found += [_asked("审批延期", row, "extend_decide") for row in _rows(Extension, levels)]
    if rights.allowed("command.suspension", "decide", who):
        found += [_asked("审批挂账", row, "suspend_decide") for row in _rows(Suspension, Q(state="asked"))]
    if rights.allowed("command.appeal", "review", who):
        found += [_asked("复核申诉", row, "review_appeal") for row in _rows(Appeal, Q(state="open") & ~Q(first_by=who.actor_id))]
    if rights.allowed("command.supervision", "reply", who):
        rows = _whole(Supervision.objects.filter(to_org__in=_codes(who), replied_at=None).order_by("due", "id"))
        found += [
            Asked(
                f"回复{row.get_level_display()}",
                row.case,
                row.by_name or "系统",
                row.at,
                reverse("command:act_reply_supervision", args=[row.case_id]),
            )
            for row in rows
        ]
    return sorted(found, key=lambda one: one.at)


def _rows(model: type[Extension] | type[Suspension] | type[Appeal], wanted: Q) -> list:
    return _whole(figures.here(model.objects.filter(wanted)).order_by("id"))


def _whole(rows: QuerySet) -> list:
    """The first of `rows` with their cases. Mostly there are none: their keys are asked for first, what is wide only then."""
    keys = list(rows.values_list("pk", flat=True)[:SHOWN])
    return list(rows.filter(pk__in=keys).select_related("case")) if keys else []


def _asked(title: str, row: Extension | Suspension | Appeal, act: str) -> Asked:
    by = " ".join(filter(None, (row.asked_org, row.asked_by_name)))
    return Asked(title, row.case, by, row.asked_at, reverse(f"command:act_{act}", args=[row.case_id]))
