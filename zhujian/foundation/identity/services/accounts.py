"""Accounts and organisations: what the 系统管理员 keeps. Roles are not given here (see `posts`)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from zhujian.foundation.audit import services as audit
from zhujian.foundation.identity import mfa, oidc
from zhujian.foundation.identity.models import Account, Organisation, PersonalRecord, Post
from zhujian.foundation.identity.services import locks, passwords, sessions
from zhujian.foundation.kernel import codes, scope
from zhujian.foundation.kernel.crypto import keyed_hash
from zhujian.foundation.kernel.errors import NotFound, Reason, Refusal, refuse_if

DOCUMENT, PHONE = "identity.document", "identity.phone"


def target(account_id: int) -> str:
    """Name of an account in the audit trail."""
    return f"identity.account:{account_id}"


def find(account_id: int) -> Account:
    """The account, or NotFound."""
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise NotFound("identity.account.absent", "没有这个账号，可能链接已失效。")
    return account


def check_account(
    username: str, name: str, kind: str, document_kind: str = "id_card", document_number: str = "", phone: str = "",
    *, existing: Account | None = None,
) -> list[Reason]:  # fmt: skip
    """Why an account may not be created or changed so."""
    reasons = []
    if not username.isascii() or not 3 <= len(username) <= 64 or not username.replace("_", "").replace(".", "").isalnum():
        text = "登录名应为3至64位字母、数字、点或下划线，请修改。"
        reasons.append(Reason("identity.username.shape", text, "username"))
    elif Account.objects.filter(username__iexact=username).exclude(pk=existing.pk if existing else None).exists():
        reasons.append(Reason("identity.username.taken", "这个登录名已有人使用，请换一个。", "username"))
    if not name.strip():
        reasons.append(Reason("identity.name.empty", "请填写姓名。", "name"))
    if kind not in Account.Kind.values:
        reasons.append(Reason("identity.kind", "请选择账号类别。", "kind"))
    if document_number:
        number = codes.clean(document_number)
        today = timezone.localdate()
        reasons += codes.identity_document_check(document_kind, number, on=today, field="document_number")
        with scope.system("核对证件是否已登记"):
            others = PersonalRecord.objects.filter(document_hash=keyed_hash(DOCUMENT, f"{document_kind}:{number}"))
            if others.exclude(account=existing).exists():
                text = "该证件已登记过账号，一人只能有一个账号，请先查找原有账号。"
                reasons.append(Reason("identity.document.taken", text, "document_number"))
    if phone:
        reasons += codes.mobile_check(phone, field="phone")
    return reasons


@transaction.atomic
def do_create(
    *, username: str, name: str, kind: str, document_kind: str = "id_card", document_number: str = "", phone: str = "",
    password: str | None = None,
) -> tuple[Account, str]:  # fmt: skip
    """Create an account without any role; returns it with its one-time password (shown once, stored only as a hash)."""
    refuse_if(check_account(username, name, kind, document_kind, document_number, phone))
    word = password or passwords.one_time_password()
    account = Account(username=username, name=name.strip(), kind=kind, created_by=scope.current().actor_id)
    account.set_password(word)
    account.password_changed_at = timezone.now()
    account.must_change_password = password is None
    account.save()
    write_personal(account, document_kind, document_number, phone)
    audit.record("identity.account_create", target=target(account.pk), username=username, kind=kind)
    return account, word


def write_personal(account: Account, document_kind: str, document_number: str, phone: str) -> None:
    """Store the document and phone, encrypted and findable by keyed hash."""
    number = codes.clean(document_number)
    values = {
        "document_kind": document_kind, "document_number": number,
        "document_hash": keyed_hash(DOCUMENT, f"{document_kind}:{number}") if number else None,
        "phone": phone, "phone_hash": keyed_hash(PHONE, phone) if phone else "", "parties": [f"person:{account.pk}"],
    }  # fmt: skip
    with scope.system("登记个人信息"):
        PersonalRecord.objects.update_or_create(account=account, defaults=values)


@transaction.atomic
def do_change(account_id: int, *, name: str, email: str = "") -> Account:
    """Correct the name or e-mail of an account."""
    account = find(account_id)
    refuse_if(check_account(account.username, name, account.kind, existing=account))
    was = account.name
    account.name, account.email = name.strip(), email
    account.save(update_fields=["name", "email"])
    audit.record("identity.account_change", target=target(account.pk), was=was, now=account.name)
    return account


def _not_oneself(account: Account) -> None:
    if account.pk == scope.current().actor_id:
        raise Refusal("identity.self", "不能对自己的账号做这项操作，请由另一名系统管理员办理。")


@transaction.atomic
def do_reset_password(account_id: int) -> str:
    """A new one-time password; every login of the account ends."""
    account = find(account_id)
    _not_oneself(account)
    word = passwords.one_time_password()
    passwords.do_change(account, word, one_time=True)
    sessions.do_end_all(account.pk, "重置密码")
    return word


@transaction.atomic
def do_reset_second_factor(account_id: int) -> None:
    """Switch the second factor off (lost phone): an official must enrol again at the next login."""
    account = find(account_id)
    _not_oneself(account)
    mfa.remove(account)
    locks.clear(locks.key("second", account.pk))
    sessions.do_end_all(account.pk, "重置动态码")
    audit.record("identity.second_factor_reset", target=target(account.pk))


@transaction.atomic
def do_switch(account_id: int, active: bool, reason: str) -> Account:
    """Disable an account (its logins end at once) or enable it again."""
    account = find(account_id)
    _not_oneself(account)
    if not reason.strip():
        raise Refusal("identity.reason", "请填写原因，以便日后查证。", "reason")
    account.is_active = active
    account.save(update_fields=["is_active"])
    if not active:
        sessions.do_end_all(account.pk, "账号停用")
        oidc.revoke(account.pk)
    audit.record("identity.account_enable" if active else "identity.account_disable", target=target(account.pk), reason=reason)
    return account


@transaction.atomic
def do_dismiss(account_id: int, reason: str) -> Account:
    """A person leaves: the account closes, every post ends, every login ends at once."""
    account = do_switch(account_id, False, reason)
    now = timezone.now()
    account.dismissed_at = now
    account.save(update_fields=["dismissed_at"])
    ended = Post.objects.filter(account=account, revoked_at__isnull=True).update(
        revoked_at=now, revoked_by=scope.current().actor_id, revoke_reason=f"离职：{reason}"[:200]
    )
    audit.record("identity.dismiss", target=target(account.pk), posts=ended, reason=reason)
    return account


@transaction.atomic
def reveal(account_id: int, reason: str) -> PersonalRecord | None:
    """Somebody else's document and phone in clear: a logged act with a reason."""
    if len(reason.strip()) < 4:
        raise Refusal("identity.reason", "请写明查看原因（至少4个字），该操作将留痕。", "reason")
    audit.record("identity.reveal", target=target(account_id), reason=reason)
    with scope.system(f"查看个人信息：{reason}"):
        return PersonalRecord.objects.filter(account=account_id).first()


