"""Periodic jobs of the event bus; also where other modules find `every`."""

from zhujian.foundation.events.registry import every

__all__ = ["every"]
