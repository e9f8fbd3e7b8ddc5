"""Posts: granting, delegating, authorising agents, revoking."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from zhujian.foundation.audit import services as audit
from zhujian.foundation.identity import selectors
from zhujian.foundation.identity.models import Account, Organisation, Post
from zhujian.foundation.identity.policy import policy
from zhujian.foundation.identity.roles import roles as known_roles
from zhujian.foundation.identity.rules import duty_of
from zhujian.foundation.identity.services import accounts
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Reason, Refusal, refuse_if

SEPARATION = "三员分立：该人员已承担其他职责，系统管理员、安全管理员、安全审计员和业务人员不能由同一人兼任。请另选人员。"


def check_grant(
    account: Account, organisation: Organisation, roles: Iterable[str], kind: str, valid_from: date, valid_to: date | None
) -> list[Reason]:
    """Why the post may not be granted."""
    wanted, reasons, known = list(roles), [], known_roles()
    side = "official" if organisation.is_public_body else "enterprise"
    if not wanted or any(role not in known or known[role].side != side for role in wanted):
        reasons.append(Reason("identity.post.roles", "请至少选择一个适用于该类单位的角色。", "roles"))
    try:
        duty_of(wanted)
    except ValueError as error:
        reasons.append(Reason("identity.post.mixed", f"{error}，请分别授予不同的人。", "roles"))
    if account.pk == scope.current().actor_id:
        reasons.append(Reason("identity.post.self", "不能给自己授予岗位，请由另一名安全管理员办理。", "account"))
    if not account.is_active:
        reasons.append(Reason("identity.post.inactive", "该账号已停用，请先由系统管理员启用。", "account"))
    if (account.kind == Account.Kind.OFFICIAL) != (side == "official"):
        reasons.append(
            Reason("identity.post.side", "账号类别与单位类别不一致：工作人员只能在行政机关、事业单位任职。", "organisation")
        )
    if kind == Post.Kind.ACTING and valid_to is None:
        reasons.append(Reason("identity.post.acting", "代理任职必须填写截止日期。", "valid_to"))
    if valid_to and valid_to < valid_from:
        reasons.append(Reason("identity.post.dates", "截止日期不能早于起始日期。", "valid_to"))
    return reasons


@transaction.atomic
def do_grant(
    account: Account, organisation: Organisation, *, title: str, roles: Iterable[str], valid_from: date,
    valid_to: date | None = None, kind: str = Post.Kind.FORMAL, basis: str = "", firm_admin: bool = False,
) -> Post:  # fmt: skip
    """Give an account a post with roles. The database refuses a second duty (foundation.md §17-19)."""
    wanted = sorted(set(roles))
    refuse_if(check_grant(account, organisation, wanted, kind, valid_from, valid_to))
    duty = duty_of(wanted)
    try:
        with transaction.atomic():
            if account.duty_class != duty:
                Account.objects.filter(pk=account.pk).update(duty_class=duty)
            post = Post.objects.create(
                account=account, organisation=organisation, duty_class=duty, title=title, roles=wanted, kind=kind,
                valid_from=valid_from, valid_to=valid_to, basis=basis, granted_by=scope.current().actor_id, firm_admin=firm_admin,
            )  # fmt: skip
    except IntegrityError as error:
        if "identity_post_one_duty" not in str(error):
            raise
        raise Refusal("identity.duty.separated", SEPARATION, "roles") from error
    account.duty_class = duty
    audit.record(
        "identity.post_grant", target=accounts.target(account.pk), post=post.pk, organisation=organisation.name, roles=wanted
    )
    return post


def check_delegate(post: Post, to: Account, roles: Iterable[str], valid_from: date, valid_to: date | None) -> list[Reason]:
    """Why the holder of `post` may not lend these roles to `to`."""
    reasons, wanted, days = [], set(roles), policy().delegation_days
    if post.kind == Post.Kind.DELEGATED:
        reasons.append(Reason("identity.delegate.again", "受委托的岗位不能再委托他人。", "roles"))
    if not wanted or not wanted <= selectors.roles_of(post):
        reasons.append(Reason("identity.delegate.roles", "只能委托您本岗位现有的角色，请至少选择一项。", "roles"))
    if to.pk == post.account_id:
        reasons.append(Reason("identity.delegate.self", "不能委托给自己。", "account"))
    elif not any(p.organisation_id == post.organisation_id for p in selectors.posts_of(to)):
        reasons.append(Reason("identity.delegate.colleague", "只能委托给本单位在岗人员。", "account"))
    elif to.duty_class != post.duty_class:
        reasons.append(Reason("identity.duty.separated", SEPARATION, "account"))
    if valid_to is None:
        reasons.append(Reason("identity.delegate.open", "委托必须填写截止日期。", "valid_to"))
    elif valid_to < valid_from:
        reasons.append(Reason("identity.post.dates", "截止日期不能早于起始日期。", "valid_to"))
    elif (valid_to - valid_from).days >= days:
        reasons.append(Reason("identity.delegate.long", f"一次委托最长{days}天，请缩短期限。", "valid_to"))
    elif post.valid_to and valid_to > post.valid_to:
        reasons.append(Reason("identity.delegate.beyond", "委托不能超过您本岗位的截止日期。", "valid_to"))
    return reasons


@transaction.atomic
def do_delegate(
    post: Post, to: Account, *, roles: Iterable[str], valid_from: date, valid_to: date | None, basis: str = ""
) -> Post:
    """Lend some of a post's roles to a colleague for a time; only the post's holder may."""
    if post.account_id != scope.current().actor_id:
        raise NotAllowed("identity.delegate.owner", "只能委托您本人的岗位。")
    wanted = sorted(set(roles))
    refuse_if(check_delegate(post, to, wanted, valid_from, valid_to))
    lent = Post.objects.create(
        account=to, organisation=post.organisation, duty_class=post.duty_class, title=f"{post.title}（受托）"[:64], roles=wanted,
        kind=Post.Kind.DELEGATED, valid_from=valid_from, valid_to=valid_to, delegated_from=post, basis=basis,
        granted_by=scope.current().actor_id,
    )  # fmt: skip
    audit.record("identity.delegate", target=accounts.target(to.pk), post=lent.pk, source=post.pk, roles=wanted)
    return lent


@transaction.atomic
def do_authorise_agent(
    post: Post, *, username: str, name: str, title: str, valid_from: date, valid_to: date | None, phone: str = "",
    firm_admin: bool = False,
) -> tuple[Post, str]:  # fmt: skip
    """The firm's administrator lets a person act for the firm; returns the post and, for a new account, its one-time password."""
    actor = scope.current()
    if post.account_id != actor.actor_id or not post.firm_admin:
        raise NotAllowed("identity.agent.admin", "只有企业管理员可以授权经办人。")
    account, word = Account.objects.filter(username=username).first(), ""
    if account is None:
        account, word = accounts.do_create(username=username, name=name, kind=Account.Kind.ENTERPRISE, phone=phone)
    elif account.name != name.strip() or account.kind == Account.Kind.OFFICIAL:
        raise Refusal("identity.agent.name", "登录名与姓名对不上，请向本人核对后再填写。", "username")
    if any(p.organisation_id == post.organisation_id for p in selectors.posts_of(account)):
        raise Refusal("identity.agent.again", "此人已是本企业的经办人。", "username")
    granted = do_grant(
        account, post.organisation, title=title, roles=["firm_agent"], valid_from=valid_from, valid_to=valid_to,
        kind=Post.Kind.AGENT, basis="企业授权", firm_admin=firm_admin,
    )  # fmt: skip
    return granted, word


