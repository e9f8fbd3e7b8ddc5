"""Logging in: password, lock, second factor, session."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import login as django_login
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from zhujian.foundation.audit import services as audit
from zhujian.foundation.identity import mfa, selectors
from zhujian.foundation.identity.demo import DEMO_PASSWORD
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.policy import policy
from zhujian.foundation.identity.services import locks, passwords, sessions
from zhujian.foundation.kernel import scope

BACKEND = "zhujian.foundation.identity.backends.LoginBackend"
WRONG = "登录名或密码不正确。"


@dataclass(frozen=True)
class Attempt:
    """What came of a password or a code: the account, or a sentence that says why not."""

    account: Account | None = None
    message: str = ""


@transaction.atomic
def do_check_password(username: str, password: str, address: str) -> Attempt:
    """Check a login name and password, counting failures per name and address.

    The same work is done for unknown, disabled and known names, so that neither time nor message tells them apart.
    """
    rules = policy()
    name, source = locks.key("login", username, address), locks.key("address", address)
    if until := locks.locked_until(source):
        audit.record("identity.login", target=username[:64], result="locked", cause="address")
        return Attempt(message=locks.sentence(until))
    lock = locks.hold(name)
    if lock.locked_until and lock.locked_until > timezone.now():
        audit.record("identity.login", target=username[:64], result="locked", cause="name")
        return Attempt(message=locks.sentence(lock.locked_until))
    account = Account.objects.filter(username=username).first()
    if account is None:
        make_password(password)  # as long as a check takes
        right = False
    else:
        right = check_password(password, account.password) and account.is_active
    if right and password == DEMO_PASSWORD and not settings.DEMO:
        right = False  # the published demo password opens nothing outside the demo
    if not right or account is None:
        left = locks.fail(lock, rules.lock_failures)
        locks.fail(locks.hold(source), rules.address_failures)
        audit.record("identity.login", target=username[:64], result="wrong", left=left)
        if left:
            return Attempt(message=f"{WRONG}还可以再试{left}次。")
        return Attempt(message=locks.sentence(lock.locked_until or timezone.now()))
    locks.clear(name)
    return Attempt(account)


@transaction.atomic
def do_check_code(account: Account, code: str, *, key: str = "") -> Attempt:
    """Check the second factor (dynamic code, recovery code, or the answer of a security `key`), counting failures per account."""
    lock = locks.hold(locks.key("second", account.pk))
    if lock.locked_until and lock.locked_until > timezone.now():
        audit.record("identity.second_factor", target=account.username, result="locked")
        return Attempt(message=locks.sentence(lock.locked_until))
    factor = mfa.verify_key(account, key) if key else mfa.verify(account, code)
    if not factor:
        left = locks.fail(lock, policy().lock_failures)
        audit.record("identity.second_factor", target=account.username, result="wrong", left=left)
        if left:
            if key:
                return Attempt(message=f"安全密钥没有通过验证，请再试一次或改用动态码。还可以再试{left}次。")
            return Attempt(message=f"动态码不正确或已用过，请输入认证器里最新的6位数字。还可以再试{left}次。")
        return Attempt(message=locks.sentence(lock.locked_until or timezone.now()))
    locks.clear(lock.key)
    return Attempt(account, factor)


@transaction.atomic
def do_login(request: HttpRequest, account: Account, factor: str) -> None:
    """Open the session of an account whose factors were checked, and act as that account from here on."""
    address = request.META.get("REMOTE_ADDR", "")
    django_login(request, account, backend=BACKEND)
    posts = selectors.posts_of(account)
    scope.enter(selectors.scope_for(account, posts[0] if posts else None, source_ip=address))
    sessions.begin(request, account, factor, address)
    if passwords.expired(account):
        request.session[passwords.CHANGE_KEY] = True
    audit.record("identity.login", target=account.username, factor=factor or "password")
