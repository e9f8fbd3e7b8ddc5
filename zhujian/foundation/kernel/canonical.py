"""One way to write a JSON value as bytes, so that equal values have equal hashes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder

CHINA = ZoneInfo("Asia/Shanghai")
_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=DjangoJSONEncoder().default
).encode


def canonical(value: Any) -> str:
    """Keys sorted, no blanks, no escapes beyond JSON's own; dates, decimals and UUIDs as text. NaN is a ValueError."""
    return _encode(value)


def moment(at: datetime) -> str:
    """A moment as ISO 8601 with milliseconds and +08:00."""
    return at.astimezone(CHINA).isoformat(timespec="milliseconds")
