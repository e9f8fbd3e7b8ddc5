"""Registers the process of cases, and follows when a process is stopped from outside."""

from __future__ import annotations

from zhujian.boards.city_management.command.services import moves, recompute
from zhujian.boards.city_management.command.services.process import CaseHandler
from zhujian.foundation import workflow
from zhujian.foundation.events import subscribe
from zhujian.foundation.events.models import Event

workflow.register(CaseHandler())


@subscribe("workflow.terminated", by="command.terminated")
def terminated(event: Event) -> None:
    """A supervisor ended the process."""
    if event.payload.get("key") == "city_case":
        moves.process_stopped(event.subject, str(event.payload.get("reason", "")))


@subscribe("workflow.withdrawn", by="command.withdrawn")
def withdrawn(event: Event) -> None:
    """The whole process was taken back."""
    if event.payload.get("key") == "city_case" and "node" not in event.payload:
        moves.process_stopped(event.subject, "已撤回")


@subscribe("worktime.calendar_changed", by="command.calendar")
def calendar_changed(_event: Event) -> None:
    """Cases that had no date for want of a year's holidays get one; those that have one keep it."""
    recompute.fill_in()
