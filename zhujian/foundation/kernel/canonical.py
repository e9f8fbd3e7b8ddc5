"""One way to write a JSON value as bytes, so that equal values have equal hashes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.core.serializers.json import DjangoJSONEncoder

CHINA = ZoneInfo("Asia/Shanghai")
OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_other = DjangoJSONEncoder().default


def canonical(value: Any) -> str:
    """Keys sorted, no blanks, UTF-8 without needless escapes; dates, decimals and UUIDs as text. TypeError for other things."""
    return orjson.dumps(value, _other, OPTIONS).decode()


def moment(at: datetime) -> str:
    """A moment as ISO 8601 with milliseconds and +08:00."""
    return at.astimezone(CHINA).isoformat(timespec="milliseconds")
