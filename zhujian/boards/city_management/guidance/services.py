"""Writing, reviewing, publishing, withdrawing and reading articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhujian.boards.city_management.guidance.models import Article, Reading, Relation
from zhujian.boards.city_management.guidance.rules import article_reasons
from zhujian.foundation.documents import services as documents
from zhujian.foundation.events.services import publish
from zhujian.foundation.evidence import services as evidence
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.access import require
from zhujian.foundation.kernel.errors import Conflict, NotAllowed, NotFound, Reason, Refusal, refuse_if
from zhujian.foundation.messages import services as messages
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.workflow import Assignment, Node, ProcessHandler, register, subjects
from zhujian.foundation.workflow import services as workflow

KEY = "guidance_article"
FIELDS = (
    "kind",
    "title",
    "summary",
    "body",
    "number",
    "policy_kind",
    "issuer",
    "valid_from",
    "valid_to",
    "is_public",
    "needs_reading",
)


def own_office() -> Organisation:
    """The public body in whose name the actor acts."""
    who = scope.current()
    org = identity.organisation(next((key[4:] for key in who.keys if key.startswith("org:")), ""))
    if who.kind != "official" or org is None:
        raise NotAllowed("guidance.office", "请先切换到您所在单位的岗位，再办理业务指导。")
    return org


def check_article(values: Mapping[str, Any]) -> list[Reason]:
    """Reasons against an article's content."""
    today = timezone.localdate()
    found = [*article_reasons(values), *parameters.code_check("guidance.kind", values.get("kind"), today, field="kind")]
    if values.get("policy_kind"):
        found += parameters.code_check("guidance.policy_kind", values["policy_kind"], today, field="policy_kind")
    return found


def _own(article_id: int) -> Article:
    found = Article.objects.select_for_update(of=("self",)).filter(pk=article_id).first()
    if found is None:
        raise NotFound("guidance.missing", "没有找到这篇内容，可能已下架，或不在您的可见范围内。")
    if found.org_code != own_office().code:
        raise NotAllowed("guidance.not_own", "只能办理本单位起草的内容。")
    return found


@transaction.atomic
def do_write(values: Mapping[str, Any], *, article_id: int | None = None, files: Iterable[Any] = (), relations: Iterable[tuple[int, str]] | None = None,
             expected_version: int | None = None) -> Article:  # fmt: skip
    """Draft an article, or change one that is a draft or was withdrawn. `relations`: (other article, kind)."""
    require("guidance.article", "write")
    refuse_if(check_article(values))
    office = own_office()
    own = [f"org:{office.code}"]
    if article_id is None:
        article = Article(org_code=office.code, org_name=office.name, author=scope.current().actor_name, region_code=office.region_code, parties=own,
                          created_by=scope.current().actor_id)  # fmt: skip
    else:
        article = _own(article_id)
        if article.state not in (Article.State.DRAFT, Article.State.WITHDRAWN):
            raise Conflict("guidance.state", "审核中和已发布的内容不能修改；确需修改的，请先退回或下架。")
    for name in FIELDS:
        setattr(
            article,
            name,
            values.get(name)
            if name in ("valid_from", "valid_to")
            else values.get(name) or type(article)._meta.get_field(name).get_default(),
        )
    article.title, article.body = str(values["title"]).strip(), str(values["body"]).strip()
    article.files = [*article.files, *(row.pk for row in documents.receive(files, region_code=office.region_code, parties=own))]
    if article.pk is None:
        article.save()
    else:
        article.save_version(expected_version or article.version, fields=[*FIELDS, "files"])
    if relations is not None:
        _relate(article, relations)
    return article


def _relate(article: Article, relations: Iterable[tuple[int, str]]) -> None:
    wanted = set(relations)
    today = timezone.localdate()
    reasons = [r for _, kind in wanted for r in parameters.code_check("guidance.relation", kind, today, field="relation")]
    visible = set(Article.objects.filter(pk__in={pk for pk, _ in wanted}).values_list("pk", flat=True))
    if {pk for pk, _ in wanted} - visible or article.pk in {pk for pk, _ in wanted}:
        reasons.append(Reason("guidance.relation", "相关文件不存在，或就是本文，请重新选择。", "other"))
    refuse_if(reasons)
    Relation.objects.filter(article=article).delete()
    Relation.objects.bulk_create(Relation(article=article, other_id=pk, kind=kind) for pk, kind in sorted(wanted))


@transaction.atomic
def do_submit(article_id: int) -> Article:
    """送审: the office's own head reviews it."""
    require("guidance.article", "write")
    article = _own(article_id)
    if article.state not in (Article.State.DRAFT, Article.State.WITHDRAWN):
        raise Conflict("guidance.state", "这篇内容正在审核或已经发布。")
    article.state = Article.State.REVIEW
    article.save_version(article.version, fields=["state"])
    workflow.start(
        KEY,
        subject=article.key,
        region_code=article.region_code,
        title=article.title,
        parties=article.parties,
        facts={"article": article.pk},
    )
    return article


