"""Runs tokens: what opens, what closes, which parts begin and end, when one task is completed. No database here.

A running instance is a tree of parts, one per called process. A `Run` is one act upon it (start, complete, return, a timer):
it touches the part acted on and, only when that part ends, its parent. The service that made the `Run` then stores what
it lists: `opened`, `closed`, `begun`, `touched`, `dropped`, `facts`.
"""

from __future__ import annotations

import logging
from collections import ChainMap
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from zhujian.foundation.kernel.errors import Conflict, Refusal
from zhujian.foundation.workflow import dmn, state
from zhujian.foundation.workflow.compiled import Compiled
from zhujian.foundation.workflow.handlers_api import Node
from zhujian.foundation.workflow.safe_eval import MissingFact, Unsafe, evaluate, parse
from zhujian.foundation.workflow.tree import bpmn_id, next_timer, ready_tasks, run_automatic, running_calls

__all__ = ["Compiled", "Opened", "Part", "Run", "next_timer"]

# SpiffWorkflow gathers every task's data for its log lines unless its loggers are quiet.
for _name in ("spiff", "spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)

RESULT = "result_{}"


@dataclass
class Part:
    """One running process of an instance; `row` is its database id (None when it has just begun)."""

    spec: str
    path: tuple[str, ...] = ()
    parent: Part | None = None
    call_task: str = ""
    row: int | None = None
    stored: dict[str, Any] | None = None
    parent_row: int | None = None
    status: str = "running"
    result: str = ""
    next_timer: datetime | None = None
    index: int | None = None
    workflow: BpmnWorkflow | None = None
    ready: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)

    call: Node | None = None

    @property
    def step(self) -> str:
        """Step code of the call activity itself; empty for the root and for calls without one."""
        return self.call.attributes.get("step", "") if self.call else ""


@dataclass
class Opened:
    """A human task that has become ready."""

    part: Part
    task: str
    node: Node


