"""Pages of the ledger, and what monitors and witnesses fetch."""

from __future__ import annotations

import json
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from zhujian.foundation.evidence import selectors, services
from zhujian.foundation.evidence.models import Payload
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Refusal

PAGE = 50
OUTSIDE = Path(__file__).parent / "outside"


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


@require_GET
@access("evidence.entry", "list")
def entries(request: HttpRequest) -> HttpResponse:
    """Visible entries, newest first, by kind or object."""
    kind, object_id = (request.GET.get(name, "").strip()[:96] for name in ("kind", "object"))
    rows = selectors.entries(kind=kind, object_id=object_id, before=_number(request, "before"), limit=PAGE + 1)
    more = rows[PAGE - 1].pk if len(rows) > PAGE else None
    return render(
        request,
        "evidence/entries.html",
        {"rows": rows[:PAGE], "more": more, "kind": kind, "object_id": object_id, "head": selectors.latest_head()},
    )


@require_GET
@access("evidence.entry", "view")
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry: its bytes, place and proof, and how to check them without the platform."""
    found = selectors.entry(pk)
    try:
        bundle = selectors.bundle(found)
    except Refusal:  # not sealed yet: the page says so
        bundle = None
    # The auditor's business is that the ledger is whole, not what the acts said.
    may_read = not scope.current().roles & {"auditor"}
    payload = Payload.objects.filter(entry=found).first() if may_read else None
    context = {
        "entry": found,
        "content": json.loads(found.data),
        "bundle": bundle,
        "payload": json.loads(payload.body) if payload else None,
        "log_key": selectors.log_key().hex(),
    }
    return render(request, "evidence/entry.html", context)


@require_GET
@access("evidence.entry", "prove")
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """The proof bundle as a file; without the payload for the auditor."""
    found = selectors.entry(pk)
    text = selectors.bundle_text(found, payload=not scope.current().roles & {"auditor"})
    return HttpResponse(
        text, content_type="application/json", headers={"Content-Disposition": f'attachment; filename="evidence-{found.pk}.json"'}
    )


@require_GET
@access("evidence.head", "list")
def heads(request: HttpRequest) -> HttpResponse:
    """Signed heads with their cosignatures."""
    rows = selectors.heads(_number(request, "before"), limit=PAGE + 1)
    more = rows[PAGE - 1].pk if len(rows) > PAGE else None
    context = {
        "rows": rows[:PAGE],
        "more": more,
        "log_key": selectors.log_key().hex(),
        "witnesses": selectors.witnesses(),
        "quorum": selectors.quorum(),
        "pending": selectors.pending(),
    }
    return render(request, "evidence/heads.html", context)


@require_GET
@access("evidence.head", "read")
def head(request: HttpRequest) -> HttpResponse:
    """Public: the newest head, with a consistency proof from ``?since=`` entries on."""
    newest, since = selectors.latest_head(), _number(request, "since") or 0
    if newest is None:
        return JsonResponse({"head": None, "consistency": [], "witnesses": []})
    path = selectors.consistency(since, newest.tree_size) if 0 < since < newest.tree_size else []
    answer = {
        "head": selectors.head_json(newest),
        "consistency": [step.hex() for step in path],
        "witnesses": selectors.cosignatures_json(newest),
        "log_key": selectors.log_key().hex(),
    }
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


@require_GET
@access("evidence.head", "read")
def consistency(request: HttpRequest) -> HttpResponse:
    """Public: consistency proof between two published sizes, ``?old=&new=``."""
    old, new = _number(request, "old") or 0, _number(request, "new") or 0
    return JsonResponse({"old": old, "new": new, "proof": [step.hex() for step in selectors.consistency(old, new)]})


@csrf_exempt  # no session is used: the SM2 signature is what is believed
@require_POST
@access("evidence.head", "cosign")
def cosign(request: HttpRequest) -> HttpResponse:
    """A witness hands in its signature over a head (JSON)."""
    try:
        body = json.loads(request.body[:4096])
        size, stamp, seen = (int(body[name]) for name in ("tree_size", "timestamp_ms", "seen_ms"))
        key, signature = bytes.fromhex(body["public_key"]), bytes.fromhex(body["signature"])
        if not all(0 <= number < 1 << 63 for number in (size, stamp, seen)):
            raise ValueError("number out of range")
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal("evidence.cosign_format", "请求格式不正确，请使用平台提供的见证程序。") from error
    kept = services.cosign(size, stamp, public_key=key, seen_ms=seen, signature=signature)
    return JsonResponse({"witness": kept.witness.name, "tree_size": size}, status=201, json_dumps_params={"ensure_ascii": False})


@require_GET
@access("evidence.verifier", "download")
def verifier(request: HttpRequest) -> HttpResponse:
    """Public: the stand-alone verifier."""
    return _program("verify_evidence.py")


@require_GET
@access("evidence.verifier", "download")
def witness_program(request: HttpRequest) -> HttpResponse:
    """Public: the witness's program."""
    return _program("evidence_witness.py")


def _program(name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse((OUTSIDE / name).read_bytes(), content_type="text/x-python; charset=utf-8", headers=headers)
