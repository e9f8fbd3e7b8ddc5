"""数据交换: data sets, the platforms we exchange with, what goes out, what has come in, and how the two agree."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from zhujian.foundation.kernel.fields import EncryptedJSONField, EncryptedTextField
from zhujian.foundation.kernel.models import ScopedModel
from zhujian.foundation.resources.indexes import sort_indexes


class Dataset(models.Model):
    """One version of a data set: its fields, key, frequency and code lists. Public to read; new versions come beside old ones."""

    code = models.CharField("代码", max_length=40)
    schema_version = models.CharField("数据项版本", max_length=12)
    title = models.CharField("名称", max_length=60)
    group = models.CharField("分组", max_length=12)
    frequency = models.CharField("频次", max_length=12)
    keys = ArrayField(models.CharField(max_length=40), verbose_name="业务键")
    fields = models.JSONField("数据项")
    source = models.CharField("取自", max_length=200, blank=True, default="", help_text="资源登记或取数程序；空为由业务模块交来")
    region_field = models.CharField("地区所在数据项", max_length=40, default="regionCode")
    basis = models.CharField("依据", max_length=200)
    confidence = models.CharField("可信度", max_length=1, default="C")
    valid_from = models.DateField("施行日期")

    class Meta:
        verbose_name = "交换数据集"
        constraints = [models.UniqueConstraint(fields=["code", "schema_version"], name="dataset_version_once")]

    def __str__(self) -> str:
        return self.title


class Peer(ScopedModel):
    """A platform we push to (up) or that pushes to us (down). `region_code`: whose data travel."""

    class Direction(models.TextChoices):
        """Which way the data go."""

        UP = "up", "本平台上报"
        DOWN = "down", "本平台接收"

    class Signing(models.TextChoices):
        """How requests are signed (foundation.md §8)."""

        SM2 = "sm2", "SM2 签名"
        HMAC = "hmac", "HMAC-SM3"

    direction = models.CharField("方向", max_length=4, choices=Direction.choices)
    code = models.CharField("应用标识", max_length=40, help_text="双方约定，例如 app-420100")
    name = models.CharField("对接平台", max_length=80)
    url = models.CharField(
        "接口地址", max_length=200, blank=True, default="", help_text="上报时填写，例如 https://…/data-reporting/v1"
    )
    signing = models.CharField("签名方式", max_length=4, choices=Signing.choices, default=Signing.SM2)
    public_key = models.CharField("对方 SM2 公钥", max_length=130, blank=True, default="")
    secret = EncryptedTextField("共享密钥", blank=True, default="")
    addresses = ArrayField(models.CharField(max_length=45), default=list, blank=True, verbose_name="允许的来源地址")
    datasets = ArrayField(models.CharField(max_length=40), verbose_name="数据集")
    is_active = models.BooleanField("启用", default=True)
    daily_quota = models.PositiveIntegerField("每日接收上限（条）", null=True, blank=True, help_text="不填按参数")
    last_ok_at = models.DateTimeField("最近成功", null=True, editable=False)
    last_error = models.CharField("最近问题", max_length=300, blank=True, default="", editable=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "对接平台"
        constraints = [
            models.UniqueConstraint(
                fields=["direction", "code"], name="peer_once", violation_error_message="这个应用标识已经登记过。"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Batch(ScopedModel):
    """One push of up to a few hundred records of one data set; the same until it is answered, however often it is sent."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "待发送"
        SENDING = "sending", "发送中"
        DONE = "done", "已回执"
        FAILED = "failed", "被整批拒收"

    peer = models.ForeignKey(Peer, models.PROTECT, related_name="batches", verbose_name="对接平台")
    batch_id = models.CharField("批次号", max_length=64, unique=True)
    dataset = models.CharField("数据集", max_length=40)
    schema_version = models.CharField("数据项版本", max_length=12)
    count = models.PositiveIntegerField("记录数")
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField("发送次数", default=0)
    next_at = models.DateTimeField("下次发送", null=True)
    answered_at = models.DateTimeField("回执时间", null=True)
    accepted = models.PositiveIntegerField("接收", default=0)
    rejected = models.PositiveIntegerField("退回", default=0)
    error = models.CharField("问题", max_length=500, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "上报批次"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["next_at", "id"], condition=Q(state__in=["waiting", "sending"]), name="batch_due"),
        ]

    def __str__(self) -> str:
        return self.batch_id


