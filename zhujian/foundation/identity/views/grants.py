"""Posts and grants (安全管理员) and agents of a firm."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.foundation.audit import services as audit
from zhujian.foundation.identity import selectors
from zhujian.foundation.identity.forms import AgentForm, GrantForm, take
from zhujian.foundation.identity.models import Account, Post
from zhujian.foundation.identity.roles import roles, title
from zhujian.foundation.identity.services import accounts, posts
from zhujian.foundation.identity.views.people import PAGE, before
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Refusal


@require_GET
@access("identity.post", "view")
def post_list(request: HttpRequest) -> HttpResponse:
    """Posts, newest first; by role, state and person."""
    role, state, query = (request.GET.get(k, "").strip() for k in ("role", "state", "q"))
    found = Post.objects.select_related("account", "organisation", "delegated_from__account").order_by("-id")
    if state != "all":
        found = found.filter(pk__in=selectors.open_posts().values("pk"))
    if role in roles():
        found = found.filter(roles__contains=[role])
    if query:
        found = found.filter(account__name__startswith=query) | found.filter(account__username__istartswith=query)
    if key := before(request):
        found = found.filter(pk__lt=key)
    rows = list(found[: PAGE + 1])
    context = {
        "rows": [(p, [title(r) for r in p.roles]) for p in rows[:PAGE]], "more": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "role": role, "state": state, "q": query, "choices": [(r.code, r.title) for r in roles().values() if r.side in {"official", "enterprise"}],
    }  # fmt: skip
    return render(request, "identity/post_list.html", context)


@require_http_methods(["GET", "POST"])
@access("identity.post", "grant")
def post_new(request: HttpRequest) -> HttpResponse:
    """Grant a post; what the separation of duties refuses is kept in the audit trail."""
    form = GrantForm(request.POST or None, initial={"account": request.GET.get("account", "")})
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        account: Account = values.pop("account")
        try:
            granted = posts.do_grant(account, values.pop("organisation"), **values)
        except Refusal as refusal:
            take(form, refusal)
            audit.record(
                "identity.post_grant",
                target=accounts.target(account.pk),
                result="refused",
                code=refusal.code,
                roles=values["roles"],
            )
        else:
            messages.success(request, f"已授予{account.name}：{granted}。本人下一次操作即生效。")
            return redirect("identity_account", pk=account.pk)
    context = {"form": form, "heading": "授予岗位", "submit": "授予", "back": "identity_posts"}
    return render(request, "identity/form.html", context, status=422 if form.errors else 200)


@require_POST
@access("identity.post", "revoke")
def post_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a post at once."""
    post = posts.do_revoke(pk, request.POST.get("reason", ""))
    messages.success(request, "岗位已撤销，立即生效。")
    return redirect("identity_account", pk=post.account_id)


def _own_firm_post(request: HttpRequest) -> Post:
    if request.post is None or request.post.kind != Post.Kind.AGENT:
        raise NotAllowed("identity.agent.post", "请先切换到企业经办人身份。")
    return request.post


@never_cache
@require_http_methods(["GET", "POST"])
@access("identity.agent", "manage")
def agents(request: HttpRequest) -> HttpResponse:
    """The firm's agents; its administrator authorises new ones."""
    own = _own_firm_post(request)
    form = AgentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            granted, word = posts.do_authorise_agent(own, **form.cleaned_data)
        except NotAllowed:
            raise
        except Refusal as refusal:
            take(form, refusal)
        else:
            if word:
                return render(request, "identity/one_time.html", {"account": granted.account, "word": word, "agent": True})
            messages.success(request, f"已授权{granted.account.name}为本企业经办人。")
            return redirect("firm_agents")
    rows = selectors.open_posts().filter(organisation=own.organisation_id, kind=Post.Kind.AGENT).order_by("id")
    context = {"form": form, "own": own, "firm": own.organisation, "rows": rows}
    return render(request, "identity/agents.html", context, status=422 if form.errors else 200)


@require_POST
@access("identity.agent", "manage")
def agent_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """The firm's administrator ends an agent's authority at once."""
    own = _own_firm_post(request)
    if not Post.objects.filter(pk=pk, organisation=own.organisation_id, kind=Post.Kind.AGENT).exists():
        raise NotFound("identity.post.absent", "没有这名经办人，可能已被撤销。")
    post = posts.do_revoke(pk, request.POST.get("reason", "") or "企业撤销授权")
    messages.success(request, f"已撤销{post.account.name}的授权，立即生效。")
    return redirect("firm_agents")
