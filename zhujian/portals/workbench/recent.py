"""Pages a person looked at lately: kept in the session, written only when the newest one changes."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponse

KEY = "recent"
KEEP = 8
TITLE = re.compile(rb"<title>(.{1,600}?)</title>", re.DOTALL)


@cache
def record_pages() -> frozenset[str]:
    """Names of the routes that show one record: the generated ones, those that stand in for them, and a process's own."""
    from zhujian.foundation.resources import registry

    names = {name for one in registry.resources() for name in (f"resources:{one.key}/detail", one.own_page) if name}
    return frozenset(names | {"workflow:instance"})


class RecentMiddleware:
    """Notes the title and address of each record page that a signed-in person opened."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on, then note."""
        response = self.get_response(request)
        if (
            request.method == "GET" and response.status_code == 200 and not response.streaming and request.user.is_authenticated
            and request.resolver_match and request.resolver_match.view_name in record_pages()
        ):  # fmt: skip
            note(request, response.content)
        return response


def note(request: HttpRequest, content: bytes) -> None:
    """Put the page at the head of the list, unless it is there already."""
    found = TITLE.search(content)
    if not found:
        return
    title = html.unescape(found[1].decode("utf-8", "replace")).rsplit(" · ", 1)[0].strip()[:80]
    kept = request.session.get(KEY, [])
    if kept and kept[0] == [request.path, title]:
        return
    request.session[KEY] = [[request.path, title], *(one for one in kept if one[0] != request.path)][:KEEP]


def recent(request: HttpRequest) -> list[dict[str, str]]:
    """The list, newest first."""
    return [{"url": url, "title": title} for url, title in request.session.get(KEY, [])]
