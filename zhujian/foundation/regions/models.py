"""Divisions, their codes in other systems, and their boundaries. Public facts: read by everyone, under no scope."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db.models import F, Func, Q

from zhujian.foundation.kernel.models import RegionCodeField


class Level(models.TextChoices):
    """Five levels, and the 9000 grouping that is none of them."""

    PROVINCE = "province", "省"
    CITY = "city", "市州"
    COUNTY = "county", "县区"
    TOWN = "town", "街镇"
    VILLAGE = "village", "村社区"
    GROUPING = "grouping", "归组节点"


class Kind(models.TextChoices):
    """What a division is in law, or in statistics for the last ones."""

    PROVINCE = "province", "省"
    PREFECTURE_CITY = "prefecture_city", "地级市"
    AUTONOMOUS_PREFECTURE = "autonomous_prefecture", "自治州"
    DISTRICT = "district", "市辖区"
    COUNTY_CITY = "county_city", "县级市"
    COUNTY = "county", "县"
    AUTONOMOUS_COUNTY = "autonomous_county", "自治县"
    FOREST_DISTRICT = "forest_district", "林区"
    SUBDISTRICT = "subdistrict", "街道"
    TOWN = "town", "镇"
    TOWNSHIP = "township", "乡"
    TOWN_LIKE = "town_like", "类似乡级单位"
    COMMUNITY = "community", "居民委员会"
    VILLAGE = "village", "村民委员会"
    VILLAGE_LIKE = "village_like", "类似村级单位"
    GROUPING = "grouping", "归组节点"


class Region(models.Model):
    """One division under one name for one period (half open). Codes: 12 digits, never reused; towns and villages by statistics."""

    code = RegionCodeField(verbose_name="区划代码")
    name = models.CharField("名称", max_length=60)
    level = models.CharField("级别", max_length=10, choices=Level)
    parent_code = RegionCodeField(verbose_name="上级区划", blank=True, default="")
    kind = models.CharField("类别", max_length=24, choices=Kind)
    zone = models.BooleanField("功能区", default=False)
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)
    successors = ArrayField(RegionCodeField(), default=list, blank=True, verbose_name="承继区划")
    reason = models.CharField("变更原因", max_length=200, blank=True, default="")
    official = models.BooleanField("由管理员维护", default=False)

    class Meta:
        """One name a day per code."""

        verbose_name = "行政区划"
        indexes = [
            models.Index(fields=["parent_code", "code"]),
            GinIndex(name="regions_name_trigram", fields=["name"], opclasses=["gin_trgm_ops"]),
        ]
        constraints = [
            ExclusionConstraint(
                name="regions_one_name_a_day",
                expressions=[
                    (F("code"), RangeOperators.EQUAL),
                    (Func(F("valid_from"), F("valid_to"), function="daterange", output_field=DateRangeField()), "&&"),
                ],
            ),
            models.CheckConstraint(name="regions_period", condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from"))),
            models.CheckConstraint(name="regions_code_shape", condition=Q(code__regex=r"^\d{12}$")),
        ]

    def __str__(self) -> str:
        """Its name."""
        return self.name


class OtherCode(models.Model):
    """A division's code in another system (``civil_affairs``). `region_code` is empty when no region has been matched yet."""

    system = models.CharField("编码体系", max_length=24, default="civil_affairs")
    code = RegionCodeField(verbose_name="该体系代码")
    name = models.CharField("该体系名称", max_length=60)
    region_code = RegionCodeField(verbose_name="对应区划", blank=True, default="")

    class Meta:
        """One meaning per system."""

        verbose_name = "区划代码对照"
        constraints = [models.UniqueConstraint(fields=["system", "code"], name="regions_other_code")]
        indexes = [models.Index(fields=["region_code"])]


class RegionBoundary(models.Model):
    """Outline of a division, CGCS2000. Bundled outlines are 示意，非法定界线; the province may put its own in their place."""

    code = RegionCodeField(verbose_name="区划代码", unique=True)
    boundary = models.MultiPolygonField("边界", srid=4490)
    centre = models.PointField("标注点", srid=4490)
    source = models.CharField("来源", max_length=120)
    review_number = models.CharField("审图号", max_length=40, blank=True, default="")
    official = models.BooleanField("由管理员维护", default=False)

    class Meta:
        """Named."""

        verbose_name = "区划边界"


class Loaded(models.Model):
    """Digest of the data files that the tables hold, so that loading again costs nothing."""

    digest = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Named."""

        verbose_name = "已载入的区划数据"
