"""Tells the database who acts, and ends logins that lay still too long."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from zhujian.foundation.identity import selectors
from zhujian.foundation.identity.models import Post
from zhujian.foundation.identity.services import passwords, sessions, tokens
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.kernel.middleware import problem_document

POST_KEY = "post"  # session: id of the current post, or 0 for acting as a private person
OPEN_WHILE_CHANGING = ("/account/password/", "/logout/", "/static/")


class ScopeMiddleware:
    """Sets the scope of the request's transaction from the account's current post.

    ``request.scope`` is the scope, ``request.posts`` the posts the person may switch to, ``request.post`` the current one.
    Posts are read at every request, so a revoked post or a dismissed person is out at once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Enter the scope, pass on."""
        request.posts, request.post = [], None  # type: ignore[attr-defined]
        address = request.META.get("REMOTE_ADDR", "")
        if token := tokens.presented(request):
            return self.by_token(request, token, address)
        account = request.user
        if account.is_authenticated and sessions.idle(request):
            sessions.close(request.session.session_key or "", "长时间未操作")
            logout(request)
            request.session[sessions.NOTICE_KEY] = "由于长时间没有操作，已自动退出。请重新登录。"
            account = request.user
        if account.is_authenticated:
            posts = getattr(account, "open_posts", None)  # read with the account, unless somebody has just logged in
            request.posts = selectors.posts_of(account) if posts is None else posts  # type: ignore[attr-defined]
            request.post = chosen(request.posts, request.session.get(POST_KEY))  # type: ignore[attr-defined]
            found = selectors.scope_for(account, request.post, source_ip=address)  # type: ignore[attr-defined]
        else:
            found = scope.Scope(source_ip=address)
        request.scope = found  # type: ignore[attr-defined]
        scope.enter(found)
        changing = account.is_authenticated and request.session.get(passwords.CHANGE_KEY)
        if changing and not request.path.startswith(OPEN_WHILE_CHANGING):
            return HttpResponseRedirect(reverse("account_password"))
        return self.get_response(request)

    def by_token(self, request: HttpRequest, token: str, address: str) -> HttpResponse:
        """A program with a person's access token: the same scope as the person in that post, without any session."""
        try:
            account, posts, post = tokens.accept(request, token)
        except Refusal as refusal:
            answer = problem_document(refusal, refusal.status)
            if refusal.status == 401:
                answer["WWW-Authenticate"] = 'Bearer realm="zhujian", error="invalid_token"'
            return answer
        request.user, request.posts, request.post = account, posts, post  # type: ignore[attr-defined]
        found = selectors.scope_for(account, post, source_ip=address)
        found.extra["program"] = True  # what it reads leaves the platform
        request.scope = found  # type: ignore[attr-defined]
        scope.enter(found)
        return self.get_response(request)


def chosen(posts: list[Post], wanted: int | None) -> Post | None:
    """The post asked for if it is still open, else the first; None for 0 (private person) or when there is none."""
    if wanted == 0:
        return None
    return next((post for post in posts if post.pk == wanted), posts[0] if posts else None)
