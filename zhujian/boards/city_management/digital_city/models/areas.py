"""The managed area of a county, and the outlines of its communities: what the unit grids must fill, and stay within."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models
from django.db.models import Q

from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.kernel.valid_time import ValidTime


class ManagedArea(ValidTime, ScopedModel):
    """One version of an outline: the area that city management covers in a county (管理区域), or a community (社区).

    GB/T 30428.1: the unit grids together are the managed area, without gap or overlap, and no grid crosses a community's outline.
    """

    class Kind(models.TextChoices):
        """What the outline is of."""

        MANAGED = "managed", "管理区域"
        COMMUNITY = "community", "社区界线"

    kind = models.CharField("类别", max_length=9, choices=Kind.choices, default=Kind.MANAGED)
    name = models.CharField("名称", max_length=80)
    boundary = gis.MultiPolygonField("范围", srid=4490)
    area_m2 = models.BigIntegerField("面积（㎡）", editable=False, default=0)
    basis = models.CharField("依据文件", max_length=200, help_text="划定范围的文件名称和文号")
    note = models.CharField("备注", max_length=300, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "管理范围"
        constraints = [
            *ValidTime.Meta.constraints,
            models.UniqueConstraint(
                fields=["kind", "region_code"], condition=Q(valid_to=None, planned=False), name="managed_area_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name


__all__ = ["ManagedArea"]
