"""Periodic jobs of the event bus; also where other modules find `every` and `lane`."""

from zhujian.foundation.events.registry import every, lane

__all__ = ["every", "lane"]
