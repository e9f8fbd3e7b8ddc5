"""Audit records, the chain over them, and what waits to be chained."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from zhujian.foundation.kernel.models import Guard

RESULT_TEXT = {"ok": "成功", "refused": "被拒绝", "wrong": "验证错误", "locked": "已锁定"}


class Record(models.Model):
    """One act. `body` is the canonical JSON that is chained; the other columns repeat parts of it for searching."""

    guard = Guard.AUDIT
    append_only = True

    at = models.DateTimeField("时间", db_index=True)
    actor_id = models.BigIntegerField("账号", null=True)
    actor_name = models.CharField("姓名", max_length=64, blank=True, default="")
    org_name = models.CharField("单位", max_length=120, blank=True, default="")
    source_ip = models.CharField("来源地址", max_length=45, blank=True, default="")
    act = models.CharField("行为", max_length=64)
    target = models.CharField("对象", max_length=200, blank=True, default="")
    result = models.CharField("结果", max_length=16)
    body = models.TextField("记录全文")

    class Meta:
        verbose_name = "审计记录"
        indexes = [
            models.Index(fields=["act", "-id"]),
            models.Index(fields=["actor_id", "-id"]),
            models.Index(fields=["target", "-id"]),
            models.Index(fields=["-id"], condition=~models.Q(result="ok"), name="audit_not_ok"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.target}"

    @property
    def result_text(self) -> str:
        """The result in Chinese."""
        return RESULT_TEXT.get(self.result, self.result)

    @property
    def detail(self) -> dict[str, Any]:
        """What the caller added."""
        return json.loads(self.body).get("detail", {})


class Pending(models.Model):
    """A record that committed but is not in the chain yet."""

    record = models.OneToOneField(Record, models.CASCADE, primary_key=True, db_constraint=False, related_name="+")

    class Meta:
        verbose_name = "待入链"


class Link(models.Model):
    """The place of a record in the chain: 1, 2, 3 … without a gap."""

    guard = Guard.AUDIT
    append_only = True

    seq = models.BigIntegerField("链上序号", primary_key=True)
    record = models.OneToOneField(Record, models.PROTECT, db_constraint=False, related_name="link", verbose_name="审计记录")
    hash = models.BinaryField("链哈希", max_length=32)

    class Meta:
        verbose_name = "审计链"

    @property
    def hash_hex(self) -> str:
        """The hash in hex."""
        return bytes(self.hash).hex()
