"""What the resource rooms themselves keep: uploaded files between their check and their import."""

from __future__ import annotations

from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhujian.foundation.kernel.models import Guard


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
    state = models.CharField(
        "状态", max_length=10, default="checked", choices=[("mapping", "待对照"), ("checked", "已检查"), ("imported", "已导入")]
    )
    total = models.PositiveIntegerField("总行数", default=0)
    faults = models.JSONField("问题", default=list)
    created = models.PositiveIntegerField("新增行数", default=0)
    updated = models.PositiveIntegerField("更新行数", default=0)
    skipped = models.PositiveIntegerField("未变或跳过行数", default=0)
    refused = models.PositiveIntegerField("退回行数", default=0)
    options = models.JSONField(
        "读取方式", default=dict
    )  # of files with geometry: layer, columns, fixed values, frame (sources/plans)

    class Meta:
        verbose_name = "导入批次"


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
