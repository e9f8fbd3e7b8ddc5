"""Signing of requests between systems (foundation.md §8): the canonical text, its signature, clock and replay.

canonical = METHOD LF PATH LF sorted-query LF hex(SM3(body)) LF app_id LF timestamp_ms LF nonce. The signature is SM2, or
HMAC-SM3 for low value. Times and nonces come in as values: no clock and no store here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl, quote

from zhujian.foundation.kernel.crypto.hashes import hmac_sm3, same, sm3_hex
from zhujian.foundation.kernel.crypto.sm2 import sm2_verify
from zhujian.foundation.kernel.errors import Reason

CLOCK_MS = 300_000
NONCE_KEPT_S = 600


class NonceStore(Protocol):
    """Remembers nonces for at least `NONCE_KEPT_S` seconds."""

    def first_use(self, app_id: str, nonce: str, now_ms: int) -> bool:
        """Keep the nonce; False when this application has used it already. Must be atomic across processes."""


@dataclass(frozen=True)
class SignedRequest:
    """What the signature covers. `query` as received (without ?), `body` the raw bytes."""

    method: str
    path: str
    query: str
    body: bytes
    app_id: str
    timestamp_ms: int
    nonce: str

    def canonical(self) -> bytes:
        """The text that is signed."""
        lines = [
            self.method.upper(), self.path, sorted_query(self.query), sm3_hex(self.body), self.app_id,
            str(self.timestamp_ms), self.nonce,
        ]  # fmt: skip
        return "\n".join(lines).encode()


def sorted_query(query: str) -> str:
    """Pairs sorted by name, then value, percent-encoded again in one way (RFC 3986 unreserved characters stay)."""
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def sign_hmac(request: SignedRequest, key: bytes) -> str:
    """HMAC-SM3 signature, hex."""
    return hmac_sm3(key, request.canonical()).hex()


def by_hmac(key: bytes) -> Callable[[bytes, str], bool]:
    """A check for `verify` with a shared key."""
    return lambda canonical, signature: same(hmac_sm3(key, canonical).hex(), signature.lower())


def by_sm2(public: bytes) -> Callable[[bytes, str], bool]:
    """A check for `verify` with the application's SM2 public key; the signature is hex of DER or r‖s."""

    def check(canonical: bytes, signature: str) -> bool:
        try:
            return sm2_verify(public, canonical, bytes.fromhex(signature))
        except ValueError:
            return False

    return check


def long_enough(nonce: str) -> bool:
    """Whether the nonce can hold 128 bits: 32 hexadecimal digits, or 22 characters of base64url."""
    if re.fullmatch(r"[0-9a-fA-F]*", nonce):
        return 32 <= len(nonce) <= 128
    return re.fullmatch(r"[0-9A-Za-z_-]{22,128}", nonce) is not None


def verify(
    request: SignedRequest, signature: str, check: Callable[[bytes, str], bool], *, now_ms: int, nonces: NonceStore
) -> list[Reason]:
    """Reasons to refuse the request; none when it is authentic, timely and new.

    The nonce is kept only after the signature has passed: a stranger cannot burn an application's nonces.
    """
    if abs(now_ms - request.timestamp_ms) > CLOCK_MS:
        return [Reason("signature.clock", "请求时间与服务器相差超过 300 秒，请校准时钟后重新签名发送。", "timestamp")]
    if not long_enough(request.nonce):
        return [Reason("signature.nonce_short", "随机数至少 128 位（32 位十六进制），请更换后重新签名。", "nonce")]
    if not check(request.canonical(), signature):
        return [Reason("signature.wrong", "签名与请求内容不符，请核对密钥和待签名串的拼接顺序。", "signature")]
    if not nonces.first_use(request.app_id, request.nonce, now_ms):
        return [Reason("signature.replay", "这个请求已经收到过，请使用新的随机数重新签名发送。", "nonce")]
    return []
