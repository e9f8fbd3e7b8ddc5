"""Stores what a `Run` has done: parts, task rows, facts, the end of the instance."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.kernel.prepared import insert
from zhujian.foundation.workflow import engine, state, store
from zhujian.foundation.workflow.handlers_api import Assignment, Node, ProcessHandler, handler_for
from zhujian.foundation.workflow.models import OPEN, Instance, Part, Task
from zhujian.foundation.workflow.services import clocks
from zhujian.foundation.workflow.services.common import note, prove, tell

# Written by hand: this runs with every task that anybody completes.
SAVE_PART = (
    "UPDATE workflow_part SET state = %s::jsonb, next_timer = %s, status = %s, result = %s, finished_at = %s WHERE id = %s"
)
BELOW = """
WITH RECURSIVE below AS (
  SELECT id FROM workflow_part WHERE parent_id = %s AND call_task = ANY(%s) AND status = 'running'
  UNION ALL SELECT p.id FROM workflow_part p JOIN below b ON p.parent_id = b.id WHERE p.status = 'running'
) SELECT id FROM below
"""


def part_from(row: Part, compiled: engine.Compiled) -> engine.Part:
    """The engine's part for a stored one (its `state` must be loaded)."""
    path = row.nodes
    return engine.Part(
        row.spec, path, call_task=row.call_task, row=row.pk, stored=row.state, parent_row=row.parent_id, index=row.number,
        call=compiled.call_of(path),
    )  # fmt: skip


