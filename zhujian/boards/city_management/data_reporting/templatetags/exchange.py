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


@register.filter
def tone(state: str) -> str:
    """Class of a reconciliation's tag."""
    return TONES.get(state, "tag-muted")


__all__ = ["code", "register", "tone"]