class ArticleHandler(ProcessHandler):
    """Review by the head of the office that wrote it; never by the author."""

    key = KEY

    def assign(self, node: Node, instance: Any) -> Assignment:
        """The office that wrote it."""
        return Assignment(org_code=Article.objects.get(pk=instance.facts["article"]).org_code, title="业务指导：审核发布")

    def check(self, task: Any, outcome: str, data: Mapping[str, Any]) -> list[Reason]:
        """The right to publish, another person than the author, and words with a return."""
        require("guidance.article", "publish")
        article = Article.objects.get(pk=task.instance.facts["article"])
        found = []
        if article.created_by is not None and article.created_by == scope.current().actor_id:
            found.append(Reason("guidance.self", "不能审核自己起草的内容，请由其他负责人审核。"))
        if outcome == "return" and not str(data.get("comment") or "").strip():
            found.append(Reason("guidance.comment", "退回的请写明修改意见。", "comment"))
        return found

    def did(self, task: Any, outcome: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Published, or a draft again."""
        article = Article.objects.select_for_update().get(pk=task.instance.facts["article"])
        if outcome == "publish":
            _publish(article)
        else:
            article.state = Article.State.DRAFT
            article.save_version(article.version, fields=["state"])
            messages.send([f"person:{article.created_by}"], title=f"已退回修改：{article.title}"[:120], body=str(data.get("comment") or "")[:500],
                          link=f"/guidance/{article.pk}/", level="warn")  # fmt: skip
        return {}


def _publish(article: Article) -> None:
    article.state, article.published, article.published_at = Article.State.PUBLISHED, True, timezone.now()
    article.withdrawn_at, article.withdrawn_for = None, ""
    article.save_version(article.version, fields=["state", "published", "published_at", "withdrawn_at", "withdrawn_for"])
    _tell("guidance.published", article, {"public": article.is_public, "kind": article.kind})
    if article.needs_reading:
        codes = units_below(article)
        messages.send([f"org:{code}" for code in codes], title=f"请阅知：{article.title}"[:120], body=article.summary, link=f"/guidance/{article.pk}/",
                      dedupe=f"guidance.read:{article.pk}:{article.published_at:%Y%m%d%H%M%S}")  # fmt: skip


def units_below(article: Article) -> list[str]:
    """Offices of city management below the publishing one: those that are to read."""
    rows = Organisation.objects.filter(
        region_code__startswith=article.audience, authorities__overlap=["UMB", "UMC", "HUD"], is_active=True
    )
    return list(rows.exclude(code=article.org_code).exclude(region_code=article.region_code).values_list("code", flat=True))


def _tell(kind: str, article: Article, payload: dict[str, Any]) -> None:
    common = {"region_code": article.region_code, "parties": article.parties}
    said = {"title": article.title, **payload}
    evidence.record(kind, object_id=article.key, payload=said, **common)
    publish(kind, subject=article.key, payload=said, **common)


@transaction.atomic
def do_review(article_id: int, outcome: str, *, comment: str = "") -> Article:
    """Complete the open review (the page's button)."""
    article = _own(article_id)
    task = next(iter(subjects.open_tasks(article.key)), None)
    if task is None:
        raise Conflict("guidance.reviewed", "这篇内容已经审核过，请刷新页面。")
    workflow.do_complete(task.pk, outcome=outcome, comment=comment)
    return Article.objects.get(pk=article_id)


@transaction.atomic
def do_withdraw(article_id: int, *, reason: str) -> Article:
    """下架: nobody below sees it any more; receipts stay."""
    require("guidance.article", "publish")
    article = _own(article_id)
    if article.state != Article.State.PUBLISHED:
        raise Conflict("guidance.not_published", "只有已发布的内容可以下架。")
    if not reason.strip():
        raise Refusal("guidance.reason", "请写明下架原因。", "reason")
    article.state, article.published, article.withdrawn_at, article.withdrawn_for = (
        Article.State.WITHDRAWN,
        False,
        timezone.now(),
        reason.strip()[:500],
    )
    article.save_version(article.version, fields=["state", "published", "withdrawn_at", "withdrawn_for"])
    _tell("guidance.withdrawn", article, {"reason": article.withdrawn_for})
    return article


@transaction.atomic
def do_read(article_id: int) -> Reading:
    """阅知: one receipt per person, in the name of the office."""
    require("guidance.article", "read")
    article = Article.objects.filter(pk=article_id, published=True).first()
    if article is None:
        raise NotFound("guidance.missing", "没有找到这篇内容，可能已下架，或不在您的可见范围内。")
    office, who = own_office(), scope.current()
    found = Reading.objects.filter(article=article, account=who.actor_id).first()
    return found or Reading.objects.create(
        article=article, account=who.actor_id, name=who.actor_name, org_code=office.code, org_name=office.name, at=timezone.now(),
        region_code=office.region_code, parties=[f"org:{office.code}", f"org:{article.org_code}"], created_by=who.actor_id,
    )  # fmt: skip


HANDLER = register(ArticleHandler())
