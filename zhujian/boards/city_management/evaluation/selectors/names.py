"""Names of targets (regions, grids, departments, people) and the place each of them belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from zhujian.boards.city_management.evaluation.selectors.tallies import Window
from zhujian.foundation.identity.models import Account, Organisation, Post
from zhujian.foundation.kernel.scope import region_range
from zhujian.foundation.regions import selectors as regions

POSTS = ("inspector", "acceptor", "dispatcher")
PLACES = ("county", "street", "community", "grid")
# Bodies that stand for a place. A firm is registered somewhere and works elsewhere: its result over many counties is not one county's.
TIED = (Organisation.Kind.DEPARTMENT, Organisation.Kind.INSTITUTION, Organisation.Kind.UTILITY)


def of(target: str, codes: Collection[str], where: Window | None = None) -> dict[str, str]:
    """Name of each code of a kind of target; a code nobody knows is its own name."""
    if target == "org":
        return dict(Organisation.objects.filter(code__in=list(codes)).values_list("code", "name"))
    if target in POSTS:
        keys = _accounts(codes)
        return {str(pk): name for pk, name in Account.objects.filter(pk__in=keys).values_list("pk", "name")}
    if target == "grid":
        return {code: code for code in codes}
    return {code: division.name for code in codes if (division := regions.region(code)) is not None}


def _accounts(codes: Collection[str]) -> list[int]:
    return [int(code) for code in codes if code.isdecimal() and len(code) < 19]


def homes(target: str, codes: Collection[str], where: Window) -> dict[str, str]:
    """12-digit region each target of a kind belongs to, within the window's own; the window's region for what has no narrower one.

    Places belong to themselves, public bodies to their own region, posts to that of the body in which somebody served in the period (when all
    of them lie in one region).
    """
    low, high = region_range(where.region_code)
    found: dict[str, set[str]] = defaultdict(set)
    if target in PLACES:
        for code in codes:
            found[code].add(code[:12])
    elif target == "org":
        for code, region in Organisation.objects.filter(code__in=list(codes), kind__in=TIED).values_list("code", "region_code"):
            found[code].add(region)
    elif target in POSTS:
        served = Q(valid_from__lt=where.period.end) & (Q(valid_to=None) | Q(valid_to__gte=where.period.start))
        rows = Post.objects.filter(served, account__in=_accounts(codes), organisation__kind__in=TIED)
        for account, region in rows.values_list("account", "organisation__region_code"):
            found[str(account)].add(region)
    kept = {code: next(iter(held)) for code, held in found.items() if len(held) == 1}
    return {
        code: region if low <= (region := kept.get(code, "")) < high and len(region) == 12 else where.region_code
        for code in codes
    }
