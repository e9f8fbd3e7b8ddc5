"""Tells the database who acts."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from zhujian.foundation.kernel import scope


class ScopeMiddleware:
    """Sets the scope of the request's transaction from the account's current post."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Enter the scope, pass on."""
        scope.enter(scope.PUBLIC)
        return self.get_response(request)
