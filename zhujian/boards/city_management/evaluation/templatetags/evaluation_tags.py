"""Charts drawn by the server as SVG: no script, no inline style, readable by a screen reader through their title and table."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 200, 40, 28, 14


@register.simple_tag
def bar(value: Any, full: Any = 100, colour: str = "") -> SafeString:
    """A small bar for a cell: `value` of `full`; nothing where there is no value."""
    if value in (None, ""):
        return SafeString("")
    part = max(Decimal(0), min(Decimal(1), Decimal(str(value)) / Decimal(str(full or 1))))
    return format_html(
        '<svg class="score-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect width="100" height="8" class="score-bar-ground"/><rect width="{}" height="8" class="score-bar-{}"/></svg>',
        f"{part * 100:.1f}", colour or "blue",
    )  # fmt: skip


@register.simple_tag
def trend_chart(points: Sequence[Any], title: str, unit: str = "") -> SafeString:
    """A line over periods; a period without a value breaks the line. Points have `period`, `value`, `link`."""
    values = [point.value for point in points if point.value is not None]
    if not values:
        return SafeString("")
    low, high = scale(values)
    step = Decimal(WIDTH - LEFT - 36) / max(1, len(points) - 1)
    spots = [
        (
            Decimal(LEFT) + step * place + 6,
            None if point.value is None else TOP + (HEIGHT - TOP - BOTTOM) * (1 - (point.value - low) / (high - low)),
            point,
        )
        for place, point in enumerate(points)
    ]
    every = max(1, -(-len(points) // 12))
    lines = format_html_join("", '<line x1="{}" x2="{}" y1="{}" y2="{}" class="trend-grid"/><text x="{}" y="{}" class="trend-axis" text-anchor="end">{}</text>', (
        (LEFT, WIDTH - 8, f"{y:.1f}", f"{y:.1f}", LEFT - 6, f"{y + 4:.1f}", f"{low + (high - low) * part:.0f}")
        for part in (Decimal(0), Decimal("0.5"), Decimal(1)) for y in (TOP + (HEIGHT - TOP - BOTTOM) * (1 - part),)
    ))  # fmt: skip
    runs = format_html_join("", '<polyline points="{}" class="trend-line"/>', ((one,) for one in _runs(spots)))
    marks = format_html_join("", '<a href="{}" aria-label="{}：{}{}"><circle cx="{}" cy="{}" r="4" class="trend-mark"><title>{}：{}{}</title></circle></a>', (
        (point.link, point.period.label, point.value, unit, f"{x:.1f}", f"{y:.1f}", point.period.label, point.value, unit) for x, y, point in spots if y is not None
    ))  # fmt: skip
    names = format_html_join("", '<text x="{}" y="{}" class="trend-axis" text-anchor="middle">{}</text>', (
        (f"{x:.1f}", HEIGHT - 8, _short(point.period.key)) for place, (x, _, point) in enumerate(spots) if (len(spots) - 1 - place) % every == 0
    ))  # fmt: skip
    return format_html(
        '<div class="trend-box"><svg class="trend" viewBox="0 0 {} {}" role="group" aria-label="{}">{}{}{}{}</svg></div>',
        WIDTH,
        HEIGHT,
        title,
        lines,
        runs,
        marks,
        names,
    )


def scale(values: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """Round ends of an axis that holds every value, never of no length."""
    low, high = min(values), max(values)
    step = Decimal(10) if high - low <= 50 else Decimal(50)
    low, high = (low // step) * step, -(-high // step) * step
    return (low, high) if high > low else (low - step if low >= step else low, high + step)


def _runs(spots: Sequence[tuple[Decimal, Decimal | None, Any]]) -> list[str]:
    """Points of each unbroken piece of the line."""
    found: list[list[str]] = [[]]
    for x, y, _ in spots:
        if y is None:
            found.append([])
        else:
            found[-1].append(f"{x:.1f},{y:.1f}")
    return [" ".join(piece) for piece in found if len(piece) > 1]


def _short(key: str) -> str:
    """A period's key on an axis: the year only where it is needed."""
    return key if len(key) <= 4 else f"{key[2:4]}-{key[5:]}"


@register.filter
def item(values: Any, key: Any) -> Any:
    """`values[key]`, or nothing."""
    try:
        return values.get(key) if hasattr(values, "get") else values[key]
    except (KeyError, IndexError, TypeError):
        return None


@register.filter
def dash(value: Any, unit: str = "") -> str:
    """A number with its unit, or 「—」 where there is none."""
    return "—" if value in (None, "") else f"{value}{unit}"
