"""Access tokens: a person makes one for a program of their own; it only reads, in one post, until a day, and may be revoked.

The token is random (192 bits); what is stored is its keyed hash. It dies with its post, its account, its day, and with every later
change of the password.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from datetime import date, timedelta

from django.http import HttpRequest
from django.utils import timezone

from zhujian.foundation.audit import services as audit
from zhujian.foundation.identity import selectors
from zhujian.foundation.identity.models import AccessToken, Account, Post
from zhujian.foundation.identity.policy import policy
from zhujian.foundation.kernel.crypto import keyed_hash
from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Reason, Refusal, refuse_if

PURPOSE = "identity.token"
PATHS = ("/ogc/", "/api/", "/tiles/")
_FORM = re.compile(r"zj_[0-9a-f]{48}", re.ASCII)


class TokenRefused(Refusal):
    """A token that does not count (HTTP 401)."""

    status = 401


def presented(request: HttpRequest) -> str:
    """The token that a request carries as Bearer, or as the password of Basic; empty when it carries none of ours."""
    kind, _, rest = request.headers.get("Authorization", "").partition(" ")
    found = rest.strip()
    if kind.lower() == "basic":
        try:
            found = base64.b64decode(found, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    elif kind.lower() != "bearer":
        return ""
    return found if found.startswith("zj_") else ""


def accept(request: HttpRequest, token: str) -> tuple[Account, list[Post], Post | None]:
    """Who a token stands for: account, usable posts, the token's post. Refusal 401 when it does not count, 403 when it may not do this."""
    if not request.path.startswith(PATHS):
        raise NotAllowed("identity.token.path", "访问令牌只能用于地图服务和数据接口，请在浏览器中登录后使用网页。")
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        raise NotAllowed("identity.token.read_only", "访问令牌只能读取数据，不能修改。")
    dead = TokenRefused("identity.token.invalid", "访问令牌无效、已过期或已撤销，请在“个人设置与安全”中重新创建。")
    if not _FORM.fullmatch(token):
        raise dead
    today = timezone.localdate()
    row = AccessToken.objects.select_related("account").filter(hash=keyed_hash(PURPOSE, token)).first()
    if row is None or row.revoked_at or row.expires_on < today:
        raise dead
    account = row.account
    changed = account.password_changed_at
    if not account.is_active or account.must_change_password or (changed is not None and changed > row.created_at):
        raise dead
    posts = selectors.posts_of(account)
    post = next((one for one in posts if one.pk == row.post_id), None)
    if row.post_id is not None and post is None:
        raise TokenRefused("identity.token.post", "访问令牌所属的岗位已失效，请用现在的岗位重新创建。")
    if row.last_used_on != today:
        AccessToken.objects.filter(pk=row.pk).update(last_used_on=today)
    return account, posts, post


def open_of(account: Account) -> list[AccessToken]:
    """The account's tokens that may still count, newest first."""
    rows = AccessToken.objects.filter(account=account, revoked_at=None, expires_on__gte=timezone.localdate())
    return list(rows.select_related("post__organisation").order_by("-id"))


def check_create(account: Account, name: str, expires_on: date) -> list[Reason]:
    """Reasons against a new token."""
    rules, today = policy(), timezone.localdate()
    found = []
    if account.duty_class != Account.Duty.BUSINESS:
        found.append(Reason("identity.token.duty", "系统、安全、审计管理员不能创建访问令牌。"))
    if not name.strip():
        found.append(Reason("identity.token.name", "请写明用途，例如“QGIS，办公室电脑”。", "name"))
    if not today < expires_on <= today + timedelta(days=rules.token_days):
        found.append(Reason("identity.token.days", f"有效期应在明天到 {rules.token_days} 天之内。", "expires_on"))
    if len(open_of(account)) >= rules.tokens_most:
        found.append(Reason("identity.token.many", f"同时有效的令牌最多 {rules.tokens_most} 个，请先撤销不用的。"))
    return found


def do_create(account: Account, post: Post | None, name: str, expires_on: date) -> str:
    """A new token of `account` in `post`; what is returned is shown once and kept nowhere."""
    refuse_if(check_create(account, name, expires_on))
    token = "zj_" + secrets.token_hex(24)
    row = AccessToken.objects.create(
        account=account,
        post=post,
        name=name.strip()[:60],
        hash=keyed_hash(PURPOSE, token),
        created_at=timezone.now(),
        expires_on=expires_on,
    )
    audit.record(
        "identity.token_create", target=f"identity.account:{account.pk}", number=row.pk, until=str(expires_on), purpose=row.name
    )
    return token


def do_revoke(account: Account, pk: int) -> None:
    """Revoke one of the account's own tokens; NotFound when it is none of them."""
    rows = AccessToken.objects.filter(pk=min(pk, 2**63 - 1), account=account, revoked_at=None)
    if not rows.update(revoked_at=timezone.now()):
        raise NotFound("identity.token.absent", "这个令牌已经撤销，无需再操作。")
    audit.record("identity.token_revoke", target=f"identity.account:{account.pk}", number=pk)
