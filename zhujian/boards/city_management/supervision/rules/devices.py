"""Device identifiers of GB/T 28181: 20 digits = 8 centre code + 2 industry + 3 type + 1 network + 6 serial."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from zhujian.foundation.kernel.errors import Reason


@dataclass(frozen=True)
class Device:
    """The parts of an identifier. `county` are the six digits of the division in the centre code."""

    centre: str
    industry: str
    kind: str
    network: str
    serial: str

    @property
    def county(self) -> str:
        """Six digits of the county, city or province."""
        return self.centre[:6]


def parse(text: str) -> Device | None:
    """The identifier's parts; None when it is not 20 ASCII digits."""
    if len(text) != 20 or not (text.isascii() and text.isdigit()):
        return None
    return Device(text[:8], text[8:10], text[10:13], text[13], text[14:])


def reasons(text: str, types: Collection[str], *, region_code: str = "") -> list[Reason]:
    """What is wrong with a camera's identifier. `types` are the device types that may be registered.

    The division in it may be the county's, its city's or its province's (of the platform that enrolled the device).
    """
    device = parse(text)
    if device is None:
        return [Reason("camera.digits", "国标设备编码应为20位数字。", "device_id")]
    found = []
    if device.kind not in types:
        found.append(Reason("camera.type", f"第11～13位类型编码 {device.kind} 不是摄像前端，请核对设备编码。", "device_id"))
    if device.serial == "000000":
        found.append(Reason("camera.serial", "设备序号不能全为零，请核对设备编码。", "device_id"))
    if device.centre[:2] == "00":
        found.append(Reason("camera.centre", "前8位中心编码不对，应以行政区划代码开头。", "device_id"))
    places = {region_code[:6], region_code[:4] + "00", region_code[:2] + "0000"} if region_code else set()
    if places and device.county not in places:
        found.append(Reason("camera.region", f"编码中的行政区划 {device.county} 与所在地不符，请核对。", "device_id"))
    return found
