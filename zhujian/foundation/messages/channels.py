"""The door to an SMS operator. `settings.SMS_PROVIDER` names a class with this shape."""

from __future__ import annotations

import json
import uuid
from functools import cache
from pathlib import Path
from typing import Protocol

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


@cache
def provider() -> SmsProvider:
    """The configured operator."""
    return import_string(getattr(settings, "SMS_PROVIDER", "zhujian.foundation.messages.channels.FileSms"))()
