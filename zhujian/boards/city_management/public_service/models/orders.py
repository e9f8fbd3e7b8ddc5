"""Work orders of the hotlines, how they are divided, and the states told back."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from zhujian.boards.city_management.public_service.models.doors import Peer
from zhujian.boards.city_management.public_service.models.submissions import Submission
from zhujian.boards.city_management.public_service.rules.orders import STATUS_WORDS, WORDS
from zhujian.foundation.kernel.fields import EncryptedTextField
from zhujian.foundation.kernel.models import Guard, ScopedModel
from zhujian.foundation.resources.indexes import sort_indexes


class TransferRule(models.Model):
    """What becomes of orders of a class: a case, an answer of a unit, or back to the hotline. The same for all to read."""

    class Action(models.TextChoices):
        """What happens."""

        CASE = "case", "转为案件"
        ANSWER = "answer", "直接答复"
        RETURN = "return", "非本部门职责，退回"

    source = models.CharField("热线", max_length=16, blank=True, default="", help_text="不填为全部热线")
    prefix = models.CharField("热线分类代码", max_length=24, blank=True, default="", help_text="以此开头的都适用；不填为全部")
    words = ArrayField(
        models.CharField(max_length=20), default=list, blank=True, verbose_name="关键词", help_text="内容含其中之一才适用"
    )
    action = models.CharField("处理方式", max_length=6, choices=Action.choices)
    kind = models.CharField("类型", max_length=9, choices=[("component", "部件"), ("event", "事件")], blank=True, default="")
    class_code = models.CharField("小类代码", max_length=5, blank=True, default="", db_collation="C")
    unit = models.CharField("承办单位", max_length=120, blank=True, default="")
    area = models.CharField(
        "适用区域", max_length=12, blank=True, default="", db_collation="C", help_text="12位行政区划代码；不填为全省"
    )
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("废止日期", null=True, blank=True)
    basis = models.CharField("依据", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "转办规则"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="transfer_rule_dates",
                violation_error_message="废止日期应晚于施行日期。",
            ),
            models.CheckConstraint(
                condition=~Q(action="case") | ~Q(class_code="") & ~Q(kind=""), name="transfer_rule_class",
                violation_error_message="转为案件的规则要写明类型和小类代码。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.source or '各热线'} {self.prefix or '全部'}"


class WorkOrder(ScopedModel):
    """A work order as the hotline sent it, and what became of it. The same order number of a hotline is one order."""

    guard = Guard.REGION_OR_PARTY

    class Secrecy(models.TextChoices):
        """What the caller asked for."""

        NONE = "", "不保密"
        ANONYMOUS = "anonymous", "匿名"
        CONFIDENTIAL = "confidential", "保密"

    order_no = models.CharField("工单号", max_length=64)
    source = models.CharField("热线", max_length=16)
    peer = models.ForeignKey(Peer, models.PROTECT, null=True, blank=True, verbose_name="接入方")
    kind = models.CharField("诉求类型", max_length=12)
    ext_class = models.CharField("热线分类代码", max_length=24, blank=True, default="")
    ext_class_name = models.CharField("热线分类", max_length=80, blank=True, default="")
    title = models.CharField("标题", max_length=120, blank=True, default="", help_text="不填时取内容开头")
    content = models.TextField("内容")
    address = models.CharField("地址", max_length=200, blank=True, default="")
    location = gis.PointField("位置", srid=4490, null=True, blank=True)
    caller_name = EncryptedTextField("诉求人", blank=True, default="", context="public_service.work_order.caller_name")
    caller_phone = EncryptedTextField("联系电话", blank=True, default="", context="public_service.work_order.caller_phone")
    phone_hash = models.CharField("电话摘要", max_length=64, blank=True, default="", db_index=True)
    secrecy = models.CharField("保密要求", max_length=12, choices=Secrecy.choices, blank=True, default=Secrecy.NONE)
    called_at = models.DateTimeField("来电时间", blank=True)
    received_at = models.DateTimeField("收到时间")
    state = models.CharField("状态", max_length=10, choices=list(WORDS.items()), default="registered")
    due_at = models.DateTimeField("答复期限")
    limit_text = models.CharField("时限", max_length=20)
    return_by = models.DateTimeField("退回期限")
    calendar_version = models.CharField("日历版本", max_length=12, blank=True, default="")
    parameter_version = models.BigIntegerField("时限参数版本", null=True, editable=False)
    rule_id = models.BigIntegerField("适用规则", null=True, blank=True, editable=False)
    unit = models.CharField("承办单位", max_length=120, blank=True, default="")
    submission = models.OneToOneField(
        Submission, models.PROTECT, null=True, blank=True, related_name="order", verbose_name="上报"
    )
    case_no = models.CharField("案件编号", max_length=24, blank=True, default="", db_index=True)
    reply = models.TextField("答复内容", blank=True, default="")
    replied_at = models.DateTimeField("答复时间", null=True, blank=True)
    return_reason = models.CharField("退回原因", max_length=300, blank=True, default="")
    returned_at = models.DateTimeField("退回时间", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "热线工单"
        constraints = [models.UniqueConstraint(fields=["source", "order_no"], name="work_order_once")]
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["due_at"], condition=Q(state__in=["registered", "answering", "case"]), name="work_order_due"),
            *sort_indexes("hotline_order", "due_at"),
        ]

    def __str__(self) -> str:
        return self.order_no


class StatusPush(ScopedModel):
    """One state of an order on its way to the hotline, each once and in order, with the receipt that came back."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "待推送"
        DONE = "done", "已送达"
        REJECTED = "rejected", "对方拒收"
        DEAD = "dead", "多次失败"

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="pushes", verbose_name="工单")
    status = models.CharField("状态", max_length=10, choices=list(STATUS_WORDS.items()))
    payload = models.JSONField("内容")
    state = models.CharField("推送", max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    next_at = models.DateTimeField("下次推送")
    receipt = models.CharField("回执号", max_length=80, blank=True, default="")
    error = models.CharField("失败原因", max_length=200, blank=True, default="")
    done_at = models.DateTimeField("送达时间", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "状态推送"
        constraints = [models.UniqueConstraint(fields=["order", "status"], name="status_push_once")]
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["next_at", "id"], condition=Q(state="waiting"), name="status_push_due"),
        ]

    def __str__(self) -> str:
        return self.get_status_display()


__all__ = ["StatusPush", "TransferRule", "WorkOrder"]
