"""What other modules may read about messages."""

from __future__ import annotations

from zhujian.foundation.kernel import scope
from zhujian.foundation.messages.models import Message


def unread() -> int:
    """How many unread messages the actor has: exact, from an index of unread ones only."""
    actor = scope.current().actor_id
    return Message.objects.filter(account=actor, read_at__isnull=True).count() if actor else 0


def latest(size: int = 5, *, unread_only: bool = False) -> list[Message]:
    """The actor's newest messages."""
    found = Message.objects.filter(account=scope.current().actor_id)
    return list((found.filter(read_at__isnull=True) if unread_only else found).order_by("-id")[:size])
