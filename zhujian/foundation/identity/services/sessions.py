"""Sessions: opening, listing, ending. A session ended here is gone at its next request."""

from __future__ import annotations

import time
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from zhujian.foundation.audit import services as audit
from zhujian.foundation.identity.models import Account, LoginSession
from zhujian.foundation.identity.policy import policy
from zhujian.foundation.kernel.errors import NotFound

SEEN_KEY = "seen"  # session: epoch seconds of the last request, kept to the minute
FACTOR_KEY = "factor"  # session: second factor used at login
NOTICE_KEY = "login_notice"  # session of a visitor: why the former login ended


def begin(request: HttpRequest, account: Account, factor: str, address: str) -> LoginSession:
    """Note a new login and give its session an end."""
    now = timezone.now()
    request.session.set_expiry(now + timedelta(hours=policy().session_hours))
    request.session[SEEN_KEY] = int(now.timestamp())
    request.session[FACTOR_KEY] = factor
    request.session.save()
    return LoginSession.objects.create(
        account=account, session_key=request.session.session_key, created_at=now, address=address,
        agent=request.headers.get("User-Agent", "")[:300], factor=factor,
    )  # fmt: skip


def idle(request: HttpRequest) -> bool:
    """Whether the session lay still too long; notes the present minute otherwise."""
    now, seen = int(time.time()), request.session.get(SEEN_KEY)
    if seen is None or now - seen > 60:
        if seen is not None and now - seen > policy().idle_minutes * 60:
            return True
        request.session[SEEN_KEY] = now
    return False


def open_of(account_id: int) -> list[LoginSession]:
    """The logins of an account that are still open, newest first."""
    found = list(LoginSession.objects.filter(account=account_id, ended_at__isnull=True).order_by("-id"))
    alive = set(
        Session.objects.filter(session_key__in=[s.session_key for s in found], expire_date__gt=timezone.now()).values_list(
            "session_key", flat=True
        )
    )
    return [login for login in found if login.session_key in alive]


def close(session_key: str, reason: str) -> None:
    """Note that one login has ended (the session itself is flushed by the caller)."""
    LoginSession.objects.filter(session_key=session_key, ended_at__isnull=True).update(ended_at=timezone.now(), end_reason=reason)


def do_end(account_id: int, login_id: int, reason: str) -> None:
    """End one login of an account at once; NotFound when it is not one of the account's."""
    login = LoginSession.objects.filter(pk=login_id, account=account_id, ended_at__isnull=True).first()
    if login is None:
        raise NotFound("identity.session.absent", "这次登录已经结束，无需再退出。")
    Session.objects.filter(session_key=login.session_key).delete()
    close(login.session_key, reason)
    audit.record("identity.session_end", target=f"identity.account:{account_id}", login=login.pk, reason=reason)


def do_end_all(account_id: int, reason: str, *, keep: str | None = None) -> int:
    """End every login of an account at once, but for the session `keep`; returns how many."""
    logins = LoginSession.objects.filter(account=account_id, ended_at__isnull=True).exclude(session_key=keep or "")
    keys = list(logins.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    logins.update(ended_at=timezone.now(), end_reason=reason)
    if keys:
        audit.record("identity.session_end", target=f"identity.account:{account_id}", count=len(keys), reason=reason)
    return len(keys)


def rename(was: str, request: HttpRequest) -> None:
    """Keep the note of a login whose session key was changed."""
    if request.session.session_key is None:
        request.session.save()
    LoginSession.objects.filter(session_key=was).update(session_key=request.session.session_key)
