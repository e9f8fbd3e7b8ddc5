"""Shares as people read them."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def of(part: int | float | None, whole: int | float | None) -> str:
    """``part|of:whole`` as a share in per cent with two decimals; — when there is no whole."""
    return f"{100 * part / whole:.2f}%" if whole and part is not None else "—"
