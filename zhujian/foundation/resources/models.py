"""What the resource rooms themselves keep: uploaded files between their check and their import."""

from __future__ import annotations

from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhujian.foundation.kernel.models import Guard

IMPORT_STATES = [
    ("reading", "正在读取"), ("mapping", "待对照"), ("checking", "正在检查"), ("checked", "已检查"), ("importing", "正在导入"),
    ("imported", "已导入"), ("failed", "没有完成"), ("cancelled", "已取消"),
]  # fmt: skip


class ImportBatch(models.Model):
    """One uploaded table: checked, then imported or given up. Only the person who uploaded it sees it."""

    guard = Guard.PARTY

    resource = models.CharField("资源", max_length=120)
    file_name = models.CharField("文件名", max_length=200)
    content = models.BinaryField("文件内容")
    digest = models.CharField("文件杂凑值", max_length=64)
    parties = ArrayField(models.TextField(), default=list)
    created_at = models.DateTimeField("上传时间", auto_now_add=True)
    done_at = models.DateTimeField("导入时间", null=True)
    state = models.CharField("状态", max_length=10, default="checked", choices=IMPORT_STATES)
    total = models.PositiveIntegerField("总行数", default=0)
    faults = models.JSONField("问题", default=list)
    created = models.PositiveIntegerField("新增行数", default=0)
    updated = models.PositiveIntegerField("更新行数", default=0)
    skipped = models.PositiveIntegerField("未变或跳过行数", default=0)
    refused = models.PositiveIntegerField("退回行数", default=0)
    options = models.JSONField(
        "读取方式", default=dict
    )  # of files with geometry: layer, columns, fixed values, frame (sources/plans)
    outline = models.JSONField("文件概要", default=dict)  # of a large file: what the mapping page shows (sources/outline)
    preview = models.BinaryField("位置预览", null=True)  # of a large file: GeoJSON, made when it was checked
    verdict = models.CharField("没有完成的原因", max_length=300, blank=True, default="")

    class Meta:
        verbose_name = "导入批次"


class ImportJob(models.Model):
    """Background work on a large import: reading, checking or saving it (`resources.background`). Held by a lease."""

    guard = Guard.PARTY

    batch = models.OneToOneField(ImportBatch, models.CASCADE, related_name="job", verbose_name="导入批次")
    parties = ArrayField(models.TextField(), default=list)
    step = models.CharField("工作", max_length=6, choices=[("read", "读取"), ("check", "检查"), ("save", "导入")])
    options = models.JSONField("要求", default=dict)
    account = models.BigIntegerField("上传人")
    post = models.BigIntegerField("岗位", null=True)
    waiting = models.BooleanField("等待处理", default=True)
    claimed_by = models.CharField("处理程序", max_length=80, blank=True, default="")
    lease_until = models.DateTimeField("占用到", null=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    progress = models.PositiveSmallIntegerField("进度", default=0)
    stage_text = models.CharField("正在", max_length=60, blank=True, default="")
    seconds = models.FloatField("用时", null=True)
    memory_mb = models.FloatField("内存", null=True)
    asked_at = models.DateTimeField("提交时间", auto_now=True)

    class Meta:
        verbose_name = "导入任务"
        indexes = [models.Index(fields=["id"], condition=models.Q(waiting=True), name="import_job_waiting")]


class DrawnShape(models.Model):
    """An area somebody drew on a map, by which their lists can be filtered. Only they can use it."""

    guard = Guard.PARTY

    token = models.CharField("标记", max_length=24, unique=True)
    parties = ArrayField(models.TextField(), default=list)
    created_at = models.DateTimeField("绘制时间", auto_now_add=True)
    shape = GeometryField("范围", srid=4490, spatial_index=False)

    class Meta:
        verbose_name = "地图上画的范围"
        indexes = [models.Index(fields=["created_at"], name="resources_drawn_age")]


class ImportProfile(models.Model):
    """How an organisation reads files with these headings: which column is which field. Remembered from its last import."""

    guard = Guard.PARTY

    resource = models.CharField("资源", max_length=120)
    signature = models.CharField("表头", max_length=2000)
    columns = models.JSONField("对照关系", default=dict)
    frame = models.CharField("坐标系", max_length=10, blank=True, default="")
    parties = ArrayField(models.TextField(), default=list)
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        verbose_name = "导入对照方案"
        constraints = [models.UniqueConstraint(fields=["resource", "parties", "signature"], name="import_profile_once")]
