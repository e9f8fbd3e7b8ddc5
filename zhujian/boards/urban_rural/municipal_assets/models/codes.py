"""The counters that give component numbers without gaps; the classes and schemes stand in `foundation.classification`."""

from __future__ import annotations

from django.db import models

from zhujian.foundation.kernel.models import RegionCodeField


class CodeSequence(models.Model):
    """The last number given for one class in one county; the row stays locked until the caller commits, so no number is lost."""

    scheme = models.CharField("分类标准", max_length=24, help_text="分类标准代号；本模块自编的为 module")
    county = RegionCodeField(verbose_name="县（市、区）", max_length=6)
    class_code = models.CharField("分类代码", max_length=8)
    last = models.PositiveIntegerField("已用到", default=0)

    class Meta:
        verbose_name = "编码序列"
        constraints = [models.UniqueConstraint(fields=["scheme", "county", "class_code"], name="code_sequence_once")]
