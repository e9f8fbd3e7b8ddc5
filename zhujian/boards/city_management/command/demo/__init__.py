"""Believable cases in every state in the demo county, made by the people of the demo through the services.

What is told happened within the last fortnight; while a story is told, "now" is the moment it tells of.
"""

from __future__ import annotations

from collections import Counter

from django.contrib.gis.geos import GEOSGeometry

from zhujian.boards.city_management.command.demo import history, roster
from zhujian.boards.city_management.command.demo.cast import Cast
from zhujian.boards.city_management.command.demo.stories import tell
from zhujian.boards.city_management.command.models import Case, Report
from zhujian.boards.city_management.digital_city.models import CompositeGrid, Grid
from zhujian.foundation.cim import generator

COUNTY = generator.DEMO.region_code


def load() -> str:
    """A past year, beats for the inspectors, the duty roster, then the stories; returns what there is now.

    Nothing without the county's grids and people.
    """
    cast = Cast.of(COUNTY)
    if cast is None:
        return "没有演示区县的网格或人员，未载入"
    history.load()
    roster.load(COUNTY)
    beats = _beats(cast.inspectors)
    tell(cast)
    states = Counter(Case.objects.filter(county_key=COUNTY[:6]).values_list("state", flat=True))
    reports = Report.objects.filter(county_key=COUNTY[:6]).count()
    return f"{beats} 个责任网格，{reports} 条上报，{sum(states.values())} 件案件（{len(states)} 种状态）"


def _beats(inspectors: list[int]) -> int:
    """Duty grids: each contiguous piece of a community is one beat, dealt out to the inspectors in turn."""
    made = 0
    communities: dict[str, list[Grid]] = {}
    for grid in Grid.objects.filter(county_key=COUNTY[:6], valid_to=None).order_by("code"):
        communities.setdefault(grid.community, []).append(grid)
    for community, grids in communities.items():
        whole: GEOSGeometry = grids[0].boundary
        for grid in grids[1:]:
            whole = whole.union(grid.boundary)
        pieces = [whole] if whole.geom_type == "Polygon" else list(whole)
        for number, piece in enumerate(pieces, 1):
            piece.srid = 4490
            inside = [grid.code for grid in grids if piece.contains(grid.boundary.point_on_surface)]
            CompositeGrid.objects.create(
                code=f"ZR{community}{number:02d}", name=f"责任网格{community[6:]}-{number}", kind="duty", grids=inside, boundary=piece,
                holders=[inspectors[made % len(inspectors)]], region_code=community, valid_from=grids[0].valid_from,
            )  # fmt: skip
            made += 1
    return made
