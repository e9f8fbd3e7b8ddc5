"""Pages of guidance: the reading room, one article, its form, its review, and the public's pages."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhujian.boards.city_management.guidance import selectors, services
from zhujian.boards.city_management.guidance.forms import ArticleForm
from zhujian.boards.city_management.guidance.models import Article, Relation
from zhujian.foundation.documents import serving
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import access, allowed
from zhujian.foundation.kernel.errors import NotAllowed, NotFound, Refusal
from zhujian.foundation.parameters import selectors as parameters

POLICY = ("policy_kind", "number", "issuer", "valid_from", "valid_to", "other", "relation")  # what only a policy has


def _find(pk: int, **more: Any) -> Article:
    found = Article.objects.filter(pk=pk, **more).first()
    if found is None:
        raise NotFound("guidance.missing", "没有找到这篇内容，可能已下架，或不在您的可见范围内。")
    return found


def _listing(request: HttpRequest, *, only_public: bool) -> dict[str, Any]:
    kinds = parameters.code_list("guidance.kind", timezone.localdate())
    kind, text, after = (request.GET.get(name, "").strip()[:80] for name in ("kind", "q", "after"))
    kind = kind if kind in dict(kinds) else ""
    rows, following = selectors.published(
        kind, text, before=int(after) if after.isascii() and after.isdigit() else None, only_public=only_public
    )
    return {
        "rows": [(row, dict(kinds).get(row.kind, "")) for row in rows],
        "next": following,
        "kinds": kinds,
        "kind": kind,
        "q": text,
    }


@require_GET
@access("guidance.article", "view")
def home(request: HttpRequest) -> HttpResponse:
    """What is published to this level, and the office's own drafts."""
    return render(request, "guidance/home.html", {**_listing(request, only_public=False), "in_hand": selectors.in_hand()})


@require_GET
@access("guidance.article", "view")
def article(request: HttpRequest, pk: int) -> HttpResponse:
    """One article, with what the reader may do."""
    found = _find(pk)
    own = found.org_code == next((key[4:] for key in scope.current().keys if key.startswith("org:")), "")
    context = {
        "article": found, "own": own, "kind": parameters.code_label("guidance.kind", found.kind), "standing": selectors.standing(found) if found.published else "",
        "policy_kind": parameters.code_label("guidance.policy_kind", found.policy_kind) if found.policy_kind else "",
        "related": selectors.related(found), "files": selectors.files_of(found), "receipts": selectors.receipts(found) if own and found.published_at else None,
        "may_write": own and allowed("guidance.article", "write") and found.state in ("draft", "withdrawn"),
        "may_review": own and allowed("guidance.article", "publish") and found.state == "review" and found.created_by != scope.current().actor_id,
        "may_withdraw": own and allowed("guidance.article", "publish") and found.published,
        "may_read": found.published and not own and allowed("guidance.article", "read"),
        "has_read": found.readings.filter(account=scope.current().actor_id).exists(),
    }  # fmt: skip
    return render(request, "guidance/article.html", context)


@require_http_methods(["GET", "POST"])
@access("guidance.article", "write")
def write(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Draft or change an article."""
    found = _find(pk) if pk is not None else None
    initial: dict[str, Any] = {name: getattr(found, name) for name in services.FIELDS} if found else {}
    if found and (row := Relation.objects.filter(article=found).first()):
        initial |= {"other": str(row.other_id), "relation": row.kind}
    form = ArticleForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        relations = [(int(data["other"]), data["relation"])] if data["other"] else []
        try:
            made = services.do_write(data, article_id=pk, files=[data["file"]] if data["file"] else [], relations=relations)
        except NotAllowed:
            raise
        except Refusal as refusal:
            for reason in refusal.reasons:
                form.add_error(reason.field if reason.field in form.fields else None, reason.message)
        else:
            messages.success(request, "草稿已保存，核对后请点击“送审”。")
            return redirect("guidance:article", made.pk)
    context = {"form": form, "article": found, "policy": [form[name] for name in POLICY], "policy_names": POLICY}
    return render(request, "guidance/write.html", context, status=422 if form.is_bound and form.errors else 200)


@require_POST
@access("guidance.article", "write")
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Send to review."""
    services.do_submit(pk)
    messages.success(request, "已送审，由本单位负责人审核发布。")
    return redirect("guidance:article", pk)


@require_POST
@access("guidance.article", "publish")
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish or return."""
    outcome = "publish" if request.POST.get("outcome") == "publish" else "return"
    services.do_review(pk, outcome, comment=request.POST.get("comment", ""))
    messages.success(request, "已发布，所辖各级可以看到。" if outcome == "publish" else "已退回起草人修改。")
    return redirect("guidance:article", pk)


@require_POST
@access("guidance.article", "publish")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take down."""
    services.do_withdraw(pk, reason=request.POST.get("reason", ""))
    messages.success(request, "已下架，下级和公众不再看到。")
    return redirect("guidance:article", pk)


@require_POST
@access("guidance.article", "read")
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a read receipt."""
    services.do_read(pk)
    messages.success(request, "已登记阅知回执。")
    return redirect("guidance:article", pk)


@require_GET
@access("guidance.article", "view")
def file(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One file of a visible article."""
    return _file(request, _find(pk), number)


@require_GET
@access("guidance.public", "view")
def public_list(request: HttpRequest) -> HttpResponse:
    """What is open to everybody."""
    return render(request, "guidance/public_list.html", _listing(request, only_public=True))


@require_GET
@access("guidance.public", "view")
def public_article(request: HttpRequest, pk: int) -> HttpResponse:
    """One article that is open to everybody."""
    found = _find(pk, published=True, is_public=True)
    context = {
        "article": found,
        "standing": selectors.standing(found),
        "kind": parameters.code_label("guidance.kind", found.kind),
        "files": selectors.files_of(found),
    }
    return render(request, "guidance/public_article.html", context)


@require_GET
@access("guidance.public", "view")
def public_file(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One file of an article that is open to everybody."""
    return _file(request, _find(pk, published=True, is_public=True), number)


def _file(request: HttpRequest, found: Article, number: int) -> HttpResponse:
    stored = next((row for row in selectors.files_of(found) if row.pk == number), None)
    if stored is None:
        raise NotFound("guidance.file", "没有找到这个附件。")
    return serving.answer(request, stored)