class _Engine(PythonScriptEngine):
    """Conditions over facts; nothing is ever executed as code."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run

    def validate(self, expression: str) -> None:
        parse(expression)

    def evaluate(self, task: Task, expression: str, external_context: dict | None = None) -> Any:
        return evaluate(expression, ChainMap(task.data, self.run.facts))

    def execute(self, task: Task, script: str, external_context: dict | None = None) -> bool:
        raise Unsafe("流程中不允许脚本任务")

    def decide(self, task: Task, key: str) -> None:
        """Put the outputs of decision `key` among the facts."""
        outputs, rows = dmn.decide(self.run.compiled.decisions[key], ChainMap(task.data, self.run.facts))
        self.run.facts.update(outputs)
        self.run.decided.append((key, rows, outputs))

    def act(self, task: Task) -> None:
        """Let the handler act for an automatic step."""
        part = self.run.part_of(task)
        node = self.run.node(part, task)
        self.run.facts.update(self.run.act(node) or {})


class Run:
    """One act upon an instance. `act` serves automatic steps, `ended` is told of each part that ends and returns facts,
    `load` gives a parent part by its row."""

    def __init__(
        self, compiled: Compiled, facts: dict[str, Any], *, act: Callable[[Node], dict | None] = lambda node: {},
        ended: Callable[[Part], dict | None] = lambda part: {}, load: Callable[[int], Part] | None = None,
    ) -> None:  # fmt: skip
        self.compiled = compiled
        self.facts = facts
        self.act, self.ended, self._load = act, ended, load
        self.opened: list[Opened] = []
        self.closed: list[tuple[Part, str]] = []
        self.begun: list[Part] = []
        self.touched: list[Part] = []
        self.dropped: list[tuple[Part, str]] = []
        self.decided: list[tuple[str, tuple[str, ...], dict]] = []
        self.engine = _Engine(self)
        self.root: Part | None = None

    # -- acts ---------------------------------------------------------------------------------------------------------

    def start(self) -> Part:
        """Begin the root process."""
        self.root = self._begin(self.compiled.root, (), None, "", None)
        self._guarded(self._settle, self.root)
        return self.root

    def complete(self, part: Part, task_id: str, outcome: str) -> None:
        """Complete a ready human task with `outcome` (its facts are already in `facts`)."""
        self._open(part)
        task = part.workflow.tasks.get(UUID(task_id))  # type: ignore[union-attr]
        if task is None or not task.has_state(TaskState.READY):
            raise Conflict("workflow.task.moved", "这项任务已不在当前环节，请刷新页面查看最新进度。")
        task.data["outcome"] = outcome
        step = self.compiled.diagrams[part.spec].items[bpmn_id(task)].zj.get("step")
        if step:
            self.facts[RESULT.format(step)] = outcome
        part.ready.discard(task_id)

        def go() -> None:
            task.run()
            self._settle(part)

        self._guarded(go)

    def back(self, part: Part, task_id: str) -> None:
        """Return to the finished human task `task_id` of the same part; everything after it is undone."""
        self._open(part)
        part.ready.discard(task_id)

        def go() -> None:
            part.workflow.reset_from_task_id(UUID(task_id))  # type: ignore[union-attr]
            self._settle(part)

        self._guarded(go)

    def tick(self, part: Part) -> None:
        """Look at the part's timers."""
        self._open(part)

        def go() -> None:
            part.workflow.refresh_timers()  # type: ignore[union-attr]
            self._settle(part)

        self._guarded(go)

    def earlier(self, part: Part, task_id: str) -> list[tuple[str, str]]:
        """(task id, node id) of finished human tasks on the way to `task_id`, nearest first."""
        self._open(part)
        found, seen = [], set()
        task = part.workflow.tasks.get(UUID(task_id))  # type: ignore[union-attr]
        task = task.parent if task else None
        while task is not None:
            name = bpmn_id(task)
            if task.task_spec.manual and task.has_state(TaskState.COMPLETED) and name not in seen:
                seen.add(name)
                found.append((task.id.hex, name))
            task = task.parent
        return found

    def node(self, part: Part, task: Task) -> Node:
        """The diagram node behind a Spiff task."""
        index = task.internal_data.get("key_or_index", part.index)
        return self.compiled.node(part.spec, bpmn_id(task), part.path, index)

    def part_of(self, task: Task) -> Part:
        """The part whose tree holds `task`."""
        return next(p for p in self.touched if p.workflow is task.workflow)

    # -- inside ---------------------------------------------------------------------------------------------------------

    def _guarded(self, go: Callable, *args: Any) -> None:
        try:
            go(*args)
        except (MissingFact, dmn.NoRule) as error:
            raise Refusal("workflow.condition.fact", f"{error}。请先补充后再办理。") from error
        except Unsafe as error:
            raise Refusal("workflow.condition.unsafe", f"流程定义有误：{error}。请联系流程管理员。") from error
        except SpiffWorkflowException as error:
            raise Refusal("workflow.stuck", f"流程无法继续：{error}。请联系流程管理员核对流程定义。") from error

    def _begin(self, spec: str, path: tuple[str, ...], parent: Part | None, call_task: str, index: int | None) -> Part:
        if spec not in self.compiled.specs:
            raise Refusal("workflow.called.missing", f"被调用的流程 {spec} 没有发布，请联系流程管理员。")
        part = Part(spec, path, parent, call_task, index=index, call=self.compiled.call_of(path))
        part.workflow = BpmnWorkflow(self.compiled.specs[spec], script_engine=self.engine)
        self.begun.append(part)
        self.touched.append(part)
        return part

    def _open(self, part: Part) -> Part:
        """Build the part's tree from what is stored, once."""
        if part.workflow is None:
            assert part.stored is not None
            part.workflow = state.load(part.stored, self.compiled.specs[part.spec], self.engine)
            part.ready, part.calls = ready_tasks(part.workflow), running_calls(part.workflow)
        if part not in self.touched:
            self.touched.append(part)
        return part

    def _parent(self, part: Part) -> Part | None:
        if part.parent is None and part.parent_row is not None and self._load is not None:
            known = next((p for p in self.touched if p.row == part.parent_row), None)
            part.parent = known or self._load(part.parent_row)
        return part.parent

    def _settle(self, part: Part) -> None:
        """Run everything automatic, then note what opened, closed, began and ended; go on upwards when the part ends."""
        workflow = part.workflow
        assert workflow is not None
        while True:
            run_automatic(workflow)
            error = next((e for e in workflow.bpmn_events if hasattr(e.event_definition, "code")), None)
            workflow.bpmn_events = []
            if error is not None:
                self._close_all(part, "failed")
                self._fail(part, error)
                return
            calls = running_calls(workflow)
            for gone in part.calls - calls:
                self._drop(part, gone)
            new = [t for t in workflow.tasks.values() if t.id.hex in calls - part.calls]
            part.calls = calls
            for call in new:
                index = call.internal_data.get("key_or_index", part.index)
                child = self._begin(call.task_spec.called, (*part.path, bpmn_id(call)), part, call.id.hex, index)
                self._settle(child)
            if not any(t._state == TaskState.READY and not t.task_spec.manual for t in workflow.tasks.values()):
                break
        self._note_ready(part)
        if workflow.is_completed() and part.status == "running":
            self._end(part)

    def _note_ready(self, part: Part) -> None:
        ready = ready_tasks(part.workflow)
        for gone in part.ready - ready:
            self._shut(part, gone)
        for task in [t for t in part.workflow.tasks.values() if t.id.hex in ready - part.ready]:  # type: ignore[union-attr]
            self.opened.append(Opened(part, task.id.hex, self.node(part, task)))
        part.ready = ready

    def _shut(self, part: Part, task_id: str) -> None:
        before = len(self.opened)
        self.opened = [o for o in self.opened if not (o.part is part and o.task == task_id)]
        if len(self.opened) == before:
            self.closed.append((part, task_id))

    def _end(self, part: Part) -> None:
        part.status = "finished"
        part.result = self._result(part)
        if part.step:
            self.facts[RESULT.format(part.step)] = part.result
        self.facts.update(self.ended(part) or {})
        parent = self._parent(part)
        if parent is None:
            return
        self._open(parent)
        call = parent.workflow.tasks[UUID(part.call_task)]  # type: ignore[union-attr]
        call.data["outcome"] = part.result
        parent.calls.discard(part.call_task)
        call.complete()
        # A part that ends while its parent is still being settled leaves the rest to that loop.
        if part not in self.begun:
            self._settle(parent)

    def _fail(self, part: Part, event: Any) -> None:
        """Hand an error to the boundary event of the caller, else further up; at the top the instance ends with it."""
        part.result = event.event_definition.code or "error"
        if part.step:
            self.facts[RESULT.format(part.step)] = part.result
        self.facts.update(self.ended(part) or {})
        parent = self._parent(part)
        if parent is None:
            return
        self._open(parent)
        call = parent.workflow.tasks[UUID(part.call_task)]  # type: ignore[union-attr]
        split = call.parent if isinstance(call.parent.task_spec, BoundaryEventSplit) else None
        catchers = [
            t for t in (split.children if split else [])
            if isinstance(t.task_spec, BoundaryEvent) and t.task_spec.catches(t, event)
        ]  # fmt: skip
        if not catchers:
            self._close_all(parent, "failed")
            self._fail(parent, event)
            return
        parent.calls.discard(part.call_task)
        event.payload = {"error": part.result}
        for task in catchers:
            task.task_spec.catch(task, event)
            task.task_spec._update(task)
        if part not in self.begun:
            self._settle(parent)

    def _result(self, part: Part) -> str:
        """Result named on the end event that was reached last, else the last outcome."""
        items = self.compiled.diagrams[part.spec].items
        ends = [
            t for t in part.workflow.tasks.values()  # type: ignore[union-attr]
            if t.has_state(TaskState.COMPLETED) and (i := items.get(bpmn_id(t))) and i.kind == "endEvent" and i.zj.get("result")
        ]  # fmt: skip
        if ends:
            return items[bpmn_id(max(ends, key=lambda t: t.last_state_change))].zj["result"]
        last = part.workflow.last_task  # type: ignore[union-attr]
        return str((last.data if last else {}).get("outcome", "done"))

    def _drop(self, part: Part, call_task: str) -> None:
        """A call that ran has been undone or cancelled: so is its part, with all below it."""
        child = next((p for p in self.touched if p.parent is part and p.call_task == call_task), None)
        if child is not None and child.status != "running":
            return
        if child is not None and child.row is None:
            self._close_all(child, "cancelled")
        else:
            self.dropped.append((part, call_task))

    def _close_all(self, part: Part, status: str) -> None:
        part.status = status
        for task_id in list(part.ready):
            self._shut(part, task_id)
        part.ready = set()
        for call in list(part.calls):
            self._drop(part, call)
        part.calls = set()
        part.workflow.cancel()  # type: ignore[union-attr]
