"""What a building is tied to: projects, model elements, sensors, facilities; found or not."""

from __future__ import annotations

from django.db import models

from zhujian.foundation.cim.models.building import Building
from zhujian.foundation.kernel.models import ScopedModel


class Link(ScopedModel):
    """One tie between a building and something of another register, by that register's own key. `found`: it exists there."""

    class Kind(models.TextChoices):
        """What stands at the other end."""

        PROJECT = "project", "工程建设项目"
        IFC = "ifc", "IFC 构件"
        SENSOR = "sensor", "感知设备"
        FACILITY = "facility", "市政设施"

    building = models.ForeignKey(Building, models.PROTECT, related_name="links", verbose_name="房屋建筑")
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    target = models.CharField("对象编码", max_length=100, help_text="项目代码、IFC GlobalId、设备编码或部件代码")
    label = models.CharField("对象名称", max_length=200, blank=True, default="")
    found = models.BooleanField("对象存在", default=False, editable=False)
    checked_at = models.DateTimeField("核对时间", null=True, editable=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "关联关系"
        constraints = [
            models.UniqueConstraint(
                fields=["building", "kind", "target"], name="cim_link_once", violation_error_message="这个关联已经登记过了。"
            )
        ]
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["kind", "target"])]

    def __str__(self) -> str:
        return self.label or self.target


__all__ = ["Link"]
