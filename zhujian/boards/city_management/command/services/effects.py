"""What each outcome of each step changes on the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, Report
from zhujian.boards.city_management.command.rules.levels import return_goes, two_levels
from zhujian.boards.city_management.command.selectors.inspectors import Choice
from zhujian.boards.city_management.command.services import clock, levels, meeting, photos, record
from zhujian.boards.city_management.command.services.checks import whole
from zhujian.boards.city_management.digital_city.selectors.duties import responsible
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope

Data = Mapping[str, Any]
ROLES = {
    "verify": "inspector", "check": "inspector", "register": "acceptor", "send_check": "acceptor", "close": "acceptor",
    "approve_void": "shift_leader", "dispatch": "dispatcher", "district": "dispatcher", "coordinate": "superviser",
    "department": "department_desk", "confirm": "department_desk", "handle": "crew",
}  # fmt: skip


@dataclass
class Effect:
    """What a step leads to besides the changed columns: the log's action, facts for the gateways, events, a named inspector."""

    action: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    inspector: Choice | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def role_of(node: str, who: scope.Scope) -> str:
    """In which role the step was done."""
    wanted = ROLES[node]
    return (
        wanted
        if wanted in who.roles
        else next((r for r in ("shift_leader", "firm_agent", "department_desk") if r in who.roles), wanted)
    )


def photos_of(case: Case, data: Data) -> list[int]:
    """Keep the photos handed in with a step; ids of the files."""
    given = photos.given(data.get("files") or (), timezone.now())
    if not given:
        return []
    return [row.file_id for row in photos.keep(given, region_code=case.region_code, parties=case.parties, case=case)]


def take(case: Case, node: str, outcome: str, data: Data, now: datetime) -> Effect:
    """Change the case as the step says."""
    return _EFFECTS[node](case, outcome, data, now)


