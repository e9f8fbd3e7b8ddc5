"""A certificate's page, and public verification: no login, fits a phone, no personal data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from zhujian.foundation.certificates import selectors
from zhujian.foundation.certificates.rules import Verdict
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.middleware import wants_json

STATUS = {Verdict.NOT_FOUND: 404, Verdict.CHECK_CHAR_BAD: 422}


TAGS = {"01": "tag-ok", "02": "tag-warn"}


@require_GET
@access("certificates.certificate", "view")
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate for its holder and the offices in charge: 照面, state, editions, file, verification."""
    found = selectors.certificate(pk)
    context = {
        "one": found, "verdict": selectors.verdict_of(found, timezone.localdate()), "surface": selectors.surface_of(found),
        "editions": selectors.editions_of(found), "tag": TAGS.get(found.state, "tag-muted"),
    }  # fmt: skip
    return render(request, "certificates/certificate.html", context)


@require_GET
@access("certificates.certificate", "verify")
def verify_form(request: HttpRequest) -> HttpResponse:
    """Type an identifier by hand; with ``?identifier=`` goes on to its page."""
    identifier = request.GET.get("identifier", "").strip()
    if identifier and "/" not in identifier:
        return redirect("certificates:verify", identifier=identifier[:200])
    empty = "identifier" in request.GET
    return render(request, "certificates/verify.html", {"empty": empty}, status=422 if empty else 200)


@require_GET
@access("certificates.certificate", "verify")
def verify(request: HttpRequest, identifier: str) -> HttpResponse:
    """The verdict on one identifier, as a page or as JSON."""
    found = selectors.verify(identifier)
    status = STATUS.get(found.verdict, 200)
    if wants_json(request):
        body = {
            "verdict": found.verdict, "message": found.message, "identifier": found.identifier, "on": found.on.isoformat(),
            "state": found.state_text, "facts": dict(found.facts), "newer": found.newer,
        }  # fmt: skip
        return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    return render(request, "certificates/verify.html", {"found": found}, status=status)
