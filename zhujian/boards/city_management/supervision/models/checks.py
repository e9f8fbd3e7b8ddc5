"""Checks on site by a checklist that is data."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhujian.foundation.kernel.models import ScopedModel


class Checklist(models.Model):
    """One edition of a checklist: items with code, text, basis and weight. The same for all to read."""

    code = models.CharField("代码", max_length=24)
    edition = models.CharField("版次", max_length=12)
    title = models.CharField("名称", max_length=80)
    items = models.JSONField("检查项")
    basis = models.CharField("依据", max_length=200)
    confidence = models.CharField("可信度", max_length=1, default="C")
    valid_from = models.DateField("施行日期")

    class Meta:
        verbose_name = "检查清单"
        constraints = [models.UniqueConstraint(fields=["code", "edition"], name="checklist_edition_once")]

    def __str__(self) -> str:
        return self.title


class SiteCheck(ScopedModel):
    """One check of one thing; `org_code` is who answers for it."""

    class State(models.TextChoices):
        """Where it stands."""

        RECTIFYING = "rectifying", "整改中"
        CLOSED = "closed", "已办结"

    number = models.CharField("编号", max_length=40, unique=True)
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="checks", verbose_name="检查清单")
    object_name = models.CharField("检查对象", max_length=120)
    address = models.CharField("地点", max_length=200)
    location = gis.PointField("位置", srid=4490, null=True, blank=True)
    org_code = models.CharField("责任单位代码", max_length=18)
    org_name = models.CharField("责任单位", max_length=120)
    checked_at = models.DateTimeField("检查时间")
    checkers = models.CharField("检查人员", max_length=120)
    state = models.CharField("状态", max_length=10, choices=State.choices)
    faults = models.PositiveSmallIntegerField("不合格项", default=0)
    points = models.PositiveSmallIntegerField("得分", default=0)
    possible = models.PositiveSmallIntegerField("应得分", default=0)
    closed_at = models.DateTimeField("办结时间", null=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "现场检查"

    def __str__(self) -> str:
        return f"{self.number} {self.object_name}"


class Finding(ScopedModel):
    """One answer; a fault is rectified by the unit and verified by somebody who checks."""

    class Result(models.TextChoices):
        """The answer."""

        GOOD = "good", "合格"
        FAULT = "fault", "不合格"
        NONE = "none", "不适用"

    check_record = models.ForeignKey(SiteCheck, models.PROTECT, related_name="findings", verbose_name="现场检查")
    item = models.CharField("检查项", max_length=24)
    result = models.CharField("结果", max_length=5, choices=Result.choices)
    text = models.TextField("问题", max_length=1000, blank=True, default="")
    photos = ArrayField(models.BigIntegerField(), default=list, verbose_name="照片")
    due = models.DateTimeField("整改期限", null=True)
    rectified_at = models.DateTimeField("整改时间", null=True)
    rectified_by = models.BigIntegerField("整改人", null=True)
    rectification = models.TextField("整改情况", max_length=1000, blank=True, default="")
    after_photos = ArrayField(models.BigIntegerField(), default=list, verbose_name="整改后照片")
    verified = models.BooleanField("复核通过", null=True)
    verified_at = models.DateTimeField("复核时间", null=True)
    verified_by = models.CharField("复核人", max_length=64, blank=True, default="")
    opinion = models.CharField("复核意见", max_length=500, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "检查结果"
        constraints = [models.UniqueConstraint(fields=["check_record", "item"], name="finding_once")]
