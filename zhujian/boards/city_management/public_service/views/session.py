"""What a visitor without an account has proven in this session: a phone for some minutes, and receipts just given."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from zhujian.boards.city_management.public_service.services import codes, limits
from zhujian.foundation.kernel.crypto.personal import decrypt_text, encrypt_text
from zhujian.foundation.kernel.crypto.sm4 import CipherRefused

PHONE, UNTIL, RECEIPTS, WECHAT = "public_phone", "public_phone_until", "public_receipts", "public_wechat"
CONTEXT = "public_service.session.phone"
KEPT = 20


def remember_phone(request: HttpRequest, phone: str) -> None:
    """A phone was proven: good for as many minutes as the parameter says. The session holds it encrypted."""
    request.session[PHONE] = encrypt_text(phone, CONTEXT)
    request.session[UNTIL] = (timezone.now() + timedelta(minutes=limits.number("verified_minutes"))).isoformat()


def phone_of(request: HttpRequest) -> str:
    """The proven phone, or an empty string."""
    until = request.session.get(UNTIL, "")
    if not until or datetime.fromisoformat(until) < timezone.now():
        return ""
    try:
        return decrypt_text(request.session.get(PHONE, ""), CONTEXT)
    except CipherRefused:
        return ""


def forget_phone(request: HttpRequest) -> None:
    """Leave nothing of the phone, the receipts and WeChat in the session."""
    for name in (PHONE, UNTIL, RECEIPTS, WECHAT):
        request.session.pop(name, None)


def remember_wechat(request: HttpRequest, key: str) -> None:
    """WeChat has said who this is; `key` is what their reports are found by."""
    request.session[WECHAT] = key


def wechat_key(request: HttpRequest) -> str:
    """The key of a visitor who came in from WeChat, or an empty string."""
    return str(request.session.get(WECHAT, ""))


def remember_receipt(request: HttpRequest, number: str, code: str = "") -> None:
    """The visitor was given this receipt, or proved it by its query code."""
    kept: dict[str, str] = dict(request.session.get(RECEIPTS) or {})
    kept.pop(number, None)
    kept[number] = code
    request.session[RECEIPTS] = dict(list(kept.items())[-KEPT:])


def receipts(request: HttpRequest) -> dict[str, str]:
    """Receipts of this session with their query codes, where we know them."""
    return dict(request.session.get(RECEIPTS) or {})


def phone_hash(request: HttpRequest) -> str:
    """Hash of the proven phone, or an empty string."""
    phone = phone_of(request)
    return codes.hash_of(phone) if phone else ""
