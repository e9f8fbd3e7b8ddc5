"""Codes sent to phones: asking for one, and proving that one holds the phone. Only hashes are stored."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from zhujian.boards.city_management.public_service.models import PhoneCode
from zhujian.boards.city_management.public_service.rules import phones
from zhujian.boards.city_management.public_service.services import limits
from zhujian.foundation.kernel.crypto.personal import keyed_hash
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.messages import services as messages

PURPOSES = {"report": "上报问题", "follow": "查询上报进度"}


def wrong() -> Refusal:
    """The same answer whatever is wrong with a code."""
    return Refusal("public_service.code.wrong", "验证码不对或已失效，请核对短信，或重新获取。", "code")


def hash_of(phone: str) -> str:
    """Keyed hash of a mobile number, to find what a phone has sent in."""
    return keyed_hash("public_service.phone", phone)


def read_phone(text: str) -> str:
    """The eleven digits of what somebody typed; Refusal with its field when it is no mobile number."""
    phone = phones.mobile(text)
    if not phone:
        raise Refusal("public_service.phone", "请输入11位手机号码，以13至19开头。", "phone")
    return phone


@transaction.atomic
def do_send(text: str, purpose: str, address: str) -> str:
    """Send a six-digit code to a phone and return the phone; counted per phone and per network address (`TooMany`).

    Says nothing about whether the phone is known here.
    """
    if purpose not in PURPOSES:
        raise ValueError(purpose)
    phone = read_phone(text)
    limits.do_count("code_address", address, limits.number("codes_per_address"), said="获取验证码")
    limits.do_count("code_phone", phone, limits.number("codes_per_phone"), said="获取验证码")
    code, minutes, now = f"{secrets.randbelow(1_000_000):06d}", limits.number("code_minutes"), timezone.now()
    row = PhoneCode.objects.create(
        phone_hash=hash_of(phone), purpose=purpose, code_hash="", sent_at=now, expires_at=now + timedelta(minutes=minutes)
    )
    row.code_hash = _hash(row.pk, code)
    row.save(update_fields=["code_hash"])
    words = f"验证码{{}}，用于{PURPOSES[purpose]}，{minutes}分钟内有效。请勿告诉他人"
    messages.send_code(phone, words.format(code), words.format("******"))
    return phone


def _hash(pk: int, code: str) -> str:
    return keyed_hash(f"public_service.code.{pk}", code)


@transaction.atomic
def do_check(text: str, purpose: str, code: str) -> str:
    """The phone when `code` is the newest one sent to it, unused, in time and not guessed too often; Refusal otherwise.

    The attempt is counted by whoever calls, with `do_try` first: a refusal here must not take the count back.
    """
    phone = read_phone(text)
    found = PhoneCode.objects.filter(phone_hash=hash_of(phone), purpose=purpose).order_by("-id").first()
    given = "".join(code.split())
    if (
        found is None
        or found.used_at is not None
        or found.expires_at < timezone.now()
        or found.attempts > limits.number("code_tries")
        or not hmac.compare_digest(found.code_hash, _hash(found.pk, given))
    ):
        raise wrong()
    # Two requests with the same code: one of them wins.
    if not PhoneCode.objects.filter(pk=found.pk, used_at=None).update(used_at=timezone.now()):
        raise wrong()
    return phone


def do_try(text: str, purpose: str) -> None:
    """Count one attempt at the newest code of a phone."""
    phone = phones.mobile(text)
    if phone:
        newest = (
            PhoneCode.objects.filter(phone_hash=hash_of(phone), purpose=purpose).order_by("-id").values_list("pk", flat=True)[:1]
        )
        PhoneCode.objects.filter(pk__in=list(newest)).update(attempts=F("attempts") + 1)


__all__ = ["PURPOSES", "do_check", "do_send", "do_try", "hash_of", "read_phone"]
