"""Issuing certificates and changing their state. Each act is one transaction: row, number, PDF, reminders, event, evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Protocol

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from zhujian.foundation.certificates import rules
from zhujian.foundation.certificates.models import Certificate, CertificateType, Reminder
from zhujian.foundation.certificates.rules import State
from zhujian.foundation.documents import services as documents
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.crypto import keyed_hash
from zhujian.foundation.kernel.errors import Conflict, Refusal, refuse_if


class Issuer(Protocol):
    """An `identity` organisation, or anything with a name and a 统一社会信用代码."""

    name: str
    code: str


@dataclass(frozen=True)
class Holder:
    """持证主体. `id_type`: USCC, ID_CARD, PASSPORT, PROJECT …; `id_no` is kept encrypted; `role` for joint holders."""

    name: str
    id_type: str = "USCC"
    id_no: str = ""
    role: str = ""


def certificate_type(key_or_code: str) -> CertificateType:
    """The type with this key (``construction_permit``) or 21-character code; Refusal when unknown."""
    column = "code" if len(key_or_code) == 21 and key_or_code.isupper() else "key"
    found = CertificateType.objects.filter(**{column: key_or_code}).first()
    if found is None:
        raise Refusal("certificates.type_unknown", f"没有登记证照类型 {key_or_code}，请联系数据管理员。", "type")
    return found


def verify_url(identifier: str) -> str:
    """Public address the certificate's QR code carries."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("certificates:verify", args=[identifier])


def holder_hash(holder: Holder) -> str:
    """Search key of a holder's number."""
    return keyed_hash(f"certificate-holder:{holder.id_type}", holder.id_no) if holder.id_no else ""


def _holders(given: Holder | Mapping[str, str] | Iterable[Any]) -> list[Holder]:
    many = [given] if isinstance(given, Holder | Mapping) else list(given)
    found = [one if isinstance(one, Holder) else Holder(**one) for one in many]
    if not found or not all(holder.name.strip() for holder in found):
        raise Refusal("certificates.holder", "请填写持证主体名称。", "holder")
    return found


@transaction.atomic
def issue(
    type_code: str, *, holder: Holder | Mapping[str, str] | Iterable[Any], issuer: Issuer, cert_no: str,
    surface: dict[str, Any], valid_from: date, valid_to: date | None, region_code: str, parties: Iterable[str], subject: str,
    template: str | None = None, issue_date: date | None = None, creation_mode: str = "new",
) -> Certificate:  # fmt: skip
    """Issue a first edition. `type_code`: key or 21-character code; `valid_to` None = 长期; `surface` by the type's fields.

    The serial is region + year + a gap-free number of the type, as 420000202400000123. `template` overrides the type's.
    Raises Refusal: ``certificates.type_unknown | surface_missing | surface_unknown | period | no_used``.
    """
    kind = certificate_type(type_code)
    day = issue_date or timezone.localdate()
    holders = _holders(holder)
    refuse_if([*rules.check_surface(kind.fields, surface), *rules.check_period(valid_from, valid_to)])
    number = documents.next_number(f"certificate:{kind.code}:{issuer.code}", day.year, region_code)
    certificate = Certificate(
        type=kind, cert_no=cert_no.strip(), serial=f"{region_code[:6]}{day.year}{number:08d}", edition=1,
        holder_name=holders[0].name, holder_hash=holder_hash(holders[0]), holders=[asdict(one) for one in holders],
        issuer_name=issuer.name, issuer_code=issuer.code, issue_date=day, valid_from=valid_from, valid_to=valid_to,
        creation_mode=creation_mode, surface=surface, subject=subject, region_code=region_code, parties=sorted(set(parties)),
        created_by=scope.current().actor_id,
    )  # fmt: skip
    return _put_out(certificate, template or kind.template, issuer, "issued")


