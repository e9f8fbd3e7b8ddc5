"""What people sent in, how it stands for them, and what they said about the result."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models
from django.db.models import Q

from zhujian.boards.city_management.public_service.models.doors import Peer
from zhujian.foundation.kernel.fields import EncryptedTextField
from zhujian.foundation.kernel.models import ScopedModel


class Submission(ScopedModel):
    """One report of the public as the public sees it: its stage follows the events of the case; written by nobody by hand.

    `number` is the report's own number and the receipt that the reporter gets. Who reported stands with the report.
    """

    class Stage(models.TextChoices):
        """How it stands, in words for everybody."""

        RECEIVED = "received", "已收到"
        REGISTERED = "registered", "已立案"
        DISPATCHED = "dispatched", "已派遣"
        HANDLED = "handled", "已处置，待核查"
        SUSPENDED = "suspended", "暂缓办理"
        CLOSED = "closed", "已办结"
        REFUSED = "refused", "不予受理"

    number = models.CharField("受理编号", max_length=32, unique=True)
    source = models.CharField("来源", max_length=16)
    kind = models.CharField("类型", max_length=9, blank=True, default="")
    class_code = models.CharField("小类", max_length=5, blank=True, default="", db_collation="C")
    class_name = models.CharField("小类名称", max_length=60, blank=True, default="")
    description = models.TextField("描述", blank=True, default="")
    address = models.CharField("地址", max_length=200, blank=True, default="")
    address_id = models.CharField("地址编号", max_length=40, blank=True, default="")
    location = gis.PointField("位置", srid=4490)
    received_at = models.DateTimeField("上报时间")
    stage = models.CharField("进度", max_length=10, choices=Stage.choices, default=Stage.RECEIVED)
    changed_at = models.DateTimeField("更新时间")
    case_no = models.CharField("案件编号", max_length=24, blank=True, default="", db_index=True)
    merged = models.BooleanField("与他人上报合并", default=False)
    unit = models.CharField("承办单位", max_length=120, blank=True, default="")
    expected_at = models.DateTimeField("预计办结", null=True, blank=True)
    reason = models.CharField("说明", max_length=300, blank=True, default="")
    shown = models.BooleanField("公开展示", default=True)  # nearby and Open311; hotline orders are not
    phone_hash = models.CharField("手机摘要", max_length=64, blank=True, default="", db_index=True)
    code_hash = models.CharField("查询码摘要", max_length=64, blank=True, default="")
    follow_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="follow_ups", verbose_name="复办自")
    # What Open311 clients say besides.
    peer = models.ForeignKey(Peer, models.PROTECT, null=True, blank=True, verbose_name="接入方")
    token = models.CharField("令牌", max_length=32, blank=True, default="", db_index=True)
    account_ref = models.CharField("对方账号", max_length=64, blank=True, default="")
    device_id = models.CharField("设备", max_length=64, blank=True, default="")
    email = EncryptedTextField("邮箱", blank=True, default="", context="public_service.submission.email")
    media_url = models.CharField("媒体地址", max_length=500, blank=True, default="")
    attributes = models.JSONField("属性", default=dict, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "公众上报"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["-received_at", "-id"], condition=Q(shown=True), name="public_submission_time"),
        ]

    def __str__(self) -> str:
        return self.number


class ServiceAttribute(models.Model):
    """A further question of a service (Open311 service definition): for a class, or for all whose code begins like it."""

    kind = models.CharField("类型", max_length=9, choices=[("component", "部件"), ("event", "事件")])
    class_code = models.CharField(
        "小类或大类代码", max_length=5, blank=True, default="", db_collation="C", help_text="不填为全部；2位为大类"
    )
    code = models.SlugField("代号", max_length=32)
    datatype = models.CharField(
        "填写方式", max_length=16,
        choices=[("string", "一行文字"), ("number", "数字"), ("datetime", "日期时间"), ("text", "多行文字"), ("singlevaluelist", "单选"),
                 ("multivaluelist", "多选")],
    )  # fmt: skip
    required = models.BooleanField("必填", default=False)
    variable = models.BooleanField("需要填写", default=True, help_text="不勾选时只向填写人显示说明")
    order = models.PositiveSmallIntegerField("次序", default=1)
    description = models.CharField("问题", max_length=200)
    hint = models.CharField("填写说明", max_length=200, blank=True, default="")
    options = models.JSONField("选项", default=list, blank=True, help_text='例如 [["big", "影响通行"], ["small", "不影响通行"]]')

    class Meta:
        verbose_name = "上报属性"
        constraints = [models.UniqueConstraint(fields=["kind", "class_code", "code"], name="public_attribute_once")]
        indexes = [models.Index(fields=["kind", "class_code", "order"])]

    def __str__(self) -> str:
        return self.description


class CallBack(ScopedModel):
    """One reporter asked about one closed case. The answer is given once: by link, in a text, or to an official by phone."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "待回访"
        ANSWERED = "answered", "已评价"
        UNREACHED = "unreached", "未接通"
        EXPIRED = "expired", "逾期未评价"

    class Channel(models.TextChoices):
        """How the answer came."""

        LINK = "link", "网页"
        SMS = "sms", "短信回复"
        DESK = "desk", "电话回访"

    submission = models.OneToOneField(Submission, models.PROTECT, related_name="call_back", verbose_name="上报")
    case_no = models.CharField("案件编号", max_length=24, db_index=True)
    class_code = models.CharField("小类", max_length=5, blank=True, default="", db_collation="C")
    class_name = models.CharField("小类名称", max_length=60, blank=True, default="")
    unit = models.CharField("承办单位", max_length=120, blank=True, default="")
    asked_at = models.DateTimeField("发起时间")
    due_at = models.DateTimeField("截止时间")
    state = models.CharField("状态", max_length=9, choices=State.choices, default=State.WAITING)
    channel = models.CharField("方式", max_length=4, choices=Channel.choices, blank=True, default="")
    attempts = models.PositiveSmallIntegerField("已拨打次数", default=0)
    next_at = models.DateTimeField("下次拨打", null=True, blank=True)
    level = models.PositiveSmallIntegerField("满意程度", null=True, blank=True)
    solved = models.BooleanField("是否解决", null=True, blank=True)
    note = models.CharField("意见", max_length=500, blank=True, default="")
    answered_at = models.DateTimeField("评价时间", null=True, blank=True)
    answered_by = models.CharField("回访人", max_length=64, blank=True, default="")
    token_hash = models.CharField("链接摘要", max_length=64, unique=True)
    follow_up = models.ForeignKey(Submission, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复办上报")

    class Meta(ScopedModel.Meta):
        verbose_name = "回访"
        constraints = [
            models.CheckConstraint(condition=Q(level=None) | Q(level__gte=1, level__lte=5), name="call_back_level"),
            models.CheckConstraint(condition=~Q(state="answered") | Q(level__isnull=False), name="call_back_answered"),
        ]
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="call_back_waiting"),
            models.Index(fields=["asked_at"], name="call_back_asked"),
        ]

    def __str__(self) -> str:
        return self.case_no


__all__ = ["CallBack", "ServiceAttribute", "Submission"]
