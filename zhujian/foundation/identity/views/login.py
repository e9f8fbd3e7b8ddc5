"""Logging in and out."""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib.auth import logout as django_logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.foundation.audit import services as audit
from zhujian.foundation.identity import demo, mfa, rules
from zhujian.foundation.identity.forms import CodeForm, LoginForm
from zhujian.foundation.identity.models import Account
from zhujian.foundation.identity.policy import policy
from zhujian.foundation.identity.services import logins, sessions
from zhujian.foundation.kernel.access import access

PENDING = "login_pending"  # session of a visitor: {"account", "at", "next"} between password and second factor
SECRET = "login_secret"  # session: secret offered for enrolment, until confirmed
FRESH_CODES = "login_recovery_codes"  # session: recovery codes to show once


def onward(request: HttpRequest, wanted: str) -> str:
    """Where to go after login: `wanted` if it is a path of this site, else the front page."""
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return "/"


def leave(request: HttpRequest, target: str) -> HttpResponse:
    """Go where the person wanted. Towards another system by a page: a browser refuses to redirect a form off this site."""
    if target.startswith("/identity/o/"):
        return render(request, "identity/onward.html", {"target": target})
    return HttpResponseRedirect(target)


@never_cache
@require_http_methods(["GET", "POST"])
@access("identity.login", "use")
def login(request: HttpRequest) -> HttpResponse:
    """Login name and password."""
    if request.user.is_authenticated and request.method == "GET":
        wanted = onward(request, request.GET.get("next", ""))
        return HttpResponseRedirect(reverse("account") if wanted == "/" else wanted)
    form = LoginForm(request.POST or None, initial={"next": request.GET.get("next", "")})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        attempt = logins.do_check_password(values["username"], values["password"], request.META.get("REMOTE_ADDR", ""))
        if attempt.account is not None:
            return proceed(request, attempt.account, onward(request, values["next"]))
        form.add_error(None, attempt.message)
    context = {"form": form, "notice": request.session.get(sessions.NOTICE_KEY), "demo": demo_box()}
    if context["notice"]:
        del request.session[sessions.NOTICE_KEY]
    return render(request, "identity/login.html", context, status=422 if form.errors else 200)


def proceed(request: HttpRequest, account: Account, target: str) -> HttpResponse:
    """After the right password: the second factor where it is needed, else in."""
    enrolled = mfa.enrolled(account)
    if not rules.needs_second_factor(account.kind, enrolled):
        logins.do_login(request, account, "")
        return leave(request, target)
    request.session.flush()
    request.session[PENDING] = {"account": account.pk, "at": int(time.time()), "next": target}
    return redirect("login_second" if enrolled else "login_enrol")


def pending(request: HttpRequest) -> tuple[Account, str] | None:
    """The account whose password was right a short time ago, and where it wants to go."""
    waiting = request.session.get(PENDING)
    if not waiting or time.time() - waiting["at"] > policy().pending_minutes * 60:
        request.session.pop(PENDING, None)
        return None
    account = Account.objects.filter(pk=waiting["account"], is_active=True).first()
    return (account, waiting["next"]) if account else None


def _again(request: HttpRequest) -> HttpResponse:
    request.session[sessions.NOTICE_KEY] = "等待时间过长，请重新输入登录名和密码。"
    return redirect("login")


@never_cache
@require_http_methods(["GET", "POST"])
@access("identity.login", "use")
def second(request: HttpRequest) -> HttpResponse:
    """The dynamic code."""
    waiting = pending(request)
    if waiting is None:
        return _again(request)
    account, target = waiting
    if not mfa.enrolled(account):
        return redirect("login_enrol")
    key = request.POST.get("credential", "")
    form = CodeForm(request.POST or None)
    form.fields["code"].required = not key
    if request.method == "POST" and form.is_valid():
        attempt = logins.do_check_code(account, form.cleaned_data["code"], key=key)
        if attempt.account is not None:
            logins.do_login(request, account, attempt.message)
            return leave(request, target)
        form.add_error("code", attempt.message)
    shown = mfa.code_now(demo.DEMO_TOTP) if settings.DEMO and account.username in demo.usernames() else ""
    context = {"form": form, "account": account, "demo_code": shown, "key_options": mfa.key_challenge(account)}
    return render(request, "identity/second.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@access("identity.login", "use")
def enrol(request: HttpRequest) -> HttpResponse:
    """First login of an official: set up the authenticator."""
    waiting = pending(request)
    if waiting is None:
        return _again(request)
    account, target = waiting
    if mfa.enrolled(account):
        return redirect("login_second")
    secret = request.session.setdefault(SECRET, mfa.new_secret())
    form = CodeForm(request.POST or None)
    form.fields["code"].help_text = "输入认证器里“数字住建”下显示的6位数字。"
    if request.method == "POST" and form.is_valid():
        fresh = mfa.enrol(account, secret, form.cleaned_data["code"])
        if fresh is not None:
            audit.record("identity.second_factor_enrol", target=account.username)
            logins.do_login(request, account, "totp")
            request.session.pop(SECRET, None)
            request.session[FRESH_CODES] = {"codes": fresh, "next": target}
            return redirect("account_codes")
        form.add_error("code", "动态码与二维码对不上。请确认手机时间为自动校准，再输入最新的6位数字。")
    context = {"form": form, "account": account, "secret": secret, "qr": mfa.qr(account, secret)}
    return render(request, "identity/enrol.html", context, status=422 if form.errors else 200)


@require_POST
@access("identity.login", "use")
def logout(request: HttpRequest) -> HttpResponse:
    """End this login."""
    if request.user.is_authenticated:
        audit.record("identity.logout", target=request.user.get_username())
        sessions.close(request.session.session_key or "", "本人退出")
    django_logout(request)
    request.session[sessions.NOTICE_KEY] = "您已安全退出。"
    return redirect("login")


def demo_box() -> dict[str, object] | None:
    """What the login page shows in the demo environment, None elsewhere."""
    if not settings.DEMO:
        return None
    return {"password": demo.DEMO_PASSWORD, "code": mfa.code_now(demo.DEMO_TOTP), "groups": demo.login_groups()}


@require_POST
@access("identity.login", "use")
def demo_login(request: HttpRequest) -> HttpResponse:
    """One click into a demo account; exists only in the demo environment."""
    name = request.POST.get("username", "")
    account = Account.objects.filter(username=name, is_active=True).first()
    if not settings.DEMO or name not in demo.usernames() or account is None:
        raise Http404
    logins.do_login(request, account, "demo")
    return HttpResponseRedirect(onward(request, request.POST.get("next", "")))


@require_GET
@access("identity.login", "use")
def forgotten(request: HttpRequest) -> HttpResponse:
    """What to do when the password or the phone is lost."""
    return render(request, "identity/forgotten.html", {"login": reverse("login")})
