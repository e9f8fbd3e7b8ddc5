"""Tables of 智能辅助: learned models with their card, what they suggested and what people made of it, forecasts of hot spots."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models
from django.db.models import Q

from zhujian.boards.city_management.command.models import Case, Report
from zhujian.foundation.kernel.models import RegionCodeField, ScopedModel


class LearnedModel(models.Model):
    """One training of one purpose in one city: on what, how good on cases it never saw, and who put it in use. The same for all to read."""

    class Purpose(models.TextChoices):
        """What it helps with."""

        CLASS = "class", "小类与责任单位建议"
        DUPLICATE = "duplicate", "重复案件排序"
        HOTSPOT = "hotspot", "热点预测"

    class State(models.TextChoices):
        """Nothing is used before a person has looked at the figures and said so."""

        WANTED = "wanted", "等待训练"
        REFUSED = "refused", "没有训练"
        TRAINED = "trained", "待启用"
        IN_USE = "in_use", "使用中"
        RETIRED = "retired", "已停用"

    purpose = models.CharField("用途", max_length=9, choices=Purpose.choices)
    region_code = RegionCodeField(verbose_name="城市")
    number = models.PositiveIntegerField("版本")
    state = models.CharField("状态", max_length=8, choices=State.choices)
    note = models.CharField("说明", max_length=300, blank=True, default="")
    window_from = models.DateTimeField("数据起", null=True)
    window_to = models.DateTimeField("数据止", null=True)
    train_rows = models.PositiveIntegerField("训练条数", default=0)
    test_rows = models.PositiveIntegerField("留出条数", default=0)
    accuracy = models.FloatField("检验结果", null=True)
    measures = models.JSONField("评价", default=dict)
    settings = models.JSONField("设置", default=dict)
    asked_at = models.DateTimeField("提出时间", auto_now_add=True)
    asked_by_name = models.CharField("提出人", max_length=64, blank=True, default="")
    trained_at = models.DateTimeField("训练时间", null=True)
    seconds = models.FloatField("用时（秒）", null=True)
    decided_at = models.DateTimeField("启用时间", null=True)
    decided_by_name = models.CharField("启用人", max_length=64, blank=True, default="")
    reason = models.CharField("启用（停用）理由", max_length=300, blank=True, default="")

    class Meta:
        verbose_name = "模型"
        constraints = [
            models.UniqueConstraint(fields=["purpose", "region_code", "number"], name="learned_model_number"),
            models.UniqueConstraint(
                fields=["purpose", "region_code"], condition=Q(state="in_use"), name="learned_model_one_in_use"
            ),
            models.UniqueConstraint(
                fields=["purpose", "region_code"], condition=Q(state="wanted"), name="learned_model_one_wanted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} 第{self.number}版"


class Weights(models.Model):
    """The numbers of a model as plain arrays (NumPy's `.npz` without pickled objects: reading them runs no code)."""

    model = models.OneToOneField(LearnedModel, models.CASCADE, primary_key=True, related_name="weights")
    data = models.BinaryField("数据")
    sha256 = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = "模型参数"


class Suggestion(ScopedModel):
    """What was suggested for a report, and what the person then did. Kept whether followed or not."""

    class Decision(models.TextChoices):
        """What became of it."""

        OPEN = "", "未定"
        ACCEPTED = "accepted", "采纳首选"
        LISTED = "listed", "采纳其他候选"
        OVERRIDDEN = "overridden", "另行选择"
        UNUSED = "unused", "未立案"

    report = models.OneToOneField(Report, models.PROTECT, related_name="suggestion", verbose_name="上报")
    model = models.ForeignKey(LearnedModel, models.PROTECT, null=True, related_name="+", verbose_name="模型")
    classes = models.JSONField("建议的小类", default=list)  # [[kind, code, share], …] best first
    organisations = models.JSONField("建议的责任单位", default=list)  # [[org_code, share], …]
    duplicates = models.JSONField("疑似重复", default=dict)  # {case id: share}
    first = models.CharField("首选小类", max_length=15, blank=True, default="")
    share = models.FloatField("把握", null=True)
    made_at = models.DateTimeField("建议时间")
    decision = models.CharField("采纳情况", max_length=10, choices=Decision.choices, blank=True, default="")
    chosen = models.CharField("实际小类", max_length=15, blank=True, default="")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+", verbose_name="案件")
    decided_at = models.DateTimeField("决定时间", null=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "建议记录"
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["model", "decision"])]

    def __str__(self) -> str:
        return f"{self.first} {self.get_decision_display()}"


class Forecast(ScopedModel):
    """How many reports a unit grid may see in a week; the true number is written beside it when the week is over."""

    model = models.ForeignKey(LearnedModel, models.PROTECT, related_name="+", verbose_name="模型")
    week = models.DateField("周（周一）")
    grid_code = models.CharField("单元网格", max_length=15, db_collation="C")
    expected = models.FloatField("预计上报数")
    rank = models.PositiveIntegerField("排名")
    recent = models.PositiveIntegerField("近四周上报数")
    actual = models.PositiveIntegerField("实际上报数", null=True)
    boundary = gis.PolygonField("范围", srid=4490)

    class Meta(ScopedModel.Meta):
        verbose_name = "热点预测"
        constraints = [models.UniqueConstraint(fields=["week", "grid_code"], name="forecast_once")]
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["week", "rank"])]

    def __str__(self) -> str:
        return f"{self.grid_code} {self.week}"
