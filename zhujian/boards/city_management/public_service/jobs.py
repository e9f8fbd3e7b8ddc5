"""What the worker does for the public service."""

from __future__ import annotations

from zhujian.boards.city_management.public_service.services import call_backs, pushes
from zhujian.foundation.events.jobs import every


@every(seconds=5, name="public_service.pushes")
def deliver_pushes() -> int:
    """Tell the hotlines what has happened to their orders."""
    return pushes.deliver()


@every(seconds=600, name="public_service.call_backs")
def expire_call_backs() -> int:
    """Call-backs whose time is over."""
    return call_backs.do_expire()
