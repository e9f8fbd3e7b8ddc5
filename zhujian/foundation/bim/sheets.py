"""The quantities as a workbook."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zhujian.foundation.bim.convert.words import label
from zhujian.foundation.bim.models import Quantity, Version
from zhujian.foundation.resources import sheets

HEADS = ["楼层", "类别", "IFC 类别", "类型", "数量", "长度（m）", "面积（㎡）", "体积（m³）", "来源"]
WIDTHS = [16, 12, 24, 36, 8, 14, 14, 14, 24]


def workbook(version: Version, rows: Sequence[Quantity], sources: Callable[[str], str]) -> bytes:
    """One sheet: storey, class, type, count, length, area, volume, source."""
    values = (
        [
            row.storey_name, label(row.ifc_class), row.ifc_class, row.type_name, row.count, row.length_m, row.area_m2, row.volume_m3, sources(row.source)
        ]
        for row in rows
    )  # fmt: skip
    return sheets.workbook(f"工程量 v{version.number}", HEADS, values, widths=WIDTHS)
