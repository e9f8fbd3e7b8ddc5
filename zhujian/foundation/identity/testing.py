"""People and organisations for tests: real rows, real scopes, no short cuts past the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import count
from typing import Any

from django.test import Client

from zhujian.foundation.identity import selectors
from zhujian.foundation.identity.middleware import POST_KEY
from zhujian.foundation.identity.models import Account, Organisation, Post
from zhujian.foundation.identity.rules import duty_of
from zhujian.foundation.kernel.codes import organisation_code_char, uscc_char
from zhujian.foundation.kernel.scope import Scope

_serial = count(1)


def uscc(region_code: str, serial: int, kind: str = "91") -> str:
    """A valid 统一社会信用代码 made from a region, a serial number (up to six digits) and the two leading characters."""
    body = f"MA{serial:06d}"
    first = f"{kind}{region_code[:6]}{body}{organisation_code_char(body)}"
    return first + uscc_char(first)


def make_organisation(region: str, authority: str = "HUD", *, name: str = "", kind: str = "department") -> Organisation:
    """The organisation holding `authority` in exactly this region, made when absent."""
    region = region.ljust(12, "0")
    found = Organisation.objects.filter(region_code=region, authorities__contains=[authority], is_active=True).first()
    if found:
        return found
    number = next(_serial)
    return Organisation.objects.create(
        code=uscc(region, 900_000 + number, "11"), name=name or f"{region}{authority}局", kind=kind,
        authorities=[authority], region_code=region,
    )  # fmt: skip


def make_official(
    region: str, authority: str = "HUD", roles: Iterable[str] = ("reviewer",), name: str = "张测试", **post: Any
) -> Account:
    """An official with one formal post in the region's organisation; `roles` of the 三员 set the account's duty."""
    roles = list(roles)
    duty = duty_of(roles)
    who = Account.objects.create_user(f"official{next(_serial)}", name=name, kind="official", duty_class=duty)
    Post.objects.create(
        account=who, organisation=make_organisation(region, authority), roles=roles, duty_class=duty,
        **{"title": "测试岗位", "valid_from": date(2020, 1, 1), **post},
    )  # fmt: skip
    return who


def make_enterprise(
    code: str | None = None, name: str = "湖北测试建设有限公司", *, region: str = "420100000000", **post: Any
) -> Account:
    """An agent (the firm's own administrator) of the firm `code`, which is made when absent."""
    number = next(_serial)
    code = code or uscc(region, number)
    firm, _ = Organisation.objects.get_or_create(code=code, defaults={"name": name, "kind": "enterprise", "region_code": region})
    who = Account.objects.create_user(f"agent{number}", name="李经办", kind="enterprise")
    values = {
        "title": "经办人",
        "roles": ["firm_agent"],
        "kind": "agent",
        "firm_admin": True,
        "valid_from": date(2020, 1, 1),
        **post,
    }
    Post.objects.create(account=who, organisation=firm, **values)
    return who


def make_resident(name: str = "王居民") -> Account:
    """A resident without any post."""
    return Account.objects.create_user(f"resident{next(_serial)}", name=name, kind="resident")


def scope_of(account: Account, post: Post | None = None) -> Scope:
    """The scope the account acts in (its first open post unless one is named)."""
    posts = selectors.posts_of(account)
    return selectors.scope_for(account, post or (posts[0] if posts else None))


def login(client: Client, account: Account, post: Post | None = None) -> None:
    """Log the test client in without password or second factor."""
    client.force_login(account, backend="zhujian.foundation.identity.backends.LoginBackend")
    if post is not None:
        session = client.session
        session[POST_KEY] = post.pk
        session.save()
