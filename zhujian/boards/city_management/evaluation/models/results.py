"""What came out: calculations of ended periods, frozen with their numbers, rules and rows; faults that assessors found."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel.models import Guard, RegionCodeField, ScopedModel


class Run(ScopedModel):
    """One calculation of an ended period for one region: never changed; a recalculation is the next `number`, with its reason.

    `rules`: versions of indicators and composites in force, `digest`: SHA-256 over all results. `complete_until`: what had happened by
    then was counted. Officials below the region may read that it was made; of its results (`Standing`) they see those of their own place.
    """

    guard = Guard.COMMON
    append_only = True

    period = models.CharField("评价周期", max_length=10)
    kind = models.CharField("周期类型", max_length=8)
    starts_on = models.DateField("起")
    ends_on = models.DateField("止（不含）")
    number = models.PositiveSmallIntegerField("计算版本")
    reason = models.CharField("重新计算原因", max_length=300, blank=True, default="")
    complete_until = models.DateTimeField("数据截至")
    rules = models.JSONField("所用规则", default=dict)
    digest = models.CharField("结果指纹", max_length=64)
    by_name = models.CharField("计算人", max_length=64, default="系统")

    class Meta(ScopedModel.Meta):
        verbose_name = "评价结果（冻结）"
        constraints = [models.UniqueConstraint(fields=["region_code", "period", "number"], name="run_once")]

    def __str__(self) -> str:
        return f"{self.period} 第{self.number}版"


class Standing(ScopedModel):
    """Result of one target (区域、部门、岗位) in one run, filed where the target belongs: a county sees its own departments and posts in its
    city's run, with their places among all, and nobody else's (`selectors.names.homes`).

    `counts`: named counts; `figures`: indicator → ``[numerator, denominator, value, version]`` as text, value null for 「—」;
    `scores`: composite → ``{score, full, share, grade, rank, left_out, parts}``.
    """

    append_only = True

    run = models.ForeignKey(Run, models.PROTECT, related_name="standings", verbose_name="评价结果")
    target = models.CharField("评价对象", max_length=12)
    code = models.CharField("对象代码", max_length=20, db_collation="C")
    name = models.CharField("对象名称", max_length=120)
    counts = models.JSONField("统计数")
    figures = models.JSONField("指标值")
    scores = models.JSONField("综合得分")

    class Meta(ScopedModel.Meta):
        verbose_name = "评价对象结果"
        constraints = [models.UniqueConstraint(fields=["run", "target", "code"], name="standing_once")]

    def __str__(self) -> str:
        return self.name


class FrozenRows(models.Model):
    """Which rows a frozen count was made of: the ids counted for the whole region. They mean nothing without access to the rows."""

    append_only = True

    run = models.ForeignKey(Run, models.PROTECT, related_name="rows")
    count = models.CharField(max_length=40)
    ids = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = "冻结明细"
        constraints = [models.UniqueConstraint(fields=["run", "count"], name="frozen_rows_once")]


class Provisional(models.Model):
    """Results of a running period (or one not frozen yet) as last counted; replaced at every count, so without a history."""

    guard = Guard.REGION

    region_code = RegionCodeField()
    period = models.CharField("评价周期", max_length=10)
    target = models.CharField("评价对象", max_length=12)
    counted_at = models.DateTimeField("统计时间")
    rows = models.JSONField("结果")

    class Meta:
        verbose_name = "未冻结的评价结果"
        constraints = [models.UniqueConstraint(fields=["region_code", "period", "target"], name="provisional_once")]

    def __str__(self) -> str:
        return f"{self.period} {self.target}"


class Deviation(ScopedModel):
    """A fault that an assessor found: a problem nobody reported (漏报), a case filed wrongly (差错), a faked disposal (弄虚作假)."""

    kind = models.CharField("问题类型", max_length=12)
    found_on = models.DateField("发现日期")
    grid_code = models.CharField("单元网格", max_length=15, blank=True, default="", db_collation="C")
    class_code = models.CharField("小类代码", max_length=6, blank=True, default="")
    case_number = models.CharField("案件编号", max_length=30, blank=True, default="", help_text="差错和弄虚作假须填写")
    org_code = models.CharField(
        "责任单位", max_length=18, blank=True, default="", help_text="弄虚作假的处置单位代码；填了案件编号可不填"
    )
    person = models.BigIntegerField("责任人员账号", null=True, blank=True)
    description = models.CharField("情况说明", max_length=400)
    photo = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, verbose_name="照片")

    class Meta(ScopedModel.Meta):
        verbose_name = "抽查差错"
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["city_key", "found_on"])]

    def __str__(self) -> str:
        return self.description[:40]
