"""How often an address has asked today; nothing about who or what."""

from __future__ import annotations

from django.db import models


class LookupCount(models.Model):
    """Public look-ups of one network address (as a keyed hash) within one hour."""

    address = models.CharField("来源", max_length=64)
    hour = models.DateTimeField("时段")
    count = models.PositiveIntegerField("次数", default=0)

    class Meta:
        verbose_name = "公开查询次数"
        constraints = [models.UniqueConstraint(fields=["address", "hour"], name="public_lookup_once")]
