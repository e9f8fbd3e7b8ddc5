"""Passwords: strength, history, age."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone

from zhujian.foundation.audit import services as audit
from zhujian.foundation.identity.models import Account, PasswordRecord
from zhujian.foundation.identity.policy import policy
from zhujian.foundation.identity.rules import password_problems
from zhujian.foundation.kernel.errors import Reason, refuse_if

CHANGE_KEY = "must_change_password"  # session: nothing else may be done before the password is changed
ONE_TIME = "ABCDEFGHJKMNPQRSTUVWXYZ", "abcdefghjkmnpqrstuvwxyz", "23456789", "#%+=?"


def expired(account: Account) -> bool:
    """Whether the password must be changed now: set by somebody else, or too old (officials)."""
    if account.must_change_password:
        return True
    changed = account.password_changed_at
    return bool(
        account.kind == Account.Kind.OFFICIAL and changed and timezone.now() - changed > timedelta(days=policy().password_days)
    )


def check_new(account: Account, password: str, field: str = "new_password") -> list[Reason]:
    """Why the account may not take this password."""
    rules = policy()
    problems = password_problems(
        password, username=account.username, length=rules.password_length, classes=rules.password_classes
    )
    if not problems and account.pk:
        former = account.former_passwords.order_by("-id")[: max(0, rules.password_history - 1)]
        if any(check_password(password, old) for old in [account.password, *(f.password for f in former)]):
            problems = [f"不能使用最近{rules.password_history}次用过的密码，请换一个。"]
    return [Reason("identity.password.weak", text, field) for text in problems]


@transaction.atomic
def do_change(account: Account, password: str, *, one_time: bool = False) -> None:
    """Set a new password that passes `check_new`; `one_time` passwords must be changed at the next login."""
    if not one_time:
        refuse_if(check_new(account, password))
    if account.has_usable_password():
        PasswordRecord.objects.create(account=account, password=account.password, at=timezone.now())
        kept = list(account.former_passwords.order_by("-id").values_list("id", flat=True)[: policy().password_history])
        account.former_passwords.exclude(id__in=kept).delete()
    account.set_password(password)
    account.password_changed_at = timezone.now()
    account.must_change_password = one_time
    account.save(update_fields=["password", "password_changed_at", "must_change_password"])
    audit.record("identity.password_change", target=f"identity.account:{account.pk}", one_time=one_time)


def one_time_password() -> str:
    """A random password of twelve characters without look-alikes, with every class in it."""
    letters = [secrets.choice(group) for group in ONE_TIME] + [secrets.choice("".join(ONE_TIME)) for _ in range(8)]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
