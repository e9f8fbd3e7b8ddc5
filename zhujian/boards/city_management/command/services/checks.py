"""Reasons against a step of the process, asked in the scope of whoever acts: the state, the person, the evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, Photo
from zhujian.boards.city_management.command.rules import decisions
from zhujian.boards.city_management.command.rules.reports import check_after_photo
from zhujian.boards.city_management.command.rules.separation import check_person
from zhujian.boards.city_management.command.services import levels, meeting, photos, record
from zhujian.boards.city_management.command.services.record import parameter
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason, Refusal
from zhujian.foundation.parameters import selectors as parameters

Data = Mapping[str, Any]
REASONED = {
    ("verify", "false"): "请写明现场看到的情况。", ("register", "refuse"): "请写明不予立案的理由。",
    ("register", "verify"): "请写明还需要核实什么。", ("approve_void", "deny"): "请写明退回受理的理由。",
    ("dispatch", "back"): "请写明退回受理的理由。", ("handle", "back"): "请写明退给部门的理由。",
    ("confirm", "redo"): "请写明打回的理由和要求。", ("check", "fail"): "请写明核查未通过的情况。",
    ("close", "rework"): "请写明退回返工的理由。",
}  # fmt: skip


def check(case: Case, task: Any, outcome: str, data: Data) -> list[Reason]:
    """All reasons against completing `task` of `case` with `outcome` now."""
    who = scope.current()
    if case.suspended:
        return [Reason("case.suspended", "案件已挂账，恢复后才能继续办理。")]
    if case.task is not None and case.task != task.pk:
        return [Reason("case.moved", "案件已不在这个环节，请刷新页面。")]
    reasons = check_person(
        task.node, who.actor_id, reporters=case.reporters, supervision=case.supervision_side, command=case.command_side,
        disposal=case.disposing_side,
    )  # fmt: skip
    if task.node in ("department", "confirm", "handle"):
        wanted = ("crew", "department_desk") if task.node == "handle" else ("department_desk",)
        if not record.acts_for(who, case.org_code, *wanted) and not who.is_system:
            reasons.append(Reason("case.role", "这一步由处置单位的相应岗位办理，您当前的岗位不能办理。"))
    text = REASONED.get((task.node, outcome))
    if text and not str(data.get("comment") or "").strip():
        reasons.append(Reason("case.comment", text, "comment"))
    return reasons + (_BY_NODE[task.node](case, outcome, data) if task.node in _BY_NODE else [])


def _register(case: Case, outcome: str, data: Data) -> list[Reason]:
    from zhujian.boards.city_management.command.services.acceptance import check_filing

    if outcome != "register":
        return []
    reasons, _, _ = check_filing(
        kind=data.get("kind") or case.kind, class_code=data.get("class_code") or case.class_code,
        condition_id=whole(data.get("condition_id")) or case.condition_id, grid_code=case.grid_code, region_code=case.region_code,
        component_code=str(data.get("component_code") or case.component_code), on=timezone.localdate(),
    )  # fmt: skip
    return reasons


def whole(value: Any) -> int | None:
    """A whole number from a form, None when it is none."""
    return int(value) if str(value or "").isascii() and str(value or "").isdecimal() else None


def _dispatch(case: Case, outcome: str, data: Data) -> list[Reason]:
    if outcome == "down" and levels.district_centre(case) is None:
        return [Reason("dispatch.district", "案件所在区县没有登记指挥中心，不能下派，请直接派给处置单位。", "org_code")]
    if outcome != "dispatch":
        return []
    code = str(data.get("org_code") or "")
    found = identity.organisation(code) if code else None
    reasons = []
    if found is None or not found.is_active:
        reasons.append(Reason("dispatch.org", "请选择主办单位。系统已按责任清单给出建议。", "org_code"))
    for other in data.get("assist") or ():
        helper = identity.organisation(str(other))
        if helper is None or helper.code == code:
            reasons.append(Reason("dispatch.assist", "协办单位不存在，或与主办单位相同，请重新选择。", "assist"))
    return reasons


def _returned(designated: bool, data: Data) -> list[Reason]:
    known = {code for code, _ in parameters.code_list("command.return_reason", timezone.localdate())}
    return decisions.check_return(str(data.get("reason_code") or ""), known, str(data.get("comment") or ""), designated)


def _district(case: Case, outcome: str, data: Data) -> list[Reason]:
    if outcome == "return":
        return _returned(bool(case.designated) and case.designated == case.handed_org, data)
    return _dispatch(case, outcome, data)


def _coordinate(case: Case, outcome: str, data: Data) -> list[Reason]:
    return meeting.check(case, outcome, data)


def _department(case: Case, outcome: str, data: Data) -> list[Reason]:
    if outcome == "return":
        return _returned(bool(case.designated) and case.designated == case.org_code, data)
    person = whole(data.get("handler"))
    if person is not None and person not in crew_of(case.org_code):
        return [Reason("department.handler", "请选择本单位在岗的处置人员。", "handler")]
    return []


def crew_of(org_code: str) -> dict[int, str]:
    """Accounts of a body that may be sent to dispose of a case, with their names."""
    found = identity.organisation(org_code) if org_code else None
    if found is None:
        return {}
    wanted = {"crew", "department_desk"} | (set() if found.is_public_body else {"firm_agent"})
    return {
        p.account_id: p.account.name for p in identity.open_posts().filter(organisation=found.pk) if identity.roles_of(p) & wanted
    }


def _handle(case: Case, outcome: str, data: Data) -> list[Reason]:
    if outcome != "done":
        return []
    return _evidence(case, data, "after", case.stage_since)


def _check(case: Case, outcome: str, data: Data) -> list[Reason]:
    if outcome != "pass":
        return []
    found = _evidence(case, data, "check", case.check_sent_at)
    return [Reason(r.code, r.message.replace("处置后照片", "核查照片"), r.field) for r in found]


def _evidence(case: Case, data: Data, role: str, since: Any) -> list[Reason]:
    """Photos kept in this stage since the task was given, and those handed in with it."""
    now = timezone.now()
    taken = [one.captured_at for one in photos.given(data.get("files") or (), now) if one.role == role]
    kept = list(Photo.objects.filter(case=case, stage=case.stage, role=role).values_list("captured_at", flat=True))
    fresh = [moment for moment in kept if moment is not None and (since is None or moment >= since)]
    ahead = timedelta(minutes=int(parameter("future_minutes", case.region_code)))
    return check_after_photo(taken or fresh or kept, since, now, ahead)


def _send_check(case: Case, outcome: str, data: Data) -> list[Reason]:
    from zhujian.boards.city_management.command.services.errands import check_inspector

    person = whole(data.get("inspector"))
    if person is None:
        return []
    try:
        check_inspector(case, person)
    except Refusal as refusal:
        return list(refusal.reasons)
    return []


def _close(case: Case, outcome: str, data: Data) -> list[Reason]:
    if outcome != "close":
        return []
    if not case.checked_ok or case.checked_by is None:
        return [Reason("close.unchecked", "案件还没有核查通过，不能结案。")]
    if case.checked_by in {*case.reporters, *case.disposing_side}:
        return [Reason("close.own_check", "核查人参与过上报或处置，核查无效，请重新核查。")]
    return []


_BY_NODE: dict[str, Callable[[Case, str, Data], list[Reason]]] = {
    "register": _register, "dispatch": _dispatch, "district": _district, "coordinate": _coordinate, "department": _department,
    "handle": _handle, "send_check": _send_check, "check": _check, "close": _close,
}  # fmt: skip
