"""What is measured and how it is weighed: indicators and composites, dated, versioned, with variants of cities. Public rules."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from zhujian.foundation.kernel.models import RegionCodeField


class Dated(models.Model):
    """One version of a rule: in force from `valid_from` until before `valid_to`, for everybody or for one city."""

    code = models.CharField("代码", max_length=40)
    number = models.PositiveIntegerField("版本", default=1, editable=False)
    name = models.CharField("名称", max_length=80)
    region_code = RegionCodeField(verbose_name="适用地区", blank=True, default="", help_text="全省通用不填")
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("废止日期", null=True, blank=True)
    basis = models.CharField("依据", max_length=200)
    confidence = models.CharField("可信度", max_length=1, default="C")
    note = models.CharField("说明", max_length=400, blank=True, default="")
    created_at = models.DateTimeField("登记时间", auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name}（第{self.number}版）"


class Indicator(Dated):
    """An indicator: a formula over named counts or filed values, with its unit, direction, scoring, source and cycle.

    `inputs` names what a city files when the platform does not count it itself: ``{"cleaned": "已清扫道路面积（平方米）"}``.
    `scoring` and `full` say how the comprehensive evaluation scores it (see `rules.scoring`). A heading has no formula.
    """

    parent = models.CharField("上级指标", max_length=40, blank=True, default="")
    family = models.CharField("指标体系", max_length=20, help_text="案件绩效或综合评价")
    formula = models.CharField(
        "计算公式", max_length=300, blank=True, default="", help_text="例如 closed / (to_close - suspended)；分类标题不填"
    )
    inputs = models.JSONField("填报项", default=dict, blank=True)
    unit = models.CharField("单位", max_length=12, blank=True, default="%")
    direction = models.CharField("方向", max_length=6, default="higher")
    scoring = models.JSONField("计分规则", default=dict, blank=True)
    full = models.DecimalField("满分", max_digits=7, decimal_places=2, default=0)
    source = models.CharField("数据来源", max_length=12)
    cycle = models.CharField("评价周期", max_length=8)
    order = models.PositiveSmallIntegerField("排序", default=100)

    class Meta:
        verbose_name = "评价指标"
        constraints = [
            models.UniqueConstraint(fields=["code", "region_code", "number"], name="indicator_version_once"),
            models.UniqueConstraint(
                fields=["code", "region_code", "valid_from"], name="indicator_start_once", violation_error_message="这一天已有一个版本施行。"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="indicator_dates",
                violation_error_message="废止日期应晚于施行日期。",
            ),
        ]  # fmt: skip


class Composite(Dated):
    """How parts are weighed into one score, for one kind of target (区域、部门、岗位)."""

    target = models.CharField("评价对象", max_length=12)

    class Meta:
        verbose_name = "综合评分办法"
        constraints = [
            models.UniqueConstraint(fields=["code", "region_code", "number"], name="composite_version_once"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="composite_dates",
                violation_error_message="废止日期应晚于施行日期。",
            ),
        ]  # fmt: skip


class CompositePart(models.Model):
    """One weighed part of a composite."""

    composite = models.ForeignKey(Composite, models.CASCADE, related_name="parts", verbose_name="评分办法")
    indicator = models.CharField("指标代码", max_length=40)
    full = models.DecimalField("分值", max_digits=7, decimal_places=2)
    scoring = models.JSONField("计分规则", default=dict)
    role = models.CharField("作用", max_length=10, default="score")
    required = models.BooleanField("缺此项不评", default=False)
    order = models.PositiveSmallIntegerField("排序", default=100)

    class Meta:
        verbose_name = "评分项"
        constraints = [
            models.UniqueConstraint(
                fields=["composite", "indicator", "role"], name="composite_part_once", violation_error_message="这项指标已在评分办法中。"
            ),
            models.CheckConstraint(condition=Q(full__gt=0), name="composite_part_full", violation_error_message="分值应大于0。"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.indicator} {self.full}分"
