"""Workflow: BPMN processes and DMN decisions, tasks, clocks, to-do lists, supervision.

Other modules use three names: `register` (a `ProcessHandler`), `register_form` (what a task page shows) and, from
``services``, `start` and the ``do_…`` functions.
"""

from zhujian.foundation.workflow.handlers_api import (
    Assignment,
    Node,
    Outcome,
    ProcessHandler,
    TimeLimit,
    register,
    register_form,
)

__all__ = ["Assignment", "Node", "Outcome", "ProcessHandler", "TimeLimit", "register", "register_form"]
