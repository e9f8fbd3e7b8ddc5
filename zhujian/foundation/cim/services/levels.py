"""CIM levels are checked, not believed: facts are gathered for many buildings at once and judged by `rules.levels`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from zhujian.foundation.cim.models import Building
from zhujian.foundation.cim.rules import levels
from zhujian.foundation.parameters import selectors as parameters

BATCH = 5_000
# Elements that are parts of a component (CIM7), by IFC class.
PARTS = (
    "IfcBuildingElementPart", "IfcReinforcingBar", "IfcReinforcingMesh", "IfcTendon", "IfcMechanicalFastener", "IfcFastener", "IfcDiscreteAccessory",
)  # fmt: skip

FACTS = """
SELECT b.id, b.code, b.region_code, NOT ST_IsEmpty(b.outline), ST_IsValid(b.outline), b.height_m, b.base_m, b.accuracy_m,
       coalesce(u.floors, 0), coalesce(u.units, 0), b.cim_level_verified
  FROM cim_building b
  LEFT JOIN LATERAL (SELECT count(DISTINCT floor) AS floors, count(*) AS units FROM cim_unit
                      WHERE building_id = b.id AND valid_to IS NULL) u ON true
 WHERE b.id = ANY(%s)
"""
# What was reached is written only where it is news: a check that finds the same leaves no trace in the history.
STORE = """
UPDATE cim_building b SET cim_level_verified = n.level
  FROM unnest(%s::bigint[], %s::int[]) AS n(id, level)
 WHERE b.id = n.id AND b.cim_level_verified IS DISTINCT FROM n.level
"""


def accuracy(region_code: str, on: date) -> dict[int, float]:
    """Metres that CIM2, CIM3 and CIM4 allow in the region."""
    return {level: float(parameters.value(f"cim.accuracy_level_{level}", on=on, region=region_code).value) for level in (2, 3, 4)}


def published(codes: Iterable[str]) -> dict[str, dict[str, int]]:
    """House code → storeys, components and parts in published BIM versions; nothing for buildings without one."""
    try:
        element = apps.get_model("bim", "Element")
    except LookupError:
        return {}
    rows = (
        element.objects.filter(version__state="published", version__model__building_code__in=list(codes))
        .values("version__model__building_code")
        .annotate(
            components=Count("pk"), parts=Count("pk", filter=Q(ifc_class__in=PARTS)), storeys=Count("storey", distinct=True),
        )
    )  # fmt: skip
    found: list[dict[str, Any]] = [dict(row) for row in rows]
    return {row.pop("version__model__building_code"): row for row in found}


def facts_of(ids: Iterable[int]) -> dict[int, tuple[levels.Facts, str, int | None]]:
    """Id → (facts, region, level verified until now) of the visible buildings among `ids`."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [list(ids)])
        rows = cursor.fetchall()
    models = published(row[1] for row in rows)
    found = {}
    for pk, code, region, located, valid, height, base, accurate, floors, units, before in rows:
        model: dict[str, Any] = models.get(code, {})
        facts = levels.Facts(
            located=located, outline_valid=located and valid, height_m=_metres(height), base_m=_metres(base), accuracy_m=_metres(accurate),
            storeys=max(floors, model.get("storeys", 0)), units=units, textured=bool(model), components=model.get("components", 0),
            parts=model.get("parts", 0),
        )  # fmt: skip
        found[pk] = (facts, region, before)
    return found


def of_new(outline: Any, region_code: str, values: Mapping[str, Any]) -> int:
    """Level of a building that is only now registered: it has no units, and a model of its code shows at the next check."""
    facts = levels.Facts(
        located=not outline.empty, outline_valid=outline.valid, height_m=_metres(values.get("height_m")), base_m=_metres(values.get("base_m")),
        accuracy_m=_metres(values.get("accuracy_m")),
    )  # fmt: skip
    return levels.reached(facts, accuracy(region_code, timezone.localdate()))


def _metres(value: Any) -> float | None:
    return None if value is None else float(value)


def verdicts(building: Building, on: date | None = None) -> list[levels.Verdict]:
    """All seven levels of one building, with what is lacking."""
    day = on or timezone.localdate()
    facts, region, _ = facts_of([building.pk])[building.pk]
    return levels.judge(facts, accuracy(region, day))


def verify(ids: Iterable[int], on: date) -> int:
    """Check the buildings `ids` and store the level reached where it is news; how many were news."""
    limits: dict[str, dict[int, float]] = {}
    keys, reached = [], []
    for pk, (facts, region, before) in facts_of(ids).items():
        if region not in limits:
            limits[region] = accuracy(region, on)
        level = levels.reached(facts, limits[region])
        if level != before:
            keys.append(pk)
            reached.append(level)
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(STORE, [keys, reached])
    return len(keys)


def verify_all(on: date, most: int | None = None) -> int:
    """Check every open building that was never checked, at most `most`; how many were news."""
    rows = Building.objects.filter(valid_to=None, cim_level_verified=None).order_by("id")
    done = news = 0
    while most is None or done < most:
        ids = list(rows.values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        news += verify(ids, on)
        done += len(ids)
    return news


def verify_turn(on: date) -> int:
    """The share of all checked buildings whose turn it is on the day `on`; how many were news. Once a day: it walks the whole register."""
    news = 0
    days = int(parameters.value("cim.recheck_days", on=on).value)
    last = 0
    while True:
        ids = list(
            Building.objects.filter(valid_to=None, pk__gt=last)
            .exclude(cim_level_verified=None)
            .extra(where=["id %% %s = %s"], params=[days, on.toordinal() % days])  # the same building every so many days
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        if not ids:
            return news
        news += verify(ids, on)
        last = ids[-1]


__all__ = ["accuracy", "facts_of", "of_new", "published", "verdicts", "verify", "verify_all", "verify_turn"]
