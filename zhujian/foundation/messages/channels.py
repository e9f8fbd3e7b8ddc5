"""The door to an SMS operator. `settings.SMS_PROVIDER` names a class with this shape."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
import uuid
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string


class SmsRefused(Exception):
    """The operator did not take the text; it will be tried again."""


class SmsProvider(Protocol):
    """What an operator's client must be able to do."""

    def send(self, phone: str, text: str) -> str:
        """Hand over one text; returns the operator's receipt number or raises `SmsRefused`."""


class FileSms:
    """Writes texts to ``var/sms.jsonl`` instead of sending them: the demo's operator, also for drills."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path(settings.VAR) / "sms.jsonl"

    def send(self, phone: str, text: str) -> str:
        """Append one line; the receipt is a random number."""
        receipt = uuid.uuid4().hex
        line = {"at": timezone.now().isoformat(), "phone": phone, "text": text, "receipt": receipt}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
            self.path.chmod(0o600)
        except OSError as error:
            raise SmsRefused(f"短信文件写不进去：{error.strerror}") from error
        return receipt


class HttpSms:
    """An operator's HTTP gateway: one signed JSON POST per text.

    ``settings.SMS_GATEWAY`` holds `url`, `account`, `secret` and, if the gateway wants them, `sign` and `template`. The request
    carries ``X-Account``, ``X-Timestamp`` (seconds), ``X-Nonce`` and ``X-Signature``: hex HMAC-SHA256 with the secret over account,
    timestamp, nonce and body, joined by line feeds. The answer is JSON with `code` ``0`` or ``OK`` and the receipt as `message_id`.
    """

    TIMEOUT = 5.0
    LONGEST = 64 * 1024

    def __init__(self, gateway: dict[str, str] | None = None) -> None:
        self.gateway = gateway or settings.SMS_GATEWAY

    def send(self, phone: str, text: str) -> str:
        """Hand over one text; the receipt is the gateway's number."""
        account, secret = self.gateway["account"], self.gateway["secret"]
        more = {key: self.gateway[key] for key in ("sign", "template") if self.gateway.get(key)}
        body = json.dumps({"phone": phone, "text": text, **more}, ensure_ascii=False).encode()
        stamp, nonce = str(int(time.time())), uuid.uuid4().hex
        signed = hmac.new(secret.encode(), b"\n".join([account.encode(), stamp.encode(), nonce.encode(), body]), hashlib.sha256)
        headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json", "X-Account": account,
                   "X-Timestamp": stamp, "X-Nonce": nonce, "X-Signature": signed.hexdigest()}  # fmt: skip
        request = urllib.request.Request(self.gateway["url"], body, headers, method="POST")
        if urlsplit(request.full_url).scheme not in ("http", "https"):
            raise SmsRefused("短信网关地址不是 http 地址")
        try:
            with _opener().open(request, timeout=self.TIMEOUT) as answer:
                found = json.loads(answer.read(self.LONGEST))
        except urllib.error.HTTPError as error:
            raise SmsRefused(f"短信网关回应 HTTP {error.code}") from error
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            raise SmsRefused(f"短信网关没有正常回应：{type(error).__name__}") from error
        if not isinstance(found, dict) or str(found.get("code")) not in ("0", "OK"):
            said = str(found.get("message", "")) if isinstance(found, dict) else ""
            raise SmsRefused(f"短信网关拒绝：{said[:100] or '没有说明'}")
        return str(found.get("message_id", ""))[:64]


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A gateway that sends us elsewhere would learn phone and text of whoever it likes."""

    def redirect_request(self, *_: Any) -> None:
        """Never follow."""
        return


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_StayHere)


@cache
def provider() -> SmsProvider:
    """The configured operator."""
    return import_string(getattr(settings, "SMS_PROVIDER", "zhujian.foundation.messages.channels.FileSms"))()
