"""What pages and other modules read of guidance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from zhujian.boards.city_management.guidance import rules
from zhujian.boards.city_management.guidance.models import Article, Reading, Relation
from zhujian.boards.city_management.guidance.services import units_below
from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.parameters import selectors as parameters

PAGE = 20
STANDING = {"in_force": "现行有效", "coming": "尚未生效", "lapsed": "已失效", "": ""}


def published(
    kind: str = "", text: str = "", *, before: int | None = None, only_public: bool = False
) -> tuple[list[Article], int | None]:
    """A page of what is published and visible, newest first, with the key of the next page; `text` in title, number or body."""
    rows: QuerySet[Article] = Article.objects.filter(published=True)
    if only_public:
        rows = rows.filter(is_public=True)
    if kind:
        rows = rows.filter(kind=kind)
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(number__icontains=text) | Q(body__icontains=text))
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-id").defer("body")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def in_hand() -> list[Article]:
    """The own office's articles that are not published: drafts, under review, withdrawn."""
    code = next((key[4:] for key in scope.current().keys if key.startswith("org:")), "")
    return list(Article.objects.filter(org_code=code, published=False).order_by("-id").defer("body")[:50])


def standing(article: Article, on: date | None = None) -> str:
    """Whether a policy is in force, in words; empty for what has no dates."""
    if article.kind != "policy":
        return ""
    ends = Relation.objects.filter(other=article, kind="repeals", article__published=True).values_list(
        "article__valid_from", flat=True
    )
    return STANDING[
        rules.standing(on or timezone.localdate(), article.valid_from, article.valid_to, [day for day in ends if day])
    ]


def related(article: Article) -> list[tuple[str, Article]]:
    """Visible articles it names or that name it, with how."""
    found = []
    for row in Relation.objects.filter(Q(article=article) | Q(other=article)).select_related(None).order_by("id"):
        own = row.article_id == article.pk
        other = Article.objects.filter(pk=row.other_id if own else row.article_id).defer("body").first()
        if other is not None:
            label = parameters.code_label("guidance.relation", row.kind)
            found.append((label if own else f"被{label}", other))
    return found


@dataclass(frozen=True)
class Receipts:
    """Who has read and which offices below have not."""

    readings: list[Reading]
    missing: list[str]
    asked: int


def receipts(article: Article) -> Receipts:
    """Read receipts of an article, newest first."""
    rows = list(Reading.objects.filter(article=article).order_by("-id")[:500])
    codes = units_below(article)
    have = {row.org_code for row in rows}
    missing = list(
        Organisation.objects.filter(code__in=[c for c in codes if c not in have])
        .order_by("region_code")
        .values_list("name", flat=True)[:200]
    )
    return Receipts(rows, missing, len(codes))


def files_of(article: Article) -> list[StoredFile]:
    """The article's files; whoever may read the article may read them."""
    with scope.system("业务指导附件"):
        return list(StoredFile.objects.filter(pk__in=article.files))
