"""Geocoding (地理编码): places with standard addresses; and who is responsible for what, where."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models

from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.kernel.valid_time import ValidTime


class Place(ValidTime, ScopedModel):
    """A place with its standard address: region + street, zone or block + door plate, landmark or point of interest."""

    class Kind(models.TextChoices):
        """Classes of GB/T 30428.3."""

        STREET = "street", "街巷"
        ZONE = "zone", "地片"
        BLOCK = "block", "区片"
        DOOR = "door", "门（楼）牌"
        LANDMARK = "landmark", "标志物"
        POI = "poi", "兴趣点"

    name = models.CharField("名称", max_length=120)
    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    address = models.CharField("标准地址", max_length=200, help_text="行政区域＋街巷（地片、区片）＋门牌（标志物、兴趣点）")
    aliases = ArrayField(models.CharField(max_length=120), default=list, blank=True, verbose_name="别名、旧名")
    location = gis.PointField("位置", srid=4490)
    grid_code = models.CharField("单元网格", max_length=15, blank=True, default="", editable=False)
    source = models.CharField("数据来源", max_length=60, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "地名地址"
        constraints = [*ValidTime.Meta.constraints]
        indexes = [
            *ScopedModel.Meta.indexes,
            GinIndex(OpClass("address", name="gin_trgm_ops"), name="place_address_trgm"),
            GinIndex(OpClass("name", name="gin_trgm_ops"), name="place_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.address


class Responsibility(ValidTime, ScopedModel):
    """One body's duty for a class of components or events in an area: as maintainer, owner, regulator or last resort."""

    class Role(models.TextChoices):
        """In the order in which a case goes to them."""

        MAINTAINER = "maintainer", "养护单位"
        OWNER = "owner", "权属单位"
        REGULATOR = "regulator", "主管部门"
        LAST_RESORT = "last_resort", "兜底单位"

    kind = models.CharField("类型", max_length=9, choices=[("component", "部件"), ("event", "事件")])
    class_code = models.CharField(
        "小类或大类代码", max_length=5, blank=True, default="", db_collation="C", help_text="不填为全部；2位为大类"
    )
    area = models.CharField("区域", max_length=15, db_collation="C", help_text="行政区划代码（12位）或单元网格编码（15位）")
    role = models.CharField("责任", max_length=12, choices=Role.choices)
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="单位")
    basis = models.CharField("依据", max_length=200, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "责任主体"
        constraints = [
            *ValidTime.Meta.constraints,
            models.UniqueConstraint(
                fields=["kind", "class_code", "area", "role"], condition=models.Q(valid_to=None), name="responsibility_once",
                violation_error_message="这个小类在这个区域已经登记了同一种责任单位，请先停用原来的。",
            ),
        ]  # fmt: skip
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["kind", "area", "class_code"])]

    def __str__(self) -> str:
        return f"{self.class_code or '全部'} {self.get_role_display()}"


__all__ = ["Place", "Responsibility"]
