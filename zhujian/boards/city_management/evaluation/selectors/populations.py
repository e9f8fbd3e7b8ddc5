"""What is drawn from: unit grids by level, public places by class, of one city as they are today."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.gis.geos import Point
from django.utils import timezone

from zhujian.boards.city_management.digital_city.models import Grid, Place
from zhujian.boards.city_management.evaluation.selectors import tallies
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal
from zhujian.foundation.parameters import selectors as parameters

KINDS = ("grid", "place")


@dataclass(frozen=True)
class Candidate:
    """Something that may be drawn."""

    code: str
    name: str
    stratum: str
    location: Point


def candidates(kind: str, region_code: str) -> dict[str, Candidate]:
    """Everything of one kind in a region, by code; strata are levels of grids and classes of places."""
    counties, today = tallies.counties(region_code), timezone.localdate()
    with scope.system("抽取实地抽查点位"):
        if kind == "grid":
            levels = dict(parameters.code_list("digital_city.grid_level", today))
            rows = Grid.objects.filter(county_key__in=counties, valid_to=None).only("code", "level", "boundary")
            return {
                row.code: Candidate(row.code, f"网格{row.code}", levels.get(row.level, "未定级"), row.boundary.point_on_surface)
                for row in rows
            }
        if kind == "place":
            places = Place.objects.filter(county_key__in=counties, valid_to=None, kind__in=("door", "landmark", "poi"))
            return {f"P{row.pk}": Candidate(f"P{row.pk}", row.address, row.get_kind_display(), row.location) for row in places}
    raise Refusal("sample.kind", "请选择抽查对象。", "kind")


def strata(found: dict[str, Candidate]) -> dict[str, list[str]]:
    """Codes by stratum, as `rules.sampling` takes them."""
    kept: dict[str, list[str]] = {}
    for one in found.values():
        kept.setdefault(one.stratum, []).append(one.code)
    return kept
