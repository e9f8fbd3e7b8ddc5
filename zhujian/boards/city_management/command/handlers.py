"""Registers the process of cases, and follows when a process is stopped from outside."""

from __future__ import annotations

from zhujian.boards.city_management.command.services import moves
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
