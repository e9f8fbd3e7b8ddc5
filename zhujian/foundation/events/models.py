"""The outbox and its deliveries."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhujian.foundation.kernel.models import Guard, RegionCodeField


class Event(models.Model):
    """Something that happened, written in the transaction in which it happened. Never changed."""

    guard = Guard.REGION_OR_PARTY
    append_only = True

    name = models.CharField("事件", max_length=64)
    subject = models.CharField("对象", max_length=96)
    region_code = RegionCodeField()
    parties = ArrayField(models.TextField(), default=list, verbose_name="相关方")
    payload = models.JSONField("内容", default=dict)
    actor_id = models.BigIntegerField("操作人", null=True)
    occurred_at = models.DateTimeField("发生时间", auto_now_add=True)

    class Meta:
        verbose_name = "事件"
        indexes = [models.Index(fields=["subject", "-id"]), models.Index(fields=["name", "-id"])]

    def __str__(self) -> str:
        return f"{self.name}#{self.pk}"


class Delivery(models.Model):
    """One event on its way to one subscriber."""

    class Status(models.TextChoices):
        """Where the delivery stands."""

        PENDING = "pending", "待投递"
        DONE = "done", "已处理"
        DEAD = "dead", "死信"

    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries", verbose_name="事件")
    subscriber = models.CharField("订阅方", max_length=96)
    subject = models.CharField("对象", max_length=96)
    status = models.CharField("状态", max_length=8, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_at = models.DateTimeField("下次尝试")
    error = models.TextField("最近错误", blank=True, default="")
    done_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        verbose_name = "事件投递"
        constraints = [models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_once")]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=models.Q(status="pending"), name="delivery_due"),
            models.Index(fields=["subscriber", "subject", "id"], condition=models.Q(status="pending"), name="delivery_order"),
            models.Index(fields=["-id"], condition=models.Q(status="dead"), name="delivery_dead"),
        ]
