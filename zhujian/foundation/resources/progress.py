"""How far long work has come: whoever runs it listens, the code that does it tells its share. Without a listener nothing happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

Listener = Callable[[int, str], None]


@dataclass(frozen=True)
class _Part:
    """A stretch of the whole, in per cent, with what is done in it."""

    listener: Listener
    low: float = 0.0
    high: float = 100.0
    text: str = ""


_part: ContextVar[_Part | None] = ContextVar("zj_progress", default=None)


@contextmanager
def heard(listener: Listener) -> Iterator[None]:
    """Let `listener(per cent, what is being done)` hear what the block tells."""
    token = _part.set(_Part(listener))
    try:
        yield
    finally:
        _part.reset(token)


@contextmanager
def part(low: float, high: float, text: str = "") -> Iterator[None]:
    """The block is this stretch (per cent) of what stands around it; `text` says what is done in it."""
    around = _part.get()
    if around is None:
        yield
        return
    width = (around.high - around.low) / 100
    token = _part.set(_Part(around.listener, around.low + low * width, around.low + high * width, text or around.text))
    try:
        tell(0, 1)
        yield
    finally:
        _part.reset(token)


def tell(done: int, total: int) -> None:
    """`done` of `total` pieces of this stretch are done."""
    now = _part.get()
    if now is not None:
        now.listener(int(now.low + (now.high - now.low) * min(done, total) / max(total, 1)), now.text)


__all__ = ["heard", "part", "tell"]
