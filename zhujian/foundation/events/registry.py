"""Who listens to what. Filled when modules' ``handlers.py`` and ``jobs.py`` are imported at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhujian.foundation.events.models import Event

Handler = Callable[["Event"], None]


@dataclass(frozen=True)
class Subscription:
    """One subscriber of one event name. `by` is unique and stable: deliveries are kept under it."""

    event: str
    by: str
    handler: Handler


@dataclass(frozen=True)
class Job:
    """Something to do every `seconds`; `run` returns how much it did."""

    name: str
    seconds: float
    run: Callable[[], int]


_subscriptions: dict[str, Subscription] = {}
_jobs: dict[str, Job] = {}


def subscribe(event: str, *, by: str) -> Callable[[Handler], Handler]:
    """Register a handler for events called `event`.

    The handler runs in a transaction of its own that also marks the delivery done, so what it writes happens once; what it
    does outside the database may happen again after a crash and must be idempotent.
    """

    def register(handler: Handler) -> Handler:
        known = _subscriptions.get(by)
        if known and known.handler.__qualname__ != handler.__qualname__:
            raise ValueError(f"two subscribers are called {by!r}")
        _subscriptions[by] = Subscription(event, by, handler)
        return handler

    return register


def subscriptions(event: str | None = None) -> list[Subscription]:
    """All subscriptions, or those of one event name."""
    return [s for s in _subscriptions.values() if event in (None, s.event)]


def subscription(by: str) -> Subscription | None:
    """The subscription called `by`."""
    return _subscriptions.get(by)


def every(*, seconds: float, name: str) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Register a periodic job. One worker at a time runs it, in a transaction under a system scope."""

    def register(run: Callable[[], int]) -> Callable[[], int]:
        _jobs[name] = Job(name, seconds, run)
        return run

    return register


def jobs() -> list[Job]:
    """All periodic jobs."""
    return list(_jobs.values())
