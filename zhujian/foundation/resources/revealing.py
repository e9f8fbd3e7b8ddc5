"""Seeing a record's masked values in full: an act with a reason, entered into the audit log; never by a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.resources import detail, registry
from zhujian.foundation.resources.kinds import Bad, plain

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource

REASON_LEAST, REASON_MOST = 4, 200


def reveal_page(request: HttpRequest, resource: Resource, pk: int) -> HttpResponse:
    """Ask for the reason; POST shows the values once."""
    record = detail.load(resource, pk)
    context = {
        "resource": resource,
        "record": record,
        "label": getattr(record, resource.label_name),
        "fields": resource.pick(resource.masked),
    }
    if request.method != "POST":
        return render(request, "resources/reveal.html", context)
    reason, wrong = _reason(request.POST.get("reason", ""))
    if wrong:
        return render(
            request, "resources/reveal.html", {**context, "reasons": [wrong], "typed": request.POST.get("reason", "")}, status=422
        )
    registry.audit("reveal", registry.subject_of(record), reason=reason, fields=sorted(resource.masked))
    shown = [(item, item.kind.show(getattr(record, item.name))) for item in context["fields"]]  # type: ignore[union-attr]
    return render(request, "resources/reveal.html", {**context, "shown": shown, "reason": reason})


def _reason(text: str) -> tuple[str, Reason | None]:
    try:
        text = plain(text)
    except Bad as bad:
        return "", Reason("reveal.reason", bad.message, "reason")
    if not REASON_LEAST <= len(text) <= REASON_MOST:
        return "", Reason(
            "reveal.reason",
            f"请写明查看理由（{REASON_LEAST} 到 {REASON_MOST} 个字），例如“核对业主联系方式，受理编号……”。",
            "reason",
        )
    return text, None
