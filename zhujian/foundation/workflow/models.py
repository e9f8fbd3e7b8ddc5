"""Definitions, frozen bundles, instances with their parts, tasks, pauses, and what was done besides completing."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from zhujian.foundation.kernel.models import Guard, RegionCodeField, ScopedModel


class Definition(models.Model):
    """One version of a process (BPMN) or decision (DMN); `region_code` is empty for the provincial default."""

    class Kind(models.TextChoices):
        """What the file holds."""

        BPMN = "bpmn", "流程"
        DMN = "dmn", "决策"

    class Status(models.TextChoices):
        """Life of a version; at most one published per key and region."""

        DRAFT = "draft", "草稿"
        PUBLISHED = "published", "已发布"
        RETIRED = "retired", "已停用"

    key = models.CharField("标识", max_length=64, db_collation="C")
    kind = models.CharField("种类", max_length=4, choices=Kind.choices)
    region_code = RegionCodeField(blank=True, default="")
    number = models.PositiveIntegerField("版本")
    name = models.CharField("名称", max_length=120)
    module = models.CharField("所属模块", max_length=64, default="", blank=True)
    xml = models.TextField("定义文件")
    sha = models.CharField("摘要", max_length=64)
    calls = ArrayField(models.CharField(max_length=64), default=list, verbose_name="调用的流程")
    decisions = ArrayField(models.CharField(max_length=64), default=list, verbose_name="使用的决策")
    status = models.CharField("状态", max_length=9, choices=Status.choices, default=Status.DRAFT)
    note = models.CharField("说明", max_length=300, blank=True, default="")
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    created_by = models.BigIntegerField("创建人", null=True, editable=False)
    created_by_name = models.CharField("创建人姓名", max_length=64, default="", blank=True)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    published_by = models.BigIntegerField("发布人", null=True, editable=False)

    class Meta:
        verbose_name = "流程定义"
        constraints = [
            models.UniqueConstraint(fields=["key", "region_code", "number"], name="workflow_definition_version"),
            models.UniqueConstraint(
                fields=["key", "region_code"], condition=Q(status="published"), name="workflow_one_published"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class Bundle(models.Model):
    """A process with every process and decision it reaches, frozen together; a running instance stays on its bundle."""

    append_only = True

    key = models.CharField("标识", max_length=64, db_collation="C")
    sha = models.CharField("摘要", max_length=64, unique=True)
    definitions = ArrayField(models.BigIntegerField(), verbose_name="定义版本")
    created_at = models.DateTimeField("创建时间", auto_now_add=True)

    class Meta:
        verbose_name = "流程版本包"


class Instance(ScopedModel):
    """A running or finished process about one subject."""

    class Status(models.TextChoices):
        """Life of an instance."""

        RUNNING = "running", "办理中"
        SUSPENDED = "suspended", "已中止"
        FINISHED = "finished", "已办结"
        WITHDRAWN = "withdrawn", "已撤回"
        TERMINATED = "terminated", "已终止"

    key = models.CharField("流程", max_length=64, db_collation="C")
    bundle = models.ForeignKey(Bundle, models.PROTECT, verbose_name="流程版本")
    subject = models.CharField("办理对象", max_length=120, db_collation="C")
    title = models.CharField("事项名称", max_length=200)
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.RUNNING)
    facts = models.JSONField("事实", default=dict)
    result = models.CharField("结果", max_length=64, default="", blank=True)
    reason = models.CharField("原因", max_length=500, default="", blank=True)
    initiator_name = models.CharField("发起人", max_length=64, default="", blank=True)
    initiator_keys = ArrayField(models.TextField(), default=list, verbose_name="发起方")
    finished_at = models.DateTimeField("办结时间", null=True, blank=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "流程实例"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["subject", "-id"]),
            models.Index(
                fields=["status", "-id"], condition=Q(status__in=["running", "suspended"]), name="workflow_instance_live"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "subject"], condition=Q(status__in=["running", "suspended"]), name="workflow_instance_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Part(models.Model):
    """One called process of an instance with its own task tree and, for a step, its clock.

    Not a `ScopedModel`: its state changes with every task and would double each write in the history.
    """

    guard = Guard.REGION_OR_PARTY

    instance = models.ForeignKey(Instance, models.CASCADE, related_name="parts", verbose_name="流程实例")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children", verbose_name="上级流程")
    region_code = RegionCodeField()
    parties = ArrayField(models.TextField(), default=list, verbose_name="相关方")
    spec = models.CharField("流程", max_length=80, db_collation="C")
    path = models.CharField("路径", max_length=400, db_collation="C", default="")
    call_task = models.CharField("调用令牌", max_length=32, default="")
    number = models.IntegerField("序号", null=True)
    title = models.CharField("名称", max_length=200, default="")
    step = models.CharField("环节", max_length=32, default="", db_collation="C")
    kind = models.CharField("类型", max_length=32, default="")
    status = models.CharField("状态", max_length=10, default="running")  # running | finished | failed | cancelled
    result = models.CharField("结果", max_length=64, default="")
    state = models.JSONField("令牌")
    next_timer = models.DateTimeField("下次定时", null=True)
    started_at = models.DateTimeField("开始时间", auto_now_add=True)
    finished_at = models.DateTimeField("结束时间", null=True)
    clock_limit = models.JSONField("环节时限", null=True)  # {amount, unit, parameter, version_id}
    clock_shadow = models.JSONField("法定时限", null=True)
    clock_extra = models.PositiveIntegerField("延长", default=0)
    clock_start = models.DateTimeField("计时起点", null=True)
    due = models.DateTimeField("到期时间", null=True)
    yellow_at = models.DateTimeField("预警时间", null=True)
    shadow_due = models.DateTimeField("法定到期", null=True)
    paused_at = models.DateTimeField("暂停时间", null=True)

    class Meta:
        verbose_name = "流程分段"
        indexes = [
            GinIndex(fields=["parties"]),
            models.Index(fields=["instance", "status"]),
            models.Index(
                fields=["next_timer"], condition=Q(next_timer__isnull=False, status="running"), name="workflow_part_timer"
            ),
        ]

    @property
    def heading(self) -> str:
        """Step code and name, the code once."""
        return self.title if self.title.startswith(self.step) else f"{self.step} {self.title}"

    @property
    def nodes(self) -> tuple[str, ...]:
        """Ids of the call activities from the root down to this part."""
        return tuple(self.path.split("/")) if self.path else ()


OPEN = ("ready", "claimed")


class Task(ScopedModel):
    """A human task as people see it: who may do it, until when, and how it ended."""

    class Status(models.TextChoices):
        """Life of a task."""

        READY = "ready", "待办理"
        CLAIMED = "claimed", "办理中"
        SUSPENDED = "suspended", "已中止"
        DONE = "done", "已办结"
        RETURNED = "returned", "已退回"
        CANCELLED = "cancelled", "已取消"

    instance = models.ForeignKey(Instance, models.CASCADE, related_name="tasks", verbose_name="流程实例")
    part = models.ForeignKey(Part, models.CASCADE, related_name="tasks", verbose_name="流程分段")
    token = models.CharField("令牌", max_length=32)
    node = models.CharField("节点", max_length=120, db_collation="C")
    path = models.CharField("路径", max_length=400, default="", db_collation="C")
    number = models.IntegerField("序号", null=True)
    step = models.CharField("环节", max_length=32, default="", db_collation="C")
    title = models.CharField("任务", max_length=200)
    subject = models.CharField("办理对象", max_length=120, db_collation="C")
    subject_title = models.CharField("事项名称", max_length=200)
    process = models.CharField("流程", max_length=64, db_collation="C")
    module = models.CharField("所属模块", max_length=64, default="", db_collation="C")
    role = models.CharField("角色", max_length=32, default="")
    authority = models.CharField("职能", max_length=8, default="")
    org_code = models.CharField("承办单位代码", max_length=18, default="")
    org_id = models.BigIntegerField("承办单位", null=True)
    org_name = models.CharField("承办单位名称", max_length=120, default="")
    party_keys = ArrayField(models.TextField(), default=list, verbose_name="承办方")
    assignee = models.BigIntegerField("办理人", null=True)
    assignee_name = models.CharField("办理人姓名", max_length=64, default="")
    owner = models.BigIntegerField("委托人", null=True)
    owner_name = models.CharField("委托人姓名", max_length=64, default="")
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.READY)
    was = models.CharField("中止前状态", max_length=10, default="")
    outcomes = models.JSONField("可选结论", default=list)  # [[code, label], …]
    form = models.CharField("表单", max_length=80, default="")
    instructions = models.TextField("办理说明", default="")
    limit = models.JSONField("时限", null=True)  # {amount, unit, parameter, version_id}
    starts_clock = models.CharField("起算结论", max_length=40, default="")
    clock_start = models.DateTimeField("计时起点")
    due = models.DateTimeField("到期时间", null=True)
    yellow_at = models.DateTimeField("预警时间", null=True)
    shadow_due = models.DateTimeField("法定到期", null=True)
    paused_at = models.DateTimeField("暂停时间", null=True)
    used_seconds = models.PositiveIntegerField("用时", null=True)
    urged = models.PositiveSmallIntegerField("督办次数", default=0)
    result = models.CharField("结论", max_length=64, default="")
    result_label = models.CharField("结论名称", max_length=64, default="")
    comment = models.TextField("意见", default="", blank=True)
    completed_by = models.BigIntegerField("办结人", null=True)
    completed_by_name = models.CharField("办结人姓名", max_length=64, default="")
    completed_org = models.CharField("办结单位", max_length=120, default="")
    completed_at = models.DateTimeField("办结时间", null=True)
    has_opinions = models.BooleanField("有加签", default=False)
    asked_by = models.ForeignKey("self", models.CASCADE, null=True, related_name="opinions", verbose_name="加签自")

    class Meta(ScopedModel.Meta):
        verbose_name = "任务"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["org_id", "due", "id"], condition=Q(status__in=OPEN), name="workflow_task_org"),
            models.Index(fields=["assignee", "due", "id"], condition=Q(status__in=OPEN), name="workflow_task_mine"),
            models.Index(
                fields=["authority", "due", "id"], condition=Q(status__in=OPEN, org_id=None), name="workflow_task_authority"
            ),
            GinIndex(fields=["party_keys"], condition=Q(status__in=OPEN), name="workflow_task_party"),
            models.Index(fields=["completed_by", "-completed_at", "-id"], name="workflow_task_done"),
            models.Index(fields=["due"], condition=Q(status__in=OPEN, due__isnull=False), name="workflow_task_due"),
            models.Index(fields=["county_key", "due"], condition=Q(status__in=OPEN, paused_at=None), name="workflow_task_late"),
            models.Index(fields=["subject", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.subject_title}）"

    @property
    def is_open(self) -> bool:
        """Whether somebody can work on it now."""
        return self.status in OPEN

    @property
    def nodes(self) -> tuple[str, ...]:
        """Ids of the call activities from the root down to this task's part."""
        return tuple(self.path.split("/")) if self.path else ()

    def label(self, outcome: str) -> str | None:
        """Chinese label of `outcome`, or None when the task does not offer it."""
        return next((label for code, label in self.outcomes if code == outcome), None)


