"""The door of a 公众号: WeChat says who opens our pages from it (网页授权, scope ``snsapi_base``: an openid and nothing else).

`settings.WECHAT` (``ZHUJIAN_WECHAT_APPID``, ``_SECRET``; ``_API`` and ``_OPEN`` name other addresses). Of the openid only a keyed hash is
kept, so that a reporter finds what they sent in; WeChat is told nothing of a report.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from zhujian.foundation.kernel.crypto.personal import keyed_hash
from zhujian.foundation.kernel.errors import NotFound, Refusal

TIMEOUT = 5.0
LONGEST = 64 * 1024
WORDS = "微信没有确认您的身份，请关闭页面后从公众号重新进入；也可以直接上报。"


def configured() -> dict[str, str]:
    """The settings of the account; NotFound when there is none."""
    found: dict[str, str] = settings.WECHAT
    if not (found.get("appid") and found.get("secret")):
        raise NotFound("public_service.wechat", "本地还没有开通微信公众号入口，请用网页上报，或拨打12319。")
    return found


def door(back: str, state: str) -> str:
    """The address at WeChat to which the visitor is sent; `back` is where they return to with a code."""
    account = configured()
    asked = {"appid": account["appid"], "redirect_uri": back, "response_type": "code", "scope": "snsapi_base", "state": state}
    return f"{account['open']}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Never follow: the secret is for the configured address only."""
        return


def openid_of(code: str) -> str:
    """The openid behind a code, which works once and for five minutes; Refusal ``public_service.wechat.refused`` otherwise."""
    account = configured()
    asked = {"appid": account["appid"], "secret": account["secret"], "code": code, "grant_type": "authorization_code"}
    address = f"{account['api']}/sns/oauth2/access_token?{urlencode(asked)}"
    refused = Refusal("public_service.wechat.refused", WORDS)
    if not code or len(code) > 512 or urlsplit(address).scheme not in ("http", "https"):
        raise refused
    try:
        with urllib.request.build_opener(_StayHere).open(address, timeout=TIMEOUT) as answer:
            found = json.loads(answer.read(LONGEST))
    except (OSError, HTTPException, ValueError, RecursionError):
        raise refused from None  # the address holds the secret: nothing of it goes into a log
    openid = found.get("openid") if isinstance(found, dict) and not found.get("errcode") else None
    if not isinstance(openid, str) or not 0 < len(openid) <= 128:
        raise refused
    return openid


def key_of(openid: str) -> str:
    """The key under which somebody's reports are found again: ``wechat:`` and a keyed hash."""
    return "wechat:" + keyed_hash("public_service.wechat", openid)


__all__ = ["configured", "door", "key_of", "openid_of"]
