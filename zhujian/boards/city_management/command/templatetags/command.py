"""Words for codes, and small readings of time, on the pages of the loop."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from zhujian.boards.city_management.command.models import Case, Report
from zhujian.boards.city_management.command.rules import actions
from zhujian.boards.city_management.digital_city.rules import limits
from zhujian.foundation.kernel import masking, scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters
from zhujian.foundation.regions import selectors as regions

register = template.Library()


@register.filter
def near_org(name: str) -> str:
    """A body's name without the viewer's own place before it: among the bodies of 洪山区 「城市管理执法委员会」 says enough."""
    above = [one.name for one in regions.ancestors(scope.current().region_code)]
    for number in range(len(above)):
        place = "".join(above[number:])
        if name.startswith(place) and len(name) > len(place) + 2:
            return name.removeprefix(place)
    return name


TOWN = re.compile(r"^.*?(?:街道|[镇乡])(?!路|街|道)")
STATE_TAGS = {
    "verifying": "tag-info", "to_register": "tag-info", "to_dispatch": "tag-info", "dispatched": "tag-info", "handling": "tag-info",
    "dept_confirm": "tag-info", "to_check": "tag-info", "checking": "tag-info", "to_close": "tag-info", "closed": "tag-ok",
    "void": "tag-muted", "duplicate": "tag-muted", "forced": "tag-muted",
}  # fmt: skip
STATES = dict(Case.State.choices)


@register.filter
def state_tag(case: Case) -> str:
    """CSS class of a case's state."""
    return STATE_TAGS.get(case.state, "tag-muted")


@register.filter
def state_label(code: str) -> str:
    """``to_dispatch`` → 待派遣."""
    return STATES.get(code, code)


@register.filter
def action_label(code: str) -> str:
    """What a line of the log did, in words."""
    return actions.label(code)


@register.filter
def source_label(code: str) -> str:
    """Where a report came from, in words."""
    return code_label(code, "command.source")


@register.filter
def code_label(code: str, key: str) -> str:
    """The label of a code of the list `key`."""
    return parameters.code_label(key, code) if code else ""


@register.filter
def limit_words(notation: str) -> str:
    """``4H`` → 4个工作时; the text itself when it is no notation."""
    try:
        return limits.words(notation) if notation else ""
    except Refusal:
        return notation


@register.filter
def coordinate(value: float) -> str:
    """Degrees with six decimals (about 0.1 m), without a locale's separators."""
    return f"{float(value):.6f}"


@register.filter
def percent(value: float) -> str:
    """A score from 0 to 100, or a share from 0 to 1, as per cent."""
    number = float(value or 0)
    return f"{number if number > 1 else number * 100:.0f}%"


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as people say them: 3天4小时, 2小时5分, 40分."""
    left = abs(int(seconds or 0)) // 60
    days, hours, minutes = left // 1440, left % 1440 // 60, left % 60
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{minutes}分" if minutes else f"{hours}小时"
    return f"{minutes}分"


@register.filter
def waited(moment: datetime | None) -> str:
    """How long ago, for a list: 等12分."""
    return f"等{duration((timezone.now() - moment).total_seconds())}" if moment else ""


@register.filter
def wait_light(report: Report, minutes: int) -> str:
    """Light of a report that waits: red beyond the limit, yellow in its last third."""
    used = (timezone.now() - report.received_at).total_seconds() / 60
    return "red" if used > minutes else "yellow" if used > minutes * 2 / 3 else "green"


@register.filter
def near_address(address: str) -> str:
    """An address without its divisions down to the town, for lists of one county: 关东街道紫菘路21号 → 紫菘路21号."""
    rest = TOWN.sub("", address or "", count=1)
    return rest or address or ""


@register.filter
def region_name(code: str) -> str:
    """Full name of a region; empty when unknown."""
    return regions.full_name(code) if code else ""


register.filter("mask_name", masking.mask_name)
register.filter("mask_phone", masking.mask_phone)


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """Value of a mapping under `key`, or None."""
    return mapping.get(key) if hasattr(mapping, "get") else None
