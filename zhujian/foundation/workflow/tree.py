"""Reading and settling one SpiffWorkflow task tree."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition, TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from zhujian.foundation.workflow.specs import Call


def settle_boundaries(workflow: BpmnWorkflow) -> bool:
    """Cancel waiting boundary events of a task that has ended, and a task that an interrupting event has ended; whether any."""
    found = False
    for split in [
        t for t in workflow.tasks.values() if isinstance(t.task_spec, BoundaryEventSplit) and t.has_state(TaskState.COMPLETED)
    ]:
        events = [t for t in split.children if isinstance(t.task_spec, BoundaryEvent)]
        main = next(t for t in split.children if not isinstance(t.task_spec, BoundaryEvent))
        fired = any(t.task_spec.cancel_activity and t.has_state(TaskState.READY | TaskState.COMPLETED) for t in events)
        idle = [t for t in events if t.has_state(TaskState.WAITING)] if fired or main.has_state(TaskState.FINISHED_MASK) else []
        if fired and not main.has_state(TaskState.FINISHED_MASK):
            idle.append(main)
        for task in idle:
            task.cancel()
            found = True
    if found:
        workflow.update_waiting_tasks()
    return found


def run_automatic(workflow: BpmnWorkflow) -> None:
    """Run ready gateways, events, decisions and calls until only people can go on, or an error has been thrown."""
    while True:
        settle_boundaries(workflow)
        ready = [t for t in workflow.tasks.values() if t._state == TaskState.READY and not t.task_spec.manual]
        if not ready:
            return
        for task in ready:
            if task._state == TaskState.READY and task.id in workflow.tasks:
                task.run()
        if workflow.bpmn_events:
            return


def ready_tasks(workflow: BpmnWorkflow) -> set[str]:
    """Ids of the human tasks that are ready."""
    return {t.id.hex for t in workflow.tasks.values() if t._state == TaskState.READY and t.task_spec.manual}


def running_calls(workflow: BpmnWorkflow) -> set[str]:
    """Ids of the call activities whose part is running."""
    return {t.id.hex for t in workflow.tasks.values() if t._state == TaskState.STARTED and isinstance(t.task_spec, Call)}


def bpmn_id(task: Task) -> str:
    """Id of the diagram node (a multi-instance task's own spec is called ``<id> [child]``)."""
    return getattr(task.task_spec, "bpmn_id", None) or task.task_spec.name.removesuffix(" [child]")


def next_timer(workflow: BpmnWorkflow) -> datetime | None:
    """When the earliest waiting timer of the tree fires."""
    found = []
    for task in workflow.event_manager.tasks.values():
        definition = getattr(task.task_spec, "event_definition", None)
        value = task.internal_data.get("event_value")
        if (
            task.id in workflow.tasks
            and isinstance(definition, TimerEventDefinition)
            and value
            and task.has_state(TaskState.WAITING)
        ):
            found.append(_fires(definition, value))
    return min(found) if found else None


def _fires(definition: TimerEventDefinition, value: Any) -> datetime:
    return TimerEventDefinition.get_datetime(value["next"] if isinstance(definition, CycleTimerEventDefinition) else value)
