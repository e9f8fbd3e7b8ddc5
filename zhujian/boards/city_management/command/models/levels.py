"""Two levels of command: the clock a district sets its department; and coordination meetings about who has to deal with a case."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from zhujian.boards.city_management.command.models.cases import Case
from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel.models import ScopedModel


class LevelClock(ScopedModel):
    """The district's own clock of a case that was handed down: from its dispatch to a department of its own. Beside it the case's clock runs,
    by which the city measures the district. The columns of the clock are named as on `Case`, so that the same code keeps both."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="level_clock", verbose_name="案件")
    org_code = models.CharField("区指挥中心代码", max_length=18, db_collation="C")
    org_name = models.CharField("区指挥中心", max_length=120)
    target = models.CharField("计时单位代码", max_length=18, blank=True, default="", db_collation="C")
    target_name = models.CharField("处置单位", max_length=120, blank=True, default="")
    limit_text = models.CharField("区级处置时限", max_length=5, blank=True, default="")
    due = models.DateTimeField("区级截止", null=True)
    yellow_at = models.DateTimeField("预警时刻", null=True)
    clock_start = models.DateTimeField("计时起点", null=True)
    paused_at = models.DateTimeField("暂停计时", null=True)
    pause_kind = models.CharField("暂停原因", max_length=12, blank=True, default="")
    pauses = models.JSONField("已扣除时段", default=list)
    extra = models.PositiveSmallIntegerField("延期量", default=0)
    used_s = models.PositiveIntegerField("已用（秒）", default=0)
    overdue_s = models.PositiveIntegerField("超期（秒）", default=0)
    overdue_earlier_s = models.PositiveIntegerField("此前超期（秒）", default=0)
    overdue_told = models.BooleanField("已提示超期", default=False, editable=False)
    calendar_version = models.CharField("日历版本", max_length=12, blank=True, default="")
    dispatches = models.PositiveSmallIntegerField("区级派遣次数", default=0)
    closed_at = models.DateTimeField("结束时间", null=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "区级计时"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["due"], condition=Q(paused_at=None, closed_at=None, overdue_told=False), name="level_due"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.org_name}"

    @property
    def number(self) -> str:
        """Number of the case."""
        return str(self.case.number)


class Coordination(ScopedModel):
    """协调会: bodies have passed a case round as often as they may; a meeting names the one that has to take it and may not return it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="coordinations", verbose_name="案件")
    held_on = models.DateField("协调日期")
    convener = models.BigIntegerField("主持人", null=True, editable=False)
    convener_name = models.CharField("主持人姓名", max_length=64)
    convener_org = models.CharField("召集单位", max_length=120, blank=True, default="")
    participants = ArrayField(models.CharField(max_length=18), verbose_name="参加单位代码")
    participant_names = models.CharField("参加单位", max_length=500)
    decision = models.CharField("协调决定", max_length=1000)
    outcome = models.CharField("结果", max_length=10, choices=[("designate", "指定主办单位"), ("back", "退回")])
    org_code = models.CharField("指定单位代码", max_length=18, blank=True, default="", db_collation="C")
    org_name = models.CharField("指定主办单位", max_length=120, blank=True, default="")
    returns = models.PositiveSmallIntegerField("此前回退次数")
    minutes = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+", verbose_name="会议纪要")

    class Meta(ScopedModel.Meta):
        verbose_name = "协调会"
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["case", "id"])]

    def __str__(self) -> str:
        return f"{self.held_on} {self.org_name or self.get_outcome_display()}"


__all__ = ["Coordination", "LevelClock"]
