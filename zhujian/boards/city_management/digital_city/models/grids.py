"""Unit grids (单元网格) and the composite grids made of them."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.kernel.valid_time import ValidTime
from zhujian.foundation.resources.indexes import sort_indexes


class Grid(ValidTime, ScopedModel):
    """The smallest area of city management, about 10,000 m², inside one community. A code is given once and for ever."""

    code = models.CharField(
        "网格编码", max_length=15, unique=True, db_collation="C", help_text="15位：区划6、街道3、社区3、顺序3"
    )
    alias = models.CharField("旧编码", max_length=14, blank=True, default="", db_index=True, help_text="CJ/T 213-2005 的14位编码")
    community = models.CharField("社区", max_length=12, db_collation="C", editable=False)
    boundary = gis.PolygonField("边界", srid=4490)
    area_m2 = models.PositiveIntegerField("面积（㎡）", editable=False)
    land_use = models.CharField("用地类别", max_length=12, blank=True, default="")
    level = models.CharField("管理等级", max_length=2, blank=True, default="")
    responsible = models.CharField("责任主体", max_length=120, blank=True, default="")
    replaced_by = ArrayField(models.CharField(max_length=15), default=list, editable=False, verbose_name="替代网格")
    note = models.CharField("备注", max_length=300, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "单元网格"
        constraints = [
            *ValidTime.Meta.constraints,
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{15}$"), name="grid_code_15"),
        ]
        indexes = [*ScopedModel.Meta.indexes, *sort_indexes("grid", "code"), models.Index(fields=["community", "code"])]

    def __str__(self) -> str:
        return self.code


class CompositeGrid(ValidTime, ScopedModel):
    """A union of adjacent unit grids: a patrol beat (责任网格), an evaluation or a management grid."""

    class Kind(models.TextChoices):
        """What it is for."""

        DUTY = "duty", "责任网格"
        EVALUATION = "evaluation", "评价网格"
        MANAGEMENT = "management", "管理网格"

    code = models.CharField("编码", max_length=24, unique=True, db_collation="C")
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    grids = ArrayField(models.CharField(max_length=15), verbose_name="单元网格")
    boundary = gis.GeometryField("边界", srid=4490, editable=False)
    holders = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name="监督员", editable=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "复合网格"
        constraints = [*ValidTime.Meta.constraints]

    def __str__(self) -> str:
        return self.name
