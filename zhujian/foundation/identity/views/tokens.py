"""A person's access tokens: list, make, revoke."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from zhujian.foundation.identity.forms import TokenForm, take
from zhujian.foundation.identity.services import tokens
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import Refusal


@never_cache
@require_http_methods(["GET", "POST"])
@access("identity.self", "manage")
def token_list(request: HttpRequest) -> HttpResponse:
    """The person's tokens; POST makes one for the current post and shows it this once."""
    form = TokenForm(request.POST or None, initial={"expires_on": timezone.localdate() + timedelta(days=90)})
    fresh = ""
    if request.method == "POST" and form.is_valid():
        try:
            fresh = tokens.do_create(request.user, request.post, form.cleaned_data["name"], form.cleaned_data["expires_on"])  # type: ignore[arg-type, attr-defined]
        except Refusal as refusal:
            take(form, refusal)
    context = {
        "form": form,
        "fresh": fresh,
        "tokens": tokens.open_of(request.user),
        "post": request.post,
        "address": request.build_absolute_uri("/ogc/"),
    }  # type: ignore[arg-type, attr-defined]
    return render(request, "identity/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@access("identity.self", "manage")
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke one of the person's tokens."""
    tokens.do_revoke(request.user, pk)  # type: ignore[arg-type]
    messages.success(request, "令牌已撤销，用它的程序从现在起不能再读取数据。")
    return redirect("account_tokens")
