"""Events: a transactional outbox, subscribers, retries, dead letters, and the jobs that run by the clock."""

from zhujian.foundation.events.registry import subscribe

__all__ = ["subscribe"]
