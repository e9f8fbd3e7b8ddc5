"""What the process ``city_case`` does to the case it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.command.models import Case
from zhujian.boards.city_management.command.rules.levels import outcomes_of
from zhujian.boards.city_management.command.rules.separation import side_of
from zhujian.boards.city_management.command.selectors import inspectors
from zhujian.boards.city_management.command.services import checks, clock, effects, ending, errands, levels, record
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.messages import services as messages
from zhujian.foundation.workflow import ProcessHandler
from zhujian.foundation.workflow.handlers_api import Assignment, Node, Outcome, OwnClock

STATE_OF = {
    "verify": "verifying", "register": "to_register", "approve_void": "to_register", "dispatch": "to_dispatch", "district": "to_dispatch",
    "coordinate": "to_dispatch", "department": "dispatched",
    "handle": "handling", "confirm": "dept_confirm", "send_check": "to_check", "check": "checking", "close": "to_close",
}  # fmt: skip
REWORKED = ("checking", "to_close")
SIDES = {"supervision": "supervision_side", "command": "command_side", "disposal": "disposing_side"}


def case_of(instance: Any) -> Case:
    """The case of a process, locked and kept for the rest of the act (its process is locked already)."""
    found = getattr(instance, "_city_case", None)
    if found is None:
        found = instance._city_case = Case.objects.select_for_update().get(pk=int(instance.subject.rpartition(":")[2]))
    return found


class CaseHandler(ProcessHandler):
    """Who acts, what must hold, and what each step does; the clock runs by where the case is."""

    key = record.PROCESS

    def assign(self, node: Node, instance: Any) -> Assignment:
        """Inspectors by beat, departments by what the case was dispatched to, the rest by post."""
        case = case_of(instance)
        if node.id not in ("verify", "check", "department", "handle", "confirm"):
            return Assignment(
                role=node.role, authority=node.authority, title=node.name, region_code=levels.office_place(case, node.id)
            )
        if node.id in ("verify", "check"):
            centre = levels.supervision_centre(case, node.id)
            choice = instance.__dict__.pop("_named", None) or inspectors.choose(
                case.grid_code, case.location.x, case.location.y, case.region_code, errands.barred(case), centre
            )
            instance._chosen = choice.how
            place = levels.office_place(case, node.id)
            return Assignment(role="inspector", authority="UMS", assignee=choice.account, title=node.name, region_code=place)
        person = case.handler if node.id == "handle" else None
        return Assignment(role=node.role, org_code=case.org_code, assignee=person, title=node.name)

    def outcomes(self, node: Node, instance: Any) -> tuple[Outcome, ...]:
        """Handing down is offered only where there are districts to hand down to."""
        if node.id != "dispatch":
            return node.outcomes
        allowed = outcomes_of(tuple(one.code for one in node.outcomes), node.id, levels.mode_of(case_of(instance).region_code))
        return tuple(one for one in node.outcomes if one.code in allowed)

    def clock(self, node: Node, instance: Any) -> OwnClock | None:
        """Assigning, disposing and feeding back share the case's clock; it is set when the first of them opens."""
        if node.id not in clock.NODES:
            return None
        case = case_of(instance)
        if not case.suspended:
            self._clock(case, node.id, timezone.now())
        return clock.shown(case)

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """By state, person and evidence."""
        found = Case.objects.filter(pk=int(task.subject.rpartition(":")[2])).first()
        if found is None:
            return [Reason("case.absent", record.ABSENT)]
        return checks.check(found, task, outcome, data)

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Take effect; the log's line is written when it is known where the case goes."""
        case, now, who = case_of(task.instance), timezone.now(), scope.current()
        column = SIDES[side_of(task.node)]
        known = getattr(case, column)
        if who.actor_id and who.actor_id not in known:
            record.change(case, **{column: [*known, who.actor_id]})
        if task.node in errands.NODES:
            errands.done(task, outcome, data, now)
        kept = effects.photos_of(case, data)
        effect = effects.take(case, task.node, outcome, data, now)
        task.instance._line = {
            "action": effect.action or f"{task.node}:{outcome}", "node": task.node, "role": effects.role_of(task.node, who),
            "opinion": str(data.get("comment") or ""), "attachments": kept, "stage_due": task.due, **effect.detail,
        }  # fmt: skip
        task.instance._told = effect.events
        task.instance._named = effect.inspector
        task.instance.parties = case.parties  # tasks that open now are given to them
        return effect.facts

    def opened(self, task: Any) -> None:
        """The case stands where its one open task is."""
        if task.asked_by_id is not None:
            return
        case, now = case_of(task.instance), timezone.now()
        before, first = case.state, case.task is None
        self._clock(case, task.node, now)
        if not first:  # moved by the workflow's own means (returned, withdrawn): that is a line too
            task.instance.__dict__.setdefault("_line", {"action": "moved"})
        record.change(
            case, state=STATE_OF[task.node], holder_org=task.org_code or "", holder_account=task.assignee,
            holder_role=task.role or ("firm_agent" if task.party_keys else ""), task=task.pk,
        )  # fmt: skip
        if task.node in errands.NODES:
            errands.opened(case, task, getattr(task.instance, "_chosen", ""), now)
        until = task.instance.__dict__.get("_line", {}).get("work_until", "")
        self._write(task.instance, case, before, task.assignee_name or task.org_name or task.title, now)
        if task.node == "coordinate" and task.org_code:
            messages.send(
                [f"org:{task.org_code}"], roles=("superviser", "leader"), level="warn", title=f"需要协调：{case.class_name}",
                body=f"{case.number} 已被回退{case.returns}次，请召集协调会指定主办单位。", link=f"/command/tasks/{task.pk}/",
                dedupe=f"command.task:{task.pk}",
            )  # fmt: skip
        if task.node == "district":
            messages.send(
                [f"org:{case.handed_org}"], roles=("dispatcher",), title=f"市级下派：{case.class_name}" if before != "dispatched" else f"部门回退：{case.class_name}",
                body=f"{case.number} {case.address or case.grid_code}", link=f"/command/tasks/{task.pk}/", dedupe=f"command.task:{task.pk}",
                level="warn" if case.urgent else "info",
            )  # fmt: skip
        if task.node == "department":
            least = f"，请于{datetime.fromisoformat(until):%m月%d日%H:%M}前完成返工" if until else ""
            messages.send(
                [f"org:{case.org_code}"], roles=("department_desk", "firm_agent"), title=f"案件{'返工' if before in REWORKED else '派遣'}：{case.class_name}",
                body=f"{case.number} {case.address or case.grid_code}{least}", link=f"/workflow/tasks/{task.pk}/", dedupe=f"command.task:{task.pk}",
                level="warn" if case.urgent else "info",
            )  # fmt: skip

    def finished(self, instance: Any) -> None:
        """Closed after its check, or void with the shift leader's consent."""
        case, now = case_of(instance), timezone.now()
        before = case.state
        if not case.is_open:
            return
        kind = "normal" if instance.result == "closed" else "void"
        line = instance.__dict__.get("_line", {})
        reason = line.get("opinion", "") if kind == "normal" else (case.close_reason or line.get("opinion", ""))
        ending.finish(case, kind, reason, now)
        self._write(instance, case, before, "", now)
        record.prove(
            kind if kind == "void" else "closed", case, checked_by=case.checked_by, used_s=case.used_s, overdue_s=case.overdue_s
        )
        record.tell("void" if kind == "void" else "closed", case, now, close_kind=kind)

    def _write(self, instance: Any, case: Case, before: str, receiver: str, now: datetime) -> None:
        """Save the case once, then its line and its events."""
        line = instance.__dict__.pop("_line", None)
        record.save(case)
        if line is not None:
            record.step(case, line.pop("action"), now=now, before=before, receiver=receiver, **line)
        for name, more in instance.__dict__.pop("_told", ()) or ():
            record.tell(name, case, now, **more)

    @staticmethod
    def _clock(case: Case, node: str, now: datetime) -> None:
        """The clock runs at the department's nodes and stands still elsewhere; whoever moved the case here."""
        if (
            node in clock.NODES or node == "district" or (node == "coordinate" and case.level)
        ):  # a district answers for what it has
            if case.clock_start is None:
                clock.start(case, now)
            else:
                clock.go_on(case, now)
        elif node in ("send_check", "check", "close"):
            clock.stop(case, now, "check")
        elif node in ("dispatch", "register", "verify", "approve_void", "coordinate"):
            clock.stop(case, now, "returned")
        levels.follow(case, node, now)
