"""What other modules and the public may read about documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from zhujian.foundation.documents.models import Document, StoredFile
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.models import History


@dataclass(frozen=True)
class PublicFacts:
    """What anyone holding a document's token may know; no personal data."""

    number: str
    title: str
    issuer: str
    issued_on: date
    state: str
    state_text: str
    void_reason: str
    sm3: str


def documents_of(subject: str) -> list[Document]:
    """Visible documents of a subject, newest first."""
    return list(Document.objects.filter(subject=subject).select_related("file").order_by("-id"))


def file(pk: int) -> StoredFile | None:
    """A visible file."""
    return StoredFile.objects.filter(pk=pk).first()


def public_facts(token: str) -> PublicFacts | None:
    """The public facts of the document with this token; None when there is none."""
    with scope.system("公开核验文书"):
        found = Document.objects.filter(token=token).select_related("file").first()
    if found is None:
        return None
    return PublicFacts(
        found.number, found.title, found.issuer, found.issued_on, found.state, found.get_state_display(), found.void_reason,
        found.file.sm3,
    )  # fmt: skip


def history(document: Document) -> list[History]:
    """Changes of the document's row, newest first."""
    return list(History.objects.filter(table=Document._meta.db_table, row_id=document.pk).order_by("-id")[:50])
