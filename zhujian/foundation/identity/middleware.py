"""Tells the database who acts."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from zhujian.foundation.identity import selectors
from zhujian.foundation.identity.models import Post
from zhujian.foundation.kernel import scope

POST_KEY = "post"  # session: id of the current post, or 0 for acting as a private person


class ScopeMiddleware:
    """Sets the scope of the request's transaction from the account's current post.

    ``request.scope`` is the scope, ``request.posts`` the posts the person may switch to, ``request.post`` the current one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Enter the scope, pass on."""
        request.posts, request.post = [], None  # type: ignore[attr-defined]
        address = request.META.get("REMOTE_ADDR", "")
        account = request.user
        if account.is_authenticated:
            request.posts = selectors.posts_of(account)  # type: ignore[attr-defined]
            request.post = chosen(request.posts, request.session.get(POST_KEY))  # type: ignore[attr-defined]
            found = selectors.scope_for(account, request.post, source_ip=address)  # type: ignore[attr-defined]
        else:
            found = scope.Scope(source_ip=address)
        request.scope = found  # type: ignore[attr-defined]
        scope.enter(found)
        return self.get_response(request)


def chosen(posts: list[Post], wanted: int | None) -> Post | None:
    """The post asked for if it is still open, else the first; None for 0 (private person) or when there is none."""
    if wanted == 0:
        return None
    return next((post for post in posts if post.pk == wanted), posts[0] if posts else None)
