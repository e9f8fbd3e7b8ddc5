"""Signed HTTP between a hotline and us, both ways: HMAC-SHA256 with the shared secret over what is sent and when.

Headers: ``X-App-Id`` (the peer's code), ``X-Timestamp`` (seconds since 1970), ``X-Nonce``, ``X-Signature`` (hex). Signed are, joined by
line feeds: method, path with query, timestamp, nonce, and the hex SHA-256 of the body. A replay within the allowed minutes changes
nothing, because an order number is one order and a state is told once.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping

HEADERS = ("X-App-Id", "X-Timestamp", "X-Nonce", "X-Signature")


def signature(secret: str, method: str, path: str, stamp: str, nonce: str, body: bytes) -> str:
    """Hex HMAC-SHA256 of one message."""
    text = "\n".join([method.upper(), path, stamp, nonce, hashlib.sha256(body).hexdigest()])
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def headers(app: str, secret: str, method: str, path: str, body: bytes, *, now: float | None = None) -> dict[str, str]:
    """Headers of a signed message."""
    stamp, nonce = str(int(now or time.time())), secrets.token_hex(12)
    return dict(zip(HEADERS, (app, stamp, nonce, signature(secret, method, path, stamp, nonce, body)), strict=True))


def fits(
    given: Mapping[str, str], secret: str, method: str, path: str, body: bytes, *, minutes: int, now: float | None = None
) -> str:
    """Empty when the signature is right and fresh; else what is wrong: ``missing``, ``stale`` or ``wrong``."""
    app, stamp, nonce, signed = (given.get(name, "") for name in HEADERS)
    if not (app and nonce and signed and stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and len(nonce) <= 80):
        return "missing"
    if abs((now or time.time()) - int(stamp)) > minutes * 60:
        return "stale"
    right = signature(secret, method, path, stamp, nonce, body)
    return "" if hmac.compare_digest(right.encode(), signed.lower().encode("utf-8", "replace")) else "wrong"


__all__ = ["HEADERS", "fits", "headers", "signature"]
