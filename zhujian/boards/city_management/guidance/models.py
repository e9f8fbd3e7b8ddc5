"""Articles, how they hang together, and who has read them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Left

from zhujian.foundation.kernel.models import Guard, ScopedModel


class Article(ScopedModel):
    """A policy, a piece of news, an experience. Published, it is read by every level below `region_code`, by all when public."""

    guard = Guard.PUBLISHED

    class State(models.TextChoices):
        """草稿 → 审核 → 发布 → 下架."""

        DRAFT = "draft", "草稿"
        REVIEW = "review", "审核中"
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已下架"

    kind = models.CharField("栏目", max_length=12)
    title = models.CharField("标题", max_length=160)
    summary = models.CharField("摘要", max_length=500, blank=True, default="")
    body = models.TextField("正文")
    number = models.CharField("文号", max_length=80, blank=True, default="")
    policy_kind = models.CharField("类型", max_length=12, blank=True, default="")
    issuer = models.CharField("发文机关", max_length=120, blank=True, default="")
    valid_from = models.DateField("生效日期", null=True, blank=True)
    valid_to = models.DateField("失效日期", null=True, blank=True)
    files = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name="附件")
    is_public = models.BooleanField("向社会公开", default=False)
    needs_reading = models.BooleanField("要求下级阅知", default=False)
    state = models.CharField("状态", max_length=9, choices=State.choices, default=State.DRAFT)
    published = models.BooleanField(default=False, editable=False)
    audience = models.GeneratedField(
        expression=Case(
            When(region_code__regex=r"^.{2}0{10}$", then=Left(F("region_code"), 2)),
            When(region_code__regex=r"^.{4}0{8}$", then=Left(F("region_code"), 4)),
            When(region_code__regex=r"^.{6}0{6}$", then=Left(F("region_code"), 6)),
            When(region_code__regex=r"^.{9}0{3}$", then=Left(F("region_code"), 9)),
            default=Left(F("region_code"), 12),
        ),
        output_field=models.CharField(max_length=12, db_collation="C"), db_persist=True,
    )  # fmt: skip
    org_code = models.CharField("发布单位代码", max_length=18)
    org_name = models.CharField("发布单位", max_length=120)
    author = models.CharField("起草人", max_length=64)
    published_at = models.DateTimeField("发布时间", null=True)
    withdrawn_at = models.DateTimeField("下架时间", null=True)
    withdrawn_for = models.CharField("下架原因", max_length=500, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "业务指导"
        constraints = [models.CheckConstraint(condition=Q(published=False) | Q(state="published"), name="article_published")]
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["kind", "-id"], condition=Q(published=True), name="article_published_list"),
            GinIndex(OpClass("title", name="gin_trgm_ops"), name="article_title_trgm"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def key(self) -> str:
        """Its subject key."""
        return f"guidance.article:{self.pk}"


class Relation(models.Model):
    """How one article stands to another: it rests on it, carries it out, amends or repeals it."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="relations", verbose_name="文件")
    other = models.ForeignKey(Article, models.PROTECT, related_name="named_by", verbose_name="相关文件")
    kind = models.CharField("关系", max_length=12)

    class Meta:
        verbose_name = "文件关系"
        constraints = [
            models.UniqueConstraint(fields=["article", "other", "kind"], name="relation_once"),
            models.CheckConstraint(condition=~Q(article=F("other")), name="relation_other"),
        ]


class Reading(ScopedModel):
    """A read receipt. `region_code` is the reader's office's, so that every level above sees who has read."""

    append_only = True

    article = models.ForeignKey(Article, models.PROTECT, related_name="readings", verbose_name="业务指导")
    account = models.BigIntegerField("人员")
    name = models.CharField("姓名", max_length=64)
    org_code = models.CharField("单位代码", max_length=18)
    org_name = models.CharField("单位", max_length=120)
    at = models.DateTimeField("阅知时间")

    class Meta(ScopedModel.Meta):
        verbose_name = "阅知回执"
        constraints = [models.UniqueConstraint(fields=["article", "account"], name="reading_once")]
