"""行业应用 and 运行监测: what other modules do not hold yet and a city brings by import or by hand (urban-management.md §3.2, §3.4)."""

from __future__ import annotations

from django.contrib.gis.db import models as gis
from django.db import models
from django.db.models import Q

from zhujian.foundation.kernel.models import ScopedModel


class IndustryObject(ScopedModel):
    """One facility, vehicle, post, permit, inspection or penalty of a trade (市政公用、市容环卫、园林绿化、城管执法)."""

    trade = models.CharField("行业", max_length=12)
    kind = models.CharField("对象", max_length=12)
    code = models.CharField("编号", max_length=40, help_text="设施、车牌、许可、检查或处罚文书的编号；人员填工号")
    name = models.CharField("名称", max_length=120, help_text="人员填岗位名称，不填姓名")
    org_name = models.CharField("责任单位", max_length=120, blank=True, default="")
    state = models.CharField("状态", max_length=20, blank=True, default="", help_text="例如 在用、停用、有效、已结案")
    dated = models.DateField("日期", null=True, blank=True, help_text="建成、登记、发证、检查或处罚的日期")
    valid_to = models.DateField("有效期至", null=True, blank=True, help_text="许可和证照填写")
    quantity = models.DecimalField("数量", max_digits=16, decimal_places=2, null=True, blank=True)
    unit = models.CharField("计量单位", max_length=12, blank=True, default="")
    address = models.CharField("地点", max_length=200, blank=True, default="")
    location = gis.PointField("位置", srid=4490, null=True, blank=True)
    note = models.CharField("备注", max_length=400, blank=True, default="")

    class Meta(ScopedModel.Meta):
        verbose_name = "行业对象"
        constraints = [
            models.UniqueConstraint(
                fields=["trade", "kind", "code"], name="industry_object_once", violation_error_message="这个行业的这类对象已登记过同一编号。"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(dated=None) | Q(valid_to__gte=models.F("dated")), name="industry_object_dates",
                violation_error_message="有效期至不能早于日期。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class MonitoringDevice(ScopedModel):
    """A device that watches something (§3.4): what, where, in which unit, and from which value which alarm."""

    code = models.CharField(
        "设备编码", max_length=24, unique=True, db_collation="C", help_text="18位：县6+大类2+小类2+类型2+顺序号6"
    )
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类型", max_length=20)
    unit = models.CharField("单位", max_length=12, help_text="例如 m、%LEL、kPa")
    direction = models.CharField("报警方向", max_length=5, default="above")
    blue = models.DecimalField("蓝色阈值", max_digits=14, decimal_places=4, null=True, blank=True)
    yellow = models.DecimalField("黄色阈值", max_digits=14, decimal_places=4, null=True, blank=True)
    orange = models.DecimalField("橙色阈值", max_digits=14, decimal_places=4, null=True, blank=True)
    red = models.DecimalField("红色阈值", max_digits=14, decimal_places=4, null=True, blank=True)
    interval_minutes = models.PositiveSmallIntegerField("上报周期（分钟）", null=True, blank=True)
    owner_name = models.CharField("权属单位", max_length=120, blank=True, default="")
    address = models.CharField("地点", max_length=200, blank=True, default="")
    location = gis.PointField("位置", srid=4490, null=True, blank=True)
    active = models.BooleanField("在用", default=True)

    class Meta(ScopedModel.Meta):
        verbose_name = "监测设备"

    def __str__(self) -> str:
        return self.code


class Reading(ScopedModel):
    """One value of a device at one moment, with the threshold it was judged by. Never changed: a wrong value is followed by the next one."""

    append_only = True

    device = models.ForeignKey(MonitoringDevice, models.PROTECT, related_name="readings", verbose_name="设备")
    at = models.DateTimeField("时间")
    value = models.DecimalField("数值", max_digits=14, decimal_places=4)
    threshold = models.DecimalField("阈值", max_digits=14, decimal_places=4, null=True, editable=False)
    alarm = models.CharField("预警级别", max_length=8, blank=True, default="", editable=False)

    class Meta(ScopedModel.Meta):
        verbose_name = "监测数据"
        constraints = [
            models.UniqueConstraint(
                fields=["device", "at"],
                name="device_reading_once",
                violation_error_message="这台设备在这个时间的数据已经登记过。",
            )
        ]
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["-id"], condition=~Q(alarm=""), name="device_reading_alarm")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.at:%Y-%m-%d %H:%M}"


__all__ = ["IndustryObject", "MonitoringDevice", "Reading"]
