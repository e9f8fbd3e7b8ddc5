"""Tasks: one from the level above, one part per receiving unit; what was done to each; extensions; circulars."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from zhujian.foundation.kernel.models import ScopedModel


class SupervisionTask(ScopedModel):
    """A task of supervision. `region_code` is the issuer's; the receiving units are parties once it is issued."""

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", "草稿"
        ISSUED = "issued", "办理中"
        CLOSED = "closed", "已办结"
        CANCELLED = "cancelled", "已撤销"

    number = models.CharField("编号", max_length=40, unique=True)
    kind = models.CharField("类型", max_length=8)
    title = models.CharField("标题", max_length=120)
    requirement = models.TextField("要求", max_length=4000)
    issuer_code = models.CharField("下发单位代码", max_length=18)
    issuer_name = models.CharField("下发单位", max_length=120)
    receivers = ArrayField(models.CharField(max_length=18), default=list, blank=True, verbose_name="接收单位")
    limit_days = models.PositiveSmallIntegerField("反馈时限（工作日）")
    is_key = models.BooleanField("重点督办", default=False)
    files = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name="附件")
    state = models.CharField("状态", max_length=9, choices=State.choices, default=State.DRAFT)
    issued_at = models.DateTimeField("下发时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    origin = models.ForeignKey("UnitTask", models.PROTECT, null=True, blank=True, related_name="forwarded", verbose_name="转办自")
    subject = models.CharField("来源事项", max_length=96, blank=True, default="", db_index=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "监督任务"

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class UnitTask(ScopedModel):
    """One receiving unit's part of a task. `region_code` is the unit's; the issuer is a party."""

    class State(models.TextChoices):
        """As 建办督〔2021〕54号 has them."""

        ISSUED = "issued", "已下发"
        RECEIVED = "received", "已签收"
        HANDLING = "handling", "办理中"
        FED_BACK = "fed_back", "已反馈"
        RETURNED = "returned", "已退回"
        CLOSED = "closed", "已办结"
        CANCELLED = "cancelled", "已撤销"

    task = models.ForeignKey(SupervisionTask, models.PROTECT, related_name="units", verbose_name="监督任务")
    number = models.CharField("编号", max_length=48, unique=True)
    title = models.CharField("标题", max_length=120)
    kind = models.CharField("类型", max_length=8)
    requirement = models.TextField("要求", max_length=4000)
    is_key = models.BooleanField("重点督办", default=False)
    issuer_code = models.CharField("下发单位代码", max_length=18)
    issuer_name = models.CharField("下发单位", max_length=120)
    org_code = models.CharField("接收单位代码", max_length=18)
    org_name = models.CharField("接收单位", max_length=120)
    state = models.CharField("状态", max_length=9, choices=State.choices, default=State.ISSUED)
    issued_at = models.DateTimeField("下发时间")
    receipt_due = models.DateTimeField("签收时限", null=True)
    due = models.DateTimeField("反馈时限", null=True)
    yellow_at = models.DateTimeField("预警时刻", null=True)
    limit_days = models.PositiveSmallIntegerField("时限（工作日）")
    received_at = models.DateTimeField("签收时间", null=True)
    received_by = models.CharField("签收人", max_length=64, blank=True, default="")
    fed_back_at = models.DateTimeField("反馈时间", null=True)
    feedback = models.TextField("反馈内容", blank=True, default="")
    files = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name="任务附件")
    feedback_files = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name="反馈附件")
    closed_at = models.DateTimeField("办结时间", null=True)
    returns = models.PositiveSmallIntegerField("退回次数", default=0)
    urged = models.PositiveSmallIntegerField("催办次数", default=0)
    level = models.CharField("督办级别", max_length=1, blank=True, default="")
    extended = models.PositiveSmallIntegerField("延期次数", default=0)
    receipt_late = models.BooleanField("超时签收", default=False)
    feedback_late = models.BooleanField("超时反馈", default=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "承办任务"
        constraints = [models.UniqueConstraint(fields=["task", "org_code"], name="unit_task_once")]
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["receipt_due"], condition=Q(state="issued", receipt_late=False), name="unit_receipt_due"),
            models.Index(
                fields=["due"], condition=Q(state__in=["issued", "received", "handling", "returned"], feedback_late=False), name="unit_due"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.org_name}"

    @property
    def key(self) -> str:
        """Its subject key."""
        return f"supervision.unit_task:{self.pk}"


class UnitStep(ScopedModel):
    """What was done to a unit's part: never changed."""

    append_only = True

    unit = models.ForeignKey(UnitTask, models.PROTECT, related_name="steps", verbose_name="承办任务")
    at = models.DateTimeField("时间")
    action = models.CharField("事项", max_length=20)
    from_state = models.CharField(max_length=9, blank=True, default="")
    to_state = models.CharField(max_length=9)
    actor = models.CharField("办理人", max_length=64)
    org_name = models.CharField("单位", max_length=120, blank=True, default="")
    opinion = models.TextField("意见", blank=True, default="")
    files = ArrayField(models.BigIntegerField(), default=list)

    class Meta(ScopedModel.Meta):
        verbose_name = "办理记录"


class Extension(ScopedModel):
    """A unit asks for more time; the issuer decides."""

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", "待审核"
        GRANTED = "granted", "同意"
        REFUSED = "refused", "不同意"

    unit = models.ForeignKey(UnitTask, models.PROTECT, related_name="extensions", verbose_name="承办任务")
    days = models.PositiveSmallIntegerField("延期（工作日）")
    reason = models.CharField("理由", max_length=500)
    state = models.CharField("结果", max_length=8, choices=State.choices, default=State.OPEN)
    opinion = models.CharField("审核意见", max_length=500, blank=True, default="")
    decided_at = models.DateTimeField("审核时间", null=True)
    decided_by = models.CharField("审核人", max_length=64, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "延期申请"
        constraints = [models.UniqueConstraint(fields=["unit"], condition=Q(state="open"), name="unit_extension_open")]


class Circular(ScopedModel):
    """A circular (监督通报): drafted by hand, or by the platform when a limit has passed; published by the head."""

    class Kind(models.TextChoices):
        """What it is about."""

        RECEIPT = "receipt", "超时未签收"
        FEEDBACK = "feedback", "超时未反馈"
        PRAISE = "praise", "表扬"
        GENERAL = "general", "情况通报"

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", "草稿"
        PUBLISHED = "published", "已通报"
        DROPPED = "dropped", "不予通报"

    kind = models.CharField("类别", max_length=8, choices=Kind.choices, default=Kind.GENERAL)
    number = models.CharField("文号", max_length=96, blank=True, default="")
    title = models.CharField("标题", max_length=120)
    body = models.TextField("内容", max_length=8000)
    named = ArrayField(models.CharField(max_length=18), default=list, verbose_name="通报单位")
    issuer_code = models.CharField("发文单位代码", max_length=18)
    issuer_name = models.CharField("发文单位", max_length=120)
    state = models.CharField("状态", max_length=9, choices=State.choices, default=State.DRAFT)
    published_at = models.DateTimeField("通报时间", null=True)
    unit = models.ForeignKey(UnitTask, models.PROTECT, null=True, blank=True, related_name="circulars", verbose_name="承办任务")

    class Meta(ScopedModel.Meta):
        verbose_name = "监督通报"
        constraints = [
            models.UniqueConstraint(fields=["unit", "kind"], condition=Q(kind__in=["receipt", "feedback"]), name="circular_once")
        ]

    def __str__(self) -> str:
        return self.title
