"""The left menu: each module's ``menu`` entries, filtered by what the person may do.

An entry of ``module.toml`` is ``{title, url, resource, action, group, icon, order, paths}``: `url` is a route name
(``events:deliveries``) or a path beginning with ``/``; without `resource` everybody signed in sees it; `group` defaults to the
board's name; on pages below one of the `paths` it is the current line as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache

from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from zhujian.foundation.kernel import access
from zhujian.foundation.kernel.registry import Module, modules
from zhujian.foundation.kernel.scope import Scope

BOARDS = {
    "portals": "工作台", "urban_rural": "数字建设", "city_management": "数字城管", "housing": "数字住房",
    "construction": "数字建造", "foundation": "基础平台",
}  # fmt: skip
FIRST = ("工作台", "公众服务")
LAST = ("监督审计", "基础数据", "基础平台", "系统与安全", "系统运行")


@dataclass(frozen=True)
class Entry:
    """One line of the menu; `kinds` empty means every kind of person."""

    title: str
    url: str
    resource: str
    action: str
    group: str
    icon: str
    order: int
    kinds: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


@dataclass
class Item:
    """One line as shown."""

    title: str
    url: str
    icon: str
    current: bool = False


@dataclass
class Group:
    """A heading with its lines."""

    title: str
    items: list[Item] = field(default_factory=list)
    open: bool = True


@cache
def entries() -> tuple[Entry, ...]:
    """Every module's entries, portals first, then boards, then the foundation; entries whose route is absent are left out.

    Within a layer the group that has the smallest `order` comes first: what people of a board use most has the small numbers.
    """
    rank = {"portals": 0, "foundation": 2}
    ordered = sorted(modules(), key=lambda m: (rank.get(m.layer, 1), m.layer, m.order, m.code))
    placed = [(rank.get(mod.layer, 1), mod.layer, entry) for mod in ordered for entry in _of(mod)]
    found = [entry for _, _, entry in sorted(placed, key=lambda item: (*item[:2], item[2].order))]
    groups = [*FIRST, *dict.fromkeys(entry.group for entry in found if entry.group not in (*FIRST, *LAST)), *LAST]
    return tuple(sorted(found, key=lambda e: (groups.index(e.group), e.order)))


def _of(mod: Module) -> Iterator[Entry]:
    for raw in mod.menu:
        url = _address(str(raw.get("url", "")))
        if url is None:
            continue
        yield Entry(
            title=raw["title"], url=url, resource=raw.get("resource", ""), action=raw.get("action", "view"),
            group=raw.get("group") or BOARDS.get(mod.layer, mod.title), icon=raw.get("icon") or mod.icon or "document",
            order=int(raw.get("order", 100)), kinds=tuple(raw.get("kinds", ())),
            paths=tuple(raw.get("paths", ())),
        )  # fmt: skip


def _address(url: str) -> str | None:
    if url.startswith("/"):
        return url
    try:
        return reverse(url)
    except NoReverseMatch:
        return None


def menu(who: Scope, path: str) -> list[Group]:
    """The groups that `who` sees, with the line of `path` (its longest prefix) marked as current."""
    groups: dict[str, Group] = {}
    best: Item | None = None
    longest = 0
    for entry in entries():
        if entry.kinds and who.kind not in entry.kinds:
            continue
        if entry.resource and not access.allowed(entry.resource, entry.action, who):
            continue
        item = Item(entry.title, entry.url, entry.icon)
        groups.setdefault(entry.group, Group(entry.group)).items.append(item)
        for base in (entry.url.split("?")[0], *entry.paths):
            if path.startswith(base) and len(base) > longest:
                best, longest = item, len(base)
    if best:
        best.current = True
    found = list(groups.values())
    if sum(len(group.items) for group in found) > 18:
        for group in found[1:]:
            group.open = any(item.current for item in group.items)
    return found


def menu_html(who: Scope, path: str) -> SafeString:
    """The groups of `menu` as the left menu shows them; empty when there is none. Kept, since it stands on every page."""
    groups = menu(who, path)
    current = next((item.url for group in groups for item in group.items if item.current), "")
    return _rendered(who.kind, who.roles, current) if groups else SafeString("")


@lru_cache(maxsize=500)
def _rendered(kind: str, roles: frozenset[str], current: str) -> SafeString:
    groups = menu(Scope(kind=kind, roles=roles), current)
    return render_to_string("parts/menu_groups.html", {"menu": groups})
