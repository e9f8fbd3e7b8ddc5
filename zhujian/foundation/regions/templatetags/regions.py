"""Names of regions in templates, and the picker of a form."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BoundField

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.scope import region_prefix
from zhujian.foundation.regions import selectors

register = template.Library()


@register.filter
def region_name(code: str) -> str:
    """Name of a region code."""
    return selectors.name(code) if code else ""


@register.filter
def region_full_name(code: str) -> str:
    """Full name of a region code, from the province down."""
    return selectors.full_name(code) if code else ""


@register.simple_tag
def region_choices(field: BoundField) -> dict[str, Any]:
    """What the picker shows: ``value``, ``groups`` of (title, [(code, label)]) within the actor's range, ``root`` for the cascade.

    Every city with its counties; below the chosen county its towns, below the chosen town its villages: so that what is stored
    can be shown and chosen again without JavaScript.
    """
    value = str(field.value() or "")
    who = scope.current()
    top = who.region_code if who.kind == "official" and who.region_code else ""
    roots = [found for found in [selectors.region(top)] if found] if top else selectors.roots()
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for root in roots:
        if root.level == "province":
            groups.append((root.name, [(root.code, f"{root.name}（全省）")]))
            for city in selectors.children(root.code):
                groups.append((city.name, _branch(city, value)))
        else:
            groups.append((root.name, _branch(root, value)))
    if value and not any(code == value for _, options in groups for code, _ in options):
        groups.insert(0, ("当前所选", [(value, selectors.full_name(value))]))
    return {
        "value": value,
        "groups": groups,
        "root": roots[0].code if len(roots) == 1 else "",
        "whole": selectors.full_name(value),
    }


def _branch(division: selectors.Division, value: str) -> list[tuple[str, str]]:
    """A city, its counties, and the branch that leads to `value`, indented."""
    whole = division.name + ("（全域）" if division.level in ("city", "county") else "")
    options = [(division.code, whole)]

    def below(code: str, depth: int) -> None:
        for child in selectors.children(code):
            options.append((child.code, "　" * depth + child.name))
            if value.startswith(region_prefix(child.code)) and value:
                below(child.code, depth + 1)

    if division.level == "city" or value.startswith(region_prefix(division.code)):
        below(division.code, 1)
    return options
