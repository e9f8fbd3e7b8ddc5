"""A part's task tree as small JSON without its specification, and back.

Tasks are written in tree order as ``[id, parent row, spec, state, changed, triggered, internal, changed data, dropped keys]``;
data is stored as the difference from the parent's, as SpiffWorkflow does.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.serializer.helpers import DefaultRegistry
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

FORMAT = 1
_values = DefaultRegistry()


def dump(workflow: BpmnWorkflow) -> dict[str, Any]:
    """JSON-ready state of `workflow`."""
    rows: list[list[Any]] = []
    numbers: dict[Any, int] = {}
    stack = [workflow.task_tree]
    while stack:
        task = stack.pop()
        parent = task.parent
        numbers[task.id] = len(rows)
        if parent is None:
            changed, dropped = dict(task.data), []
        else:
            was = parent.data
            changed = {k: v for k, v in task.data.items() if k not in was or was[k] != v}
            dropped = [k for k in was if k not in task.data]
        rows.append([
            task.id.hex, None if parent is None else numbers[parent.id], task.task_spec.name, task.state,
            round(task.last_state_change, 3), int(task.triggered),
            _values.convert(task.internal_data) if task.internal_data else 0, changed or 0, dropped or 0,
        ])  # fmt: skip
        stack.extend(reversed(task.children))
    last = workflow.last_task
    return {
        "format": FORMAT, "tasks": rows, "last": last.id.hex if last is not None and last.id in workflow.tasks else None,
        "success": workflow.success, "completed": workflow.completed, "data": _values.convert(workflow.data) if workflow.data else {},
    }  # fmt: skip


def load(state: dict[str, Any], spec: object, engine: object) -> BpmnWorkflow:
    """The workflow of `state` on `spec`, its conditions evaluated by `engine`."""
    workflow = BpmnWorkflow(spec, script_engine=engine, deserializing=True)
    tasks: list[Task] = []
    for uid, parent_row, spec_name, value, changed_at, triggered, internal, changed, dropped in state["tasks"]:
        task = Task(workflow, spec.task_specs[spec_name], state=value, id=UUID(uid))  # type: ignore[attr-defined]
        task.last_state_change = changed_at
        task.triggered = bool(triggered)
        if internal:
            task.internal_data = _values.restore(internal)
        if parent_row is not None:
            parent = tasks[parent_row]
            task._parent = parent.id
            parent._children.append(task.id)
            data = dict(parent.data)
            for key in dropped or ():
                data.pop(key, None)
            task.data = data
        if changed:
            task.data.update(changed)
        if value == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            workflow.event_manager.add_task(task)
        tasks.append(task)
    workflow.task_tree = tasks[0]
    workflow.success, workflow.completed = state["success"], state["completed"]
    workflow.data = _values.restore(state["data"])
    workflow.last_task = workflow.tasks.get(UUID(state["last"])) if state["last"] else None
    return workflow


def nodes(state: dict[str, Any]) -> list[tuple[str, str, int]]:
    """(task id, spec name, state) of each task, without building the tree: for the live diagram."""
    return [(row[0], row[2], row[3]) for row in state["tasks"]]
