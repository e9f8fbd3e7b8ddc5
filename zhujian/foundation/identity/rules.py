"""Who may act as what: pure rules about posts and duties."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

DUTIES = ("business", "system_admin", "security_admin", "auditor")
SEPARATED = DUTIES[1:]


def post_open(valid_from: date, valid_to: date | None, revoked: bool, on: date) -> bool:
    """Whether a post may be used on a day; both end dates belong to it."""
    return not revoked and valid_from <= on and (valid_to is None or on <= valid_to)


def usable_roles(own: Iterable[str], delegator: Iterable[str] | None) -> frozenset[str]:
    """Roles a post gives: its own, and for a delegated post never more than its delegator still has."""
    roles = frozenset(own)
    return roles if delegator is None else roles & frozenset(delegator)


def duty_of(roles: Iterable[str]) -> str:
    """The one duty that a set of roles belongs to; ValueError when they mix.

    Source: GB/T 22239-2019 8.1.5 (系统管理、审计管理、安全管理 separate); a business user holds none of the three.
    """
    wanted = frozenset(roles)
    found = wanted & frozenset(SEPARATED)
    if not found:
        return "business"
    if len(wanted) > 1:
        raise ValueError("三员角色不能与其他角色同时授予")
    return next(iter(found))


CLASSES = (str.islower, str.isupper, str.isdigit)


def password_problems(password: str, *, username: str, length: int, classes: int) -> list[str]:
    """Why a new password is too weak, in Chinese; empty when it is good. Source: GB/T 22239-2019 8.1.4.1 a)."""
    problems = []
    if len(password) < length:
        problems.append(f"密码至少需要{length}位，现在是{len(password)}位。")
    kinds = sum(any(test(c) for c in password) for test in CLASSES) + any(not c.isalnum() for c in password)
    if kinds < classes:
        problems.append(f"密码应包含大写字母、小写字母、数字、符号中的至少{classes}种，现在只有{kinds}种。")
    if len(username) > 2 and username.casefold() in password.casefold():
        problems.append("密码中不能包含登录名。")
    if len(set(password)) < 4:
        problems.append("密码中重复的字符太多，请换一个不易猜到的密码。")
    return problems


def needs_second_factor(kind: str, enrolled: bool) -> bool:
    """Officials always, others once they have switched it on. Source: GB/T 22239-2019 8.1.4.1 d)."""
    return kind == "official" or enrolled
