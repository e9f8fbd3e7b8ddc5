"""Messages for the frame and the portals' first pages; nothing while the message module is absent."""

from __future__ import annotations

from typing import Any

from zhujian.foundation.kernel.registry import modules


def _present() -> bool:
    return any(mod.code == "messages" and mod.has("selectors") for mod in modules())


def unread() -> int:
    """How many messages the actor has not read."""
    if not _present():
        return 0
    from zhujian.foundation.messages import selectors

    return selectors.unread_count()


def latest(limit: int) -> list[Any]:
    """The actor's newest messages."""
    if not _present():
        return []
    from zhujian.foundation.messages import selectors

    return list(selectors.latest(limit))
