"""Tells a hotline a state: one signed JSON POST, one receipt."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from zhujian.boards.city_management.public_service.hotline import signature

TIMEOUT = 8.0
LONGEST = 64 * 1024


class Failed(Exception):
    """No usable answer: try again later."""


class Rejected(Exception):
    """The hotline does not take this state (HTTP 4xx, or its own code): trying again changes nothing."""


@dataclass(frozen=True)
class Receipt:
    """What the hotline gave back."""

    number: str


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Never follow: the answer must come from the address that was configured."""
        return


def push(url: str, app: str, secret: str, payload: dict[str, Any]) -> Receipt:
    """Send one state. The answer is JSON ``{"code": 0, "receipt": "…"}``; Rejected for another code or HTTP 4xx, Failed for the rest."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise Rejected("推送地址不是 http 地址")
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    body = json.dumps(payload, ensure_ascii=False, sort_keys=True).encode()
    signed = signature.headers(app, secret, "POST", path or "/", body)
    headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json", **signed}
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.build_opener(_StayHere).open(request, timeout=TIMEOUT) as answer:
            found = json.loads(answer.read(LONGEST))
    except urllib.error.HTTPError as error:
        if 400 <= error.code < 500 and error.code not in (408, 425, 429):
            raise Rejected(f"HTTP {error.code}") from error
        raise Failed(f"HTTP {error.code}") from error
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        raise Failed(f"没有正常回应：{type(error).__name__}") from error
    if not isinstance(found, dict):
        raise Failed("回应不是 JSON 对象")
    if str(found.get("code")) != "0":
        raise Rejected(str(found.get("message", "没有说明"))[:150])
    return Receipt(str(found.get("receipt", ""))[:80])


__all__ = ["Failed", "Receipt", "Rejected", "push"]
