"""Filters of the exchange's pages."""

from __future__ import annotations

from django import template
from django.utils import timezone

from zhujian.foundation.parameters import selectors as parameters

register = template.Library()
TONES = {"balanced": "tag-ok", "different": "tag-error", "unreachable": "tag-warn", "pending": "tag-info", "due": "tag-muted"}


@register.filter
def code(value: str, key: str) -> str:
    """Title of a code in the code list `key`; the code itself when the list does not know it."""
    return parameters.code_label(key, value, timezone.localdate()) if value else ""


KINDS = {
    "text": "文字", "integer": "整数", "decimal": "小数", "date": "日期", "datetime": "时间", "boolean": "是否", "region": "行政区划", "geometry": "位置",
    "url": "网址", "list": "多项文字", "object": "结构化数据",
}  # fmt: skip


@register.filter
def kind(name: str) -> str:
    """A field's type in words."""
    return KINDS.get(name, name)


@register.filter
def tone(state: str) -> str:
    """Class of a reconciliation's tag."""
    return TONES.get(state, "tag-muted")


__all__ = ["code", "kind", "register", "tone"]
