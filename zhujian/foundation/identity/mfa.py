"""Second factor on django-allauth's authenticators: time-based codes and recovery codes, secrets encrypted at rest.

A code is accepted once: the last used time step is stored beside the secret and compared under the row's lock, so a code
seen over a shoulder cannot be used again, in whichever process the second request lands.
"""

from __future__ import annotations

import time
from urllib.parse import quote, urlencode

import segno
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
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
