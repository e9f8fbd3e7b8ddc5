"""A person's own account: password, second factor, logins, posts, delegations."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.foundation.audit import services as audit
from zhujian.foundation.identity import mfa, selectors
from zhujian.foundation.identity.forms import CodeForm, DelegateForm, PasswordForm, take
from zhujian.foundation.identity.middleware import POST_KEY
from zhujian.foundation.identity.models import Account, PersonalRecord, Post
from zhujian.foundation.identity.policy import policy
from zhujian.foundation.identity.roles import title
from zhujian.foundation.identity.services import logins, passwords, posts, sessions
from zhujian.foundation.identity.views.login import FRESH_CODES, SECRET, onward
from zhujian.foundation.kernel.access import access
from zhujian.foundation.kernel.codes import mask_id, mask_phone
from zhujian.foundation.kernel.errors import NotAllowed, Refusal


@never_cache
@require_GET
@access("identity.self", "manage")
def account(request: HttpRequest) -> HttpResponse:
    """The person's own page."""
    personal = PersonalRecord.objects.filter(account=request.user.pk).first()
    context = {
        "personal": personal, "document": mask_id(personal.document_number) if personal else "",
        "phone": mask_phone(personal.phone) if personal else "", "posts": [(p, role_titles(p)) for p in request.posts],
        "current": request.post, "logins": sessions.open_of(request.user.pk), "this": request.session.session_key,
        "enrolled": mfa.enrolled(request.user), "codes_left": mfa.recovery_codes_left(request.user),
        "required": request.user.kind == Account.Kind.OFFICIAL,
    }  # fmt: skip
    return render(request, "identity/account.html", context)


def role_titles(post: Post) -> list[str]:
    """Chinese names of the roles a post gives today."""
    return [title(code) for code in sorted(selectors.roles_of(post))]


@require_POST
@access("identity.self", "manage")
def switch_post(request: HttpRequest) -> HttpResponse:
    """Act in another of one's posts from now on (0: as a private person)."""
    wanted = request.POST.get("post", "")
    ids = [p.pk for p in request.posts] + ([0] if request.user.kind != Account.Kind.OFFICIAL else [])
    if not wanted.isdecimal() or int(wanted) not in ids:
        raise Refusal("identity.post.not_yours", "这个岗位已失效或不属于您，请刷新页面后重新选择。")
    request.session[POST_KEY] = int(wanted)
    audit.record("identity.post_switch", target=f"identity.post:{wanted}")
    return HttpResponseRedirect(onward(request, request.POST.get("next", "")))


@never_cache
@require_http_methods(["GET", "POST"])
@access("identity.self", "manage")
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every other login ends."""
    rules = policy()
    form = PasswordForm(request.POST or None)
    form.fields[
        "new_password"
    ].help_text = f"至少{rules.password_length}位，包含大写字母、小写字母、数字、符号中的至少{rules.password_classes}种。"
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if not check_password(values["old_password"], request.user.password):
            form.add_error("old_password", "当前密码不正确，请重新输入。")
        else:
            try:
                passwords.do_change(request.user, values["new_password"])
            except Refusal as refusal:
                take(form, refusal)
        if not form.errors:
            was = request.session.session_key
            sessions.do_end_all(request.user.pk, "修改密码", keep=was)
            update_session_auth_hash(request, request.user)
            sessions.rename(was or "", request)
            request.session.pop(passwords.CHANGE_KEY, None)
            messages.success(request, "密码已修改，其他设备上的登录已全部退出。")
            return redirect("account")
    forced = bool(request.session.get(passwords.CHANGE_KEY))
    return render(request, "identity/password.html", {"form": form, "forced": forced}, status=422 if form.errors else 200)


@require_POST
@access("identity.self", "manage")
def end_session(request: HttpRequest) -> HttpResponse:
    """End one of one's own logins, or all others (``login=all``)."""
    wanted = request.POST.get("login", "")
    if wanted == "all":
        count = sessions.do_end_all(request.user.pk, "本人退出其他设备", keep=request.session.session_key)
        messages.success(request, f"已退出其他{count}处登录。")
    else:
        sessions.do_end(request.user.pk, int(wanted) if wanted.isdecimal() else 0, "本人退出")
        messages.success(request, "已退出该处登录。")
    return redirect("account")


