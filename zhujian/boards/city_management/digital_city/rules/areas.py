"""What an outline must say before grids are measured against it (GB/T 30428.1-2013; urban-management.md §1.1)."""

from __future__ import annotations

from datetime import date

from zhujian.foundation.kernel.errors import Reason


def check(kind: str, region_code: str, basis: str, sound: bool, former: date | None, on: date) -> list[Reason]:
    """Reasons against an outline from the day `on`. `sound`: a valid, not empty face; `former`: since when the present version is true."""
    reasons = []
    if not (len(region_code) == 12 and region_code.isascii() and region_code.isdecimal()):
        reasons.append(Reason("area.region", "行政区划代码应为12位数字。", "region_code"))
    elif kind == "managed" and (region_code[6:] != "000000" or region_code[4:6] == "00"):
        reasons.append(Reason("area.county", "管理区域按区县划定，请选择区县。", "region_code"))
    elif kind == "community" and region_code[9:] == "000":
        reasons.append(Reason("area.community", "社区界线按社区（村）登记，请选择社区。", "region_code"))
    if not sound:
        reasons.append(Reason("area.boundary", "范围不是有效的面（可能自相交），请重新绘制或检查文件。", "boundary"))
    if not basis.strip():
        reasons.append(Reason("area.basis", "请写明划定范围的文件名称和文号。", "basis"))
    if former is not None and on <= former:
        reasons.append(Reason("area.date", f"启用日期应晚于现行范围的启用日期{former}。", "valid_from"))
    return reasons
