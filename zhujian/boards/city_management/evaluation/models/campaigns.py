"""Tasks of the comprehensive evaluation (城市运行管理服务评价): province sets and sends, cities file, both review, results are published."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from zhujian.boards.city_management.evaluation.models.definitions import Indicator
from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel.models import ScopedModel


class Campaign(ScopedModel):
    """One evaluation task of the province. `indicators`: the frozen version of every indicator, ``[{id, code, version, full}]``."""

    class State(models.TextChoices):
        """How far it has come."""

        DRAFT = "draft", "建立指标版本"
        ISSUED = "issued", "已下发"
        CALCULATED = "calculated", "已计算"
        PUBLISHED = "published", "公示中"
        ARCHIVED = "archived", "已归档"

    number = models.CharField("任务编号", max_length=30, unique=True)
    title = models.CharField("任务名称", max_length=120)
    period = models.CharField("评价周期", max_length=10, help_text="例如 2025 或 2025-Q4")
    requirement = models.TextField("工作要求", max_length=2000, blank=True, default="")
    cities = models.JSONField("参评城市", default=list)
    family = models.CharField("指标体系", max_length=20, default="comprehensive")
    indicators = models.JSONField("指标版本", default=list, editable=False)
    file_by = models.DateField("填报截止日期")
    publish_until = models.DateField("公示截止日期", null=True, blank=True)
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.DRAFT)
    published_at = models.DateTimeField("公示时间", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "综合评价任务"

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        """Key of the matter for processes, events and evidence."""
        return f"evaluation.campaign:{self.pk}"


class CityTask(ScopedModel):
    """The part of one city in a task."""

    class State(models.TextChoices):
        """How far it has come."""

        FILING = "filing", "填报中"
        CITY_REVIEW = "city_review", "市级审核"
        PROVINCE_REVIEW = "province_review", "省级审核"
        FIELD = "field", "实地抽查"
        SURVEY = "survey", "问卷调查"
        DONE = "done", "待计算"
        SCORED = "scored", "已计算"

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="tasks", verbose_name="任务")
    city_name = models.CharField("城市", max_length=60)
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.FILING)
    returned = models.CharField("退回意见", max_length=600, blank=True, default="")
    score = models.DecimalField("得分", max_digits=8, decimal_places=2, null=True, blank=True)
    full = models.DecimalField("满分", max_digits=8, decimal_places=2, null=True, blank=True)
    rank = models.PositiveSmallIntegerField("名次", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "城市评价任务"
        constraints = [models.UniqueConstraint(fields=["campaign", "region_code"], name="city_task_once")]

    def __str__(self) -> str:
        return f"{self.city_name} {self.campaign.title}"

    @property
    def subject(self) -> str:
        """Key of the matter for processes, events and evidence."""
        return f"evaluation.city_task:{self.pk}"


class Filing(ScopedModel):
    """What a city filed for one indicator: values by name of the indicator's inputs, and where they come from."""

    task = models.ForeignKey(CityTask, models.PROTECT, related_name="filings", verbose_name="城市任务")
    indicator = models.ForeignKey(Indicator, models.PROTECT, verbose_name="指标")
    inputs = models.JSONField("填报值", default=dict)
    source_note = models.CharField("数据出处", max_length=300, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "指标填报"
        constraints = [models.UniqueConstraint(fields=["task", "indicator"], name="filing_once")]

    def __str__(self) -> str:
        return f"{self.indicator.name}填报"


class FilingFile(ScopedModel):
    """Evidence of a filed value."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="files", verbose_name="填报")
    file = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="佐证材料")

    class Meta(ScopedModel.Meta):
        verbose_name = "佐证材料"

    def __str__(self) -> str:
        return self.file.name


class IndicatorResult(ScopedModel):
    """Result of one indicator of one city in a task: numerator, denominator, value, points, source and version; never changed.

    A second calculation (after objections) writes the next `number`.
    """

    append_only = True

    task = models.ForeignKey(CityTask, models.PROTECT, related_name="results", verbose_name="城市任务")
    indicator = models.ForeignKey(Indicator, models.PROTECT, verbose_name="指标")
    number = models.PositiveSmallIntegerField("计算版本", default=1)
    inputs = models.JSONField("计算数据")
    numerator = models.DecimalField("分子", max_digits=20, decimal_places=4, null=True)
    denominator = models.DecimalField("分母", max_digits=20, decimal_places=4, null=True)
    value = models.DecimalField("指标值", max_digits=20, decimal_places=2, null=True)
    points = models.DecimalField("得分", max_digits=8, decimal_places=2, null=True)
    full = models.DecimalField("满分", max_digits=8, decimal_places=2)
    source = models.CharField("数据来源", max_length=12)

    class Meta(ScopedModel.Meta):
        verbose_name = "指标得分"
        constraints = [
            models.UniqueConstraint(fields=["task", "indicator", "number"], name="indicator_result_once"),
            models.CheckConstraint(condition=Q(points=None) | Q(points__lte=F("full")), name="indicator_result_points"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator.name} {self.points}"