def may_revoke(post: Post) -> bool:
    """Whether the actor may end the post: the 安全管理员, the delegator, or the firm's administrator; never one's own grant."""
    actor = scope.current()
    if actor.is_system:
        return True
    if post.account_id == actor.actor_id:
        return post.kind == Post.Kind.DELEGATED  # hand back what was lent
    if "security_admin" in actor.roles:
        return True
    if post.kind == Post.Kind.DELEGATED:
        return post.delegated_from is not None and post.delegated_from.account_id == actor.actor_id
    if post.kind == Post.Kind.AGENT and post.organisation_id == actor.org_id:
        return Post.objects.filter(pk=actor.post_id, firm_admin=True).exists()
    return False


@transaction.atomic
def do_revoke(post_id: int, reason: str) -> Post:
    """End a post at once. What was delegated from it ends with it; the account's next request no longer has it."""
    post = Post.objects.select_for_update(of=["self"]).select_related("delegated_from", "organisation").filter(pk=post_id).first()
    if post is None:
        raise NotFound("identity.post.absent", "没有这个岗位，可能链接已失效。")
    if not may_revoke(post):
        raise NotAllowed("identity.post.revoke", "您不能撤销这个岗位，请联系安全管理员。")
    if post.revoked_at:
        raise Refusal("identity.post.revoked", "这个岗位已经撤销，无需重复操作。")
    if not reason.strip():
        raise Refusal("identity.reason", "请填写撤销原因，以便日后查证。", "reason")
    post.revoked_at, post.revoked_by, post.revoke_reason = timezone.now(), scope.current().actor_id, reason.strip()[:200]
    post.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
    audit.record("identity.post_revoke", target=accounts.target(post.account_id), post=post.pk, reason=reason)
    return post
