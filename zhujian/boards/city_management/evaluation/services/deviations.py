"""What an assessor's finding must say."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from zhujian.boards.city_management.command.models import Case
from zhujian.foundation.kernel.errors import Reason


def check_deviation(values: dict[str, Any]) -> list[Reason]:
    """Reasons against a finding: a fault names its case, a missed problem its grid; nothing is found in the future."""
    reasons = []
    number, grid = values.get("case_number") or "", values.get("grid_code") or ""
    if values.get("kind") in ("misfiled", "falsified"):
        if not number:
            reasons.append(Reason("deviation.case", "请填写案件编号。", "case_number"))
        elif not Case.objects.filter(number=number).exists():
            reasons.append(Reason("deviation.case", f"没有找到案件{number}，可能编号有误或不在您的管辖范围内。", "case_number"))
    if values.get("kind") == "missed" and not (grid.isdecimal() and len(grid) == 15):
        reasons.append(Reason("deviation.grid", "漏报的问题请填写15位单元网格编码。", "grid_code"))
    if values.get("found_on") and values["found_on"] > timezone.localdate():
        reasons.append(Reason("deviation.date", "发现日期不能晚于今天。", "found_on"))
    return reasons
