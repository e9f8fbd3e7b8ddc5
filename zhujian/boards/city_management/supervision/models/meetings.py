"""Consultation (on-line meetings) and the register of cameras; the pictures themselves come from others' systems."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.db import models

from zhujian.foundation.kernel.models import ScopedModel


class Consultation(ScopedModel):
    """A consultation: who, when, about what, with which papers, and what came of it."""

    class State(models.TextChoices):
        """Where it stands."""

        PLANNED = "planned", "待召开"
        HELD = "held", "已召开"
        CANCELLED = "cancelled", "已取消"

    number = models.CharField("编号", max_length=40, unique=True)
    title = models.CharField("议题", max_length=120)
    agenda = models.TextField("议程", max_length=4000)
    starts_at = models.DateTimeField("开始时间")
    minutes_planned = models.PositiveSmallIntegerField("预计时长（分钟）", default=60)
    host_code = models.CharField("召集单位代码", max_length=18)
    host_name = models.CharField("召集单位", max_length=120)
    participants = ArrayField(models.CharField(max_length=18), verbose_name="参加单位")
    files = ArrayField(models.BigIntegerField(), default=list, verbose_name="会议材料")
    room = models.CharField("视频会议地址", max_length=300, blank=True, default="")
    state = models.CharField("状态", max_length=9, choices=State.choices, default=State.PLANNED)
    present = models.TextField("到会人员", blank=True, default="")
    minutes = models.TextField("会商纪要", max_length=8000, blank=True, default="")
    subject = models.CharField("相关事项", max_length=96, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "在线会商"

    def __str__(self) -> str:
        return self.title


class Camera(ScopedModel):
    """A camera by its GB/T 28181 identifier."""

    class Status(models.TextChoices):
        """As last heard."""

        ONLINE = "online", "在线"
        OFFLINE = "offline", "离线"
        UNKNOWN = "unknown", "未知"

    device_id = models.CharField("国标设备编码", max_length=20, unique=True, db_collation="C", help_text="GB/T 28181，20位数字")
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类型", max_length=5, default="132")
    location = gis.PointField("位置", srid=4490)
    address = models.CharField("安装地点", max_length=200, blank=True, default="")
    owner = models.CharField("所属单位", max_length=120, blank=True, default="")
    grid_code = models.CharField("单元网格", max_length=15, blank=True, default="", editable=False)
    status = models.CharField("状态", max_length=7, choices=Status.choices, default=Status.UNKNOWN)

    class Meta(ScopedModel.Meta):
        verbose_name = "摄像机"

    def __str__(self) -> str:
        return self.name
