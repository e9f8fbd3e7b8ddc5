"""Giving out the bytes of a file that the caller has been found allowed to see; for the views of this and of other rooms."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified

from zhujian.foundation.documents import rules, vault
from zhujian.foundation.documents.models import StoredFile


def answer(request: HttpRequest, file: StoredFile) -> HttpResponse:
    """One file's content. ``?view=1`` shows PDF and pictures in place; everything else, and anything without it, is saved under its name."""
    tag = f'"{file.sm3}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    inline = request.GET.get("view") == "1" and rules.KINDS[file.kind].inline
    response = FileResponse(
        vault.open_content(file.sm3), content_type=file.content_type, as_attachment=not inline, filename=file.name
    )
    response["ETag"] = tag
    response["Cache-Control"] = "private, max-age=0, must-revalidate"
    response["X-Content-Type-Options"] = "nosniff"
    if file.kind != "pdf":  # the PDF viewer of browsers does not run inside a sandbox
        response["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    return response
