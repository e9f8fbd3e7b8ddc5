"""Coding schemes, the mapping between them, and the counters that give component numbers without gaps."""

from __future__ import annotations

from django.db import models

from zhujian.foundation.kernel.models import RegionCodeField


class CodeScheme(models.Model):
    """One edition of a coding scheme: how its codes are built and from when it holds."""

    key = models.CharField("方案代码", max_length=20)
    edition = models.CharField("版本", max_length=20)
    title = models.CharField("方案名称", max_length=120)
    basis = models.CharField("依据", max_length=200)
    class_list = models.CharField("分类代码表", max_length=80, help_text="参数与代码中的代码表")
    parts = models.JSONField("组成", help_text="各段名称和位数")
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = "编码方案"
        constraints = [models.UniqueConstraint(fields=["key", "edition"], name="code_scheme_edition")]

    def __str__(self) -> str:
        return f"{self.title}（{self.edition}）"


class ClassMapping(models.Model):
    """A class of one scheme and what it is in another; several rows where one becomes many."""

    source = models.ForeignKey(CodeScheme, models.CASCADE, related_name="mapped_to", verbose_name="原方案")
    source_code = models.CharField("原分类代码", max_length=8)
    target = models.ForeignKey(CodeScheme, models.CASCADE, related_name="mapped_from", verbose_name="对应方案")
    target_code = models.CharField("对应分类代码", max_length=8)
    exact = models.BooleanField("一一对应", default=True)
    note = models.CharField("说明", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "分类对照"
        constraints = [
            models.UniqueConstraint(fields=["source", "source_code", "target", "target_code"], name="class_mapping_once")
        ]

    def __str__(self) -> str:
        return f"{self.source_code}→{self.target_code}"


class CodeSequence(models.Model):
    """The last number given for one class in one county; the row stays locked until the caller commits, so no number is lost."""

    scheme = models.CharField("编码方案", max_length=20)
    county = RegionCodeField(verbose_name="县（市、区）", max_length=6)
    class_code = models.CharField("分类代码", max_length=8)
    last = models.PositiveIntegerField("已用到", default=0)

    class Meta:
        verbose_name = "编码序列"
        constraints = [models.UniqueConstraint(fields=["scheme", "county", "class_code"], name="code_sequence_once")]
