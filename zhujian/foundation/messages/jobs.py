"""What the worker does for messages."""

from __future__ import annotations

from zhujian.foundation.events import jobs
from zhujian.foundation.messages import services


@jobs.every(seconds=15, name="messages.sms")
def deliver_texts() -> int:
    """Hand waiting texts to the operator."""
    return services.deliver_texts()
