"""Long work beside the worker's loop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from zhujian.foundation.events import registry, services, worker


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> dict[str, registry.Lane]:
    """A worker without events, jobs and other lanes."""
    lanes: dict[str, registry.Lane] = {}
    monkeypatch.setattr(registry, "_lanes", lanes)
    monkeypatch.setattr(registry, "_jobs", {})
    monkeypatch.setattr(services, "deliver_all", lambda limit=0: 0)
    monkeypatch.setattr(worker.connection, "close", lambda: None)
    return lanes


def test_a_lane_never_holds_up_the_loop(alone: dict[str, registry.Lane], monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[float] = []
    monkeypatch.setattr(services, "deliver_all", lambda limit=0: rounds.append(time.monotonic()) or 0)
    stop, began, ended = threading.Event(), threading.Event(), threading.Event()

    @registry.lane(name="t.long")
    def long(stopped: Callable[[], bool]) -> bool:
        began.set()
        while not stopped():
            time.sleep(0.01)
        ended.set()
        return True

    loop = threading.Thread(target=worker.loop, args=(stop.is_set, 0.01))
    loop.start()
    assert began.wait(5)
    there = len(rounds)
    time.sleep(0.3)
    assert len(rounds) > there  # events went on while the piece of work ran
    stop.set()
    loop.join(5)
    assert ended.is_set() and not loop.is_alive()


def test_a_lane_that_fails_is_tried_again(alone: dict[str, registry.Lane]) -> None:
    calls: list[int] = []

    @registry.lane(name="t.broken")
    def broken(stopped: Callable[[], bool]) -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("once")
        return False

    stop = threading.Event()
    loop = threading.Thread(target=worker.loop, args=(stop.is_set, 0.01))
    loop.start()
    until = time.monotonic() + 10
    while len(calls) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()
    loop.join(5)
    assert len(calls) >= 2


def test_lanes_run_in_the_foreground_until_nothing_waits(alone: dict[str, registry.Lane]) -> None:
    left = [1, 2, 3]

    @registry.lane(name="t.three")
    def three(stopped: Callable[[], bool]) -> bool:
        return bool(left and left.pop())

    assert worker.run_lanes() == 3 and worker.run_lanes() == 0
    assert [lane.name for lane in registry.lanes()] == ["t.three"]