class Pause(ScopedModel):
    """A stretch of time excluded from a clock: special procedure (听证, 公示 …) or suspension. `end` None: still running."""

    instance = models.ForeignKey(Instance, models.CASCADE, related_name="pauses", verbose_name="流程实例")
    part = models.ForeignKey(Part, models.CASCADE, null=True, related_name="pauses", verbose_name="流程分段")
    task = models.ForeignKey(Task, models.CASCADE, null=True, related_name="pauses", verbose_name="任务")
    kind = models.CharField("种类", max_length=32)
    start = models.DateTimeField("开始")
    end = models.DateTimeField("结束", null=True)
    reason = models.CharField("原因", max_length=500)
    actor_name = models.CharField("登记人", max_length=64, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "时限扣除"
        constraints = [models.CheckConstraint(condition=Q(end=None) | Q(end__gte=models.F("start")), name="workflow_pause_order")]


class Act(ScopedModel):
    """What was done to an instance or task besides completing it: returned, transferred, urged, suspended …"""

    append_only = True

    instance = models.ForeignKey(Instance, models.CASCADE, related_name="acts", verbose_name="流程实例")
    part = models.ForeignKey(Part, models.CASCADE, null=True, related_name="acts", verbose_name="流程分段")
    task = models.ForeignKey(Task, models.CASCADE, null=True, related_name="acts", verbose_name="任务")
    kind = models.CharField("动作", max_length=24)
    at = models.DateTimeField("时间")
    actor_id = models.BigIntegerField("操作人", null=True)
    actor_name = models.CharField("操作人姓名", max_length=64, default="")
    org_name = models.CharField("操作单位", max_length=120, default="")
    comment = models.CharField("说明", max_length=1000, default="")
    detail = models.JSONField("详情", default=dict)

    class Meta(ScopedModel.Meta):
        verbose_name = "流程记录"
        indexes = [GinIndex(fields=["parties"]), models.Index(fields=["instance", "id"])]
