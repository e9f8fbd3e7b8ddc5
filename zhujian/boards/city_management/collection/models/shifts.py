"""Shifts of inspectors, their track points, and receipts of what a device has sent."""

from __future__ import annotations

from django.conf import settings
from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from zhujian.boards.city_management.digital_city.models import CompositeGrid
from zhujian.foundation.kernel.models import Guard, RegionCodeField, ScopedModel
from zhujian.foundation.resources.indexes import sort_indexes


class Shift(ScopedModel):
    """One stretch of duty (上岗 to 下岗) of an inspector, with what it was to visit and what it visited.

    `planned` is frozen at the start: later changes of levels or plans do not rewrite a past coverage.
    """

    # Counted anew with every batch of points, and the points are kept.
    unkept = (
        "visited", "visited_count", "coverage", "valid_points", "dropped_points", "last_at", "last_location", "walked_m", "gap_count", "gap_s",
    )  # fmt: skip

    client_key = models.UUIDField("终端编号", unique=True, editable=False)
    inspector = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="监督员")
    inspector_name = models.CharField("姓名", max_length=60)
    beat = models.ForeignKey(CompositeGrid, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="责任网格")
    day = models.DateField("日期")
    started_at = models.DateTimeField("上岗时间")
    ended_at = models.DateTimeField("下岗时间", null=True, blank=True)
    end_kind = models.CharField("下岗方式", max_length=4, blank=True, default="")
    planned = ArrayField(models.CharField(max_length=15), default=list, verbose_name="应巡网格", editable=False)
    visited = ArrayField(models.CharField(max_length=15), default=list, verbose_name="到达网格", editable=False)
    planned_count = models.PositiveIntegerField("应巡网格数", default=0)
    visited_count = models.PositiveIntegerField("已巡网格数", default=0)
    coverage = models.DecimalField("覆盖率（%）", max_digits=5, decimal_places=2, null=True, blank=True)
    valid_points = models.PositiveIntegerField("有效轨迹点", default=0)
    dropped_points = models.PositiveIntegerField("剔除轨迹点", default=0)
    # None: counted before gaps were looked at.
    walked_m = models.PositiveIntegerField("巡查里程（米）", null=True, blank=True)
    gap_count = models.PositiveIntegerField("轨迹中断次数", null=True, blank=True)
    gap_s = models.PositiveIntegerField("轨迹中断时长（秒）", null=True, blank=True)
    last_at = models.DateTimeField("最近定位时间", null=True, blank=True)
    last_location = gis.PointField("最近位置", srid=4490, null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "值班记录"
        constraints = [
            models.UniqueConstraint(fields=["inspector"], condition=Q(ended_at=None), name="shift_one_open"),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")), name="shift_times"),
            models.CheckConstraint(condition=Q(visited_count__lte=F("planned_count")), name="shift_counts"),
        ]
        indexes = [
            *ScopedModel.Meta.indexes, *sort_indexes("shift", "started_at"),
            models.Index(fields=["beat", "day"]), models.Index(fields=["inspector", "-started_at"]),
            models.Index(fields=["region_code"], condition=Q(ended_at=None), name="shift_on_duty"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.inspector_name} {self.day}"


class TrackPoint(models.Model):
    """One position of a shift. Narrow, written in batches, found by (shift, moment), divided by the month of `at`.

    Whereabouts are personal data: whole months are dropped when they are no longer needed (`services.retention`). The months lie in a
    schema of their own, where the application's role may not look; it reads this table, whose policy therefore cannot be gone around.
    `state`: a verdict of `rules.tracks`; 0 counts.
    """

    guard = Guard.REGION

    shift_id = models.BigIntegerField("班次")
    at = models.DateTimeField("时间")
    location = gis.PointField("位置", srid=4490, spatial_index=False)
    accuracy = models.FloatField("误差（米）")
    state = models.PositiveSmallIntegerField("判定")
    region_code = RegionCodeField()

    class Meta:
        verbose_name = "轨迹点"
        constraints = [models.UniqueConstraint(fields=["shift_id", "at"], name="track_point_once")]


class Receipt(models.Model):
    """The answer to something a device has sent, kept in the transaction that did it: sent again, it is answered and not done again."""

    guard = Guard.PARTY

    client_key = models.UUIDField("终端编号", unique=True)
    account = models.BigIntegerField("账号")
    act = models.CharField("事项", max_length=16)
    answer = models.JSONField("答复")
    at = models.DateTimeField("时间", auto_now_add=True)
    parties = ArrayField(models.TextField(), default=list)

    class Meta:
        verbose_name = "上传回执"
        indexes = [BrinIndex(fields=["at"], name="receipt_at")]
