"""Keeping files, issuing and voiding documents."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Protocol

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.base import File as DjangoFile
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from zhujian.foundation.documents import content, numbering, rules, typesetting, vault
from zhujian.foundation.documents.models import Document, IssuedNumber, StoredFile
from zhujian.foundation.documents.numbering import next_number, void_number
from zhujian.foundation.documents.rules import Numbering
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Conflict, Refusal, refuse_if

__all__ = [
    "Numbering", "do_void", "for_parties", "issue", "issue_number", "next_number", "receive", "set_parties", "share", "store",
    "store_bytes", "void_number",
]  # fmt: skip

SWEEP_LOCK = 4_036_905  # advisory lock: shared while storing, exclusive while sweeping
MB = 1 << 20


class Issuer(Protocol):
    """Who issues: an `identity` organisation, or anything with a name and a 统一社会信用代码."""

    name: str
    code: str


def _parameter(name: str, region_code: str = "") -> int:
    from zhujian.foundation.parameters import selectors

    return int(selectors.value(f"documents.{name}", on=timezone.localdate(), region=region_code).value)


def limits(region_code: str = "") -> content.Limits:
    """Limits for uploads, from the parameters in force today."""
    return content.Limits(
        size=_parameter("max_file_size", region_code) * MB, pixels=_parameter("max_image_pixels", region_code) * 1_000_000,
        pages=_parameter("max_pdf_pages", region_code), unpacked=_parameter("max_unpacked_size", region_code) * MB,
        ratio=_parameter("max_unpacked_ratio", region_code), entries=_parameter("max_unpacked_entries", region_code),
    )  # fmt: skip


def default_kinds() -> list[str]:
    """Kinds accepted where a form does not say otherwise."""
    from zhujian.foundation.parameters import selectors

    return [kind for kind, _ in selectors.code_list("documents.allowed_kinds", timezone.localdate())]


@transaction.atomic
def store(
    upload: DjangoFile, *, allowed: Sequence[str] | None = None, region_code: str, parties: Iterable[str],
    bounds: content.Limits | None = None,
) -> StoredFile:  # fmt: skip
    """Keep an uploaded file after checking that its content is what its name says.

    `allowed`: kinds of `rules.KINDS` (None: the code list ``documents.allowed_kinds``). `bounds`: limits other than the usual ones. The same content under the same name
    for the same owner gives the same row; equal bytes lie on disk once. Raises Refusal with codes ``documents.*``, field
    ``file``; nothing is kept then. The bytes are on disk before the row can commit.
    """
    name = rules.clean_name(upload.name or "")
    kinds = list(allowed) if allowed is not None else default_kinds()
    bounds = bounds or limits(region_code)
    if (upload.size or 0) > bounds.size:
        refuse_too_large(bounds.size)
    draft = vault.receive(upload.chunks(), bounds.size)
    try:
        if not draft.size:
            raise Refusal("documents.empty", f"“{name}”是空文件，请检查后重新上传。", "file")
        with draft.path.open("rb") as stream:
            found = content.inspect(stream, bounds)
        if not found.reasons:
            refuse_if(rules.check_kind(found.kind, name, kinds))
        refuse_if(found.reasons)
        return _keep(draft, name, found, region_code, parties)
    finally:
        vault.drop(draft)


def refuse_too_large(most: int) -> None:
    """Refuse before reading anything when the browser already says the size."""
    raise Refusal("documents.too_large", f"文件超过 {most // MB} MB 的上限，请压缩或拆分后上传。", "file")


def store_bytes(data: bytes, *, name: str, region_code: str, parties: Iterable[str]) -> StoredFile:
    """Keep a file the platform itself made (a PDF, a workbook)."""
    return store(ContentFile(data, name=name), allowed=list(rules.KINDS), region_code=region_code, parties=parties)


def _keep(draft: vault.Draft, name: str, found: content.Inspection, region_code: str, parties: Iterable[str]) -> StoredFile:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [SWEEP_LOCK])
    vault.keep(draft)
    kind = rules.KINDS[found.kind or ""]
    return StoredFile.objects.get_or_create(
        sm3=draft.sm3, region_code=region_code, parties=sorted(set(parties)), name=name,
        defaults={
            "kind": found.kind, "content_type": kind.content_type, "size": draft.size, "sha256": draft.sha256,
            "pages": found.pages, "width": found.width, "height": found.height, "created_by": scope.current().actor_id,
        },
    )[0]  # fmt: skip


def receive(
    uploads: Iterable[DjangoFile], *, allowed: Sequence[str] | None = None, region_code: str, parties: Iterable[str]
) -> list[StoredFile]:
    """Keep several files or none."""
    with transaction.atomic():
        return [store(upload, allowed=allowed, region_code=region_code, parties=parties) for upload in uploads]


@transaction.atomic
def share(file: StoredFile, parties: Iterable[str]) -> StoredFile:
    """Let more parties see a file the caller can see."""
    locked = StoredFile.objects.select_for_update().get(pk=file.pk)
    locked.parties = sorted({*locked.parties, *parties})
    locked.save_version(locked.version, fields=["parties"])
    return locked


@transaction.atomic
def for_parties(file_ids: Iterable[int], parties: Iterable[str]) -> dict[int, int]:
    """The same files under other parties: id of each given file → id of its row that exactly `parties` may see.

    Rows are never widened: one row may serve two subjects of the same owner. The bytes are on disk once either way.
    """
    old = {file.pk: file for file in StoredFile.objects.filter(pk__in=set(file_ids))}
    wanted = sorted(set(parties))
    copied = [f.name for f in StoredFile._meta.concrete_fields if not f.generated and not f.primary_key and f.name != "parties"]
    rows = [StoredFile(**{name: getattr(file, name) for name in copied}, parties=wanted) for file in old.values()]
    StoredFile.objects.bulk_create(rows, ignore_conflicts=True)
    found = StoredFile.objects.filter(sm3__in={f.sm3 for f in rows}, parties=wanted).values_list(
        "sm3", "region_code", "name", "id"
    )
    ids = {(sm3, region, name): pk for sm3, region, name, pk in found}
    return {pk: ids[file.sm3, file.region_code, file.name] for pk, file in old.items()}


@transaction.atomic
def set_parties(subject: str, parties: Iterable[str]) -> int:
    """Let exactly `parties` (beside the region's officials) see every document of a subject; how many documents."""
    wanted = sorted(set(parties))
    rows = list(Document.objects.filter(subject=subject).only("id", "file_id"))
    files = for_parties([row.file_id for row in rows], wanted)
    for row in rows:
        row.file_id, row.parties = files[row.file_id], wanted
    Document.objects.bulk_update(rows, ["file", "parties"])
    return len(rows)


def issue_number(series: Numbering, *, region_code: str) -> IssuedNumber:
    """Give and register the next number of a series with its written form."""
    return numbering.allocate(series, region_code=region_code)


def verify_url(token: str) -> str:
    """Public address a document's QR code carries."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("documents:verify", args=[token])


@transaction.atomic
def issue(
    template: str, *, region_code: str, parties: Iterable[str], subject: str, fields: dict[str, Any], title: str,
    numbering: Numbering | str | None = None, number: str = "", issuer: Issuer | None = None, addressee: str = "",
    issued_on: date | None = None, link: str = "",
) -> Document:  # fmt: skip
    """Set a document from `template` (``approval``, ``permit``, ``receipt`` or ``<module>/<name>``), number it, keep its PDF.

    `numbering`: a series, or its 机关代字 for the usual form 鄂建文〔2024〕5号; or give a ready `number` of your own.
    `issuer`: an organisation, default the actor's own. `link`: what the QR code opens instead of the document's own
    verification page. The number is taken here, in the caller's transaction, after everything that can refuse.
    """
    who = scope.current()
    day = issued_on or timezone.localdate()
    owners = sorted(set(parties))
    token = secrets.token_urlsafe(16)
    version = typesetting.version_of(template)
    series = Numbering(numbering) if isinstance(numbering, str) else numbering
    given = issue_number(series, region_code=region_code) if series else None
    url = link or verify_url(token)
    values = {
        **fields, "title": title, "number": given.text if given else number, "issuer": issuer.name if issuer else who.org_name,
        "addressee": addressee, "issued_on": rules.chinese_date(day), "verify_url": url, "qr": typesetting.qr_svg(url),
    }  # fmt: skip
    pdf = typesetting.render(template, values, at=timezone.localtime())
    name = rules.clean_name(f"{title} {values['number']}.pdf".replace(" .pdf", ".pdf"))
    document = Document.objects.create(
        number=values["number"], issued_number=given, title=title, subject=subject, issuer=values["issuer"],
        issuer_code=issuer.code if issuer else "", addressee=addressee, issued_on=day, fields=fields, template=version,
        file=store_bytes(pdf, name=name, region_code=region_code, parties=owners), token=token, region_code=region_code,
        parties=owners, created_by=who.actor_id,
    )  # fmt: skip
    _tell("document.issued", document)
    return document


@transaction.atomic
def do_void(document: Document, *, reason: str, expected_version: int | None = None) -> Document:
    """作废: the document stays readable and says so when verified; its number is recorded as void and never given again."""
    reason = reason.strip()
    if not reason:
        raise Refusal("documents.void_reason", "请填写作废原因。", "reason")
    if document.state == Document.State.VOID:
        raise Conflict("documents.already_void", "这份文书已经作废。")
    document.state, document.void_reason, document.voided_at = Document.State.VOID, reason[:200], timezone.now()
    document.save_version(expected_version or document.version, fields=["state", "void_reason", "voided_at"])
    given = document.issued_number
    if given:
        void_number(given.kind, given.year, given.region_code, given.number, reason=reason)
    _tell("document.voided", document)
    return document


def _tell(event: str, document: Document) -> None:
    from zhujian.foundation.events import services as events
    from zhujian.foundation.evidence import services as evidence

    subject = f"documents.document:{document.pk}"
    common = {"region_code": document.region_code, "parties": document.parties}
    facts = {
        "subject": document.subject,
        "number": document.number,
        "title": document.title,
        "sm3": document.file.sm3,
        "template": f"{document.template.key}@{document.template.digest}",
    }
    events.publish(event, subject=subject, payload=facts, **common)
    evidence.record(event, object_id=subject, payload=facts, object_hash=document.file.sm3, **common)