def check_organisation(
    code: str, name: str, *, existing: Organisation | None = None, parent: Organisation | None = None
) -> list[Reason]:
    """Why an organisation may not be registered or changed so."""
    reasons = list(codes.uscc_check(code, field="code"))
    if not reasons and Organisation.objects.filter(code=code).exclude(pk=existing.pk if existing else None).exists():
        reasons.append(Reason("identity.organisation.taken", "这个统一社会信用代码已登记，请查找原有单位。", "code"))
    if not name.strip():
        reasons.append(Reason("identity.organisation.name", "请填写单位名称。", "name"))
    above = parent
    while above is not None and existing is not None:
        if above.pk == existing.pk:
            reasons.append(Reason("identity.organisation.loop", "上级单位不能是本单位或其下级，请另选。", "parent"))
            break
        above = above.parent
    return reasons


@transaction.atomic
def do_save_organisation(existing: Organisation | None = None, **values: object) -> Organisation:
    """Register an organisation, or change one."""
    code, name = codes.clean(str(values["code"])), str(values["name"])
    refuse_if(check_organisation(code, name, existing=existing, parent=values.get("parent")))  # type: ignore[arg-type]
    organisation = existing or Organisation()
    for field, value in {**values, "code": code, "name": name.strip()}.items():
        setattr(organisation, field, value)
    organisation.save()
    act = "identity.organisation_change" if existing else "identity.organisation_create"
    audit.record(act, target=f"identity.organisation:{organisation.pk}", code=code, name=organisation.name)
    return organisation
