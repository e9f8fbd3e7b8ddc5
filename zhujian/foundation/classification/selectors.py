"""What other modules read: classes of a scheme, codes checked against it, and what an old class is today."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.utils import timezone

from zhujian.foundation.classification import rules
from zhujian.foundation.classification.models import ClassItem, Mapping, Scheme
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.kernel.scope import region_prefix

NEWEST = "GB30428-2013"


def scheme(on: date | None = None) -> Scheme:
    """The scheme in force on a day. LookupError when none is loaded."""
    day = on or timezone.localdate()
    found = (
        Scheme.objects.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gt=day)).order_by("-valid_from").first()
    )
    if found is None:
        raise LookupError(f"no class scheme is in force on {day}")
    return found


def items(kind: str, region_code: str = "", on: date | None = None) -> list[ClassItem]:
    """Minor classes of a kind that hold in a place: the national ones and the city's own, by code."""
    own = Q(region_code="")
    if region_code:
        own |= Q(region_code__in=[region_code[:4] + "0" * 8, region_code[:6] + "0" * 6])
    return list(ClassItem.objects.filter(own, scheme=scheme(on), kind=kind).order_by("code", "region_code"))


def item(kind: str, code: str, region_code: str = "", on: date | None = None) -> ClassItem | None:
    """One minor class by its code, a city's own before the national one; None when there is none."""
    found = [one for one in items(kind, region_code, on) if one.code == code]
    return max(found, key=lambda one: one.region_code, default=None)


def check_component(code: str, region_code: str = "", on: date | None = None) -> list[Reason]:
    """Reasons against a component code, judged by the scheme in force and the classes that hold in the place."""
    found = scheme(on)
    county = region_prefix(region_code)[:6] if region_code else ""
    known = frozenset(one.code for one in items("component", region_code, on))
    return rules.check_component(code, found.segments, known, county if len(county) == 6 else "")


def successors(old: ClassItem) -> list[Mapping]:
    """What an old class is in newer schemes; empty when no counterpart is confirmed: codes are never joined by their digits."""
    return list(Mapping.objects.filter(old=old).select_related("new").order_by("new__code"))
