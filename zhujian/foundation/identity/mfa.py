"""Second factor on django-allauth's authenticators: time-based codes and recovery codes, secrets encrypted at rest.

A code is accepted once: the last used time step is stored beside the secret and compared under the row's lock, so a code
seen over a shoulder cannot be used again, in whichever process the second request lands.
"""

from __future__ import annotations

import json
import time
from urllib.parse import quote, urlencode

import segno
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.safestring import SafeString, mark_safe

from zhujian.foundation.identity.models import Account
from zhujian.foundation.kernel.crypto import decrypt_text, encrypt_text

CONTEXT = "identity.mfa.secret"
ISSUER = "数字住建"
Type = Authenticator.Type


class Adapter(DefaultMFAAdapter):
    """Tells allauth how secrets are kept."""

    def encrypt(self, text: str) -> str:
        """Encrypt a secret on its way to the database."""
        return encrypt_text(text, CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        """Undo `encrypt`."""
        return decrypt_text(encrypted_text, CONTEXT)


def new_secret() -> str:
    """A fresh 160-bit secret in base 32."""
    return generate_totp_secret()


def enrolled(account: Account) -> bool:
    """Whether the account has a second factor."""
    return Authenticator.objects.filter(user=account, type__in=[Type.TOTP, Type.WEBAUTHN]).exists()


def code_now(secret: str, *, at: float | None = None) -> str:
    """The code an authenticator shows for `secret` (now, or at an epoch second)."""
    return format_hotp_value(hotp_value(secret, int(at if at is not None else time.time()) // app_settings.TOTP_PERIOD))


def _step(secret: str, code: str, after: int) -> int | None:
    """The time step whose code this is, if it lies after `after` and within the tolerance of one step."""
    now = int(time.time()) // app_settings.TOTP_PERIOD
    found = None
    for step in (now - 1, now, now + 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))) and step > after:
            found = step
    return found


def qr(account: Account, secret: str) -> SafeString:
    """Inline SVG of the code to scan with an authenticator app."""
    label = quote(f"{ISSUER}:{account.username}")
    address = f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER}, quote_via=quote)}"
    return mark_safe(segno.make(address, error="m").svg_inline(scale=5, dark="#1d2433", light="#ffffff", border=2))


@transaction.atomic
def enrol(account: Account, secret: str, code: str) -> list[str] | None:
    """Switch the second factor on if `code` fits `secret`; returns the recovery codes, None when the code is wrong."""
    step = _step(secret, code, 0)
    if step is None:
        return None
    Authenticator.objects.filter(user=account, type__in=[Type.TOTP, Type.RECOVERY_CODES]).delete()
    data = {"secret": Adapter().encrypt(secret), "last_step": step}
    Authenticator.objects.create(user=account, type=Type.TOTP, data=data)
    return RecoveryCodes.activate(account).generate_codes()


def install(account: Account, secret: str) -> None:
    """Give the account a known secret (demo data and tests)."""
    Authenticator.objects.update_or_create(
        user=account, type=Type.TOTP, defaults={"data": {"secret": Adapter().encrypt(secret), "last_step": 0}}
    )


@transaction.atomic
def verify(account: Account, code: str) -> str | None:
    """``totp`` or ``recovery`` when the code is right and unused, else None."""
    for found in Authenticator.objects.select_for_update().filter(user=account, type__in=[Type.TOTP, Type.RECOVERY_CODES]):
        if found.type == Type.TOTP:
            step = _step(Adapter().decrypt(found.data["secret"]), code, found.data.get("last_step", 0))
            if step is not None:
                found.data["last_step"] = step
                found.save(update_fields=["data"])
                found.record_usage()
                return "totp"
        elif RecoveryCodes(found).validate_code(code):
            return "recovery"
    return None


@transaction.atomic
def new_recovery_codes(account: Account) -> list[str]:
    """Replace the recovery codes; the former ones stop working."""
    Authenticator.objects.filter(user=account, type=Type.RECOVERY_CODES).delete()
    return RecoveryCodes.activate(account).generate_codes()


def recovery_codes_left(account: Account) -> int:
    """How many unused recovery codes the account has."""
    found = Authenticator.objects.filter(user=account, type=Type.RECOVERY_CODES).first()
    return len(RecoveryCodes(found).get_unused_codes()) if found else 0


def remove(account: Account) -> None:
    """Switch every second factor of the account off."""
    Authenticator.objects.filter(user=account).delete()


def keys_of(account: Account) -> list[Authenticator]:
    """The account's security keys (WebAuthn), oldest first."""
    return list(Authenticator.objects.filter(user=account, type=Type.WEBAUTHN).order_by("id"))


def key_options(account: Account) -> dict:
    """What the browser needs to create a key; the challenge waits in the session."""
    return json.loads(json.dumps(webauthn.begin_registration(account, False)))


def add_key(account: Account, name: str, answer: str) -> bool:
    """Keep a new key if the browser's answer fits the challenge."""
    try:
        credential = webauthn.parse_registration_response(json.loads(answer))
        webauthn.complete_registration(credential)
    except (ValidationError, ValueError, KeyError, AttributeError):
        return False
    webauthn.WebAuthn.add(account, name[:40] or "安全密钥", json.loads(answer))
    return True


def key_challenge(account: Account) -> dict | None:
    """What the browser needs to sign in with one of the account's keys; None when there is none."""
    return json.loads(json.dumps(webauthn.begin_authentication(account))) if keys_of(account) else None


def verify_key(account: Account, answer: str) -> str | None:
    """``webauthn`` when one of the account's keys signed the waiting challenge, else None."""
    try:
        found = webauthn.complete_authentication(account, webauthn.parse_authentication_response(json.loads(answer)))
    except (ValidationError, ValueError, KeyError, AttributeError):
        return None
    found.record_usage()
    return "webauthn"


def remove_key(account: Account, key_id: int) -> bool:
    """Remove one security key; the recovery codes stay."""
    return bool(Authenticator.objects.filter(user=account, type=Type.WEBAUTHN, pk=key_id).delete()[0])
