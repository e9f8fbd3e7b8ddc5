"""Doors for other systems: hotlines push orders, the SMS gateway brings replies; and the page where they are registered."""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from zhujian.boards.city_management.public_service.hotline import orders as format_
from zhujian.boards.city_management.public_service.hotline import signature
from zhujian.boards.city_management.public_service.models import Peer
from zhujian.boards.city_management.public_service.services import call_backs, limits, orders, peers
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotAllowed, Reason, Refusal
from zhujian.foundation.kernel.middleware import problem_document
from zhujian.foundation.parameters import selectors as parameters

MOST = 64 * 1024  # bytes of one message
WRONG = {"missing": "缺少签名头。", "stale": "签名已过期，请核对服务器时间。", "wrong": "签名不对，请核对密钥和签名方法。"}


def _body(request: HttpRequest) -> bytes:
    try:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        size = 0
    if size > MOST:
        raise Refusal("hotline.size", f"一次请求不要超过{MOST // 1024} KB。")
    return request.body


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal("hotline.json", "请求体不是有效的 JSON（UTF-8）。") from None


def _signed(request: HttpRequest, secret: str, body: bytes) -> None:
    wrong = signature.fits(
        request.headers, secret, request.method or "", request.get_full_path(), body, minutes=limits.number("signature_minutes")
    )
    if wrong:
        raise NotAllowed(f"hotline.signature.{wrong}", WRONG[wrong])


@csrf_exempt
@require_POST
@access("public_service.hotline", "push")
def receive(request: HttpRequest) -> HttpResponse:
    """One order from a hotline. Answers ``{"code": 0, "receipt": …, "state": …, "due": …, "new": true}``; the same order again gives the
    same receipt with ``"new": false``; what is wrong comes as a problem document (RFC 9457).
    """
    try:
        body = _body(request)
        peer = peers.hotline(request.headers.get("X-App-Id", "")[:64].replace("\x00", ""))
        _signed(request, peer.secret if peer else "", body)
        if peer is None:
            raise NotAllowed("hotline.signature.wrong", WRONG["wrong"])
        today = timezone.localdate()
        order = format_.read(
            _json(body),
            sources={peer.source},
            kinds={code for code, _ in parameters.code_list("public_service.order_kind", today)},
        )
        made, fresh = orders.do_receive(order, peer=peer, region_code=peer.region_code)
    except Refusal as refusal:
        return problem_document(refusal, refusal.status)
    answer = {
        "code": 0, "receipt": f"{made.source}-{made.pk}", "order_no": made.order_no, "state": made.state,
        "due": timezone.localtime(made.due_at).isoformat(timespec="seconds"), "new": fresh,
    }  # fmt: skip
    return JsonResponse(answer, status=201 if fresh else 200)


@csrf_exempt
@require_POST
@access("public_service.sms", "reply")
def sms_reply(request: HttpRequest) -> HttpResponse:
    """A text that somebody sent back to us, passed on by the gateway: ``{"phone": …, "text": …}``, signed with the gateway's secret."""
    gateway: dict[str, str] = settings.SMS_GATEWAY
    try:
        body = _body(request)
        if not gateway.get("secret"):
            raise NotAllowed("hotline.signature.wrong", "没有配置短信网关。")
        _signed(request, gateway["secret"], body)
        raw = _json(body)
        phone, text = (raw.get("phone"), raw.get("text")) if isinstance(raw, dict) else (None, None)
        if not isinstance(phone, str) or not isinstance(text, str) or "\x00" in phone + text:
            raise Refusal("sms.format", "请发送 phone 和 text 两个文字字段。")
        found = call_backs.do_sms_reply(phone[:30], text[:500])
    except Refusal as refusal:
        return problem_document(refusal, refusal.status)
    return JsonResponse({"code": 0, "answered": found is not None})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access("public_service.peer", "manage")
def peers_page(request: HttpRequest) -> HttpResponse:
    """Who is registered; a POST registers one more and shows its secret this once."""
    reasons: list[Reason] = []
    shown: tuple[Peer, str] | None = None
    typed = {
        name: request.POST.get(name, "").replace("\x00", "").strip()
        for name in ("code", "name", "kind", "source", "push_url", "contact")
    }
    if request.method == "POST":
        try:
            shown = peers.do_register(**typed)
            typed = {}
        except Refusal as refusal:
            reasons = list(refusal.reasons)
    context = {
        "peers": list(Peer.objects.order_by("-active", "pk")[:200]), "reasons": reasons, "shown": shown, "typed": typed,
        "kinds": Peer.Kind.choices, "hotlines": parameters.code_list("public_service.hotline", timezone.localdate()),
        "receive_url": request.build_absolute_uri("../hotline/orders/"), "open311_url": request.build_absolute_uri("../open311/v2"),
    }  # fmt: skip
    return render(request, "public_service/peers.html", context, status=422 if reasons else 200)


@require_POST
@access("public_service.peer", "manage")
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a peer."""
    messages.success(request, f"“{peers.do_stop(pk).name}”已停用，从现在起不再接受它的请求。")
    return redirect("public_service:peers")