class Outgoing(ScopedModel):
    """One record for one platform: waits, travels in a batch, is accepted or rejected; a rejected one is mended and sent again."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "待上报"
        BATCHED = "batched", "上报中"
        ACCEPTED = "accepted", "已接收"
        REJECTED = "rejected", "被退回"

    class Operation(models.TextChoices):
        """What happened to the thing."""

        INSERT = "I", "新增"
        UPDATE = "U", "变更"
        DELETE = "D", "删除"

    peer = models.ForeignKey(Peer, models.PROTECT, related_name="outgoing", verbose_name="对接平台")
    dataset = models.CharField("数据集", max_length=40)
    schema_version = models.CharField("数据项版本", max_length=12)
    op = models.CharField("操作", max_length=1, choices=Operation.choices)
    business_key = models.CharField("业务键", max_length=120)
    event_time = models.DateTimeField("业务发生时间")
    push_time = models.DateTimeField("首次推送时间", null=True)
    payload = models.JSONField("业务数据")
    personal = EncryptedJSONField("个人信息", default=dict)
    digest = models.CharField("摘要", max_length=64)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.WAITING)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="records", verbose_name="批次")
    seq = models.PositiveIntegerField("批内序号", null=True)
    code = models.CharField("退回原因", max_length=12, blank=True, default="")
    message = models.CharField("退回说明", max_length=500, blank=True, default="")
    receipt_at = models.DateTimeField("回执时间", null=True)
    corrections = models.PositiveSmallIntegerField("更正次数", default=0)

    class Meta(ScopedModel.Meta):
        verbose_name = "上报记录"
        constraints = [
            models.UniqueConstraint(fields=["peer", "dataset", "business_key", "event_time"], name="outgoing_once"),
        ]
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["peer", "dataset", "id"], condition=Q(state="waiting"), name="outgoing_waiting"),
            models.Index(fields=["peer", "dataset", "push_time"], name="outgoing_day"),
            models.Index(fields=["-id"], condition=Q(state="rejected"), name="outgoing_rejected"),
        ]

    def __str__(self) -> str:
        return self.business_key


class Mark(models.Model):
    """What we last put on its way of one thing, to tell a change from what is known and to notice that it is gone."""

    peer = models.ForeignKey(Peer, models.CASCADE, related_name="+")
    dataset = models.CharField(max_length=40)
    business_key = models.CharField(max_length=120)
    source_id = models.BigIntegerField(null=True)
    digest = models.CharField(max_length=64)
    event_time = models.DateTimeField()
    deleted = models.BooleanField(default=False)

    class Meta:
        verbose_name = "上报进度"
        constraints = [models.UniqueConstraint(fields=["peer", "dataset", "business_key"], name="mark_once")]
        indexes = [models.Index(fields=["peer", "dataset", "source_id"])]


class Capture(models.Model):
    """When a data set was last looked through for a platform, up to which line of the change history, and (`grown`) which id of tables that only grow."""

    peer = models.ForeignKey(Peer, models.CASCADE, related_name="+")
    dataset = models.CharField(max_length=40)
    history_id = models.BigIntegerField(default=0)
    grown = models.JSONField(default=dict)
    full_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "取数进度"
        constraints = [models.UniqueConstraint(fields=["peer", "dataset"], name="capture_once")]


class InBatch(ScopedModel):
    """One push received: its answer is kept, so that the same push gets the same answer."""

    peer = models.ForeignKey(Peer, models.PROTECT, related_name="received", verbose_name="来源平台")
    batch_id = models.CharField("批次号", max_length=64)
    dataset = models.CharField("数据集", max_length=40)
    count = models.PositiveIntegerField("记录数")
    stored = models.PositiveIntegerField("入库", default=0)
    kept = models.PositiveIntegerField("仅入历史", default=0)
    duplicates = models.PositiveIntegerField("重复", default=0)
    rejected = models.PositiveIntegerField("退回", default=0)
    body_sm3 = models.CharField("报文摘要", max_length=64)
    answer = models.JSONField("回执")

    class Meta(ScopedModel.Meta):
        verbose_name = "接收批次"
        constraints = [models.UniqueConstraint(fields=["peer", "batch_id"], name="in_batch_once")]
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["peer", "-created_at"])]

    def __str__(self) -> str:
        return self.batch_id


class Record(ScopedModel):
    """The newest state of one received thing. A deleted one stays, marked."""

    source = models.CharField("来源地区", max_length=6, db_collation="C")
    dataset = models.CharField("数据集", max_length=40)
    schema_version = models.CharField("数据项版本", max_length=12)
    business_key = models.CharField("业务键", max_length=120)
    event_time = models.DateTimeField("业务发生时间")
    op = models.CharField("最后操作", max_length=1, choices=Outgoing.Operation.choices)
    payload = models.JSONField("业务数据")
    personal = EncryptedJSONField("个人信息", default=dict)
    digest = models.CharField("摘要", max_length=64)
    deleted = models.BooleanField("已删除", default=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "接收的数据"
        constraints = [models.UniqueConstraint(fields=["source", "dataset", "business_key"], name="record_once")]
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["dataset", "-id"])]

    def __str__(self) -> str:
        return self.business_key


class RecordVersion(ScopedModel):
    """Every accepted record, applied or (being older than what was stored) only kept. Never changed."""

    append_only = True

    source = models.CharField(max_length=6, db_collation="C")
    dataset = models.CharField(max_length=40)
    business_key = models.CharField(max_length=120)
    event_time = models.DateTimeField()
    push_time = models.DateTimeField()
    op = models.CharField(max_length=1, choices=Outgoing.Operation.choices)
    payload = models.JSONField()
    personal = EncryptedJSONField(default=dict)
    digest = models.CharField(max_length=64)
    applied = models.BooleanField()
    batch = models.ForeignKey(InBatch, models.PROTECT, related_name="versions")

    class Meta(ScopedModel.Meta):
        verbose_name = "接收的数据（历史）"
        constraints = [
            models.UniqueConstraint(fields=["source", "dataset", "business_key", "event_time"], name="record_version_once")
        ]
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["source", "dataset", "push_time"])]


class Reject(ScopedModel):
    """A record that was sent back with its reason; resolved once the mended one has come."""

    source = models.CharField("来源地区", max_length=6, db_collation="C")
    dataset = models.CharField("数据集", max_length=40)
    business_key = models.CharField("业务键", max_length=120, blank=True, default="")
    event_time = models.DateTimeField("业务发生时间", null=True)
    push_time = models.DateTimeField("首次推送时间", null=True)
    seq = models.PositiveIntegerField("批内序号")
    code = models.CharField("退回原因", max_length=12)
    message = models.CharField("退回说明", max_length=500)
    field = models.CharField("数据项", max_length=60, blank=True, default="")
    batch = models.ForeignKey(InBatch, models.PROTECT, related_name="rejects", verbose_name="批次")
    resolved = models.BooleanField("已更正", default=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "退回的记录"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["source", "dataset", "business_key"], condition=Q(resolved=False), name="reject_open"),
            models.Index(fields=["source", "dataset", "push_time"], condition=Q(resolved=False), name="reject_day"),
        ]

    def __str__(self) -> str:
        return self.business_key


class Nonce(models.Model):
    """A used random number of one application: the same request is not taken twice."""

    app_id = models.CharField(max_length=40)
    nonce = models.CharField(max_length=128)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "已用随机数"
        constraints = [models.UniqueConstraint(fields=["app_id", "nonce"], name="exchange_nonce_once")]


class Reconciliation(ScopedModel):
    """One data set's figures of one day with one platform, on whichever side this is."""

    class State(models.TextChoices):
        """What came out."""

        DUE = "due", "待对账"
        BALANCED = "balanced", "已平"
        PENDING = "pending", "尚有未回执"
        DIFFERENT = "different", "不平"
        UNREACHABLE = "unreachable", "未连通"

    peer = models.ForeignKey(Peer, models.PROTECT, related_name="reconciliations", verbose_name="对接平台")
    dataset = models.CharField("数据集", max_length=40)
    day = models.DateField("日期")
    sent = models.PositiveIntegerField("上报", null=True)
    rejected = models.PositiveIntegerField("退回", null=True)
    pending = models.PositiveIntegerField("未回执", null=True)
    stored = models.PositiveIntegerField("入库", null=True)
    rejected_there = models.PositiveIntegerField("接收方退回", null=True)
    missing = models.PositiveIntegerField("接收方缺少", default=0)
    extra = models.PositiveIntegerField("接收方多出", default=0)
    different = models.PositiveIntegerField("内容不同", default=0)
    rate = models.DecimalField("上报率（%）", max_digits=5, decimal_places=2, null=True)
    samples = models.JSONField("差异样例", default=list)
    state = models.CharField("结果", max_length=12, choices=State.choices, default=State.DUE)
    checked_at = models.DateTimeField("对账时间", null=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "每日对账"
        constraints = [models.UniqueConstraint(fields=["peer", "dataset", "day"], name="reconciliation_once")]
        indexes = [*ScopedModel.Meta.indexes, *sort_indexes("reconciliation", "day")]

    def __str__(self) -> str:
        return f"{self.dataset} {self.day}"
