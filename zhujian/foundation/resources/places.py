"""Regions to choose from, as one select: the actor's own range, opened around what is chosen."""

from __future__ import annotations

from zhujian.foundation.kernel import scope
from zhujian.foundation.regions import selectors


def options(chosen: str = "") -> list[tuple[str, str]]:
    """(code, indented name): the top of the actor's range, the level below it, and the branch that leads to `chosen`.

    Firms and residents choose from all provinces.
    """
    who = scope.current()
    tops = [who.region_code] if who.kind == "official" and who.region_code else [root.code for root in selectors.roots()]
    branch = {division.code for division in selectors.ancestors(chosen)} if chosen else set()
    found: list[tuple[str, str]] = []

    def add(code: str, depth: int) -> None:
        found.append((code, "\u3000" * depth + selectors.name(code)))
        for child in selectors.children(code) if depth == 0 or code in branch else ():
            add(child.code, depth + 1)

    for top in tops:
        add(top, 0)
    return found
