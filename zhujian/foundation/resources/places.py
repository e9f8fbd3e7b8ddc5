"""Regions to choose from, as one select: the actor's own range, opened around what is chosen."""

from __future__ import annotations

from zhujian.foundation.kernel import scope


def options(chosen: str = "", *, counties: bool = False) -> list[tuple[str, str]]:
    """(code, indented name): the top of the actor's range, the level below it, and the branch that leads to `chosen`.

    With `counties`, two levels are open from the start (for forms: every county of a province).
    """
    from zhujian.foundation.regions import selectors

    who = scope.current()
    top = who.region_code if who.kind == "official" and who.region_code else ""
    found: list[tuple[str, str]] = []
    if top:
        found.append((top, selectors.name(top)))
    prefix = scope.region_prefix(chosen) if chosen else ""

    def below(code: str, depth: int) -> None:
        for child in selectors.children(code):
            found.append((child.code, "\u3000" * depth + child.name))
            inside = prefix.startswith(scope.region_prefix(child.code))
            if (inside and child.code != chosen and depth < 4) or (inside and depth < 4) or (counties and depth == 1 and len(top) and top[4:6] == "00"):
                below(child.code, depth + 1)

    if top:
        below(top, 1)
    else:
        for root in selectors.roots():
            found.append((root.code, root.name))
            below(root.code, 1)
    return found
