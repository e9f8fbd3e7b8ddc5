"""Declarations: 行业应用 and 运行监测, filled by import, by hand or through the API."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils import timezone

from zhujian.boards.city_management.data_reporting.models import IndustryObject, MonitoringDevice, Reading
from zhujian.boards.city_management.data_reporting.rules import monitoring
from zhujian.boards.city_management.data_reporting.services import capture, schemas
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.resources import Catalogue, Group, Layer, Resource, Share, Update

BASIS = "CJ/T 545-2021"
ALARM_TAGS = {"red": "error", "orange": "warn", "yellow": "warn", "blue": "info"}


class IndustryObjectResource(Resource):
    """行业应用台账. What no module of this platform keeps yet; what one keeps (roads, bridges …) is taken from its own register."""

    model = IndustryObject
    columns = ("name", "trade", "kind", "code", "org_name", "state", "dated", "valid_to", "region_code")
    search = ("code", "name", "org_name")
    filters = ("trade", "kind", "state", "dated", "valid_to", "region_code")
    groups = (
        Group("对象", "trade", "kind", "code", "name", "org_name", "region_code", "address", "location"),
        Group("情况", "state", "dated", "valid_to", "quantity", "unit", "note"),
    )
    code_lists = {"trade": "data_reporting.trade", "kind": "data_reporting.object_kind"}
    natural_key = ("trade", "kind", "code")
    on_duplicate = "update"
    layer = Layer("location", min_zoom=12, colour_by="trade")
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市运行管理服务需要", update=Update.DAILY, basis=BASIS)
    examples = {"trade": "市容环卫", "kind": "车辆", "code": "鄂A12345D", "name": "洗扫车", "state": "在用"}
    empty = "先从环卫、园林、执法等系统导出台账，再点“导入”；下载模板可看每一列怎么填。导入后自动随“行业应用”上报。"


class MonitoringDeviceResource(Resource):
    """监测设备. Codes, places and thresholds of what watches the city's lifelines."""

    model = MonitoringDevice
    columns = ("name", "code", "kind", "unit", "red", "active", "owner_name", "region_code")
    search = ("code", "name", "address")
    filters = ("kind", "active", "region_code")
    groups = (
        Group("设备", "code", "name", "kind", "region_code", "address", "location", "owner_name", "interval_minutes", "active"),
        Group("阈值", "unit", "direction", "blue", "yellow", "orange", "red"),
    )
    code_lists = {"kind": "data_reporting.monitor_kind", "direction": "data_reporting.alarm_direction"}
    natural_key = ("code",)
    on_duplicate = "update"
    layer = Layer("location", min_zoom=12, colour_by="kind")
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市运行安全和应急需要", update=Update.IRREGULAR, basis=BASIS)
    examples = {"code": "420111010201000001", "name": "珞喻路下穿通道水位", "kind": "排水防涝", "unit": "m", "red": "0.27"}
    empty = "先登记或导入设备和阈值，再导入监测数据；达到阈值的数据自动标出预警级别并立即上报。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """The code fits its county, thresholds grow with their level."""
        code, region = values.get("code") or "", values.get("region_code") or getattr(record, "region_code", "")
        found = monitoring.code_reasons(code, schemas.number("device_digits", region), region) if code else []
        limits = {level: values.get(level) for level in monitoring.LEVELS}
        return [*found, *monitoring.threshold_reasons(limits, values.get("direction") or monitoring.ABOVE)]


class ReadingResource(Resource):
    """监测数据. Values as they came; the level of an alarm follows from the device's thresholds at that time."""

    model = Reading
    label = "at"
    columns = ("at", "device", "value", "alarm", "threshold", "region_code")
    filters = ("device", "alarm", "at", "region_code")
    groups = (Group("数据", "device", "at", "value", "alarm", "threshold", "region_code"),)
    form = ("device", "at", "value")
    code_lists = {"alarm": "data_reporting.alarm"}
    tags = {"alarm": ALARM_TAGS}
    natural_key = ("device", "at")
    on_duplicate = "skip"
    catalogue = Catalogue(share=Share.CONDITIONAL, condition="城市运行安全和应急需要", update=Update.REALTIME, basis=BASIS)
    empty = "先登记监测设备，再从监测系统导出数据，按“设备、时间、数值”三列导入，或由监测系统通过接口写入。"

    def check(self, values: dict[str, Any], record: Model | None) -> list[Reason]:
        """What has not happened yet cannot have been measured."""
        at = values.get("at")
        if at is not None and at > timezone.now() + timedelta(seconds=schemas.number("ahead")):
            return [Reason("reading.future", "数据时间晚于当前时间，请核对设备时钟。", "at")]
        return []

    def complete(self, record: Model) -> None:
        """The device's place, and the alarm by its thresholds."""
        assert isinstance(record, Reading)
        device = MonitoringDevice.objects.filter(pk=record.device_id).first()
        if device is None:  # said of the field itself
            return
        limits: dict[str, Decimal | None] = {level: getattr(device, level) for level in monitoring.LEVELS}
        record.region_code, record.parties = device.region_code, list(device.parties)
        record.alarm, record.threshold = monitoring.judge(record.value, limits, device.direction)

    def stored(self, records: list[Model]) -> None:
        """An alarm goes out at once; the others with the next look."""
        if ids := [one.pk for one in records if one.alarm]:  # type: ignore[attr-defined]
            capture.do_put_things("monitoring", ids)
