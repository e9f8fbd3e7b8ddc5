"""Addresses of GeoReport v2. Errors are the specification's documents, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from zhujian.boards.city_management.public_service.open311 import catalogue, formats, requests
from zhujian.boards.city_management.public_service.services import limits
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Refusal

CHANGESET = "2026-11-23T00:00:00+08:00"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
View = Callable[..., HttpResponse]
# What reading a body may run into: too many fields, bytes that are no UTF-8, a broken multipart form, a connection that ended.
UNREADABLE = (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError, UnicodeError, LookupError)


def open311(*methods: str) -> Callable[[View], View]:
    """The last part of the path (``001.xml``) becomes `name` and `format_`; refusals become error documents with 400, 403, 404 or 429."""

    def mark(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, last: str, **kwargs: Any) -> HttpResponse:
            name, dot, format_ = str(last).rpartition(".")
            if not dot or format_ not in formats.TYPES:
                return formats.errors("xml", 404, ["format must be xml or json"])
            if request.method not in methods:
                answer = formats.errors(format_, 405, [f"method must be {' or '.join(methods)}"])
                answer["Allow"] = ", ".join(methods)
                return answer
            try:
                _ = request.POST, request.FILES
            except UNREADABLE:
                return formats.errors(format_, 400, ["the request could not be read"])
            try:
                with transaction.atomic():
                    return view(request, name, format_, **kwargs)
            except Refusal as refusal:
                if isinstance(refusal, NotAllowed) and refusal.code == "access.denied":
                    raise
                status = refusal.status if refusal.status in (403, 404, 429) else 400
                return formats.errors(format_, status, [reason.message for reason in refusal.reasons])

        return guarded

    return mark


def _count(request: HttpRequest) -> None:
    limits.do_count("open311_read", request.META.get("REMOTE_ADDR", ""), int(requests.setting("open311_reads")), said="request")


def _only(name: str, wanted: str) -> None:
    if name != wanted:
        raise NotFound("open311.path", f"there is no resource {name[:60]}")


@open311("GET", "HEAD")
@access("public_service.open311", "use")
def discovery(request: HttpRequest, name: str, format_: str) -> HttpResponse:
    """Service discovery: where the API is and which formats it speaks."""
    _only(name, "discovery")
    return _discovery(request, format_)


def _discovery(request: HttpRequest, format_: str) -> HttpResponse:
    endpoint = request.build_absolute_uri(reverse("public_service:open311_root")).rstrip("/")
    tree = {
        "changeset": CHANGESET, "contact": "数字城管监督中心：12319、12345",
        "key_service": "向所在城市的监督中心书面申请接入密钥；不带密钥也可以提交，按来源限次数。",
        "endpoints": [{"specification": SPECIFICATION, "url": endpoint, "changeset": CHANGESET, "type": "production",
                       "formats": ["text/xml", "application/json"]}],
    }  # fmt: skip
    return formats.answer(format_, "discovery", tree)


@open311("GET", "HEAD", "POST")
@access("public_service.open311", "use")
def top(request: HttpRequest, name: str, format_: str) -> HttpResponse:
    """``services``, ``requests`` and, for clients that look there, ``discovery``."""
    if name == "requests":
        return service_requests(request, format_)
    if request.method == "POST":
        raise NotFound("open311.path", f"nothing can be posted to {name[:60]}")
    if name == "discovery":
        return _discovery(request, format_)
    _only(name, "services")
    return services(request, format_)


@require_safe
@access("public_service.open311", "use")
def root(request: HttpRequest) -> HttpResponse:
    """For people who open the endpoint itself: where its discovery document is."""
    return redirect("public_service:open311_discovery", last="discovery.json")


def services(request: HttpRequest, format_: str) -> HttpResponse:
    """GET service list."""
    _count(request)
    region = requests.jurisdiction(request.GET.get("jurisdiction_id", "").strip())
    kind = "batch" if requests.setting("open311_tokens") else "realtime"
    return formats.answer(format_, "services", [one.tree(kind) for one in catalogue.services(region)])


@open311("GET", "HEAD")
@access("public_service.open311", "use")
def service(request: HttpRequest, name: str, format_: str) -> HttpResponse:
    """GET service definition."""
    _count(request)
    region = requests.jurisdiction(request.GET.get("jurisdiction_id", "").strip())
    found = catalogue.find(name, region)
    if found is None:
        raise NotFound("open311.service_code", "service_code provided was not found")
    attributes = [catalogue.attribute_tree(one) for one in catalogue.definition(found)]
    return formats.answer(format_, "service_definition", {"service_code": found.code, "attributes": attributes})


def service_requests(request: HttpRequest, format_: str) -> HttpResponse:
    """GET service requests; POST service request."""
    if request.method == "POST":
        return _post(request, format_)
    _count(request)
    rows = requests.search(request.GET, timezone.now())
    return formats.answer(format_, "service_requests", [requests.tree(row) for row in rows])


def _post(request: HttpRequest, format_: str) -> HttpResponse:
    made = requests.do_post(request.POST, list(request.FILES.getlist("media")), request.META.get("REMOTE_ADDR", ""))
    notice = "已收到，受理员将尽快核实。请保留编号，以便查询进度。"
    given = {"token": made.token} if requests.setting("open311_tokens") else {"service_request_id": made.number}
    tree = [{**given, "service_notice": notice, "account_id": made.account_ref or None}]
    return formats.answer(format_, "service_requests", tree)


@open311("GET", "HEAD")
@access("public_service.open311", "use")
def service_request(request: HttpRequest, name: str, format_: str) -> HttpResponse:
    """GET service request: a list of one, as the specification shows it."""
    _count(request)
    requests.jurisdiction(request.GET.get("jurisdiction_id", "").strip())
    return formats.answer(format_, "service_requests", [requests.tree(requests.one(name))])


@open311("GET", "HEAD")
@access("public_service.open311", "use")
def token(request: HttpRequest, name: str, format_: str) -> HttpResponse:
    """GET service_request_id from a token."""
    _count(request)
    requests.jurisdiction(request.GET.get("jurisdiction_id", "").strip())
    found = requests.by_token(name)
    return formats.answer(format_, "service_requests", [{"service_request_id": found.number, "token": found.token}])
