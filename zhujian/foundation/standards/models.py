"""Standards and the data elements they define."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.resources.indexes import sort_indexes


class Standard(ScopedModel):
    """One edition of a standard or technical document that a region works by."""

    no = models.CharField("标准号", max_length=40, unique=True, help_text="含年号，例如 GB/T 30428.2-2013")
    title = models.CharField("标准名称", max_length=200)
    class5 = models.CharField("类别", max_length=12)
    level = models.CharField("级别", max_length=12)
    status = models.CharField("状态", max_length=12, default="current")
    mandatory = models.BooleanField("强制性", default=False)
    issuer = models.CharField("发布机构", max_length=120, blank=True, default="")
    issued = models.DateField("发布日期", null=True, blank=True)
    effective = models.DateField("实施日期", null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces", verbose_name="代替它的标准"
    )
    scope_modules = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name="适用模块")
    summary = models.TextField("适用范围", max_length=2000, blank=True, default="")
    budget = models.DecimalField(
        "编制经费",
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="地方标准和厅文件填写",
    )
    contact = models.CharField("联系人电话", max_length=20, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "标准"
        constraints = [
            models.CheckConstraint(
                condition=Q(issued__isnull=True) | Q(effective__isnull=True) | Q(effective__gte=F("issued")), name="standard_effective_after_issue",
                violation_error_message="实施日期不能早于发布日期，请核对两个日期。",
            ),
        ]  # fmt: skip
        indexes = [
            *ScopedModel.Meta.indexes,
            *sort_indexes("standard", "no"),
            *sort_indexes("standard", "effective", nullable=True),
            GinIndex(OpClass(F("title"), "gin_trgm_ops"), name="standard_title_trgm"),
        ]

    def __str__(self) -> str:
        return f"{self.no} {self.title}"


class DataElement(ScopedModel):
    """A data element: the name, type and meaning a column must have wherever it appears."""

    identifier = models.CharField("标识符", max_length=40)
    edition = models.PositiveSmallIntegerField("版本", default=1, validators=[MinValueValidator(1)])
    name = models.CharField("中文名称", max_length=60)
    standard = models.ForeignKey(Standard, models.PROTECT, related_name="elements", verbose_name="所属标准")
    data_type = models.CharField(
        "数据类型", max_length=8, choices=[("C", "字符型"), ("N", "数值型"), ("D", "日期型"), ("DT", "日期时间型"), ("B", "布尔型"), ("G", "空间型")]
    )  # fmt: skip
    length = models.PositiveIntegerField("长度", null=True, blank=True, validators=[MinValueValidator(1)])
    definition = models.TextField("定义", max_length=1000)
    authority = models.CharField("主管处室", max_length=60, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "数据元"
        constraints = [models.UniqueConstraint(fields=["identifier", "edition"], name="data_element_identifier_edition")]
        indexes = [*ScopedModel.Meta.indexes, *sort_indexes("data_element", "identifier")]

    def __str__(self) -> str:
        return f"{self.identifier} {self.name}"
