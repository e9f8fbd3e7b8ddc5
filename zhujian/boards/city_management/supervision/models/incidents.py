"""Public opinion and emergencies."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models

from zhujian.boards.city_management.supervision.models.tasks import SupervisionTask
from zhujian.foundation.kernel.models import ScopedModel


class Opinion(ScopedModel):
    """Something the media or the net say about a place. The same address is registered once; a person judges its sentiment."""

    class State(models.TextChoices):
        """Where it stands."""

        FOUND = "found", "待研判"
        JUDGED = "judged", "已研判"
        TASKED = "tasked", "已转办"
        CLOSED = "closed", "已办结"

    title = models.CharField("标题", max_length=200)
    media = models.CharField("媒体", max_length=80)
    url = models.CharField("网址", max_length=500)
    url_hash = models.CharField("网址摘要", max_length=64, unique=True, editable=False)
    published_at = models.DateTimeField("发布时间")
    summary = models.TextField("内容摘要", max_length=2000, blank=True, default="")
    sentiment = models.CharField("倾向", max_length=12, blank=True, default="")
    judged_by = models.CharField("研判人", max_length=64, blank=True, default="", editable=False)
    judged_at = models.DateTimeField("研判时间", null=True, editable=False)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.FOUND, editable=False)
    task = models.ForeignKey(
        SupervisionTask, models.PROTECT, null=True, blank=True, editable=False, related_name="opinions", verbose_name="监督任务"
    )
    disposal = models.TextField("处置情况", blank=True, default="", editable=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "舆情"

    def __str__(self) -> str:
        return self.title


class Emergency(ScopedModel):
    """An emergency: reported, responded to at a level, reported on every day, closed after the final report."""

    class State(models.TextChoices):
        """Where it stands."""

        REPORTED = "reported", "已首报"
        RESPONDING = "responding", "响应中"
        ENDED = "ended", "响应终止"
        CLOSED = "closed", "已办结"

    number = models.CharField("编号", max_length=40, unique=True)
    title = models.CharField("事件名称", max_length=120)
    kind = models.CharField("类型", max_length=8)
    level = models.CharField("事件等级", max_length=1)
    occurred_at = models.DateTimeField("发生时间")
    address = models.CharField("地点", max_length=200)
    location = gis.PointField("位置", srid=4490, null=True, blank=True)
    first_late = models.BooleanField("首报超时", default=False)
    response = models.CharField("响应等级", max_length=1, blank=True, default="")
    response_from = models.DateTimeField("响应启动", null=True)
    response_to = models.DateTimeField("响应终止", null=True)
    commander = models.CharField("现场指挥", max_length=64, blank=True, default="")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.REPORTED)
    closed_at = models.DateTimeField("办结时间", null=True)
    conclusion = models.TextField("结论", blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "突发事件"

    def __str__(self) -> str:
        return self.title


class EmergencyReport(ScopedModel):
    """One report about an emergency: never changed; what was wrong is put right by the next one."""

    append_only = True

    class Kind(models.TextChoices):
        """Which one."""

        FIRST = "first", "首报"
        CONTINUED = "continued", "续报"
        DAILY = "daily", "日报"
        FINAL = "final", "终报"

    emergency = models.ForeignKey(Emergency, models.PROTECT, related_name="reports", verbose_name="突发事件")
    kind = models.CharField("类别", max_length=9, choices=Kind.choices)
    at = models.DateTimeField("报告时间")
    text = models.TextField("情况", max_length=4000)
    measures = models.TextField("处置措施", max_length=4000, blank=True, default="")
    deaths = models.PositiveIntegerField("死亡（人）", default=0)
    injuries = models.PositiveIntegerField("受伤（人）", default=0)
    reporter = models.CharField("报告人", max_length=64)
    org_name = models.CharField("报告单位", max_length=120, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "事件报告"
