"""Reports (上报): what came in, from whomever, and is never deleted; and the photos of reports and cases."""

from __future__ import annotations

import uuid

from django.contrib.gis.db import models as gis
from django.db import models
from django.db.models import Q

from zhujian.boards.city_management.command.models.cases import Case
from zhujian.foundation.documents.models import StoredFile
from zhujian.foundation.kernel.fields import EncryptedTextField
from zhujian.foundation.kernel.models import ScopedModel

KINDS = [("component", "部件"), ("event", "事件")]


class Report(ScopedModel):
    """One report of a problem. Who reported stays with the report: whoever disposes of the case never sees it."""

    class State(models.TextChoices):
        """How far the report has come."""

        WAITING = "waiting", "待受理"
        TAKEN = "taken", "受理中"
        VERIFYING = "verifying", "核实中"
        REGISTERED = "registered", "已立案"
        MERGED = "merged", "已并入"
        REFUSED = "refused", "不予受理"
        SELF_HANDLED = "self_handled", "自行处置"

    number = models.CharField("上报编号", max_length=20, unique=True, db_collation="C")
    client_key = models.UUIDField("客户端标识", unique=True, default=uuid.uuid4, editable=False)
    source = models.CharField("问题来源", max_length=16)
    reporter = models.BigIntegerField("上报人账号", null=True, editable=False)
    reporter_name = models.CharField("上报人", max_length=64, blank=True, default="")
    reporter_phone = EncryptedTextField("上报人电话", blank=True, default="", context="command.report.reporter_phone")
    phone_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    anonymous = models.BooleanField("匿名", default=False)
    kind = models.CharField("类型", max_length=9, choices=KINDS, blank=True, default="")
    class_code = models.CharField("小类代码", max_length=5, blank=True, default="", db_collation="C")
    description = models.CharField("问题描述", max_length=500)
    address = models.CharField("地址", max_length=200, blank=True, default="")
    location = gis.PointField("位置", srid=4490)
    accuracy_m = models.FloatField("定位精度（米）", null=True, blank=True)
    grid_code = models.CharField("单元网格", max_length=15, blank=True, default="", db_collation="C")
    community = models.CharField("社区", max_length=12, blank=True, default="", db_collation="C")
    component_code = models.CharField("部件标识码", max_length=18, blank=True, default="", db_collation="C")
    captured_at = models.DateTimeField("发现时间")
    received_at = models.DateTimeField("接收时间")
    urgent = models.BooleanField("紧急", default=False)
    self_handled = models.BooleanField("自行处置", default=False)
    external_no = models.CharField("外部工单号", max_length=40, blank=True, default="", db_collation="C")
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.WAITING)
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="reports", verbose_name="案件")
    previous = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="recurrences", verbose_name="前案")
    reason_code = models.CharField("不予受理原因", max_length=16, blank=True, default="")
    reason = models.CharField("说明", max_length=300, blank=True, default="")
    taken_by = models.BigIntegerField("受理员", null=True, editable=False)
    taken_by_name = models.CharField("受理员姓名", max_length=64, blank=True, default="")
    taken_at = models.DateTimeField("领取时间", null=True, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answer = models.CharField("答复内容", max_length=300, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "上报"
        indexes = [
            *ScopedModel.Meta.indexes,
            models.Index(
                fields=["county_key", "received_at", "id"], condition=Q(state__in=["waiting", "taken"]), name="report_pool"
            ),
            models.Index(fields=["reporter", "-id"], condition=Q(reporter__isnull=False), name="report_mine"),
            models.Index(fields=["phone_hash", "-id"], condition=~Q(phone_hash=""), name="report_phone"),
            models.Index(fields=["external_no"], condition=~Q(external_no=""), name="report_external"),
            # A day's reports of a county or city, and what an acceptor did today: never counted through all that ever came in.
            models.Index(fields=["county_key", "received_at"], name="report_day_county"),
            models.Index(fields=["city_key", "received_at"], name="report_day_city"),
            models.Index(fields=["taken_by", "taken_at"], condition=Q(taken_by__isnull=False), name="report_taken"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        """Subject key of its events and evidence."""
        return f"command.report:{self.pk}"


class Photo(ScopedModel):
    """A photo (or recording) of a report or a case: what it shows, when and where it was taken, and the hash of its bytes."""

    class Role(models.TextChoices):
        """What the photo is for."""

        WIDE = "wide", "全景"
        CLOSE = "close", "近景"
        BEFORE = "before", "处置前"
        AFTER = "after", "处置后"
        CHECK = "check", "核实核查"
        OTHER = "other", "其他附件"

    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="photos", verbose_name="上报")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="photos", verbose_name="案件")
    stage = models.PositiveSmallIntegerField("阶段", default=1)
    role = models.CharField("用途", max_length=6, choices=Role.choices)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    sm3 = models.CharField("SM3", max_length=64)
    captured_at = models.DateTimeField("拍摄时间", null=True)
    location = gis.PointField("拍摄位置", srid=4490, null=True)
    taken_by = models.BigIntegerField("拍摄人", null=True, editable=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "案件照片"
        constraints = [
            models.CheckConstraint(condition=Q(report__isnull=False) | Q(case__isnull=False), name="photo_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.file_id}"
