"""What a generated city has already put into the registers."""

from __future__ import annotations

from django.db import models

from zhujian.foundation.kernel.models import RegionCodeField


class GeneratedPart(models.Model):
    """One district of a generated city as one module wrote it, in the same transaction: where a load that broke off goes on."""

    prefix = models.CharField("片区代号", max_length=3)
    module = models.CharField("模块", max_length=64)
    seed = models.BigIntegerField("种子")
    region_code = RegionCodeField()
    buildings = models.PositiveIntegerField("建筑物数")
    rows = models.PositiveIntegerField("写入行数")
    made_at = models.DateTimeField("写入时间", auto_now_add=True)

    class Meta:
        """Named; a district is written once by each module."""

        verbose_name = "生成的片区"
        constraints = [models.UniqueConstraint(fields=["prefix", "module"], name="generated_part_once")]

    def __str__(self) -> str:
        return f"{self.prefix} {self.module}"


__all__ = ["GeneratedPart"]
