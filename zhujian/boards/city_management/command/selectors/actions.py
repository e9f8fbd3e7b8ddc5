"""What somebody may do with a case now: by its state, their post, and whether it is in their hands."""

from __future__ import annotations

from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, Extension
from zhujian.boards.city_management.command.rules.levels import city_of, two_levels
from zhujian.boards.city_management.command.rules.separation import check_person
from zhujian.boards.city_management.command.selectors.beside import Beside
from zhujian.foundation.kernel import scope
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import selectors as workflow
from zhujian.foundation.workflow import subjects
from zhujian.foundation.workflow.models import Task

EARLY = ("verifying", "to_register", "to_dispatch")
DISPOSAL = ("dispatched", "handling", "dept_confirm")


def _at_home(case: Case, who: scope.Scope) -> bool:
    return who.kind == "official" and who.region_lo <= case.region_code < who.region_hi


def _answers(case: Case, who: scope.Scope) -> bool:
    """Whether the actor is of the centre that answers for the whole case: with two levels of command the city's."""
    mode = parameters.value("command.mode", on=timezone.localdate(), region=case.region_code).value
    return _at_home(case, who) and (not two_levels(str(mode)) or who.region_code == city_of(case.region_code))


def _department(case: Case, who: scope.Scope, *roles: str) -> bool:
    wanted = set(roles) | ({"firm_agent"} if who.kind == "enterprise" else set())
    return bool(case.org_code) and f"org:{case.org_code}" in who.keys and bool(who.roles & wanted)


def may(case: Case, who: scope.Scope | None = None, *, task: Task | None = None, beside: Beside | None = None) -> list[str]:
    """Actions open to the actor now: ``task:<outcome>`` for the open task's outcomes, else the names of the services without ``do_``.

    `task`, `beside`: the case's current task and what was asked for, when the caller has read them.
    """
    who, beside = who or scope.current(), beside or Beside(case)
    found: list[str] = []
    task = task or (workflow.task(case.task) if case.task else None)
    if task is not None and subjects.may_act(task, who) and not case.suspended:
        barred = check_person(
            task.node, who.actor_id, reporters=case.reporters, supervision=case.supervision_side, command=case.command_side,
            disposal=case.disposing_side,
        )  # fmt: skip
        if not barred:
            found += [f"task:{code}" for code, _ in task.outcomes]
    home = _at_home(case, who)
    answers = _answers(case, who)
    desk = answers and bool(who.roles & {"acceptor", "shift_leader"})
    if case.is_open:
        found += _open(case, who, home, answers, beside)
    elif case.state in ("closed", "forced"):
        if _department(case, who, "department_desk") and not beside.appeals:
            found.append("appeal")
        if home and who.roles & {"assessor", "shift_leader", "leader"} and case.appeal == "open":
            found.append("review_appeal")
        if desk and not case.satisfaction:
            found.append("resolve_call_back")
        if home and who.roles & {"inspector", "acceptor", "shift_leader"}:
            found.append("recur")
    return found


def _open(case: Case, who: scope.Scope, home: bool, answers: bool, beside: Beside) -> list[str]:
    found = []
    desk = answers and bool(who.roles & {"acceptor", "shift_leader"})
    if desk and case.state in EARLY:
        found.append("mark_duplicate")
    if answers and "shift_leader" in who.roles:
        if case.state in EARLY:
            found.append("void")
        elif who.actor_id not in {*case.reporters, *case.command_side, *case.disposing_side}:
            found.append("force_close")
    if home and who.roles & {"acceptor", "shift_leader"} and case.state in ("verifying", "checking"):
        found.append("reassign")
    if home and who.roles & {"superviser", "leader"}:
        found.append("supervise")
    if _department(case, who, "department_desk") and any(one.replied_at is None for one in beside.supervisions):
        found.append("reply_supervision")
    if case.state in DISPOSAL and not case.suspended and _department(case, who, "department_desk", "crew"):
        found.append("extend_request")
    extension = next((one for one in beside.extensions if one.state in ("department", "centre")), None)
    if extension is not None and _may_decide(case, extension, who, answers if case.level else home):
        found.append("extend_decide")
    if case.state in ("dispatched", "handling") and not case.suspended and _department(case, who, "department_desk"):
        if not any(one.state in ("asked", "running", "ended") for one in beside.suspensions):
            found.append("suspend_request")
        if case.state == "handling":
            found.append("revoke_assignment")
    decides = (answers if case.level else home) and bool(who.roles & {"shift_leader", "leader"})
    if decides and any(one.state == "asked" for one in beside.suspensions):
        found.append("suspend_decide")
    if case.suspended and ((home and who.roles & {"shift_leader", "leader"}) or _department(case, who, "department_desk")):
        found.append("resume")
    if who.actor_id is not None and (
        case.holder_account == who.actor_id or desk or _department(case, who, "department_desk", "crew")
    ):
        found.append("add_photos")
    return found


def _may_decide(case: Case, extension: Extension, who: scope.Scope, home: bool) -> bool:
    if extension.state == "department":
        return _department(case, who, "department_desk") and who.actor_id != extension.asked_by
    wanted = {"leader"} if case.extensions else {"dispatcher", "shift_leader"}
    return home and bool(who.roles & wanted) and who.actor_id not in (extension.asked_by, extension.department_by)
