"""Schemes of classes, the classes, and how old codes map to new ones. The same for all; no row security."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F

from zhujian.foundation.kernel.models import RegionCodeField


class Kind(models.TextChoices):
    """The two tables of the standard."""

    COMPONENT = "component", "部件"
    EVENT = "event", "事件"


class Scheme(models.Model):
    """An edition of the class tables, with how component codes are cut."""

    code = models.CharField("代号", max_length=24, unique=True)
    title = models.CharField("名称", max_length=120)
    segments = ArrayField(models.PositiveSmallIntegerField(), verbose_name="部件码分段")
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("废止日期", null=True, blank=True)
    basis = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = "分类标准"
        indexes = [models.Index(F("valid_from").desc(), F("id").desc(), name="scheme_valid_from_all")]

    def __str__(self) -> str:
        return self.title

    @property
    def minor_digits(self) -> int:
        """Digits of a minor class."""
        return self.segments[2]


class ClassItem(models.Model):
    """A minor class (小类) of a scheme; a city's own extension has the city's region."""

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="items", verbose_name="分类标准")
    kind = models.CharField("类型", max_length=9, choices=Kind.choices)
    code = models.CharField("代码", max_length=5, db_collation="C")
    name = models.CharField("小类", max_length=60)
    major = models.CharField("大类", max_length=40)
    region_code = RegionCodeField(
        verbose_name="扩展城市", blank=True, default="", help_text="国家标准小类不填；城市扩展小类填城市代码"
    )
    confidence = models.CharField("可信度", max_length=1, default="A")

    class Meta:
        verbose_name = "部件事件小类"
        indexes = [models.Index(F("code").desc(), F("id").desc(), name="class_item_code_all")]
        constraints = [models.UniqueConstraint(fields=["scheme", "kind", "code", "region_code"], name="class_item_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Mapping(models.Model):
    """One class of an older scheme and what it is in a newer one; codes are never joined without it."""

    old = models.ForeignKey(ClassItem, models.PROTECT, related_name="successors", verbose_name="旧小类")
    new = models.ForeignKey(ClassItem, models.PROTECT, related_name="predecessors", verbose_name="新小类")
    exact = models.BooleanField("一一对应", default=True)
    note = models.CharField("说明", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "分类对照"
        constraints = [models.UniqueConstraint(fields=["old", "new"], name="classification_mapping_once")]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"
