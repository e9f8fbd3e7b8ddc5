"""Messages as people have them, and texts on their way to phones."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from zhujian.foundation.kernel.fields import EncryptedTextField
from zhujian.foundation.kernel.models import Guard


class Message(models.Model):
    """One message in one person's inbox. Row-level security shows it to that person only."""

    guard = Guard.PARTY

    class Level(models.TextChoices):
        """How pressing it is; ``urgent`` also goes to the phone."""

        INFO = "info", "通知"
        WARN = "warn", "提醒"
        URGENT = "urgent", "紧急"

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="收件人")
    parties = ArrayField(models.TextField(), default=list)
    to_key = models.CharField("发给", max_length=64)  # the key it was addressed to: person:…, post:… or org:…
    title = models.CharField("标题", max_length=120)
    body = models.TextField("内容", blank=True, default="")
    link = models.CharField("办理地址", max_length=300, blank=True, default="")
    level = models.CharField("级别", max_length=8, choices=Level.choices, default=Level.INFO)
    dedupe = models.CharField("去重键", max_length=160, null=True, blank=True)
    created_at = models.DateTimeField("时间", auto_now_add=True)
    read_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        verbose_name = "消息"
        constraints = [models.UniqueConstraint(fields=["account", "dedupe"], name="inbox_message_once")]
        indexes = [
            models.Index(fields=["account", "-id"], name="inbox_message_account"),
            models.Index(fields=["account"], name="inbox_message_unread", condition=Q(read_at__isnull=True)),
        ]


class TextMessage(models.Model):
    """An SMS waiting for, or handed to, the operator: of a message, or to somebody without an account. Only background work sees it."""

    guard = Guard.PARTY

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "待发送"
        SENT = "sent", "已发送"
        FAILED = "failed", "发送失败"

    message = models.OneToOneField(Message, models.CASCADE, null=True, related_name="sms")
    parties = ArrayField(models.TextField(), default=list)
    phone = EncryptedTextField("手机号码")
    text = models.CharField("短信内容", max_length=300)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("发送次数", default=0)
    due_at = models.DateTimeField("最早发送时间")
    receipt = models.CharField("运营商回执", max_length=64, blank=True, default="")
    error = models.CharField("失败原因", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "短信"
        indexes = [models.Index(fields=["due_at"], name="inbox_sms_due", condition=Q(state="waiting"))]
