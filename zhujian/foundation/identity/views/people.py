"""Accounts and organisations: pages of the 系统管理员."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.foundation.identity import mfa, selectors
from zhujian.foundation.identity.forms import AccountChangeForm, AccountForm, OrganisationForm, ReasonForm, take
from zhujian.foundation.identity.models import Account, Organisation, Post
from zhujian.foundation.identity.roles import title
from zhujian.foundation.identity.services import accounts, sessions
from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.kernel.errors import NotFound, Refusal

PAGE = 50


def before(request: HttpRequest) -> int | None:
    """Key of the page asked for."""
    raw = request.GET.get("before", "")
    return int(raw) if raw.isascii() and raw.isdigit() else None


@require_GET
@access("identity.account", "view")
def account_list(request: HttpRequest) -> HttpResponse:
    """Accounts, newest first; by login name or name, side and state."""
    found = Account.objects.order_by("-id")
    query, kind, state = (request.GET.get(k, "").strip() for k in ("q", "kind", "state"))
    if query:
        found = found.filter(Q(username__istartswith=query) | Q(name__startswith=query))
    if kind in Account.Kind.values:
        found = found.filter(kind=kind)
    if state in {"on", "off"}:
        found = found.filter(is_active=state == "on")
    if key := before(request):
        found = found.filter(pk__lt=key)
    rows = list(found[: PAGE + 1])
    posts: dict[int, list[Post]] = {}
    for post in selectors.open_posts().filter(account__in=[r.pk for r in rows[:PAGE]]):
        posts.setdefault(post.account_id, []).append(post)
    context = {
        "rows": [(row, posts.get(row.pk, [])) for row in rows[:PAGE]], "more": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "q": query, "kind": kind, "state": state, "kinds": Account.Kind.choices,
    }  # fmt: skip
    return render(request, "identity/account_list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@access("identity.account", "manage")
def account_new(request: HttpRequest) -> HttpResponse:
    """Create an account; its one-time password is shown once."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            created, word = accounts.do_create(**form.cleaned_data)
        except Refusal as refusal:
            take(form, refusal)
        else:
            return render(request, "identity/one_time.html", {"account": created, "word": word, "fresh": True})
    context = {"form": form, "heading": "新建账号", "submit": "建立账号", "back": "identity_accounts"}
    return render(request, "identity/form.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
@access("identity.account", "view")
def account_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: posts, logins, what may be done."""
    return _account_page(request, accounts.find(pk))


def _account_page(request: HttpRequest, account: Account, *, status: int = 200, **more: object) -> HttpResponse:
    today = {p.pk for p in selectors.posts_of(account)}
    posts = Post.objects.filter(account=account).select_related("organisation", "delegated_from__account").order_by("-id")
    context = {
        "account": account, "posts": [(p, [title(r) for r in p.roles], p.pk in today) for p in posts],
        "logins": sessions.open_of(account.pk), "enrolled": mfa.enrolled(account),
        "change_form": AccountChangeForm(initial={"name": account.name, "email": account.email}),
        "manage": allowed("identity.account", "manage"), "reveal": allowed("identity.account", "reveal"),
        "grant": allowed("identity.post", "grant"), **more,
    }  # fmt: skip
    return render(request, "identity/account_page.html", context, status=status)


ACTS = {"reset_password", "reset_second_factor", "disable", "enable", "dismiss", "end_sessions", "change"}


@never_cache
@require_POST
@access("identity.account", "manage")
def account_act(request: HttpRequest, pk: int) -> HttpResponse:
    """One act on an account, named by the field ``act``."""
    account, act, reason = accounts.find(pk), request.POST.get("act", ""), request.POST.get("reason", "").strip()
    if act not in ACTS:
        raise Refusal("identity.act", "没有这项操作，请刷新页面后重试。")
    if act == "reset_password":
        word = accounts.do_reset_password(pk)
        return render(request, "identity/one_time.html", {"account": account, "word": word})
    if act == "reset_second_factor":
        accounts.do_reset_second_factor(pk)
        messages.success(request, "动态码已重置，本人下次登录时需重新绑定认证器。")
    elif act == "end_sessions":
        messages.success(request, f"已退出该账号的{sessions.do_end_all(pk, '管理员退出')}处登录。")
    elif act == "change":
        form = AccountChangeForm(request.POST)
        if not form.is_valid():
            return _account_page(request, account, status=422, change_form=form)
        accounts.do_change(pk, **form.cleaned_data)
        messages.success(request, "已保存。")
    elif act == "dismiss":
        accounts.do_dismiss(pk, reason)
        messages.success(request, "已办理离职：账号停用，岗位全部撤销，登录全部退出。")
    else:
        accounts.do_switch(pk, act == "enable", reason)
        messages.success(request, "账号已启用。" if act == "enable" else "账号已停用，登录已全部退出。")
    return redirect("identity_account", pk=pk)


@never_cache
@require_POST
@access("identity.account", "reveal")
def account_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Document and phone in clear, once, with a reason that is kept."""
    account, form = accounts.find(pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _account_page(request, account, status=422, reveal_form=form)
    try:
        shown = accounts.reveal(pk, form.cleaned_data["reason"])
    except Refusal as refusal:
        take(form, refusal)
        return _account_page(request, account, status=422, reveal_form=form)
    return _account_page(request, account, shown=shown or "none")


@require_GET
@access("identity.organisation", "view")
def organisation_list(request: HttpRequest) -> HttpResponse:
    """Organisations as a tree from the top, or what a search finds."""
    query = request.GET.get("q", "").strip()
    kind = request.GET.get("kind", "")
    found = Organisation.objects.order_by("region_code", "id")
    if kind in Organisation.Kind.values:
        found = found.filter(kind=kind)
    if query:
        found = found.filter(Q(name__icontains=query) | Q(code=query.upper()) | Q(authorities__contains=[query.upper()]))
    start = request.GET.get("at", "")
    flat = bool(query or kind)
    above = None
    if not flat:
        top = Organisation.objects.filter(parent__isnull=True).exclude(kind="enterprise")
        above = Organisation.objects.filter(pk=int(start)).first() if start.isdecimal() else None
        if above is None and top.count() == 1:
            above = top.get()  # one province: begin with what is below its government
        found = found.filter(parent=above) if above else found.filter(parent__isnull=True).exclude(kind="enterprise")
    rows = list(found.select_related("parent")[: PAGE * 2 + 1])
    parents = set(Organisation.objects.filter(parent__in=[r.pk for r in rows]).values_list("parent_id", flat=True))
    trail, step = [], above
    while step is not None:
        trail.insert(0, step)
        step = step.parent
    context = {
        "rows": [(row, row.pk in parents) for row in rows[: PAGE * 2]], "cut": len(rows) > PAGE * 2, "trail": trail, "q": query,
        "kind": kind, "kinds": Organisation.Kind.choices, "flat": flat, "manage": allowed("identity.organisation", "manage"),
    }  # fmt: skip
    return render(request, "identity/organisation_list.html", context)


@require_GET
@access("identity.organisation", "view")
def organisation_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One organisation: facts, people in post, organisations below."""
    organisation = Organisation.objects.select_related("parent").filter(pk=pk).first()
    if organisation is None:
        raise NotFound("identity.organisation.absent", "没有这个单位，可能链接已失效。")
    posts = selectors.open_posts().filter(organisation=pk).order_by("id")[:200]
    context = {
        "organisation": organisation, "below": organisation.children.filter(is_active=True).order_by("region_code", "id")[:200],
        "posts": [(p, [title(r) for r in sorted(selectors.roles_of(p))]) for p in posts],
        "manage": allowed("identity.organisation", "manage"),
    }  # fmt: skip
    return render(request, "identity/organisation_page.html", context)


@require_http_methods(["GET", "POST"])
@access("identity.organisation", "manage")
def organisation_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Register or change an organisation."""
    existing = Organisation.objects.filter(pk=pk).first() if pk else None
    if pk and existing is None:
        raise NotFound("identity.organisation.absent", "没有这个单位，可能链接已失效。")
    initial = None
    if existing:
        initial = {f: getattr(existing, f) for f in OrganisationForm.base_fields} | {
            "authorities": " ".join(existing.authorities), "parent": existing.parent.code if existing.parent else "",
        }  # fmt: skip
    form = OrganisationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = accounts.do_save_organisation(existing, **form.cleaned_data)
        except Refusal as refusal:
            take(form, refusal)
        else:
            messages.success(request, "单位已保存。")
            return redirect("identity_organisation", pk=saved.pk)
    context = {
        "form": form, "heading": f"修改单位：{existing.name}" if existing else "登记单位", "submit": "保存",
        "back": "identity_organisations",
    }  # fmt: skip
    return render(request, "identity/form.html", context, status=422 if form.errors else 200)
