"""One transaction per request, committed before the answer leaves; refusals become pages or problem documents."""

from __future__ import annotations

import logging
import select
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from psycopg.pq import TransactionStatus

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Refusal
from zhujian.foundation.kernel.signals import request_refused

log = logging.getLogger("zhujian.request")


ABSENT = NotFound("not_found", "没有找到您要的内容，可能已被移走，或不在您的管辖范围内。")
DENIED = NotAllowed("access.denied", "您当前的岗位没有这项权限。")


class TransactionMiddleware:
    """Outermost: BEGIN before the session is read, COMMIT before the answer is sent, ROLLBACK on a 5xx."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Run the request in one transaction."""
        if still_there():
            # What Django would otherwise ask the server with every request.
            connection.health_check_done = True  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                try:
                    response = self.get_response(request)
                finally:
                    scope.leave()
                if response.status_code >= 500:
                    transaction.set_rollback(True)
        except DatabaseError:
            log.exception("commit failed")
            response = problem(request, Refusal("system.commit_failed", "系统繁忙，您的操作没有保存，请稍后重试。"), 503)
        return response


def still_there() -> bool:
    """Whether the kept connection is idle and its server has said nothing since: one that went away has closed it, which can be seen
    without asking. False when in doubt; Django then asks."""
    raw = connection.connection
    if raw is None or raw.closed or raw.pgconn.transaction_status != TransactionStatus.IDLE:
        return False
    watch = select.poll()
    watch.register(raw.pgconn.socket, select.POLLIN)
    return not watch.poll(0)


class RefusalMiddleware:
    """Innermost: turns refusals into HTTP answers (RFC 9457 problem JSON for APIs, a page for people)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        """Run every view in a savepoint, so that a refusal leaves nothing half saved.

        A view marked with `reading` writes nothing that a refusal would have to undo: it goes without.
        """
        if getattr(view, "reading", False):
            return self._read(request, view, args, kwargs)
        try:
            with transaction.atomic():
                response = view(request, *args, **kwargs)
                if hasattr(response, "render") and callable(response.render):
                    response = response.render()
                return response
        except Refusal as refusal:
            return refused(request, refusal)
        except Http404:
            return refused(request, ABSENT)
        except PermissionDenied:
            return refused(request, DENIED)

    def _read(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
            return response.render() if callable(getattr(response, "render", None)) else response
        except Refusal as refusal:
            return refused(request, refusal)
        except Http404:
            return refused(request, ABSENT)
        except PermissionDenied:
            return refused(request, DENIED)
        except DatabaseError:
            if not wants_json(request):
                raise
            # The transaction is lost with the statement; nothing in it was worth keeping.
            log.exception("reading failed")
            transaction.set_rollback(True)
            return problem(request, Refusal("system.read_failed", "系统繁忙，没有读到数据，请稍后重试。"), 503)


def reading(view: Callable) -> Callable:
    """Mark a view that only reads, for the sake of the two round trips that a savepoint costs."""
    view.reading = True  # type: ignore[attr-defined]
    return view


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The answer for a refusal; an anonymous visitor refused on a page is sent to the login page."""
    request_refused.send(sender=None, request=request, refusal=refusal)
    if refusal.status == 403 and not wants_json(request) and not getattr(request.user, "is_authenticated", False):
        from django.http import HttpResponseRedirect

        return HttpResponseRedirect(reverse("login") + "?" + urlencode({"next": request.get_full_path()}))
    return problem(request, refusal, refusal.status)


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program."""
    accepted = request.headers.get("Accept", "")
    if request.path.startswith("/ogc/") and "text/html" not in accepted:
        return True  # map clients, which often accept anything
    return request.path.startswith(("/api/", "/tiles/")) or "application/json" in accepted


def problem(request: HttpRequest, refusal: Refusal, status: int) -> HttpResponse:
    """RFC 9457 problem JSON or an HTML page that says the same."""
    if wants_json(request):
        return problem_document(refusal, status)
    return render(request, "problem.html", {"refusal": refusal, "status": status}, status=status)


def problem_document(refusal: Refusal, status: int) -> HttpResponse:
    """RFC 9457 problem JSON."""
    body = {
        "type": "about:blank", "title": refusal.reasons[0].message, "status": status, "detail": str(refusal),
        "code": refusal.code, "errors": [r.as_dict() for r in refusal.reasons],
        **({"link": {"href": refusal.link[0], "title": refusal.link[1]}} if refusal.link[0] else {}),
    }  # fmt: skip
    return JsonResponse(body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False})