def _put_out(certificate: Certificate, template: str, issuer: Issuer | None, act: str) -> Certificate:
    """Identifier, PDF, row, reminders, event for a new edition."""
    kind = certificate.type
    certificate.trust_level = _parameter("trust_level")
    certificate.identifier = rules.identifier(kind.code, certificate.issuer_code, certificate.serial, certificate.edition)
    rows = [[f.title, _text(certificate.surface.get(f.key)), "wide" if f.wide else ""] for f in kind.fields]
    certificate.document = documents.issue(
        template, region_code=certificate.region_code, parties=certificate.parties, subject=certificate.subject,
        title=kind.name, number=certificate.cert_no, issuer=issuer or _Named(certificate.issuer_name, certificate.issuer_code),
        issued_on=certificate.issue_date, link=verify_url(certificate.identifier),
        fields={**certificate.surface, "rows": rows, "certificate_id": certificate.identifier, **kind.layout},
    )  # fmt: skip
    try:
        with transaction.atomic():
            certificate.save()
    except IntegrityError as error:
        text = f"证照编号 {certificate.cert_no} 已被使用，请核对后重新编号。"
        raise Conflict("certificates.no_used", text, "cert_no") from error
    ahead = rules.reminder_dates(certificate.valid_to, _parameter("reminder_days"), from_day=timezone.localdate())
    Reminder.objects.bulk_create(Reminder(certificate=certificate, days=days, due_on=due) for days, due in ahead)
    _tell(certificate, act)
    return certificate


@dataclass(frozen=True)
class _Named:
    name: str
    code: str


def _text(value: Any) -> str:
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    return "" if value is None else str(value)


def _parameter(name: str) -> Any:
    from zhujian.foundation.parameters import selectors

    return selectors.value(f"certificates.{name}", on=timezone.localdate()).value


def _locked(certificate: Certificate, expected_version: int | None) -> Certificate:
    found = Certificate.objects.select_for_update(of=("self",)).select_related("type").get(pk=certificate.pk)
    if expected_version is not None and found.version != expected_version:
        raise Conflict("edit.stale", "这份证照刚刚被别人处理过，请刷新页面核对后再提交。")
    return found


def _new_edition(
    certificate: Certificate, act: str, why: str, *, surface: dict[str, Any] | None, valid_from: date | None,
    valid_to: date | None, holder: Any, template: str | None, expected_version: int | None,
) -> Certificate:  # fmt: skip
    old = _locked(certificate, expected_version)
    today = timezone.localdate()
    state = rules.state_on(State(old.state), old.valid_to, today)
    if state != State.VALID:
        text = f"证照目前是“{rules.STATE_TEXT[state]}”，不能{why}。如需继续使用，请重新申请。"
        raise Refusal("certificates.transition", text, "state")
    if old.edition >= rules.LAST_EDITION:
        raise Refusal("certificates.editions", "版本号已用完，请注销后重新发证。")
    new = Certificate(
        type=old.type, cert_no=old.cert_no, serial=old.serial, edition=old.edition + 1, holder_name=old.holder_name,
        holder_hash=old.holder_hash, holders=old.holders, issuer_name=old.issuer_name, issuer_code=old.issuer_code,
        issue_date=today, valid_from=valid_from or old.valid_from, valid_to=valid_to,
        surface=old.surface if surface is None else surface, subject=old.subject, region_code=old.region_code,
        parties=old.parties, predecessor=old, created_by=scope.current().actor_id,
    )  # fmt: skip
    if holder is not None:
        holders = _holders(holder)
        new.holder_name, new.holder_hash = holders[0].name, holder_hash(holders[0])
        new.holders = [asdict(one) for one in holders]
    refuse_if([*rules.check_surface(new.type.fields, new.surface), *rules.check_period(new.valid_from, new.valid_to)])
    _write_state(old, State.VOID, f"已{why}，由第 {new.edition} 版代替")
    used = old.document.template.key if old.document else old.type.template
    return _put_out(new, template or used, None, act)


@transaction.atomic
def renew(
    certificate: Certificate, *, valid_to: date | None, valid_from: date | None = None, surface: dict[str, Any] | None = None,
    template: str | None = None, expected_version: int | None = None,
) -> Certificate:  # fmt: skip
    """延续: a new edition with a new period; the old one turns 失效 and is linked. Only a 有效 certificate can be renewed."""
    return _new_edition(
        certificate, "renewed", "延续", surface=surface, valid_from=valid_from, valid_to=valid_to, holder=None, template=template,
        expected_version=expected_version,
    )  # fmt: skip


@transaction.atomic
def change(
    certificate: Certificate, *, surface: dict[str, Any], holder: Any = None, template: str | None = None,
    expected_version: int | None = None,
) -> Certificate:  # fmt: skip
    """变更: a new edition with new facts and the same period."""
    return _new_edition(
        certificate, "changed", "变更", surface=surface, valid_from=None, valid_to=certificate.valid_to, holder=holder,
        template=template, expected_version=expected_version,
    )  # fmt: skip


@transaction.atomic
def reissue(certificate: Certificate, *, expected_version: int | None = None) -> Certificate:
    """补证: a new edition with the same facts and period."""
    return _new_edition(
        certificate, "reissued", "补证", surface=None, valid_from=None, valid_to=certificate.valid_to, holder=None, template=None,
        expected_version=expected_version,
    )  # fmt: skip


