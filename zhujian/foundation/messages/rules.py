"""When a text may be sent, and what it says: pure rules."""

from __future__ import annotations

from datetime import datetime, timedelta

SIGNATURE = "【数字住建】"
LONGEST = 300


def earliest(now: datetime, quiet_from: int, quiet_to: int) -> datetime:
    """First moment outside the quiet hours [quiet_from, quiet_to) o'clock, `now` itself where it lies outside.

    Source: 通信短信息服务管理规定（工信部令第31号）第十八条.
    """
    hour = now.hour
    quiet = quiet_from <= hour or hour < quiet_to if quiet_from > quiet_to else quiet_from <= hour < quiet_to
    if not quiet:
        return now
    day = now + timedelta(days=1) if hour >= quiet_from > quiet_to else now
    return day.replace(hour=quiet_to, minute=0, second=0, microsecond=0)


def backoff(attempts: int) -> timedelta:
    """Wait after the n-th failure: 1, 2, 4, 8 … minutes, at most an hour."""
    return timedelta(minutes=min(60, 2 ** max(0, attempts - 1)))


def sms_text(title: str, body: str) -> str:
    """The text of an SMS: signature, title, body, cut to the longest allowed; never a link (anti-fraud rule of operators)."""
    text = f"{SIGNATURE}{title}" + (f"：{body}" if body else "")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
