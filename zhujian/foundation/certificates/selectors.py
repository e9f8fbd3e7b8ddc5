"""What other modules and the public may read about certificates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from zhujian.foundation.certificates import rules
from zhujian.foundation.certificates.models import Certificate
from zhujian.foundation.certificates.rules import State, Verdict
from zhujian.foundation.certificates.services import Holder, holder_hash
from zhujian.foundation.kernel import masking, scope
from zhujian.foundation.kernel.errors import NotFound


@dataclass(frozen=True)
class Verification:
    """A verdict with what anyone may know; `facts` are (label, value) pairs without personal data, empty unless found."""

    verdict: Verdict
    message: str
    identifier: str
    on: date
    state_text: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    newer: str = ""


def certificate(pk: int) -> Certificate:
    """One certificate that the actor may see, with its type and document; NotFound otherwise."""
    found = Certificate.objects.filter(pk=pk).select_related("type", "document").first()
    if found is None:
        raise NotFound("certificate.not_found", "没有找到这份证照，可能不在您的管辖范围内，或不属于您的单位。")
    return found


def surface_of(found: Certificate) -> list[tuple[str, str]]:
    """The 照面 as (label, text), in its printed order; fields without a value are left out."""
    return [(one.title, str(value)) for one in found.type.fields if (value := found.surface.get(one.key)) not in (None, "")]


def editions_of(found: Certificate) -> list[Certificate]:
    """All visible editions of the same certificate, newest first."""
    chain = {"type": found.type_id, "issuer_code": found.issuer_code, "serial": found.serial}
    return list(Certificate.objects.filter(**chain).order_by("-edition"))


def certificates_of(subject: str) -> list[Certificate]:
    """Visible certificates of a subject, newest first."""
    return list(Certificate.objects.filter(subject=subject).select_related("type", "document").order_by("-id"))


def held_by(holder: Holder) -> list[Certificate]:
    """Visible certificates whose first holder has this number."""
    return list(Certificate.objects.filter(holder_hash=holder_hash(holder)).select_related("type").order_by("-id")[:200])


def usable(type_key: str, subject: str, on: date | None = None) -> Certificate | None:
    """The certificate of a type that a subject can rely on that day, among visible ones."""
    day = on or timezone.localdate()
    for found in Certificate.objects.filter(type__key=type_key, subject=subject, state=State.VALID).order_by("-id"):
        if verdict_of(found, day) == Verdict.VALID:
            return found
    return None


def newest_editions(ids: Iterable[int]) -> list[Certificate]:
    """The latest edition of each certificate named by the id of any of its editions."""
    found = []
    for certificate in Certificate.objects.filter(pk__in=list(ids)).select_related("type").order_by("id"):
        while newer := Certificate.objects.select_related("type").filter(predecessor=certificate).first():
            certificate = newer
        found.append(certificate)
    return found


def verdict_of(certificate: Certificate, on: date) -> Verdict:
    """Verdict on a certificate the caller may see."""
    return rules.verdict(
        rules.Facts(
            state=State(certificate.state), valid_from=certificate.valid_from, valid_to=certificate.valid_to,
            superseded=Certificate.objects.filter(predecessor=certificate).exists(),
        ),
        on,
    )  # fmt: skip


def verify(identifier: str, on: date | None = None) -> Verification:
    """Public verification of an identifier on a day (today); personal data masked."""
    day = on or timezone.localdate()
    text = identifier.strip().upper()
    if rules.check_identifier(text):
        return _without(rules.verdict(rules.Facts(well_formed=False), day), text, day)
    with scope.system("公开核验证照"):
        found = Certificate.objects.select_related("type").filter(identifier=text).first()
        if found is None:
            return _without(Verdict.NOT_FOUND, text, day)
        newest = found
        while newer := Certificate.objects.filter(predecessor=newest).first():
            newest = newer
        verdict = verdict_of(found, day)
    state = rules.state_on(State(found.state), found.valid_to, day)
    message = rules.VERDICT_TEXT[verdict]
    if verdict == Verdict.SUSPENDED and state == State.VALID:
        message = f"证照自 {found.valid_from:%Y-%m-%d} 起生效，尚未到生效日期。"
    return Verification(
        verdict, message, text, day, rules.STATE_TEXT[state], _public_facts(found), newest.identifier if newest != found else ""
    )


def _without(verdict: Verdict, identifier: str, on: date) -> Verification:
    return Verification(verdict, rules.VERDICT_TEXT[verdict], identifier, on)


def _public_facts(certificate: Certificate) -> tuple[tuple[str, str], ...]:
    """Facts for the public: names of persons masked, personal fields of the 照面 left out."""
    names = [masking.mask_name(one["name"]) if one["id_type"] in PERSONAL else one["name"] for one in certificate.holders]
    until = certificate.valid_to.strftime("%Y-%m-%d") if certificate.valid_to else "长期"
    facts = [
        ("证照名称", certificate.type.name), ("证照编号", certificate.cert_no), ("持证主体", "、".join(names)),
        ("颁发机构", certificate.issuer_name), ("颁发日期", f"{certificate.issue_date:%Y-%m-%d}"),
        ("有效期", f"{certificate.valid_from:%Y-%m-%d} 至 {until}"), ("版本", f"第 {certificate.edition} 版"),
    ]  # fmt: skip
    for field in certificate.type.fields:
        value = certificate.surface.get(field.key)
        if field.public and not field.personal and value not in (None, ""):
            facts.append((field.title, str(value)))
    return tuple(facts)


PERSONAL = frozenset({"ID_CARD", "PASSPORT", "PERSON"})
