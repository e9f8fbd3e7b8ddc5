"""Who may knock, and how often: programs of other systems, counters, codes sent to phones."""

from __future__ import annotations

from django.db import models

from zhujian.foundation.kernel.fields import EncryptedTextField
from zhujian.foundation.kernel.models import ScopedModel


class Peer(ScopedModel):
    """A program of another system: an Open311 client with its key, or a hotline with its secret and where it takes states."""

    class Kind(models.TextChoices):
        """What it does here."""

        OPEN311 = "open311", "Open311 客户端"
        HOTLINE = "hotline", "热线平台"

    code = models.SlugField("代号", max_length=32, unique=True)
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    source = models.CharField("问题来源", max_length=16)  # code list command.source
    secret = EncryptedTextField("密钥", context="public_service.peer.secret")
    secret_hash = models.CharField("密钥摘要", max_length=64, unique=True)
    push_url = models.URLField("状态推送地址", max_length=300, blank=True, default="")
    contact = models.CharField("联系人", max_length=80, blank=True, default="")
    active = models.BooleanField("启用", default=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "接入方"

    def __str__(self) -> str:
        return self.name


class RateCount(models.Model):
    """How often a network address or a phone (as keyed hashes) did something within one window; nothing about who or what."""

    purpose = models.CharField("用途", max_length=24)
    key = models.CharField("来源", max_length=64)
    window = models.DateTimeField("时段")
    count = models.PositiveIntegerField("次数", default=0)

    class Meta:
        verbose_name = "访问计数"
        constraints = [models.UniqueConstraint(fields=["purpose", "key", "window"], name="public_rate_once")]
        indexes = [models.Index(fields=["window"])]


class PhoneCode(models.Model):
    """A code sent to a phone: only hashes are kept. A newer code for the same phone and purpose ends the older ones."""

    phone_hash = models.CharField("手机摘要", max_length=64)
    purpose = models.CharField("用途", max_length=16)
    code_hash = models.CharField("验证码摘要", max_length=64)
    sent_at = models.DateTimeField("发送时间")
    expires_at = models.DateTimeField("失效时间")
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = "手机验证码"
        indexes = [models.Index(fields=["phone_hash", "purpose", "-id"])]


__all__ = ["Peer", "PhoneCode", "RateCount"]
