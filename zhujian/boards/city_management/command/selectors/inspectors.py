"""Which inspector goes: the beat's owner, else the nearest on duty, else the office."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from math import cos, hypot, radians

from django.db.models import Q
from django.utils import timezone

from zhujian.boards.city_management.digital_city.models import CompositeGrid
from zhujian.foundation.identity import selectors as identity
from zhujian.foundation.identity.models import Organisation
from zhujian.foundation.regions import selectors as regions

METRES = 111_320  # per degree of latitude


@dataclass(frozen=True)
class OnDuty:
    """An inspector on duty now, with the last known position (CGCS2000 degrees) or None."""

    account: int
    lon: float | None = None
    lat: float | None = None


Provider = Callable[[str], Iterable[OnDuty]]
_providers: list[Provider] = []


def register_duty(provider: Provider) -> None:
    """Say who is on duty: `provider(region_code)` gives the inspectors on duty in the county (module ``collection`` knows)."""
    if provider not in _providers:
        _providers.append(provider)


def on_duty(region_code: str) -> dict[int, OnDuty]:
    """Inspectors on duty in a place by account; empty when nobody tells."""
    return {one.account: one for provider in _providers for one in provider(region_code)}


def on_duty_below(region_code: str) -> dict[int, OnDuty]:
    """Inspectors on duty in a county, or in all counties of a city; empty for a province, which has no shifts of its own."""
    division = regions.region(region_code)
    if division is None or division.level == "province":
        return {}
    counties = [one.code for one in regions.children(region_code)] if division.level == "city" else [region_code]
    return {account: one for county in counties for account, one in on_duty(county).items()}


def office(region_code: str) -> Organisation | None:
    """The supervision centre of a place."""
    return identity.organisation_for("UMS", region_code)


def holders(grid_code: str) -> list[int]:
    """Accounts that hold the duty grid (责任网格) to which a unit grid belongs."""
    today = timezone.localdate()
    rows = (
        CompositeGrid.objects.filter(kind="duty", grids__contains=[grid_code], valid_from__lte=today, planned=False)
        .filter(Q(valid_to=None) | Q(valid_to__gt=today))
        .values_list("holders", flat=True)
    )
    return [account for row in rows for account in row]


@dataclass(frozen=True)
class Choice:
    """Who goes, and why: ``beat``, ``nearest``, ``office`` (somebody of the centre; account None when nobody fits)."""

    account: int | None
    how: str


def choose(
    grid_code: str, lon: float, lat: float, region_code: str, barred: Collection[int], centre: Organisation | None = None
) -> Choice:
    """The inspector for an errand at a place; `barred` accounts may not go (they reported or disposed of it).

    `centre`: whose inspectors go, by default the nearest supervision centre's.

    Source: urban-management.md §1.5: the beat owner, else the nearest inspector on duty. Who is off duty is passed over when duty is known;
    when nothing is known of duty, the beat owner goes, else the errand waits for any inspector of the centre.
    """
    centre = centre or office(region_code)
    staff = {one.pk for one in identity.people_with("inspector", centre.pk)} if centre else set()
    duty = on_duty(region_code)
    fit = [account for account in holders(grid_code) if account in staff and account not in barred] if grid_code else []
    owner = next((account for account in fit if account in duty), None) or next(iter(fit if not duty else ()), None)
    if owner is not None:
        return Choice(owner, "beat")
    near = [
        (hypot((one.lon - lon) * cos(radians(lat)), one.lat - lat) * METRES, one.account)
        for one in duty.values()
        if one.lon is not None and one.lat is not None and one.account in staff and one.account not in barred
    ]
    if near:
        return Choice(min(near)[1], "nearest")
    present = sorted(account for account in duty if account in staff and account not in barred)
    return Choice(present[0], "nearest") if present else Choice(None, "office")
