"""Tables of dated parameters and code lists. Validity is half open: in force on `valid_from`, no longer on `valid_to`."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q

from zhujian.foundation.kernel.exact import ExactDecoder, ExactEncoder
from zhujian.foundation.kernel.models import RegionCodeField


class DateRange(Func):
    """``daterange(from, to)``, half open, unbounded when `to` is NULL."""

    function = "daterange"
    output_field = DateRangeField()


def _period() -> DateRange:
    return DateRange(F("valid_from"), F("valid_to"))


class Confidence(models.TextChoices):
    """How sure the value is (marks of the standards sheets)."""

    READ = "A", "已核对原文"
    LIKELY = "B", "待核对原文"
    LOCAL = "C", "各地可定"


class Kind(models.TextChoices):
    """What a value is; decides how a form reads it."""

    INT = "int", "整数"
    DECIMAL = "decimal", "小数"
    BOOL = "bool", "是/否"
    DATE = "date", "日期"
    TEXT = "text", "文字"
    JSON = "json", "表"


class ParameterVersion(models.Model):
    """One value of one parameter in one region (empty = everywhere) for one period. Never changed once in force."""

    key = models.CharField("参数", max_length=120)
    region_code = RegionCodeField(blank=True, default="")
    kind = models.CharField("类型", max_length=8, choices=Kind)
    value = models.JSONField("值", encoder=ExactEncoder, decoder=ExactDecoder)
    least = models.JSONField("最小值", encoder=ExactEncoder, decoder=ExactDecoder, null=True)
    most = models.JSONField("最大值", encoder=ExactEncoder, decoder=ExactDecoder, null=True)
    unit = models.CharField("单位", max_length=24, blank=True, default="")
    title = models.CharField("名称", max_length=120)
    basis = models.CharField("依据", max_length=300)
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("废止日期", null=True, blank=True)
    confidence = models.CharField("可信度", max_length=1, choices=Confidence)
    module = models.CharField("所属模块", max_length=40)
    note = models.TextField("说明", blank=True, default="")
    official = models.BooleanField("由管理员设定", default=False)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)
    created_by = models.BigIntegerField("登记人", null=True)

    class Meta:
        """Never two values on one day."""

        verbose_name = "参数版本"
        constraints = [
            ExclusionConstraint(
                name="parameters_one_value_a_day",
                expressions=[
                    (F("key"), RangeOperators.EQUAL),
                    (F("region_code"), RangeOperators.EQUAL),
                    (_period(), RangeOperators.OVERLAPS),
                ],
                deferrable=Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(name="parameters_period", condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from"))),
            models.CheckConstraint(name="parameters_confidence", condition=Q(confidence__in=Confidence.values)),
        ]


class ParameterChange(models.Model):
    """What was done to a parameter, by whom and why; append-only."""

    append_only = True

    key = models.CharField("参数", max_length=120)
    region_code = RegionCodeField(blank=True, default="")
    version_id = models.BigIntegerField("版本")
    at = models.DateTimeField("时间", auto_now_add=True)
    actor_id = models.BigIntegerField("操作人", null=True)
    actor_name = models.CharField("操作人姓名", max_length=64)
    organisation = models.CharField("单位", max_length=120, blank=True, default="")
    act = models.CharField("操作", max_length=16)  # change | override | end | withdraw | correct
    before = models.JSONField("变更前", encoder=ExactEncoder, decoder=ExactDecoder, null=True)
    after = models.JSONField("变更后", encoder=ExactEncoder, decoder=ExactDecoder, null=True)
    reason = models.TextField("原因")

    class Meta:
        """Read by key, newest first."""

        verbose_name = "参数变更记录"
        indexes = [models.Index(fields=["key", "-id"])]


class CodeList(models.Model):
    """A code list 代码表 of a standard; its items are dated."""

    key = models.CharField("代码表", max_length=120, unique=True)
    title = models.CharField("名称", max_length=120)
    basis = models.CharField("依据", max_length=300)
    module = models.CharField("所属模块", max_length=40)

    class Meta:
        """Named."""

        verbose_name = "代码表"


class CodeItem(models.Model):
    """One code and its meaning for a period; a retired code stays readable and is refused for new records."""

    list = models.ForeignKey(CodeList, models.CASCADE, related_name="items", verbose_name="代码表")
    code = models.CharField("代码", max_length=40)
    label = models.CharField("含义", max_length=200)
    rank = models.PositiveIntegerField("顺序", default=0)
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)
    official = models.BooleanField("由管理员设定", default=False)

    class Meta:
        """One meaning per code and day."""

        verbose_name = "代码项"
        constraints = [
            ExclusionConstraint(
                name="parameters_one_meaning_a_day",
                expressions=[
                    (F("list"), RangeOperators.EQUAL),
                    (F("code"), RangeOperators.EQUAL),
                    (_period(), RangeOperators.OVERLAPS),
                ],
                deferrable=Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(name="parameters_item_period", condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from"))),
        ]
