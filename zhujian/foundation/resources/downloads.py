"""Files people take away: names, types and headers."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from django.http import HttpResponse, StreamingHttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


def attachment(content: bytes | Iterable[bytes], name: str, kind: str) -> HttpResponse | StreamingHttpResponse:
    """An answer that is saved under `name` and never shown in the browser."""
    made = (
        HttpResponse(content, content_type=kind)
        if isinstance(content, bytes)
        else StreamingHttpResponse(content, content_type=kind)
    )
    made["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    made["X-Content-Type-Options"] = "nosniff"
    made["Cache-Control"] = "no-store, private"
    return made
