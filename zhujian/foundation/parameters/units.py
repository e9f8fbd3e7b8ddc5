"""Units as people read them; files write time units by their English names."""

UNITS = {
    "working_day": "个工作日", "calendar_day": "日", "working_hour": "个工作时", "hour": "小时", "month": "个月", "year": "年", "office_day": "个工作日",
    "minute": "分钟", "second": "秒", "yuan": "元", "percent": "%",
}  # fmt: skip


def unit_label(unit: str) -> str:
    """Chinese for a unit's name; other units as they are written."""
    return UNITS.get(unit, unit)
