"""Names of targets: regions, grids, departments, people."""

from __future__ import annotations

from collections.abc import Collection

from zhujian.boards.city_management.evaluation.selectors.tallies import Window
from zhujian.foundation.identity.models import Account, Organisation
from zhujian.foundation.regions import selectors as regions


def of(target: str, codes: Collection[str], where: Window | None = None) -> dict[str, str]:
    """Name of each code of a kind of target; a code nobody knows is its own name."""
    if target == "org":
        return dict(Organisation.objects.filter(code__in=list(codes)).values_list("code", "name"))
    if target in ("inspector", "acceptor", "dispatcher"):
        keys = [int(code) for code in codes if code.isdecimal() and len(code) < 19]
        return {str(pk): name for pk, name in Account.objects.filter(pk__in=keys).values_list("pk", "name")}
    if target == "grid":
        return {code: code for code in codes}
    return {code: division.name for code in codes if (division := regions.region(code)) is not None}
