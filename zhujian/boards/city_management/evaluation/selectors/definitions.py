"""Indicators and composites in force on a day in a region: the region's own variant, else the city's, the province's, everybody's."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from django.db.models import Q, QuerySet

from zhujian.boards.city_management.evaluation.models import Composite, Indicator
from zhujian.boards.city_management.evaluation.models.definitions import Dated
from zhujian.boards.city_management.evaluation.rules import composites
from zhujian.boards.city_management.evaluation.rules.composites import Grade, Part
from zhujian.foundation.parameters import selectors as parameters


def lineage(region_code: str) -> list[str]:
    """Regions whose rules may apply, nearest first; everybody's ('') last."""
    found = [region_code, region_code[:6].ljust(12, "0"), region_code[:4].ljust(12, "0"), region_code[:2].ljust(12, "0")]
    return [*dict.fromkeys(code for code in found if region_code), ""]


M = TypeVar("M", bound=Dated)


def _in_force(model: type[M], on: date, region_code: str, **only: object) -> list[M]:
    """One version of each code: of the nearest region, the newest in force on `on`."""
    nearest = {code: place for place, code in enumerate(lineage(region_code))}
    rows: QuerySet[M] = model._default_manager.filter(
        Q(valid_to=None) | Q(valid_to__gt=on), valid_from__lte=on, region_code__in=list(nearest), **only
    )
    best: dict[str, M] = {}
    for row in rows:
        had = best.get(row.code)
        if had is None or (nearest[row.region_code], -row.number) < (nearest[had.region_code], -had.number):
            best[row.code] = row
    return list(best.values())


def indicators(family: str, *, on: date, region_code: str = "") -> list[Indicator]:
    """Indicators of a family (``cases`` or ``comprehensive``) in force, in their order; headings included."""
    return sorted(_in_force(Indicator, on, region_code, family=family), key=lambda one: (one.order, one.code))


def composites_for(target: str, *, on: date, region_code: str = "") -> list[Composite]:
    """Composites in force for a kind of target: those a city has of its own first, examples (``示例``) last."""
    kind = "region" if target in ("city", "county", "street", "community", "grid") else target
    found = _in_force(Composite, on, region_code, target=kind)
    return sorted(found, key=lambda one: ("示例" in one.name, not one.region_code, one.code != "default", one.code))


def parts_of(composite: Composite, known: dict[str, Indicator]) -> list[Part]:
    """Parts of a composite, with the direction of their indicators."""
    return [
        Part(row.indicator, row.full, row.scoring, row.role, row.required, known[row.indicator].direction == "lower")
        for row in composite.parts.order_by("order", "id")
        if row.indicator in known
    ]


def versions(code: str, region_code: str = "") -> list[Indicator]:
    """Every version of an indicator that may apply in a region, newest first."""
    return list(Indicator.objects.filter(code=code, region_code__in=lineage(region_code)).order_by("-region_code", "-number"))


def grades(on: date, region_code: str = "") -> list[Grade]:
    """The colour grades of a region."""
    rows = parameters.value("evaluation.grades", on=on, region=region_code).value
    return [composites.Grade(least, code, label, colour) for least, code, label, colour in rows]
