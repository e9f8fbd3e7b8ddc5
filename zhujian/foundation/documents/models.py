"""Files, numbers, templates and documents."""

from __future__ import annotations

from django.db import models

from zhujian.foundation.kernel.fields import EncryptedJSONField
from zhujian.foundation.kernel.models import Guard, RegionCodeField, ScopedModel


class StoredFile(ScopedModel):
    """One uploaded or produced file. The bytes lie once on disk under their SM3; rows of different owners may share them."""

    name = models.CharField("文件名", max_length=120)
    kind = models.CharField("类型", max_length=8)
    content_type = models.CharField("媒体类型", max_length=80)
    size = models.PositiveBigIntegerField("大小（字节）")
    sm3 = models.CharField("SM3", max_length=64, db_index=True)
    sha256 = models.CharField("SHA-256", max_length=64)
    pages = models.PositiveIntegerField("页数", null=True)
    width = models.PositiveIntegerField("宽（像素）", null=True)
    height = models.PositiveIntegerField("高（像素）", null=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "文件"
        constraints = [models.UniqueConstraint(fields=["sm3", "region_code", "parties", "name"], name="stored_file_once")]

    def __str__(self) -> str:
        return self.name


class NumberSeries(models.Model):
    """The last number given of one series; its row is locked until the caller commits, so that no number is lost."""

    kind = models.CharField("机关代字或编号种类", max_length=64)
    year = models.PositiveSmallIntegerField("年份")
    region_code = RegionCodeField()
    last = models.PositiveIntegerField("已用到")

    class Meta:
        verbose_name = "编号序列"
        constraints = [models.UniqueConstraint(fields=["kind", "year", "region_code"], name="number_series_once")]


class IssuedNumber(models.Model):
    """One number that was given. A void number stays here and is never given again (foundation.md §6)."""

    guard = Guard.REGION

    class State(models.TextChoices):
        """Whether the number counts."""

        USED = "used", "已使用"
        VOID = "void", "作废"

    kind = models.CharField("机关代字或编号种类", max_length=64)
    year = models.PositiveSmallIntegerField("年份")
    region_code = RegionCodeField()
    number = models.PositiveIntegerField("序号")
    text = models.CharField("编号全文", max_length=96, blank=True, default="", db_index=True)
    state = models.CharField("状态", max_length=4, choices=State.choices, default=State.USED)
    void_reason = models.CharField("作废原因", max_length=200, blank=True, default="")
    given_at = models.DateTimeField("编号时间", auto_now_add=True)
    given_by = models.CharField("编号人", max_length=64, blank=True, default="")

    class Meta:
        verbose_name = "编号登记"
        constraints = [models.UniqueConstraint(fields=["kind", "year", "region_code", "number"], name="issued_number_once")]

    def __str__(self) -> str:
        return self.text or f"{self.kind}/{self.year}/{self.number}"


class TemplateVersion(models.Model):
    """The exact source a document was set from; a frozen document keeps its template version."""

    append_only = True

    key = models.CharField("模板", max_length=96)
    digest = models.CharField("SM3", max_length=64)
    source = models.TextField("源文")
    first_used = models.DateTimeField("首次使用", auto_now_add=True)

    class Meta:
        verbose_name = "文书模板版本"
        constraints = [models.UniqueConstraint(fields=["key", "digest"], name="template_version_once")]

    def __str__(self) -> str:
        return f"{self.key}@{self.digest[:8]}"


class Document(ScopedModel):
    """An issued document: number, text, PDF, and the token its QR code carries."""

    class State(models.TextChoices):
        """Whether the document has effect."""

        VALID = "valid", "生效"
        VOID = "void", "作废"

    number = models.CharField("文号", max_length=96, blank=True, default="", db_index=True)
    issued_number = models.OneToOneField(
        IssuedNumber, models.PROTECT, null=True, related_name="document", verbose_name="编号登记"
    )
    title = models.CharField("标题", max_length=200)
    subject = models.CharField("所属事项", max_length=96, db_index=True)
    issuer = models.CharField("发文机关", max_length=120)
    issuer_code = models.CharField("发文机关代码", max_length=18, blank=True, default="")
    addressee = models.CharField("主送", max_length=200, blank=True, default="")
    issued_on = models.DateField("成文日期")
    fields = EncryptedJSONField("填写内容", context="documents.document.fields")
    template = models.ForeignKey(TemplateVersion, models.PROTECT, verbose_name="模板版本")
    file = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="PDF 文件")
    token = models.CharField("核验码", max_length=32, unique=True)
    state = models.CharField("状态", max_length=5, choices=State.choices, default=State.VALID)
    void_reason = models.CharField("作废原因", max_length=200, blank=True, default="")
    voided_at = models.DateTimeField("作废时间", null=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "文书"
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["-issued_on", "-id"])]

    def __str__(self) -> str:
        return self.number or self.title

    @property
    def key(self) -> str:
        """Subject key under which its events and evidence are filed."""
        return f"documents.document:{self.pk}"
