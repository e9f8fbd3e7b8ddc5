"""The OpenID Connect provider's endpoints, and the page where the 系统管理员 registers other systems."""

from __future__ import annotations

from urllib.parse import urlsplit

from allauth.idp.oidc import views as provider
from allauth.idp.oidc.models import Client
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.foundation.audit import services as audit
from zhujian.foundation.identity import oidc
from zhujian.foundation.identity.forms import PlainForm
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotFound, Refusal

configuration = access("identity.oidc", "use")(provider.configuration)
jwks = access("identity.oidc", "use")(provider.jwks)


@never_cache
@require_GET
@access("identity.oidc", "use")
def authorize(request: HttpRequest) -> HttpResponse:
    """Sign a person in to another system: code flow with PKCE only, after this platform's own login and second factor."""
    if request.GET.get("code_challenge_method") != "S256" or not request.GET.get("code_challenge"):
        raise Refusal("oidc.pkce", "来访系统没有使用 PKCE（S256），已拒绝。请联系该系统的维护单位。")
    if request.GET.get("prompt") and request.GET["prompt"] != "none":
        raise Refusal("oidc.prompt", "来访系统的请求方式不受支持。请联系该系统的维护单位。")
    answer = provider.authorization(request)
    if answer.status_code == 200:  # the provider's own page for a wrong client, address or scope
        raise Refusal("oidc.request", "来访系统的标识、回调地址或权限与登记不符，已拒绝。请联系该系统的维护单位。")
    if request.user.is_authenticated and answer.status_code == 302 and "code=" in answer.headers.get("Location", ""):
        audit.record("identity.oidc_authorize", target=f"identity.client:{request.GET.get('client_id', '')}"[:200])
    return answer


@csrf_exempt
@require_POST
@access("identity.oidc", "use")
def token(request: HttpRequest) -> HttpResponse:
    """Tokens for a code or a refresh token. The client proves itself; no session is involved."""
    with scope.system("签发令牌"):
        return provider.token(request)


@csrf_exempt
@require_POST
@access("identity.oidc", "use")
def revoke(request: HttpRequest) -> HttpResponse:
    """A client gives a token back."""
    return provider.revoke(request)


@csrf_exempt
@require_http_methods(["GET", "POST"])
@access("identity.oidc", "use")
def user_info(request: HttpRequest) -> HttpResponse:
    """Claims of this moment for an access token."""
    return provider.user_info(request)


@never_cache
@require_GET
@access("identity.oidc", "use")
def end_session(request: HttpRequest) -> HttpResponse:
    """Another system asks to log out: the person decides."""
    return render(request, "identity/oidc_logout.html")


@csrf_exempt
@require_POST
@access("identity.oidc", "use")
def no_device(request: HttpRequest) -> HttpResponse:
    """The device flow is not offered."""
    return JsonResponse({"error": "unsupported_grant_type"}, status=400)


class ClientForm(PlainForm):
    """A system to register."""

    name = forms.CharField(label="系统名称", max_length=100)
    redirect_uris = forms.CharField(
        label="回调地址",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="每行一个完整地址，须以 https:// 开头（本机调试可用 http://127.0.0.1）。",
    )

    def clean_redirect_uris(self) -> list[str]:
        """Complete addresses, encrypted unless on this machine."""
        found = self.cleaned_data["redirect_uris"].split()
        for address in found:
            parts = urlsplit(address)
            local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
            if not parts.hostname or parts.fragment or "*" in address or not (parts.scheme == "https" or local):
                raise forms.ValidationError(f"“{address}”不是可用的回调地址，请填写 https:// 开头的完整地址。")
        return found


@never_cache
@require_http_methods(["GET", "POST"])
@access("identity.client", "manage")
def clients(request: HttpRequest) -> HttpResponse:
    """Systems that may sign people in here."""
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        client, secret = oidc.register(**form.cleaned_data)
        audit.record("identity.client_register", target=f"identity.client:{client.pk}", name=client.name)
        return render(request, "identity/client_secret.html", {"client": client, "word": secret})
    rows = Client.objects.order_by("-created_at")[:200]
    return render(request, "identity/clients.html", {"form": form, "rows": rows}, status=422 if form.errors else 200)


@require_POST
@access("identity.client", "manage")
def client_remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Withdraw a system: its tokens end with it."""
    client = Client.objects.filter(pk=pk).first()
    if client is None:
        raise NotFound("identity.client.absent", "没有这个系统，可能已被撤销。")
    audit.record("identity.client_remove", target=f"identity.client:{client.pk}", name=client.name)
    client.delete()
    messages.success(request, f"已撤销“{client.name}”，其令牌全部失效。")
    return redirect("identity_clients")
