"""The sequencer."""

from __future__ import annotations

from zhujian.foundation import events
from zhujian.foundation.evidence import services


@events.jobs.every(seconds=5, name="evidence.seal")
def seal() -> int:
    """Seal what has committed since the last run."""
    return services.seal()
