"""What other modules read: classes of a scheme, codes checked against it, and what an old class is today.

Schemes and classes are kept in memory (see `kernel.memory`); the rows given out are shared: never change them.
"""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from zhujian.foundation.classification import rules
from zhujian.foundation.classification.models import ClassItem, Mapping, Scheme
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Reason
from zhujian.foundation.kernel.memory import Memory
from zhujian.foundation.kernel.scope import region_prefix

NEWEST = "GB30428-2013"


def _read() -> tuple[tuple[Scheme, ...], tuple[ClassItem, ...]]:
    schemes = {one.pk: one for one in Scheme.objects.order_by("-valid_from")}
    found = tuple(ClassItem.objects.order_by("code", "region_code"))
    for one in found:
        one.scheme = schemes[one.scheme_id]
    return tuple(schemes.values()), found


_CLASSES = Memory("classification", _read)


def scheme(on: date | None = None) -> Scheme:
    """The scheme in force on a day. LookupError when none is loaded."""
    day = on or timezone.localdate()
    for found in _CLASSES.get()[0]:
        if found.valid_from <= day and (found.valid_to is None or found.valid_to > day):
            return found
    raise LookupError(f"no class scheme is in force on {day}")


def items(kind: str, region_code: str = "", on: date | None = None) -> list[ClassItem]:
    """Minor classes of a kind that hold in a place: the national ones and the city's own, by code."""
    held = {"", region_code[:4] + "0" * 8, region_code[:6] + "0" * 6} if region_code else {""}
    own = scheme(on).pk
    return [one for one in _CLASSES.get()[1] if one.scheme_id == own and one.kind == kind and one.region_code in held]


def item(kind: str, code: str, region_code: str = "", on: date | None = None) -> ClassItem | None:
    """One minor class by its code, a city's own before the national one; None when there is none."""
    found = [one for one in items(kind, region_code, on) if one.code == code]
    return max(found, key=lambda one: one.region_code, default=None)


def choices(kind: str) -> list[tuple[str, str]]:
    """Codes and names for a form: the national classes and the own ones of the cities in the reader's range or above it.

    What two cities call by one number is told with both names.
    """
    who, today = region_prefix(scope.current().region_code or ""), scheme().pk
    found: dict[str, str] = {}
    for one in _CLASSES.get()[1]:
        own = region_prefix(one.region_code) if one.region_code else ""
        if one.scheme_id == today and one.kind == kind and (own.startswith(who) or who.startswith(own)):
            known = found.get(one.code, "")
            found[one.code] = f"{known}／{one.name}" if known and known != one.name else one.name
    return list(found.items())


def component_choices() -> list[tuple[str, str]]:
    """`choices` of components: fits the `code_lists` of a resource."""
    return choices("component")


def component_codes(region_code: str = "", on: date | None = None) -> frozenset[str]:
    """Codes of the classes of components that hold in a place."""
    return frozenset(one.code for one in items("component", region_code, on))


def check_component(code: str, region_code: str = "", on: date | None = None, *, class_code: str = "") -> list[Reason]:
    """Reasons against a component code, judged by the scheme in force and the classes that hold in the place; see the rule."""
    county = region_prefix(region_code)[:6] if region_code else ""
    return rules.check_component(
        code, scheme(on).segments, component_codes(region_code, on), county if len(county) == 6 else "", class_code
    )


def successors(old: ClassItem) -> list[Mapping]:
    """What an old class is in newer schemes; empty when no counterpart is confirmed: codes are never joined by their digits."""
    return list(Mapping.objects.filter(old=old).select_related("new").order_by("new__code"))
