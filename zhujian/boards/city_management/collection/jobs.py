"""Periodic work: shifts that somebody forgot to end."""

from __future__ import annotations

from zhujian.boards.city_management.collection import services
from zhujian.foundation.events.jobs import every


@every(seconds=300, name="collection.forgotten")
def forgotten() -> int:
    """End shifts that are open longer than a shift may last."""
    return services.close_forgotten()
