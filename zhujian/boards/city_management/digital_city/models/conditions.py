"""When a case is filed, until when it is to be dealt with, and what closes it. Decided by cities, the same for all to read."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from zhujian.foundation.classification.models import ClassItem
from zhujian.foundation.kernel.models import RegionCodeField


class Condition(models.Model):
    """When a case of a class is filed, until when it is to be dealt with, and what closes it (立案条件). Dated, with city overrides.

    Stages of one condition (围护 → 修复 → 恢复) share `number` and follow by `stage`, each with its own limit and evidence.
    """

    item = models.ForeignKey(ClassItem, models.PROTECT, related_name="conditions", verbose_name="小类")
    number = models.PositiveSmallIntegerField("条件序号")
    stage = models.PositiveSmallIntegerField("阶段", default=1)
    text = models.CharField("立案条件", max_length=300)
    limit = models.CharField("处置时限", max_length=5, help_text="U 紧急工作时、UD 紧急工作日、H 工作时、D 工作日，例如 4H")
    closing = models.CharField("结案条件", max_length=300, blank=True, default="")
    region_code = RegionCodeField(verbose_name="适用城市", blank=True, default="", help_text="全省通用不填")
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("废止日期", null=True, blank=True)
    basis = models.CharField("依据", max_length=200)
    confidence = models.CharField("可信度", max_length=1, default="C")

    class Meta:
        verbose_name = "立案条件"
        constraints = [
            models.UniqueConstraint(fields=["item", "number", "stage", "region_code", "valid_from"], name="condition_once"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="condition_dates",
                violation_error_message="废止日期应晚于施行日期。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.item.code}-{self.number} {self.text}"
