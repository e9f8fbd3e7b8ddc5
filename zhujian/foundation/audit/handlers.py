"""Refused requests are acts too."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest

from zhujian.foundation.audit import services
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.signals import request_refused


@receiver(request_refused, dispatch_uid="audit.refused")
def refused(request: HttpRequest, refusal: Refusal, **_: Any) -> None:
    """Keep refusals: missing rights always, everything else when something was to be changed.

    Left out: a visitor who is simply sent to the login page, and reading what is not there.
    """
    signed_in = getattr(request.user, "is_authenticated", False)
    reading = request.method in ("GET", "HEAD", "OPTIONS")
    if reading and (refusal.status != 403 or not signed_in):
        return
    services.record(
        "request.refused", target=request.path, result="refused", method=request.method, status=refusal.status,
        codes=[reason.code for reason in refusal.reasons],
    )  # fmt: skip
