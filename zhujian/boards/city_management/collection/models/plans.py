"""Who patrols which beat when, and how often its grids are due."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from zhujian.boards.city_management.digital_city.models import CompositeGrid
from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.resources.indexes import sort_indexes

DAYS = (MinValueValidator(1), MaxValueValidator(31))


class PatrolPlan(ScopedModel):
    """How often the grids of one beat are visited. A level left empty follows the region's parameter."""

    beat = models.ForeignKey(
        CompositeGrid, models.PROTECT, related_name="patrol_plans", verbose_name="责任网格", limit_choices_to={"kind": "duty"}
    )
    days_1 = models.PositiveSmallIntegerField("一级网格间隔（日）", null=True, blank=True, validators=DAYS)
    days_2 = models.PositiveSmallIntegerField("二级网格间隔（日）", null=True, blank=True, validators=DAYS)
    days_3 = models.PositiveSmallIntegerField("三级网格间隔（日）", null=True, blank=True, validators=DAYS)
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)
    note = models.CharField("说明", max_length=200, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "巡查计划"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="patrol_plan_dates",
                violation_error_message="停用日期应晚于启用日期。",
            ),
            models.UniqueConstraint(
                fields=["beat"], condition=Q(valid_to=None), name="patrol_plan_one",
                violation_error_message="这个责任网格已有在用的巡查计划，请先停用它。",
            ),
        ]  # fmt: skip
        indexes = [*ScopedModel.Meta.indexes, *sort_indexes("patrol_plan", "valid_from")]

    def __str__(self) -> str:
        return f"{self.beat}的巡查计划"


class Duty(ScopedModel):
    """One line of the duty roster: an inspector, a beat, a day and the hours."""

    beat = models.ForeignKey(
        CompositeGrid, models.PROTECT, related_name="duties", verbose_name="责任网格", limit_choices_to={"kind": "duty"}
    )
    inspector = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="监督员")
    day = models.DateField("日期")
    starts = models.TimeField("上岗时间")
    ends = models.TimeField("下岗时间")

    class Meta(ScopedModel.Meta):
        verbose_name = "排班"
        constraints = [
            models.UniqueConstraint(
                fields=["inspector", "day", "starts"], name="duty_once", violation_error_message="这名监督员在该时间已有排班。"
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="duty_hours", violation_error_message="下岗时间应晚于上岗时间；跨零点的班请分成两条。"
            ),
        ]  # fmt: skip
        indexes = [*ScopedModel.Meta.indexes, *sort_indexes("duty", "day")]

    def __str__(self) -> str:
        return f"{self.day} {self.inspector}"
