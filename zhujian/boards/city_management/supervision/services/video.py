"""Seams to others' systems: video meetings and live pictures. Their addresses come from the environment; without one the page says so.

``ZHUJIAN_MEETING_URL`` and ``ZHUJIAN_STREAM_URL`` are bases of HTTP interfaces, ``ZHUJIAN_MEETING_KEY`` and ``ZHUJIAN_STREAM_KEY`` shared keys
(hex): requests carry ``X-Timestamp`` and ``X-Signature`` = HMAC-SM3(key, METHOD LF path LF timestamp LF body). A site whose gateway speaks
otherwise puts a small adapter in front of it. The pictures never pass through this platform.
"""

from __future__ import annotations

import http.client
import json
import os
import time
from typing import Any
from urllib.parse import quote, urlsplit

from zhujian.foundation.kernel.crypto import hmac_sm3
from zhujian.foundation.kernel.errors import Refusal

SECONDS = 8
MOST = 65_536
SCHEMES = ("https", "wss", "http", "ws", "rtsp", "webrtc")


class NotConnected(Refusal):
    """The other system is not configured or does not answer (HTTP 503)."""

    status = 503


def configured(kind: str) -> bool:
    """Whether ``MEETING`` or ``STREAM`` is connected here."""
    return bool(os.environ.get(f"ZHUJIAN_{kind}_URL"))


def ask(kind: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One signed request; the JSON object it answers."""
    base = urlsplit(os.environ.get(f"ZHUJIAN_{kind}_URL", ""))
    if base.scheme not in ("http", "https") or not base.hostname:
        raise NotConnected("video.off", "视频系统尚未接入，请联系系统管理员配置接口地址。")
    whole, raw, stamp = (
        base.path.rstrip("/") + path,
        json.dumps(body, ensure_ascii=False).encode() if body else b"",
        str(int(time.time())),
    )
    key = bytes.fromhex(os.environ.get(f"ZHUJIAN_{kind}_KEY", ""))
    signature = hmac_sm3(key, "\n".join([method, whole, stamp, ""]).encode() + raw).hex()
    line = (http.client.HTTPSConnection if base.scheme == "https" else http.client.HTTPConnection)(
        base.hostname, base.port, timeout=SECONDS
    )
    try:
        line.request(
            method, whole, raw or None, {"Content-Type": "application/json", "X-Timestamp": stamp, "X-Signature": signature}
        )
        answer = line.getresponse()
        found = json.loads(answer.read(MOST) or b"{}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotConnected("video.unreachable", "视频系统没有应答，请稍后再试。") from error
    finally:
        line.close()
    if answer.status not in (200, 201) or not isinstance(found, dict):
        raise NotConnected("video.refused", "视频系统拒绝了请求，请联系系统管理员。")
    return found


def _address(found: dict[str, Any]) -> str:
    url = str(found.get("url", ""))
    if urlsplit(url).scheme not in SCHEMES or len(url) > 300:
        raise NotConnected("video.address", "视频系统给出的地址不正确，请联系系统管理员。")
    return url


def open_room(title: str, starts_at: str, minutes: int) -> str:
    """Book a meeting room (``POST /meetings``); the address to join it."""
    return _address(ask("MEETING", "POST", "/meetings", {"title": title, "startsAt": starts_at, "minutes": minutes}))


def stream_of(device_id: str) -> str:
    """Address of a camera's live picture (``POST /devices/<id>/streams``), good for a short time."""
    return _address(ask("STREAM", "POST", f"/devices/{quote(device_id)}/streams"))
