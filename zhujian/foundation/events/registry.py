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


@dataclass(frozen=True)
class Lane:
    """Long work beside the worker's loop. `run(stopped)` does one piece and says whether there was one; it ends soon when `stopped()`."""

    name: str
    run: Callable[[Callable[[], bool]], bool]


_subscriptions: dict[str, Subscription] = {}
_lanes: dict[str, Lane] = {}
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


def lane(*, name: str) -> Callable[[Callable[[Callable[[], bool]], bool]], Callable[[Callable[[], bool]], bool]]:
    """Register long work: each worker runs it in a thread of its own, so that events and timers never wait for it.

    Several workers run the same lane at once: it claims its pieces itself (`SKIP LOCKED` and a lease), opens its own transactions and scopes.
    """

    def register(run: Callable[[Callable[[], bool]], bool]) -> Callable[[Callable[[], bool]], bool]:
        _lanes[name] = Lane(name, run)
        return run

    return register


def lanes() -> list[Lane]:
    """All lanes."""
    return list(_lanes.values())


def jobs() -> list[Job]:
    """All periodic jobs."""
    return list(_jobs.values())
