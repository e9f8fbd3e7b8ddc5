"""Pages of documents: download, one document, public verification."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from zhujian.foundation.documents import rules, selectors, services, serving
from zhujian.foundation.documents.models import Document
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.crypto import hashes
from zhujian.foundation.kernel.errors import NotFound


@require_GET
@access("documents.file", "download")
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """One file's content. The row decides (row-level security); no path ever comes from the request."""
    file = selectors.file(pk)
    if file is None:
        raise NotFound("documents.no_file", "没有找到这个文件，可能已被移走，或不在您的可见范围内。")
    return serving.answer(request, file)


@require_GET
@access("documents.document", "view")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One document with its file, verification link and history."""
    document = Document.objects.select_related("file", "template", "issued_number").filter(pk=pk).first()
    if document is None:
        raise NotFound("documents.no_document", "没有找到这份文书，可能不在您的可见范围内。")
    return render(
        request, "documents/document.html",
        {"document": document, "history": selectors.history(document), "verify_url": services.verify_url(document.token)},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@access("documents.document", "verify")
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Public: what the QR code opens. A posted PDF is compared by SM3 and not kept."""
    facts = selectors.public_facts(token)
    found: dict[str, object] = {"facts": facts}
    upload = request.FILES.get("file")
    if facts and request.method == "POST":
        if isinstance(upload, UploadedFile) and (upload.size or 0) <= services.limits().size:
            found["same"] = hashes.sm3_chunks(upload.chunks()).hex() == facts.sm3
            found["compared"] = rules.clean_name(upload.name or "")
        else:
            found["missing"] = True
    status = 404 if facts is None else 422 if found.get("missing") else 200
    return render(request, "documents/verify.html", found, status=status)
