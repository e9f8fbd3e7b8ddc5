"""Periodic work: shifts that somebody forgot to end, and tracks that are no longer needed."""

from __future__ import annotations

from zhujian.boards.city_management.collection import services
from zhujian.foundation.events.jobs import every


@every(seconds=300, name="collection.forgotten")
def forgotten() -> int:
    """End shifts that are open longer than a shift may last."""
    return services.close_forgotten()


@every(seconds=86400, name="collection.tracks")
def tracks() -> int:
    """Make the months to come, drop the ones past."""
    return services.do_keep()
