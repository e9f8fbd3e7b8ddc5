"""Runs of the topology checks and what they found (urban-rural-construction.md §2)."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from zhujian.boards.urban_rural.municipal_assets.models.census import CensusBatch
from zhujian.boards.urban_rural.municipal_assets.models.pipes import PipeLine, PipePoint
from zhujian.foundation.kernel.models import ScopedModel


class TopologyRun(ScopedModel):
    """One check of the pipes of a region, of a drawn area in it, or of a census batch. `region_code` is the region checked."""

    title = models.CharField("检查范围", max_length=160)
    area = gis.GeometryField("区域", srid=4490, null=True, blank=True)
    batch = models.ForeignKey(CensusBatch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="普查批次")
    kinds = ArrayField(models.CharField(max_length=2), default=list, blank=True, verbose_name="管类", help_text="空为全部管类")
    state = models.CharField("状态", max_length=8, default="queued")
    requested_name = models.CharField("发起人", max_length=64, blank=True, default="")
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    points = models.PositiveIntegerField("管点数", default=0)
    lines = models.PositiveIntegerField("管线数", default=0)
    length_km = models.DecimalField("管线长度", max_digits=12, decimal_places=3, default=0)
    errors = models.PositiveIntegerField("错误", default=0)
    warnings = models.PositiveIntegerField("存疑", default=0)
    new = models.PositiveIntegerField("新发现", default=0)
    fixed = models.PositiveIntegerField("已消除", default=0)
    counts = models.JSONField("分项结果", default=dict, blank=True)
    parameters = models.JSONField("参数版本", default=dict, blank=True)
    fault = models.CharField("未完成原因", max_length=400, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "拓扑检查"

    def __str__(self) -> str:
        return self.title

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        if not (self.started_at and self.finished_at):
            return None
        return round((self.finished_at - self.started_at).total_seconds(), 1)


class TopologyFinding(ScopedModel):
    """One fault of the network. It stays one row from run to run: new → open → fixed, or accepted with a reason."""

    key = models.CharField("问题标识", max_length=80, unique=True, editable=False)
    title = models.CharField("问题", max_length=120, default="")
    rule = models.CharField("检查项目", max_length=20)
    severity = models.CharField("程度", max_length=5)
    state = models.CharField("状态", max_length=8, default="new")
    message = models.TextField("问题说明", max_length=1000)
    kind = models.CharField("管类", max_length=2, blank=True, default="")
    line = models.ForeignKey(PipeLine, models.PROTECT, null=True, blank=True, related_name="findings", verbose_name="管线")
    point = models.ForeignKey(PipePoint, models.PROTECT, null=True, blank=True, related_name="findings", verbose_name="管点")
    other = models.ForeignKey(PipeLine, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="相关管线")
    other_point = models.ForeignKey(PipePoint, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="相关管点")
    geom = gis.PointField("位置", srid=4490)
    facts = models.JSONField("数值", default=dict, blank=True)
    affected = models.PositiveIntegerField("影响管点数", default=1)
    first_run = models.ForeignKey(TopologyRun, models.PROTECT, related_name="+", verbose_name="首次发现")
    last_run = models.ForeignKey(TopologyRun, models.PROTECT, related_name="findings", verbose_name="最近一次检查")
    fixed_on = models.DateField("消除日期", null=True, blank=True)
    accepted_reason = models.CharField("确认理由", max_length=300, blank=True, default="")
    accepted_name = models.CharField("确认人", max_length=64, blank=True, default="")
    accepted_on = models.DateField("确认日期", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "拓扑问题"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="accepted") | ~Q(accepted_reason=""), name="topology_accepted_reason",
                violation_error_message="确认无误必须写明理由。",
            )
        ]  # fmt: skip
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["last_run", "rule"])]

    def __str__(self) -> str:
        return self.title
