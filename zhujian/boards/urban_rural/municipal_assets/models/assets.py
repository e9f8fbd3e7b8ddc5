"""Registers above the ground and in the road: roads, bridges, tunnels, galleries, stations, lamps, manhole covers (§8–10)."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from zhujian.boards.urban_rural.municipal_assets.models.core import Asset, asset_constraints, length_field
from zhujian.boards.urban_rural.municipal_assets.models.pipes import PipePoint, depth, elevation
from zhujian.foundation.kernel.models import ScopedModel


def metres(verbose_name: str, digits: int = 8) -> models.DecimalField:
    """A measure in metres, not negative."""
    return models.DecimalField(
        verbose_name, max_digits=digits, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )


class Road(Asset):
    """A road or a stretch of it between two crossings."""

    grade = models.CharField("道路等级", max_length=12)
    geom = gis.LineStringField("中心线", srid=4490)
    from_place = models.CharField("起点", max_length=80, blank=True, default="")
    to_place = models.CharField("止点", max_length=80, blank=True, default="")
    width_m = metres("红线宽度")
    carriageway_m = metres("车行道宽")
    lanes = models.PositiveSmallIntegerField("车道数", null=True, blank=True, validators=[MaxValueValidator(24)])
    surface = models.CharField("路面类型", max_length=12, blank=True, default="")
    maintenance_class = models.CharField("养护等级", max_length=4, blank=True, default="")
    length_m = length_field()

    class Meta(ScopedModel.Meta):
        verbose_name = "道路"
        constraints = asset_constraints("road")


class Bridge(Asset):
    """A bridge, viaduct or footbridge; its condition index comes from inspections."""

    kind = models.CharField("桥型", max_length=12, help_text="决定 BCI 的权重：一般桥、拱桥、人行天桥")
    geom = gis.GeometryField("位置", srid=4490)
    road = models.ForeignKey(Road, models.PROTECT, null=True, blank=True, related_name="bridges", verbose_name="所在道路")
    crosses = models.CharField("跨越物", max_length=80, blank=True, default="")
    maintenance_kind = models.CharField("养护类别", max_length=4, blank=True, default="", help_text="Ⅰ类为特大桥和特殊结构桥")
    maintenance_grade = models.CharField("养护等级", max_length=4, blank=True, default="", help_text="决定经常性检查的间隔")
    total_length_m = metres("桥梁全长")
    max_span_m = metres("最大跨径")
    spans = models.PositiveSmallIntegerField("孔数", null=True, blank=True)
    width_m = metres("桥面宽度")
    design_load = models.CharField("设计荷载", max_length=40, blank=True, default="")
    load_limit_t = metres("限载")
    height_limit_m = metres("限高")
    bci = models.DecimalField(
        "桥梁状况指数", max_digits=5, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )  # fmt: skip
    bci_grade = models.CharField("技术状况等级", max_length=4, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "桥梁"
        constraints = asset_constraints("bridge")


class Tunnel(Asset):
    """A road tunnel or underpass."""

    kind = models.CharField("类型", max_length=12)
    geom = gis.LineStringField("中心线", srid=4490)
    road = models.ForeignKey(Road, models.PROTECT, null=True, blank=True, related_name="tunnels", verbose_name="所在道路")
    width_m = metres("净宽")
    clear_height_m = metres("净高")
    lanes = models.PositiveSmallIntegerField("车道数", null=True, blank=True, validators=[MaxValueValidator(24)])
    lowest_elev = elevation("最低点高程")
    maintenance_grade = models.CharField("养护等级", max_length=4, blank=True, default="")
    length_m = length_field()

    class Meta(ScopedModel.Meta):
        verbose_name = "隧道"
        constraints = asset_constraints("tunnel")


class Gallery(Asset):
    """A utility gallery (综合管廊) with its cabins."""

    geom = gis.LineStringField("中心线", srid=4490)
    kind = models.CharField("类型", max_length=12)
    cabins = models.PositiveSmallIntegerField("舱室数", null=True, blank=True, validators=[MaxValueValidator(20)])
    width_m = metres("断面宽")
    height_m = metres("断面高")
    top_depth = depth("顶板覆土")
    housed = ArrayField(models.CharField(max_length=2), default=list, blank=True, verbose_name="入廊管类")
    length_m = length_field()

    class Meta(ScopedModel.Meta):
        verbose_name = "综合管廊"
        constraints = asset_constraints("gallery")


class Facility(Asset):
    """A station, plant, outlet, valve group or other fixed point of a network."""

    kind = models.CharField("设施类型", max_length=16)
    pipe_kind = models.CharField("管类", max_length=2, blank=True, default="")
    geom = gis.PointField("位置", srid=4490)
    point = models.ForeignKey(
        PipePoint, models.PROTECT, null=True, blank=True, related_name="facilities", verbose_name="所接管点"
    )
    capacity = models.DecimalField(
        "规模", max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    capacity_unit = models.CharField("规模单位", max_length=20, blank=True, default="")
    address = models.CharField("地址", max_length=200, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "场站设施"
        constraints = asset_constraints("facility")


class Lamp(Asset):
    """A street lamp with its pole."""

    geom = gis.PointField("位置", srid=4490)
    road = models.ForeignKey(Road, models.PROTECT, null=True, blank=True, related_name="lamps", verbose_name="所在道路")
    pole_height_m = metres("灯杆高度", 5)
    heads = models.PositiveSmallIntegerField("灯头数", null=True, blank=True, validators=[MaxValueValidator(50)])
    light_source = models.CharField("光源", max_length=12, blank=True, default="")
    power_w = models.PositiveIntegerField("总功率", null=True, blank=True)
    circuit = models.CharField("供电回路", max_length=40, blank=True, default="")
    cabinet = models.ForeignKey(Facility, models.PROTECT, null=True, blank=True, related_name="lamps", verbose_name="控制箱")

    class Meta(ScopedModel.Meta):
        verbose_name = "路灯"
        constraints = asset_constraints("lamp")


class Manhole(Asset):
    """A manhole cover. Its owner is found out, never assumed: one without an owner is a case (`OwnerlessCase`)."""

    kind = models.CharField("井盖类型", max_length=2)
    geom = gis.PointField("位置", srid=4490)
    point = models.ForeignKey(PipePoint, models.PROTECT, null=True, blank=True, related_name="manholes", verbose_name="所属管点")
    address = models.CharField("地址", max_length=200, blank=True, default="")
    cover_material = models.CharField("盖板材质", max_length=12, blank=True, default="")
    cover_class = models.CharField("承载等级", max_length=4, blank=True, default="")
    place = models.CharField("所处位置", max_length=12, blank=True, default="")
    diameter_mm = models.PositiveIntegerField("井盖尺寸", null=True, blank=True, validators=[MaxValueValidator(5000)])
    fall_net = models.BooleanField("防坠设施", null=True, blank=True)
    fall_net_on = models.DateField("防坠设施检查日期", null=True, blank=True)
    tag = models.CharField("二维码或NFC编号", max_length=64, blank=True, default="")
    cover_state = models.CharField("井盖状态", max_length=12, default="normal")
    ownership = models.CharField("确权情况", max_length=12, default="unknown")

    class Meta(ScopedModel.Meta):
        verbose_name = "窨井盖"
        constraints = [
            *asset_constraints("manhole"),
            models.CheckConstraint(
                condition=~Q(ownership="owned") | ~Q(owner_name=""), name="manhole_owner_named",
                violation_error_message="已确权的井盖必须写明产权单位。",
            ),
        ]  # fmt: skip
