"""幢 and 户: buildings and the units in them, in versions that are true from a day to a day."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.db import models as gis
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.kernel.valid_time import ValidTime
from zhujian.foundation.resources.indexes import sort_indexes

AREA: dict[str, Any] = {"max_digits": 14, "decimal_places": 2, "null": True, "blank": True, "validators": [MinValueValidator(0)]}


class Building(ValidTime, ScopedModel):
    """幢. One version of one building; the row that is open keeps its id when the building changes (see `services.new_version`).

    `code` is the 房屋代码 of the whole building (26 digits, unit part 0000); it is never used again after the building is gone.
    """

    class Status(models.TextChoices):
        """Life of a building."""

        PLANNED = "planned", "规划"
        BUILDING = "building", "在建"
        IN_USE = "in_use", "使用中"
        DEMOLISHED = "demolished", "灭失"

    code = models.CharField("房屋代码", max_length=26, blank=True, help_text="26位；留空时按坐标法自动编码")
    name = models.CharField("名称", max_length=100)
    address = models.CharField("地址", max_length=200, blank=True, default="")
    use = models.CharField("用途", max_length=2)
    structure = models.CharField("结构", max_length=2, blank=True, default="")
    floors_above = models.PositiveSmallIntegerField("地上层数", null=True, blank=True, validators=[MaxValueValidator(200)])
    floors_below = models.PositiveSmallIntegerField("地下层数", default=0, validators=[MaxValueValidator(15)])
    height_m = models.DecimalField(
        "建筑高度（m）", max_digits=7, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(1000)]
    )  # fmt: skip
    height_estimated = models.BooleanField(
        "高度为估算", default=False, db_default=False, help_text="没有实测高度，按层数或用途估算"
    )
    base_m = models.DecimalField(
        "地面高程（m）", max_digits=7, decimal_places=2, null=True, blank=True, help_text="1985国家高程基准",
        validators=[MinValueValidator(-160), MaxValueValidator(8900)],
    )  # fmt: skip
    area_m2 = models.DecimalField("建筑面积（㎡）", **AREA)
    built_on = models.DateField("建成日期", null=True, blank=True)
    cim_level = models.PositiveSmallIntegerField(
        "申报 CIM 级别", default=1, validators=[MinValueValidator(1), MaxValueValidator(7)]
    )
    cim_level_verified = models.PositiveSmallIntegerField("核验 CIM 级别", null=True, editable=False)
    project_code = models.CharField("项目代码", max_length=24, blank=True, default="", db_index=True)
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.IN_USE)
    outline = gis.MultiPolygonField("轮廓", srid=4490)
    source = models.CharField("数据来源", max_length=12, blank=True, default="")
    accuracy_m = models.DecimalField(
        "平面精度（m）", max_digits=6, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )

    class Meta(ScopedModel.Meta):
        verbose_name = "房屋建筑"
        constraints = [
            *ValidTime.Meta.constraints,
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{26}$"), name="building_code_26"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(valid_to=None, planned=False), name="building_code_present",
                violation_error_message="这个房屋代码已经登记在另一幢房屋上。",
            ),
            models.CheckConstraint(
                condition=Q(cim_level__gte=1, cim_level__lte=7), name="building_level", violation_error_message="CIM 级别为1至7。"
            ),
        ]  # fmt: skip
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["code"]),
            models.Index(fields=["id"], condition=Q(valid_to=None, cim_level_verified=None), name="building_unchecked"),
            *sort_indexes("cim_building", "code"),
            *sort_indexes("cim_building", "height_m", nullable=True),
            *sort_indexes("cim_building", "area_m2", nullable=True),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """Key under which evidence, documents and events are filed; stays when the building gets a new version."""
        return f"cim.building:{self.pk}"

    @property
    def gone(self) -> bool:
        """Whether the building is extinct or this row is a former version of it."""
        return self.valid_to is not None


class Unit(ValidTime, ScopedModel):
    """户. One unit of a building; `floor` has no 0 (1 is the ground floor, -1 the first below). `building` is the row that is open."""

    building = models.ForeignKey(Building, models.PROTECT, related_name="units", verbose_name="所属房屋")
    code = models.CharField(
        "房屋代码", max_length=26, blank=True, help_text="26位，留空时自动编号：楼幢22位前段、户号4位、校验码"
    )
    entrance = models.CharField("单元", max_length=20, blank=True, default="")
    floor = models.SmallIntegerField("层", validators=[MinValueValidator(-15), MaxValueValidator(200)])
    room_no = models.CharField("室号", max_length=20)
    use = models.CharField("用途", max_length=2)
    area_m2 = models.DecimalField("建筑面积（㎡）", **AREA)
    inner_area_m2 = models.DecimalField("套内面积（㎡）", **AREA)
    shape = gis.PolygonField("户型轮廓", srid=4490, null=True, blank=True)
    door_order = models.PositiveSmallIntegerField("同层顺序", default=1, help_text="同一层从1起，楼盘表按它排列")

    class Meta(ScopedModel.Meta):
        verbose_name = "房屋单元"
        constraints = [
            *ValidTime.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(floor=0), name="unit_floor_no_zero", violation_error_message="没有0层：地面一层为1，地下一层为-1。"
            ),
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{26}$"), name="unit_code_26"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(valid_to=None, planned=False), name="unit_code_present",
                violation_error_message="这个房屋代码已经登记在另一户上。",
            ),
            models.UniqueConstraint(
                fields=["building", "floor", "entrance", "room_no"], condition=Q(valid_to=None, planned=False), name="unit_room_present",
                violation_error_message="这一层已经有同单元同室号的户。",
            ),
            models.CheckConstraint(
                condition=Q(area_m2=None) | Q(inner_area_m2=None) | Q(inner_area_m2__lte=models.F("area_m2")), name="unit_inner_area",
                violation_error_message="套内面积不能大于建筑面积。",
            ),
        ]  # fmt: skip
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["code"]), *sort_indexes("cim_unit", "code")]

    def __str__(self) -> str:
        return self.room_no


__all__ = ["Building", "Unit"]
