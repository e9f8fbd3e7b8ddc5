"""In from WeChat and back: afterwards the visitor reports and follows without a phone number or a code."""

from __future__ import annotations

import hmac
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from zhujian.boards.city_management.public_service.services import limits, wechat
from zhujian.boards.city_management.public_service.views import session
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Refusal

STATE, TO = "public_wechat_state", "public_wechat_to"


@never_cache
@require_GET
@access("public_service.report", "create")
def enter(request: HttpRequest) -> HttpResponse:
    """The menu entry of the 公众号 (``?to=mine`` for “my reports”): off to WeChat, which sends the visitor back with a code."""
    back = settings.PUBLIC_URL.rstrip("/") + reverse("public_service:wechat_back")
    request.session[STATE] = state = secrets.token_urlsafe(18)
    request.session[TO] = "mine" if request.GET.get("to") == "mine" else "report"
    return redirect(wechat.door(back, state))


@never_cache
@require_GET
@access("public_service.report", "create")
def back(request: HttpRequest) -> HttpResponse:
    """Back from WeChat: the state must be the one this session was given, and the code must be good."""
    limits.do_count("lookup", request.META.get("REMOTE_ADDR", ""), limits.number("lookups_per_address"), said="从微信进入")
    state = request.session.pop(STATE, "")
    if not state or not hmac.compare_digest(state.encode(), request.GET.get("state", "").encode()):
        raise Refusal("public_service.wechat.state", wechat.WORDS)
    session.remember_wechat(request, wechat.key_of(wechat.openid_of(request.GET.get("code", ""))))
    return redirect(f"public_service:{request.session.pop(TO, 'report')}")
