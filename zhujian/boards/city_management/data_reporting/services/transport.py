"""The wire to another platform: signed requests out, signed answers checked. No redirects, no proxies, a limit to every answer."""

from __future__ import annotations

import http.client
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from zhujian.boards.city_management.data_reporting.models import Peer
from zhujian.boards.city_management.data_reporting.services import schemas
from zhujian.foundation.kernel.crypto import provider
from zhujian.foundation.kernel.crypto.requests import SignedRequest, by_hmac, by_sm2, sign_hmac

APP, TIME, NONCE, SIGNATURE, REPLY = "X-Zj-App", "X-Zj-Timestamp", "X-Zj-Nonce", "X-Zj-Signature", "X-Zj-Reply-Signature"
REPLY_KEY = "exchange-reply"
MOST_ANSWER = 32 << 20


class Unreachable(Exception):
    """The other platform did not answer, or what answered was not it; the message is for the page."""


@dataclass(frozen=True)
class Answer:
    """What came back: HTTP status, JSON body, seconds to wait when it asks for that."""

    status: int
    body: dict[str, Any]
    wait_s: int = 0


def key_name(peer: Peer) -> str:
    """Name of the key with which this platform signs to `peer`."""
    return f"exchange-{peer.code}"


def own_public_key(peer: Peer) -> str:
    """Public key (hex) that the other side has to register for us."""
    return provider().public_key(key_name(peer)).hex()


def sign(peer: Peer, request: SignedRequest, name: str) -> str:
    """Signature of a request or an answer by the way agreed with `peer`."""
    if peer.signing == Peer.Signing.HMAC:
        return sign_hmac(request, bytes.fromhex(peer.secret))
    return provider().sign(name, request.canonical()).hex()


def checker(peer: Peer) -> Any:
    """A check of the other side's signatures."""
    if peer.signing == Peer.Signing.HMAC:
        return by_hmac(bytes.fromhex(peer.secret))
    return by_sm2(bytes.fromhex(peer.public_key))


def reply_text(path: str, body: bytes, app: str, stamp: int, nonce: str) -> SignedRequest:
    """What the signature of an answer covers: it names the request it answers by its nonce."""
    return SignedRequest("REPLY", path, "", body, app, stamp, nonce)


def call(peer: Peer, method: str, name: str, query: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    """One request; `Unreachable` when nothing trustworthy came back. Never inside a transaction that others wait for."""
    parts = urlsplit(peer.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unreachable("接口地址不完整，请在对接平台中填写以 http 开头的地址。")
    path, text = f"{parts.path.rstrip('/')}/{name}", urlencode(query or {})
    request = SignedRequest(method, path, text, body, peer.code, int(time.time() * 1000), secrets.token_hex(16))
    headers = {
        APP: peer.code, TIME: str(request.timestamp_ms), NONCE: request.nonce, SIGNATURE: sign(peer, request, key_name(peer)),
        "Accept": "application/json", "Content-Type": "application/json", "Connection": "close",
    }  # fmt: skip
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = kind(parts.hostname, parts.port, timeout=schemas.number("timeout", peer.region_code))
    try:
        line.request(method, f"{path}?{text}" if text else path, body or None, headers)
        response = line.getresponse()
        raw = response.read(MOST_ANSWER + 1)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"没有连通对方平台（{type(error).__name__}），将自动重试。") from error
    finally:
        line.close()
    found = _parse(raw)
    if response.status == 200 and not _genuine(peer, request, raw, response.getheader(REPLY, "")):
        raise Unreachable("应答的签名不对，可能不是对方平台的应答，请核对对方公钥。")
    wait = response.getheader("Retry-After", "")
    return Answer(response.status, found, min(int(wait), 3600) if wait.isascii() and wait.isdigit() else 0)


def _parse(raw: bytes) -> dict[str, Any]:
    if len(raw) > MOST_ANSWER:
        raise Unreachable("对方平台的应答过大，没有读取。")
    try:
        found = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise Unreachable("对方平台的应答不是 JSON，请核对接口地址。") from error
    if not isinstance(found, dict):
        raise Unreachable("对方平台的应答格式不对，请核对接口地址。")
    return found


def _genuine(peer: Peer, request: SignedRequest, raw: bytes, header: str) -> bool:
    """Whether the answer is signed by the other side, for this very request."""
    stamp, _, signature = header.partition(" ")
    if not stamp.isdecimal():
        return False
    said = reply_text(request.path, raw, peer.code, int(stamp), request.nonce)
    return bool(checker(peer)(said.canonical(), signature))