def _write_state(certificate: Certificate, state: State, note: str, **more: date | None) -> None:
    refuse_if(rules.check_transition(State(certificate.state), state, note))
    certificate.state, certificate.state_note = state, note.strip()[:200]
    for name, value in more.items():
        setattr(certificate, name, value)
    certificate.save_version(certificate.version, fields=["state", "state_note", *more])
    if not rules.TRANSITIONS[state]:
        certificate.reminders.filter(sent_at__isnull=True).delete()


def _set_state(certificate: Certificate, state: State, note: str, act: str, expected: int | None, **more: Any) -> Certificate:
    found = _locked(certificate, expected)
    _write_state(found, state, note, **more)
    _tell(found, act)
    return found


@transaction.atomic
def suspend(
    certificate: Certificate, *, reason: str, date_from: date, date_to: date | None, expected_version: int | None = None
) -> Certificate:
    """暂扣 from a day to a day (None: until resumed)."""
    refuse_if(rules.check_period(date_from, date_to))
    return _set_state(
        certificate, State.SUSPENDED, reason, "suspended", expected_version, suspended_from=date_from, suspended_to=date_to
    )


@transaction.atomic
def resume(certificate: Certificate, *, reason: str = "", expected_version: int | None = None) -> Certificate:
    """End a suspension: 暂扣 → 有效."""
    if certificate.state != State.SUSPENDED:
        raise Refusal("certificates.transition", "只有暂扣中的证照才能恢复。", "state")
    return _set_state(certificate, State.VALID, reason, "resumed", expected_version, suspended_from=None, suspended_to=None)


@transaction.atomic
def revoke(certificate: Certificate, *, reason: str, expected_version: int | None = None) -> Certificate:
    """撤销: the issuing was wrong (行政许可法 第六十九条)."""
    return _set_state(certificate, State.REVOKED, reason, "revoked", expected_version)


@transaction.atomic
def cancel(certificate: Certificate, *, reason: str, expected_version: int | None = None) -> Certificate:
    """注销 (行政许可法 第七十条)."""
    return _set_state(certificate, State.CANCELLED, reason, "cancelled", expected_version)


@transaction.atomic
def withdraw(certificate: Certificate, *, reason: str, expected_version: int | None = None) -> Certificate:
    """吊销: as a penalty."""
    return _set_state(certificate, State.WITHDRAWN, reason, "withdrawn", expected_version)


@transaction.atomic
def void(certificate: Certificate, *, reason: str, expected_version: int | None = None) -> Certificate:
    """失效 for a reason other than time or a newer edition, e.g. 施工许可证自行废止."""
    return _set_state(certificate, State.VOID, reason, "voided", expected_version)


@transaction.atomic
def transfer_out(certificate: Certificate, *, reason: str, expected_version: int | None = None) -> Certificate:
    """办理转出: the receiving province issues its own identifier."""
    return _set_state(certificate, State.TRANSFERRED, reason, "transferred", expected_version)


def set_parties(subject: str, parties: Iterable[str]) -> int:
    """Let exactly `parties` (beside the region's officials) see every certificate of a subject; how many."""
    return Certificate.objects.filter(subject=subject).update(parties=sorted(set(parties)))


@transaction.atomic
def expire(certificate: Certificate, today: date) -> Certificate:
    """过期失效, by the daily job."""
    if certificate.valid_to is None or certificate.valid_to >= today:
        raise Refusal("certificates.not_expired", "证照还在有效期内。", "valid_to")
    return _set_state(certificate, State.VOID, "有效期届满", "expired", None)


def _tell(certificate: Certificate, act: str) -> None:
    from zhujian.foundation.events import services as events
    from zhujian.foundation.evidence import services as evidence

    common = {"region_code": certificate.region_code, "parties": certificate.parties}
    facts = {
        "identifier": certificate.identifier, "type": certificate.type.key, "cert_no": certificate.cert_no,
        "edition": certificate.edition, "state": str(certificate.state), "subject": certificate.subject,
    }  # fmt: skip
    subject = f"certificates.certificate:{certificate.pk}"
    events.publish(f"certificate.{act}", subject=subject, payload=facts, **common)
    file = certificate.document.file.sm3 if certificate.document else ""
    evidence.record(
        f"certificate.{act}", object_id=subject, payload={**facts, "note": certificate.state_note}, object_hash=file, **common
    )
