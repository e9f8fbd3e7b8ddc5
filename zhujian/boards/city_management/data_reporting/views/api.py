"""The interface for other platforms: pushes and the daily question, believed by their signature alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from zhujian.boards.city_management.data_reporting.models import Peer
from zhujian.boards.city_management.data_reporting.services import inbound, reconcile, schemas, transport
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.canonical import canonical
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.middleware import problem_document

Work = Callable[[HttpRequest, Peer, bytes], dict[str, Any]]


def _answer(request: HttpRequest, work: Work) -> HttpResponse:
    """Check who asks, do the work, sign the answer. Refusals are problem documents whatever the caller accepts."""
    try:
        body = _body(request)
        with scope.system("数据交换验签"):
            address = request.META.get("REMOTE_ADDR", "")
            headers = {
                name: request.headers.get(name, "")
                for name in (transport.APP, transport.TIME, transport.NONCE, transport.SIGNATURE)
            }
            peer = inbound.client_of(
                headers, request.method or "", request.path, request.META.get("QUERY_STRING", ""), body, address
            )
        said = canonical(work(request, peer, body)).encode()
    except Refusal as refusal:
        # Nothing was written before a refusal but the random number; a refused request may come again only with a new one.
        answer = problem_document(refusal, refusal.status)
        if refusal.status == 429:
            answer["Retry-After"] = "3600"
        return answer
    stamp = int(timezone.now().timestamp() * 1000)
    text = transport.reply_text(request.path, said, peer.code, stamp, headers[transport.NONCE])
    signature = transport.sign(peer, text, transport.REPLY_KEY)
    return HttpResponse(said, content_type="application/json", headers={transport.REPLY: f"{stamp} {signature}"})


def _body(request: HttpRequest) -> bytes:
    most = schemas.number("most_bytes") * inbound.MB
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > most:
        raise inbound.TooLarge("exchange.too_large", "报文过大，请减少每批的记录数后重新推送。")
    return request.body


@csrf_exempt  # no session is used: the signature is what is believed
@require_POST
@access("data_reporting.inbox", "push")
def batches(request: HttpRequest) -> HttpResponse:
    """Take one push; a receipt for every record."""
    return _answer(request, lambda _request, peer, body: inbound.receive(peer, body))


@require_GET
@access("data_reporting.inbox", "push")
def reconciliation(request: HttpRequest) -> HttpResponse:
    """What we hold of the caller's pushes of one day: ``?dataset=&day=&sent=&rejected=&pending=``."""

    def work(asked: HttpRequest, peer: Peer, _body: bytes) -> dict[str, Any]:
        said = {name: _number(asked.GET.get(name, "")) for name in ("sent", "rejected", "pending")}
        with scope.acting(inbound.acting_as(peer)):
            return reconcile.answer_question(peer, asked.GET.get("dataset", ""), _day(asked), said)

    return _answer(request, work)


@require_GET
@access("data_reporting.inbox", "push")
def lines(request: HttpRequest) -> HttpResponse:
    """The records behind the figures, 5,000 at a time: ``?dataset=&day=&after=``."""

    def work(asked: HttpRequest, peer: Peer, _body: bytes) -> dict[str, Any]:
        with scope.acting(inbound.acting_as(peer)):
            return reconcile.listed(peer, asked.GET.get("dataset", ""), _day(asked), _number(asked.GET.get("after", "")) or 0)

    return _answer(request, work)


def _day(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError as error:
        raise Refusal("exchange.day", "日期应写作 2026-01-31。", "day") from error


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
