"""Chaining and anchoring."""

from __future__ import annotations

from zhujian.foundation import events
from zhujian.foundation.audit import services


@events.jobs.every(seconds=5, name="audit.seal")
def seal() -> int:
    """Chain what has committed."""
    return services.seal()


@events.jobs.every(seconds=3600, name="audit.anchor")
def anchor() -> int:
    """Put the chain's end into the evidence ledger."""
    return services.anchor()
