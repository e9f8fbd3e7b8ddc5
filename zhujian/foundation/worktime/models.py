"""Tables of working calendars. Region '' is the whole country; a nearer region's row wins for its day."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from zhujian.foundation.kernel.models import RegionCodeField


class CalendarYear(models.Model):
    """A year whose arrangement of holidays is known, and the notice that says so."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    notice = models.CharField("通知", max_length=200)
    published = models.DateField("发布日期")
    official = models.BooleanField("由管理员录入", default=False)

    class Meta:
        """Named."""

        verbose_name = "年度节假日安排"


class CalendarDay(models.Model):
    """A day that differs from its weekday: a holiday, or a make-up working day 调休上班日."""

    class Kind(models.TextChoices):
        """What the day is."""

        HOLIDAY = "holiday", "放假"
        MAKE_UP = "make_up", "上班"

    region_code = RegionCodeField(blank=True, default="")
    day = models.DateField("日期")
    kind = models.CharField("安排", max_length=8, choices=Kind)
    name = models.CharField("名称", max_length=40)
    basis = models.CharField("依据", max_length=200)
    official = models.BooleanField("由管理员设定", default=False)

    class Meta:
        """One arrangement per region and day."""

        verbose_name = "节假日与调休"
        constraints = [models.UniqueConstraint(fields=["region_code", "day"], name="worktime_one_arrangement_a_day")]


class OfficeHours(models.Model):
    """Office hours of a region for a season: clock times ``[["08:30", "12:00"], …]`` on `weekdays` (Monday = 0)."""

    region_code = RegionCodeField(blank=True, default="")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name="星期")
    segments = models.JSONField("时段")
    season_from = models.CharField("季节起（月-日）", max_length=5, default="01-01")
    season_to = models.CharField("季节止（月-日）", max_length=5, default="12-31")
    basis = models.CharField("依据", max_length=200)
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)
    official = models.BooleanField("由管理员设定", default=False)

    class Meta:
        """Begins before it ends."""

        verbose_name = "上下班时间"
        constraints = [
            models.CheckConstraint(name="worktime_hours_period", condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")))
        ]


class CalendarChange(models.Model):
    """What was changed in a calendar, by whom and why; append-only."""

    append_only = True

    region_code = RegionCodeField(blank=True, default="")
    year = models.PositiveSmallIntegerField("年份")
    at = models.DateTimeField("时间", auto_now_add=True)
    actor_id = models.BigIntegerField("操作人", null=True)
    actor_name = models.CharField("操作人姓名", max_length=64)
    organisation = models.CharField("单位", max_length=120, blank=True, default="")
    act = models.CharField("操作", max_length=16)  # year | day | hours
    what = models.CharField("内容", max_length=300)
    before = models.JSONField("变更前", null=True)
    after = models.JSONField("变更后", null=True)
    reason = models.TextField("原因")

    class Meta:
        """Newest first."""

        verbose_name = "工作日历变更记录"
        indexes = [models.Index(fields=["year", "-id"])]
