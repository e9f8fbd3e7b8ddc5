"""The hash chain of the audit log (foundation.md §11): h_i = SM3(h_{i−1} ‖ record), h_0 = 32 zero bytes. Pure."""

from __future__ import annotations

from collections.abc import Callable

START = bytes(32)
SECRET_WORDS = ("password", "secret", "token", "密码", "验证码")


def link(previous: bytes, record: bytes, h: Callable[[bytes], bytes]) -> bytes:
    """Hash of one record and everything before it."""
    return h(previous + record)


def record_text(seq: int, body: str) -> str:
    """The record as it is chained: its place first, then the canonical JSON object `body` (which has no key ``seq``)."""
    if not body.startswith("{") or not body.endswith("}"):
        raise ValueError("a record is a JSON object")
    return f'{{"seq":{seq}' + ("," if body != "{}" else "") + body[1:]


def without_secrets(detail: dict[str, object]) -> dict[str, object]:
    """Values that must never reach a log are replaced, whatever a caller passes."""
    return {key: "***" if any(word in key.lower() for word in SECRET_WORDS) else value for key, value in detail.items()}
