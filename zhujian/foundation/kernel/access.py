"""Access: role × resource × action, read from each module's ``access.csv``; deny by default.

``access.csv`` has the columns ``role,resource,action,note``. `action` may list several, separated by ``|``. A route names
its row with ``@access("project_management.project", "view")``; a test walks the route table and fails on a route
without one. What a role may do is decided here; which rows it may do it to is decided by row-level security.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import NotAllowed
from zhujian.foundation.kernel.registry import modules


@dataclass(frozen=True)
class Grant:
    """One row of the matrix."""

    role: str
    resource: str
    action: str
    note: str
    module: str


@cache
def grants() -> tuple[Grant, ...]:
    """Every grant of every module, one action each."""
    rows = []
    for mod in modules():
        path = mod.file("access.csv")
        if not path.exists():
            continue
        with path.open(encoding="utf-8", newline="") as stream:
            for raw in csv.DictReader(stream):
                rows += [
                    Grant(role.strip(), raw["resource"].strip(), action.strip(), raw.get("note") or "", mod.code)
                    for role in raw["role"].split("|")
                    for action in raw["action"].split("|")
                ]
    return tuple(rows)


@cache
def _index() -> dict[tuple[str, str], frozenset[str]]:
    index: dict[tuple[str, str], set[str]] = {}
    for grant in grants():
        index.setdefault((grant.resource, grant.action), set()).add(grant.role)
    return {key: frozenset(roles) for key, roles in index.items()}


def roles_for(resource: str, action: str) -> frozenset[str]:
    """Roles that may do `action` on `resource`; empty when no row names it."""
    return _index().get((resource, action), frozenset())


def allowed(resource: str, action: str, who: scope.Scope | None = None) -> bool:
    """Whether the current (or given) actor's roles may do `action` on `resource`."""
    who = who or scope.current()
    return who.is_system or bool(who.roles & roles_for(resource, action))


def require(resource: str, action: str) -> None:
    """Refuse with 403 unless `allowed`."""
    if not allowed(resource, action):
        raise NotAllowed("access.denied", "您当前的岗位没有这项权限。如工作需要，请联系本单位安全管理员授权。")


def access(resource: str, action: str) -> Callable[[Callable], Callable]:
    """Mark a view with its row in the matrix and enforce it."""

    def mark(view: Callable) -> Callable:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            require(resource, action)
            return view(request, *args, **kwargs)

        guarded.access_row = (resource, action)  # type: ignore[attr-defined]
        return guarded

    return mark
