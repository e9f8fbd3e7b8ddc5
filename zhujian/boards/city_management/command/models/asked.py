"""What is asked for and decided about a case: extension, suspension, supervision, appeal, merging."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from zhujian.boards.city_management.command.models.cases import Case
from zhujian.boards.city_management.command.models.reports import Report
from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel.models import ScopedModel


class Asked(ScopedModel):
    """Something asked for about a case by a person of a body, and decided by others."""

    asked_at = models.DateTimeField("申请时间")
    asked_by = models.BigIntegerField("申请人", null=True)
    asked_by_name = models.CharField("申请人姓名", max_length=64, blank=True, default="")
    asked_org = models.CharField("申请单位", max_length=120, blank=True, default="")
    reason = models.CharField("理由", max_length=500)
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_by = models.BigIntegerField("决定人", null=True)
    decided_by_name = models.CharField("决定人姓名", max_length=64, blank=True, default="")
    opinion = models.CharField("决定意见", max_length=500, blank=True, default="")

    class Meta:
        abstract = True


class Extension(Asked):
    """延期: asked for before the deadline, agreed by the department, then by the centre; refusals do not count."""

    class State(models.TextChoices):
        """Whose word is awaited."""

        DEPARTMENT = "department", "待部门审核"
        CENTRE = "centre", "待中心审批"
        APPROVED = "approved", "已同意"
        REFUSED = "refused", "未同意"
        LAPSED = "lapsed", "已失效"

    case = models.ForeignKey(Case, models.PROTECT, related_name="extension_requests", verbose_name="案件")
    amount = models.PositiveSmallIntegerField("延长量")  # in the unit of the case's limit
    state = models.CharField("状态", max_length=10, choices=State.choices)
    department_by = models.BigIntegerField("部门审核人", null=True)
    department_by_name = models.CharField("部门审核人姓名", max_length=64, blank=True, default="")
    department_at = models.DateTimeField("部门审核时间", null=True)
    form = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+", verbose_name="盖章申请表")
    due_before = models.DateTimeField("原截止", null=True)
    due_after = models.DateTimeField("延长后截止", null=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "延期申请"
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state__in=["department", "centre"]), name="extension_one_open")
        ]
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["county_key", "state", "id"])]


class Suspension(Asked):
    """挂账: work is impossible now; with a plan and a date, once per case, listed in the open."""

    class State(models.TextChoices):
        """Life of a suspension."""

        ASKED = "asked", "待审批"
        RUNNING = "running", "挂账中"
        ENDED = "ended", "已恢复"
        REFUSED = "refused", "未同意"
        LAPSED = "lapsed", "已失效"

    case = models.ForeignKey(Case, models.PROTECT, related_name="suspensions", verbose_name="案件")
    plan = models.CharField("处置计划", max_length=500)
    until = models.DateField("计划完成日期")
    state = models.CharField("状态", max_length=8, choices=State.choices)
    started_at = models.DateTimeField("挂账时间", null=True)
    ended_at = models.DateTimeField("恢复时间", null=True)
    ended_how = models.CharField("恢复方式", max_length=8, blank=True, default="")  # auto | person

    class Meta(ScopedModel.Meta):
        verbose_name = "挂账"
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state__in=["asked", "running", "ended"]), name="suspension_once")
        ]
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["county_key", "state", "id"])]


class Supervision(ScopedModel):
    """督办: somebody above asks what is being done, with a limit for the reply; the case goes its way."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="supervisions", verbose_name="案件")
    level = models.CharField("级别", max_length=1, choices=[("1", "一般督办"), ("2", "重点督办"), ("3", "领导督办")])
    trigger = models.CharField("起因", max_length=10, default="person")  # person | overdue | rework | media | repeated
    text = models.CharField("督办要求", max_length=500)
    at = models.DateTimeField("督办时间")
    by = models.BigIntegerField("督办人", null=True)
    by_name = models.CharField("督办人姓名", max_length=64, blank=True, default="")
    to_org = models.CharField("被督办单位", max_length=18, blank=True, default="", db_collation="C")
    due = models.DateTimeField("回复时限", null=True)
    replied_at = models.DateTimeField("回复时间", null=True)
    replied_by_name = models.CharField("回复人", max_length=64, blank=True, default="")
    reply = models.CharField("回复", max_length=500, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "督办"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(fields=["to_org", "due"], condition=Q(replied_at=None), name="supervision_open"),
        ]


class Appeal(Asked):
    """申诉: after closing a department contests a mark; two reviewers must agree. The facts of the case stay as they are."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="appeals", verbose_name="案件")
    about = models.CharField("申诉事项", max_length=8, choices=[("overdue", "超期"), ("rework", "返工"), ("dispatch", "派遣")])
    state = models.CharField(
        "状态", max_length=8, default="open", choices=[("open", "复核中"), ("upheld", "成立"), ("rejected", "不成立")]
    )
    first_by = models.BigIntegerField("第一复核人", null=True)
    first_by_name = models.CharField("第一复核人姓名", max_length=64, blank=True, default="")
    first_at = models.DateTimeField("第一复核时间", null=True)
    first_opinion = models.CharField("第一复核意见", max_length=500, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "申诉"
        constraints = [models.UniqueConstraint(fields=["case"], name="appeal_once")]


class DuplicateProposal(ScopedModel):
    """A report that may be about an open case; a person decides."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="proposals", verbose_name="上报")
    case = models.ForeignKey(Case, models.PROTECT, related_name="proposals", verbose_name="疑似重复的案件")
    distance_m = models.FloatField("距离（米）")
    score = models.PositiveSmallIntegerField("相似度")
    decision = models.CharField(
        "决定", max_length=6, blank=True, default="", choices=[("merge", "并入"), ("apart", "不是同一问题")]
    )
    decided_by = models.BigIntegerField("决定人", null=True)
    decided_at = models.DateTimeField("决定时间", null=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "重复案件建议"
        constraints = [models.UniqueConstraint(fields=["report", "case"], name="duplicate_once")]