class Work:
    """One act upon a stored instance: makes the `Run`, then saves it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.compiled = store.compiled(instance.bundle)
        self.before = dict(instance.facts)
        self.rows: dict[int, Part] = {}
        self.now = timezone.now()
        self.offices: dict[tuple[str, str], Any] = {}
        self.run = engine.Run(self.compiled, instance.facts, act=self._act, ended=self._ended, load=self.load)

    def load(self, part_id: int) -> engine.Part:
        """Read one part's state."""
        row = self.rows.get(part_id) or Part.objects.get(pk=part_id)
        self.rows[part_id] = row
        return part_from(row, self.compiled)

    def handler(self, node: Node) -> ProcessHandler:
        """Who speaks for the node's process."""
        return handler_for(*self.compiled.chain(node.process, node.path))

    def _act(self, node: Node) -> dict[str, Any]:
        return self.handler(node).act(node, self.instance)

    def _ended(self, part: engine.Part) -> dict[str, Any]:
        if part.call is None:
            return {}
        return self.handler(part.call).part_finished(part, self.instance)

    # -- saving -------------------------------------------------------------------------------------------------------

    def save(self) -> list[Task]:
        """Write everything the run lists; the opened tasks as saved."""
        run = self.run
        self._save_begun()
        self._save_touched()
        for part, call in run.dropped:
            self._cancel_below(part.row, [call])
        for part, token in run.closed:
            if part.row is not None:
                Task.objects.filter(part=part.row, token=token, status__in=(*OPEN, "suspended")).update(
                    status=Task.Status.CANCELLED, updated_at=self.now
                )
        opened = self._save_opened()
        for key, rows, outputs in run.decided:
            note(
                self.instance,
                "decided",
                comment=self.compiled.decisions[key].name,
                decision=key,
                rows=list(rows),
                outputs=outputs,
            )
        self._save_instance()
        for part in run.touched:
            if part.step and part.status in ("finished", "failed"):
                tell("part_finished", self.instance, step=part.step, result=part.result, part=part.row)
        return opened

    def _save_begun(self) -> None:
        waiting = [p for p in self.run.begun if p.status != "cancelled"]
        while waiting:
            level = [p for p in waiting if p.parent is None or p.parent.row is not None]
            rows = insert(Part, [self._part_row(p) for p in level])
            for part, row in zip(level, rows, strict=True):
                part.row = row.pk
                row.instance = self.instance
                self.rows[row.pk] = row
            waiting = [p for p in waiting if p.row is None]

    def _part_row(self, part: engine.Part) -> Part:
        row = Part(
            instance=self.instance, parent_id=part.parent.row if part.parent else None, region_code=self.instance.region_code,
            parties=self.instance.parties, spec=part.spec, path="/".join(part.path), call_task=part.call_task, number=part.index,
            title=(part.call.name if part.call else "") or self.compiled.titles.get(part.spec, part.spec), step=part.step,
            kind=part.call.attributes.get("kind", "") if part.call else "", status=part.status, result=part.result,
            state=state.dump(part.workflow), next_timer=engine.next_timer(part.workflow),
            finished_at=None if part.status == "running" else self.now,
        )  # fmt: skip
        if part.call is not None:
            clocks.set_step_clock(row, part, self)
        return row

    def _save_touched(self) -> None:
        with connection.cursor() as cursor:
            for part in self.run.touched:
                if part in self.run.begun:
                    continue
                running = part.status == "running"
                cursor.execute(SAVE_PART, [
                    json.dumps(state.dump(part.workflow)), engine.next_timer(part.workflow) if running else None, part.status, part.result,
                    None if running else self.now, part.row,
                ])  # fmt: skip

    def _cancel_below(self, part_id: int | None, calls: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(BELOW, [part_id, calls])
            ids = [row[0] for row in cursor.fetchall()]
        if ids:
            Part.objects.filter(pk__in=ids).update(status="cancelled", finished_at=self.now, next_timer=None)
            Task.objects.filter(part__in=ids, status__in=(*OPEN, "suspended")).update(
                status=Task.Status.CANCELLED, updated_at=self.now
            )

    def _save_opened(self) -> list[Task]:
        made = [(self.handler(o.node), o) for o in self.run.opened]
        tasks = insert(Task, [self._task(handler, o) for handler, o in made])
        for (handler, _), task in zip(made, tasks, strict=True):
            if type(handler).opened is not ProcessHandler.opened:
                handler.opened(task)
        return tasks

    def _task(self, handler: ProcessHandler, opened: engine.Opened) -> Task:
        node, instance = opened.node, self.instance
        given = handler.assign(node, instance)
        row = opened.part.row
        assert row is not None, "parts are saved before their tasks"
        part = self.rows[row]
        task = Task(
            instance=instance, part_id=row, token=opened.task, node=node.id, path="/".join(node.path), number=node.index,
            step=node.step, title=(given.title or node.name or node.id)[:200], subject=instance.subject,
            subject_title=instance.title, process=instance.key, module=self.compiled.module,
            outcomes=[[o.code, o.label] for o in handler.outcomes(node, instance)], form=node.form, instructions=node.documentation,
            starts_clock=node.clock, clock_start=self.now, region_code=instance.region_code, parties=instance.parties,
            created_by=instance.created_by,
        )  # fmt: skip
        assign(task, given, self.offices)
        own = handler.clock(node, instance)
        clocks.set_task_clock(task, part, None if own else handler.limit(node, instance), node, instance, own)
        return task

    def _save_instance(self) -> None:
        instance, run = self.instance, self.run
        root = run.root or next((p for p in run.touched if p.parent_row is None and p.parent is None and not p.path), None)
        values: dict[str, Any] = {}
        if instance.facts != self.before:
            values["facts"] = instance.facts
        if root is not None and root.status in ("finished", "failed"):
            instance.status = Instance.Status.FINISHED if root.status == "finished" else Instance.Status.TERMINATED
            instance.result, instance.finished_at = root.result, self.now
            values |= {"status": instance.status, "result": instance.result, "finished_at": instance.finished_at}
        if values:
            instance.version += 1
            Instance.objects.filter(pk=instance.pk).update(**values, version=instance.version, updated_at=self.now)
        if "status" in values:
            handler_for(instance.key).finished(instance)
            prove("workflow.finished", instance, {"instance": instance.pk, "key": instance.key, "result": instance.result})
            tell("finished", instance, result=instance.result, status=instance.status)


def assign(task: Task, given: Assignment, offices: dict[tuple[str, str], Any]) -> None:
    """Put an assignment onto a task row: the office is looked up nearest to the place, once per authority (`offices`)."""
    task.role, task.authority, task.org_code = given.role, given.authority, given.org_code
    task.party_keys, task.assignee = list(given.party_keys), given.assignee
    org = None
    if given.org_code:
        org = identity.organisation(given.org_code)
    elif given.authority and not given.party_keys:
        place = (given.authority, given.region_code or task.region_code)
        if place not in offices:
            offices[place] = identity.organisation_for(*place)
        org = offices[place]
    if org is not None:
        task.org_id, task.org_code, task.org_name = org.pk, org.code, org.name
        if not org.is_public_body and not task.party_keys:
            # Firms (审图机构, utilities) have agents, not office roles: the firm itself is the candidate.
            task.party_keys, task.role = [f"org:{org.code}"], ""
    if given.assignee is not None:
        person = identity.account(given.assignee)
        task.assignee_name = person.name if person else ""
        task.status = Task.Status.CLAIMED
    extra = [key for key in task.party_keys if key not in task.parties]
    if org is not None and f"org:{org.code}" not in task.parties and f"org:{org.code}" not in extra and not org.is_public_body:
        extra.append(f"org:{org.code}")
    if extra:
        task.parties = [*task.parties, *extra]


def used_seconds(task: Task, now: datetime) -> int:
    """Working time is the clock's business; this is wall time from opening to done."""
    return max(0, int((now - task.clock_start).total_seconds()))
