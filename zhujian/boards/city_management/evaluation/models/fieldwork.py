"""Seen on site and asked of people: samples with their seed, points with what was found, questionnaires and answers."""

from __future__ import annotations

from django.contrib.gis.db.models import PointField
from django.db import models

from zhujian.boards.city_management.evaluation.models.campaigns import CityTask
from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel.models import ScopedModel


class Sample(ScopedModel):
    """One drawn sample. From `seed` and the population (`fingerprint`) anybody can draw it again (`rules.sampling`)."""

    task = models.ForeignKey(CityTask, models.PROTECT, related_name="samples", verbose_name="城市任务")
    kind = models.CharField("抽查对象", max_length=20)
    size = models.PositiveIntegerField("样本量")
    population = models.PositiveIntegerField("总体数量")
    strata = models.JSONField("分层", default=dict)
    seed = models.CharField("随机种子", max_length=64)
    fingerprint = models.CharField("总体指纹", max_length=64)

    class Meta(ScopedModel.Meta):
        verbose_name = "抽样"
        constraints = [models.UniqueConstraint(fields=["task", "kind"], name="sample_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.size}"


class SamplePoint(ScopedModel):
    """One drawn place and what was found there."""

    sample = models.ForeignKey(Sample, models.PROTECT, related_name="points", verbose_name="抽样")
    order = models.PositiveIntegerField("序号")
    code = models.CharField("点位代码", max_length=40)
    name = models.CharField("点位", max_length=160)
    stratum = models.CharField("分层", max_length=60)
    location = PointField("位置", srid=4490, null=True, blank=True)
    result = models.CharField("结果", max_length=8, blank=True, default="")
    remark = models.CharField("检查情况", max_length=400, blank=True, default="")
    photo = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, verbose_name="现场照片")
    checked_at = models.DateTimeField("检查时间", null=True, blank=True)
    checked_name = models.CharField("检查人", max_length=64, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "抽查点位"
        constraints = [
            models.UniqueConstraint(fields=["sample", "code"], name="sample_point_once"),
            models.UniqueConstraint(fields=["sample", "order"], name="sample_point_order"),
        ]

    def __str__(self) -> str:
        return self.name


class Survey(ScopedModel):
    """A public questionnaire of a city; `token` is its address. `rules`: when an answer counts."""

    task = models.OneToOneField(CityTask, models.PROTECT, related_name="survey", verbose_name="城市任务")
    token = models.CharField("地址", max_length=32, unique=True)
    title = models.CharField("问卷名称", max_length=120)
    questions = models.JSONField("题目")
    rules = models.JSONField("有效答卷规则")
    opens_at = models.DateTimeField("开始时间")
    closes_at = models.DateTimeField("结束时间")

    class Meta(ScopedModel.Meta):
        verbose_name = "调查问卷"

    def __str__(self) -> str:
        return self.title


class SurveyAnswer(ScopedModel):
    """One answer, valid or not; without anything that names the person (`device` and `origin` are keyed hashes; that of the network address changes every hour)."""

    append_only = True

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="answers", verbose_name="问卷")
    answers = models.JSONField("答案")
    seconds = models.PositiveIntegerField("用时（秒）")
    device = models.CharField("设备摘要", max_length=64)
    origin = models.CharField("网络地址摘要", max_length=64)
    invalid = models.JSONField("无效原因", default=list)

    class Meta(ScopedModel.Meta):
        verbose_name = "答卷"
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["survey", "device"]), models.Index(fields=["origin"])]

    def __str__(self) -> str:
        return f"答卷{self.pk}"
