"""What a process's owner tells the engine: who does a step, how long it may take, what must hold, what it changes.

Register one handler per process key; every process without one runs on the ``zj:`` attributes of its diagram alone. A
handler registered for the main process also serves the sub-processes it calls, unless they have their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zhujian.foundation.kernel.errors import Reason


@dataclass(frozen=True)
class Outcome:
    """One way a task can end; `code` goes to the gateways, `label` onto the button."""

    code: str
    label: str


@dataclass(frozen=True)
class Node:
    """A node of a diagram as the engine meets it.

    `attributes` are its own ``zj:`` attributes, `inherited` those of the call activities around it (nearest wins), `path`
    their ids from the root. `index` is its number in a multi-instance task, else None.
    """

    id: str
    name: str
    kind: str
    process: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    inherited: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    documentation: str = ""
    index: int | None = None

    def get(self, name: str, default: str = "") -> str:
        """Own attribute `name`, else that of the nearest call activity around."""
        return self.attributes.get(name) or self.inherited.get(name) or default

    @property
    def step(self) -> str:
        """Step code like ``C07``."""
        return self.get("step")

    @property
    def role(self) -> str:
        """Candidate role; empty for a party's own task."""
        return self.attributes.get("role", "") or ("" if self.attributes.get("party") else self.inherited.get("role", ""))

    @property
    def authority(self) -> str:
        """Function of the office in charge, e.g. ``HUD``; empty for a party's own task."""
        return "" if self.attributes.get("party") else self.get("authority")

    @property
    def party(self) -> str:
        """Party in charge, e.g. ``DEV``; empty for an office's task."""
        return "" if self.attributes.get("authority") or self.attributes.get("role") else self.get("party")

    @property
    def form(self) -> str:
        """Key of the form shown on the task page."""
        return self.get("form")

    @property
    def limit(self) -> str:
        """Parameter key of the node's own time limit (a call activity's limit is its step clock)."""
        return self.attributes.get("limit", "")

    @property
    def shadow(self) -> str:
        """Parameter key of the stricter statutory limit kept beside the promised one."""
        return self.attributes.get("shadow-limit", "")

    @property
    def mandatory(self) -> bool:
        """Whether a city's variant must keep the node."""
        return self.attributes.get("mandatory") == "true"

    @property
    def clock(self) -> str:
        """Outcome that starts the step clock (day 0 = acceptance), e.g. ``accept``."""
        return self.attributes.get("clock", "")

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Possible outcomes; a task without any is simply done."""
        return outcomes(self.attributes.get("outcomes", "")) or (Outcome("done", "办理完成"),)


def outcomes(text: str) -> tuple[Outcome, ...]:
    """Outcomes written ``pass:同意|reject:不予同意``."""
    found = []
    for part in filter(None, (p.strip() for p in text.split("|"))):
        code, _, label = part.partition(":")
        found.append(Outcome(code.strip(), label.strip() or code.strip()))
    return tuple(found)


@dataclass(frozen=True)
class Assignment:
    """Who may do a task: `role` at the office `org_code` (or any office with `authority`), or the holders of `party_keys`,
    or one account (`assignee`).

    `region_code`: where the office is looked for, when not where the instance is (a provincial step of a city's project).
    """

    role: str = ""
    authority: str = ""
    org_code: str = ""
    party_keys: tuple[str, ...] = ()
    assignee: int | None = None
    title: str = ""
    region_code: str = ""


@dataclass(frozen=True)
class TimeLimit:
    """A limit with its source: `amount` and `unit` as in `worktime.rules.Limit`, parameter key and version."""

    amount: int
    unit: str
    parameter: str = ""
    version_id: int | None = None


@dataclass(frozen=True)
class OwnClock:
    """How a clock stands that the module itself keeps, because it runs through several tasks and is stopped, carried on or begun
    again by the module's rules (the time a department has for a case). Tasks only show it; all None: no date yet."""

    due: datetime | None = None
    yellow_at: datetime | None = None
    paused_at: datetime | None = None


class ProcessHandler:
    """Behaviour of one process. Subclass, set `key`, override what the attributes cannot say, and `register` an instance.

    `task` is a `workflow.models.Task`, `instance` a `workflow.models.Instance` (its `facts` are what gateways see).
    `did`, `act`, `opened`, `part_finished` and `finished` run in the transaction of the act, in a system scope that keeps
    the actor's name: `kernel.scope.current().actor_id`, `.org_id`; `check` runs in the actor's own scope.
    """

    key: str = ""

    def assign(self, node: Node, instance: Any) -> Assignment:
        """Who does this task. Default: the role and authority, or the party, of the diagram."""
        return default_assignment(node, instance)

    def limit(self, node: Node, instance: Any) -> TimeLimit | None:
        """Time limit of a task (or of a step, when `node` is a call activity). Default: parameter ``zj:limit``."""
        from zhujian.foundation.workflow.services.clocks import limit_from_parameter

        return limit_from_parameter(node.limit, instance)

    def clock(self, node: Node, instance: Any) -> OwnClock | None:
        """The module's own clock that a task shows; None (the default): the task has `limit`, or its step's clock."""
        return None

    def outcomes(self, node: Node, instance: Any) -> tuple[Outcome, ...]:
        """Outcomes offered. Default: those of the diagram."""
        return node.outcomes

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """Reasons against completing now."""
        return []

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Take effect; the returned facts join the instance's facts before the gateways look."""
        return {}

    def act(self, node: Node, instance: Any) -> dict[str, Any]:
        """Automatic step (service task with ``zj:action``); returns facts."""
        return {}

    def opened(self, task: Any) -> None:
        """A task has become ready (its row is saved)."""

    def part_finished(self, part: Any, instance: Any) -> dict[str, Any]:
        """A called sub-process has ended; returns facts. `part.step`, `part.result` say which and how."""
        return {}

    def finished(self, instance: Any) -> None:
        """The whole process has ended."""


class DefaultHandler(ProcessHandler):
    """Serves processes that nobody registered."""


_handlers: dict[str, ProcessHandler] = {}
_forms: dict[str, Any] = {}
_pages: dict[str, str] = {}


def register(handler: ProcessHandler) -> ProcessHandler:
    """Make `handler` the owner of process `handler.key`; ValueError when the key is taken by another class."""
    had = _handlers.get(handler.key)
    if not handler.key or (had is not None and type(had) is not type(handler)):
        raise ValueError(f"process key {handler.key!r} is empty or already has a handler")
    _handlers[handler.key] = handler
    return handler


def handler_for(*keys: str) -> ProcessHandler:
    """Handler of the first of `keys` that has one (a sub-process first, then the main process)."""
    for key in keys:
        if key in _handlers:
            return _handlers[key]
    return _default


def register_form(key: str, form: Callable[..., Any]) -> None:
    """Show `form` on the page of tasks with ``zj:form="key"``.

    `form` is a Django form class (constructed with ``data``, ``files``, ``initial`` and, when it accepts it, ``task``; its
    ``cleaned_data`` becomes the handler's `data`) or a callable ``(request, task) -> dict`` with ``template`` and context
    values, for read-only panels.
    """
    _forms[key] = form


def form_for(key: str) -> Any | None:
    """What was registered for `key`, or None."""
    return _forms.get(key)


def register_page(key: str, route: str) -> None:
    """Do tasks of the process `key` on the module's own page: `route` takes the task's id. The common page leads there."""
    _pages[key] = route


def page_for(key: str) -> str:
    """The route registered for the process `key`, or empty."""
    return _pages.get(key, "")


def known_forms() -> frozenset[str]:
    """Keys of all registered forms."""
    return frozenset(_forms)


def default_assignment(node: Node, instance: Any) -> Assignment:
    """Assignment from the diagram; a party's keys come from the fact ``party_<CODE>`` or else the instance's parties."""
    if node.party:
        named = instance.facts.get(f"party_{node.party}")
        keys = [named] if isinstance(named, str) else list(named or ())
        keys = keys or [key for key in instance.parties if key.startswith(("org:", "person:"))]
        return Assignment(party_keys=tuple(keys), title=node.name)
    return Assignment(role=node.role, authority=node.authority, title=node.name)


_default = DefaultHandler()