@never_cache
@require_http_methods(["GET", "POST"])
@access("identity.self", "manage")
def enrol(request: HttpRequest) -> HttpResponse:
    """Switch the second factor on, or move it to another phone (which takes a code of the old one at this login)."""
    if mfa.enrolled(request.user) and request.session.get(sessions.FACTOR_KEY, "") == "":
        raise NotAllowed("identity.second_factor.first", "请先用动态码重新登录，再更换认证器。")
    secret = request.session.setdefault(SECRET, mfa.new_secret())
    form = CodeForm(request.POST or None)
    form.fields["code"].help_text = "输入认证器里“数字住建”下显示的6位数字。"
    if request.method == "POST" and form.is_valid():
        fresh = mfa.enrol(request.user, secret, form.cleaned_data["code"])
        if fresh is not None:
            audit.record("identity.second_factor_enrol", target=request.user.get_username())
            request.session.pop(SECRET, None)
            request.session[FRESH_CODES] = {"codes": fresh, "next": "/account/"}
            return redirect("account_codes")
        form.add_error("code", "动态码与二维码对不上。请确认手机时间为自动校准，再输入最新的6位数字。")
    context = {"form": form, "account": request.user, "secret": secret, "qr": mfa.qr(request.user, secret), "own": True}
    return render(request, "identity/enrol.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@access("identity.self", "manage")
def codes(request: HttpRequest) -> HttpResponse:
    """Recovery codes, shown once; POST replaces them after a dynamic code."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        attempt = logins.do_check_code(request.user, form.cleaned_data["code"])
        if attempt.account is not None:
            audit.record("identity.recovery_codes", target=request.user.get_username())
            request.session[FRESH_CODES] = {"codes": mfa.new_recovery_codes(request.user), "next": "/account/"}
            return redirect("account_codes")
        form.add_error("code", attempt.message)
    fresh = request.session.pop(FRESH_CODES, None) if request.method == "GET" else None
    context = {"form": form, "fresh": fresh, "enrolled": mfa.enrolled(request.user)}
    return render(request, "identity/codes.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@access("identity.self", "manage")
def keys(request: HttpRequest) -> HttpResponse:
    """Security keys: list, add, remove. An official needs the dynamic code first, so that a lost key locks nobody out."""
    account = request.user
    if not mfa.enrolled(account):
        return redirect("account_enrol")
    if request.session.get(sessions.FACTOR_KEY, "") == "":
        raise NotAllowed("identity.second_factor.first", "请先用动态码重新登录，再管理安全密钥。")
    error = ""
    if request.method == "POST" and request.POST.get("remove", "").isdecimal():
        if mfa.remove_key(account, int(request.POST["remove"])):
            audit.record("identity.key_remove", target=account.get_username())
            messages.success(request, "安全密钥已移除。")
        return redirect("account_keys")
    if request.method == "POST":
        if mfa.add_key(account, request.POST.get("name", "").strip(), request.POST.get("credential", "")):
            audit.record("identity.key_add", target=account.get_username())
            messages.success(request, "安全密钥已添加，下次登录可用它代替动态码。")
            return redirect("account_keys")
        error = "安全密钥没有添加成功，请再试一次。"
    context = {"keys": mfa.keys_of(account), "options": mfa.key_options(account), "error": error}
    return render(request, "identity/keys.html", context, status=422 if error else 200)


@require_http_methods(["GET", "POST"])
@access("identity.delegation", "manage")
def delegations(request: HttpRequest) -> HttpResponse:
    """Lend roles of the current post to a colleague; see and end what was lent."""
    post = request.post
    if post is None:
        raise NotAllowed("identity.delegate.owner", "请先切换到您的工作岗位。")
    colleagues = [
        p.account for p in selectors.open_posts().filter(organisation=post.organisation_id).order_by("account__name", "id")
        if p.account_id != post.account_id and p.duty_class == post.duty_class
    ]  # fmt: skip
    own = [(code, title(code)) for code in sorted(selectors.roles_of(post))]
    form = DelegateForm(request.POST or None, colleagues=colleagues, own_roles=own)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            lent = posts.do_delegate(post, values.pop("account"), **values)
        except Refusal as refusal:
            take(form, refusal)
        else:
            messages.success(request, f"已委托{lent.account.name}代为办理，至{lent.valid_to:%Y年%m月%d日}止，可随时收回。")
            return redirect("delegations")
    lent = (
        Post.objects.filter(delegated_from__account=request.user.pk)
        .select_related("account", "organisation")
        .order_by("-id")[:50]
    )
    got = (
        Post.objects.filter(account=request.user.pk, kind=Post.Kind.DELEGATED)
        .select_related("delegated_from__account")
        .order_by("-id")[:50]
    )
    context = {"form": form, "post": post, "lent": [_row(p) for p in lent], "got": [_row(p) for p in got]}
    return render(request, "identity/delegations.html", context, status=422 if form.errors else 200)


def _row(post: Post) -> dict[str, object]:
    open_ids = {p.pk for p in selectors.posts_of(post.account_id)}
    return {
        "post": post,
        "roles": [title(code) for code in post.roles],
        "open": post.pk in open_ids,
        "ended": bool(post.revoked_at),
    }


@require_POST
@access("identity.delegation", "manage")
def end_delegation(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what was lent, or hand back what was received."""
    post = posts.do_revoke(pk, request.POST.get("reason", "") or "本人收回")
    messages.success(request, f"委托已终止，{post.account.name}立即不再持有这些角色。")
    return redirect("delegations")