def _verify(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    return Effect(detail={"verified": outcome == "true"})


def _register(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    from zhujian.boards.city_management.command.services.acceptance import check_filing, stages_of

    if outcome == "refuse":
        record.change(case, close_reason=str(data.get("comment") or "")[:300])
        return Effect(detail={"reason_code": str(data.get("reason_code") or "")})
    if outcome != "register":
        return Effect()
    _, item, condition = check_filing(
        kind=data.get("kind") or case.kind, class_code=data.get("class_code") or case.class_code,
        condition_id=whole(data.get("condition_id")) or case.condition_id, grid_code=case.grid_code, region_code=case.region_code,
        component_code=str(data.get("component_code") or case.component_code), on=timezone.localdate(now),
    )  # fmt: skip
    who = scope.current()
    record.change(
        case, kind=item.kind, class_code=item.code, class_name=item.name, condition=condition, stage=1, stages=max(len(stages_of(condition)), 1),
        limit_text=condition.limit if condition else "", registered_at=case.registered_at or now,
        registered_by=case.registered_by or who.actor_id, urgent=bool(data.get("urgent", case.urgent)),
        component_code=str(data.get("component_code") or case.component_code),
    )  # fmt: skip
    Report.objects.filter(case=case, state=Report.State.VERIFYING).update(state=Report.State.REGISTERED, updated_at=now)
    record.prove("registered", case, class_code=case.class_code, limit=case.limit_text)
    return Effect(action="register", events=[("registered", {})])


def _approve_void(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    if outcome == "deny":
        record.change(case, close_reason="")
    return Effect()


def _dispatch(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    if outcome == "back":
        return Effect(events=[("returned", {"from": "dispatch"})])
    if outcome == "down":
        centre = levels.district_centre(case)
        assert centre is not None, "checked before"
        return _down(case, centre, now, "hand_down")
    org = identity.organisation(str(data["org_code"]))
    assert org is not None, "checked before"
    return _to_department(case, org, data, now, "dispatch")


def _down(case: Case, centre: Organisation, now: datetime, action: str) -> Effect:
    levels.hand_down(case, centre, now)
    told = {"org_code": centre.code, "dispatches": case.dispatches, "level": "district"}
    return Effect(action=action, facts={"goes": "district"}, events=[("dispatched", told)])


def _to_department(case: Case, org: Organisation, data: Data, now: datetime, action: str) -> Effect:
    """To a department: of the city (or where there is one level), by the case's clock; of a district, by the district's beside it."""
    from zhujian.boards.city_management.command.services.oversight import by_rule

    helpers = [str(code) for code in data.get("assist") or ()]
    keys = [f"org:{code}" for code in (org.code, *helpers)]
    if not case.level:
        levels.give(case, org.code, now)
        record.change(case, dispatched_at=now, dispatched_by=scope.current().actor_id)
    record.change(
        case, org_code=org.code, org_name=org.name, assist=helpers, handler=None, handler_name="", stage_since=now,
        parties=sorted({*case.parties, *keys}),
    )  # fmt: skip
    if case.level:
        levels.to_department(case, org, now)
    _admit(case)
    by_rule(case, now)  # media, or reported again and again before it was dispatched (§2.2)
    told = {"org_code": org.code, "dispatches": case.dispatches}
    return Effect(action=action, facts={"goes": "department"}, events=[("dispatched", told)])


def _district(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    if outcome == "return":
        effect = _returned(case, "district", data, case.handed_org)
        levels.hand_up(case)
        return effect
    org = identity.organisation(str(data["org_code"]))
    assert org is not None, "checked before"
    return _to_department(case, org, data, now, "dispatch")


def _returned(case: Case, node: str, data: Data, org_code: str) -> Effect:
    """A return goes one level up, or before a meeting once as many as allowed are used up."""
    most = int(record.parameter("return_most", case.region_code))
    goes = return_goes(node, handed_down=bool(case.level), returns=case.returns, most=most)
    wrong = data.get("reason_code") == "not_mine"
    record.change(case, returns=case.returns + 1, wrong_dispatches=case.wrong_dispatches + wrong, handler=None, handler_name="")
    return Effect(
        action="return" if node == "department" else "hand_up", facts={"goes": goes},
        events=[("returned", {"from": node, "reason_code": data.get("reason_code")})],
        detail={"reason_code": str(data.get("reason_code") or ""), "org_code": org_code},
    )  # fmt: skip


def _coordinate(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    made, org = meeting.keep(case, outcome, data, now)
    told = ("coordinated", {"org_code": made.org_code, "outcome": outcome})
    detail = {"meeting": made.pk, "participants": made.participants, "org_code": made.org_code}
    if org is None:  # one level up: to the city, or, where there is none above, back to whoever registered it
        goes = "dispatch" if case.level else "register"
        if case.level:
            levels.hand_up(case)
        return Effect(facts={"goes": goes}, events=[told, ("returned", {"from": "coordinate"})], detail=detail)
    record.change(case, designated=org.code)
    centre = levels.district_centre(case) if not case.level and two_levels(levels.mode_of(case.region_code)) else None
    down = centre is not None and centre.code == org.code
    effect = _down(case, org, now, "coordinate") if down else _to_department(case, org, data, now, "coordinate")
    effect.events.insert(0, told)
    effect.detail = detail
    return effect


def _admit(case: Case) -> None:
    """Let the bodies the case was given to see it: the process with its tasks, and the photos."""
    from zhujian.foundation.workflow import subjects

    running = subjects.running(record.PROCESS, case.subject)
    if running is not None:
        subjects.set_parties(running.pk, case.parties)
    photos.share(case)


def _department(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    if outcome == "return":
        return _returned(case, "department", data, case.org_code)
    person = whole(data.get("handler"))
    known = identity.account(person) if person else None
    record.change(case, handler=person, handler_name=known.name if known else "", received_at=case.received_at or now)
    return Effect(action="assign")


def _handle(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    if outcome == "back":
        record.change(case, handler=None, handler_name="")
        return Effect()
    who = scope.current()
    record.change(case, handled_at=now, handler=who.actor_id, handler_name=who.actor_name)
    return Effect(action="handle", events=[("handled", {})])


def _confirm(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    if outcome == "redo":
        return Effect()
    record.change(case, fed_back_at=now)
    return Effect(action="feed_back")


def _send_check(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    record.change(case, check_sent_at=now)
    person = whole(data.get("inspector"))
    return Effect(action="send_check", inspector=Choice(person, "named") if person else None)


def _check(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    from zhujian.boards.city_management.command.services.acceptance import stages_of

    record.change(case, checked_at=now, checked_by=scope.current().actor_id, checked_ok=outcome == "pass")
    if outcome == "fail":
        return Effect(facts={"more_stages": 0}, detail=_rework(case, now))
    if case.stage >= case.stages:
        return Effect(facts={"more_stages": 0})
    following = next(one for one in stages_of(case.condition) if one.stage > case.stage) if case.condition else None
    if following is None:
        return Effect(facts={"more_stages": 0})
    done = {"stage": case.stage, "limit": case.limit_text, "used_s": case.used_s, "overdue_s": case.overdue_s}
    record.change(
        case, stage=following.stage, condition=following, stages=case.stages, limit_text=following.limit, stage_since=now, checked_ok=None,
        handler=None, handler_name="", pauses=[], paused_at=None, pause_kind="", extra=0, overdue_told=False, overdue_earlier_s=case.overdue_s,
    )  # fmt: skip
    clock.start(case, now)
    levels.next_stage(case, now)
    return Effect(action="stage_done", facts={"more_stages": 1}, detail=done)


def _rework(case: Case, now: datetime) -> dict[str, Any]:
    """Back to the same department: what is left of the clock runs on, the crew is named anew, old photos prove nothing.

    Where nothing is left the work gets a least time, ``work_until`` of the log's line; the case stays overdue (§1.6, 4).
    """
    from zhujian.boards.city_management.command.services.oversight import by_rule

    record.change(case, reworks=case.reworks + 1, stage_since=now, handler=None, handler_name="", checked_ok=False)
    by_rule(case, now)
    left = clock.snapshot(case, now)[1]
    least = clock.until("rework_least", case, now) if left is not None and left <= 0 else None
    return {"work_until": least.isoformat()} if least else {}


def _close(case: Case, outcome: str, data: Data, now: datetime) -> Effect:
    if outcome == "rework":
        return Effect(action="rework", detail=_rework(case, now))
    return Effect(action="close")


_EFFECTS: dict[str, Callable[[Case, str, Data, datetime], Effect]] = {
    "verify": _verify, "register": _register, "approve_void": _approve_void, "dispatch": _dispatch, "district": _district,
    "coordinate": _coordinate, "department": _department,
    "handle": _handle, "confirm": _confirm, "send_check": _send_check, "check": _check, "close": _close,
}  # fmt: skip


def proposed_org(case: Case) -> tuple[str, str, str] | None:
    """(code, name, as what) of the body that the duties name for the case; None when not even a last resort is named."""
    found = responsible(case.kind, case.class_code, case.grid_code or case.region_code)
    return (found.org_code, found.org_name, found.role) if found else None
