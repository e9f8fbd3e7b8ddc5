"""Findings from run to run: what is new, what is still there, what is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import Point
from django.db.models import Q
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import PipeLine, PipePoint, TopologyFinding, TopologyRun
from zhujian.boards.urban_rural.municipal_assets.rules.topology import Checked, Finding
from zhujian.boards.urban_rural.municipal_assets.selectors.pipes import Loaded
from zhujian.boards.urban_rural.municipal_assets.services.values import label
from zhujian.foundation.kernel.scope import region_range

BATCH = 2000
WRITTEN = [
    "title", "rule", "severity", "state", "message", "kind", "line", "point", "other", "other_point", "geom", "facts", "affected", "last_run",
    "fixed_on", "region_code", "parties", "updated_at",
]  # fmt: skip


@dataclass
class Tally:
    """How many findings are new and how many are gone since they were last seen."""

    new: int = 0
    fixed: int = 0


def keep(run: TopologyRun, loaded: Loaded, results: dict[str, Checked]) -> Tally:
    """Write what a run found: new rows, rows still open, rows that are fixed. What was accepted stays accepted while it is found."""
    faults = {fault.key: fault for done in results.values() for fault in done.findings}
    known = {row.key: row for row in _known(run, loaded)}
    missing = [key for key in faults if key not in known]
    for at in range(0, len(missing), BATCH):  # found before by a check of another extent
        known.update({row.key: row for row in TopologyFinding.objects.filter(key__in=missing[at : at + BATCH])})
    tally = Tally()
    places = _places(faults.values())
    rows = []
    for key, fault in faults.items():
        row = _row(run, fault, places, loaded)
        before = known.get(key)
        if before is None or before.state == "fixed":
            tally.new += 1
            row.state = "new"
        else:
            row.state = "accepted" if before.state == "accepted" else "open"
            row.accepted_reason = (
                before.accepted_reason
            )  # not written, but an inserted row is checked before it meets the known one
        rows.append(row)
    TopologyFinding.objects.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=["key"], update_fields=WRITTEN
    )
    gone = [row.pk for key, row in known.items() if key not in faults and row.state != "fixed"]
    for at in range(0, len(gone), BATCH):
        tally.fixed += TopologyFinding.objects.filter(pk__in=gone[at : at + BATCH]).update(
            state="fixed", fixed_on=timezone.localdate(), last_run=run, accepted_reason="", accepted_name="", accepted_on=None
        )
    return tally


def _known(run: TopologyRun, loaded: Loaded) -> list[TopologyFinding]:
    """Open and accepted findings that this run must see again if they still hold: about pipes it looked at, or pipes that are gone."""
    low, high = region_range(run.region_code)
    rows = TopologyFinding.objects.filter(region_code__gte=low, region_code__lt=high).exclude(state="fixed")
    if run.area is not None:
        rows = rows.filter(geom__intersects=run.area)
    if run.kinds:
        rows = rows.filter(kind__in=run.kinds)
    lines, nodes = loaded.network.lines, loaded.network.nodes
    found = [row for row in rows if not (row.point_id in nodes and nodes[row.point_id].edge)]  # a cut edge was not judged
    if run.batch_id is None:
        return found
    return [row for row in found if (row.line_id in lines if row.line_id else row.point_id in nodes)]


@dataclass(frozen=True)
class _Place:
    region_code: str
    parties: list[str]
    kind: str
    at: Point
    name: str


def _places(faults: Any) -> dict[tuple[str, int], _Place]:
    """Region, parties, kind and a point of every line and pipe point that the findings name."""
    lines, points = set(), set()
    for fault in faults:
        if fault.line:
            lines.add(fault.line)
        if fault.node:
            points.add(fault.node)
    found: dict[tuple[str, int], _Place] = {}
    for model, ids, name in ((PipeLine, lines, "line"), (PipePoint, points, "point")):
        ordered = sorted(ids)
        for at in range(0, len(ordered), BATCH):
            batch = model.objects.filter(pk__in=ordered[at : at + BATCH]).only("region_code", "parties", "kind", "geom", "code")
            for row in batch:
                spot = row.geom if name == "point" else row.geom.interpolate_normalized(0.5)
                found[name, row.pk] = _Place(
                    row.region_code, row.parties, row.kind, Point(spot.x, spot.y, srid=4490), row.code or str(row.pk)
                )
    return found


def _row(run: TopologyRun, fault: Finding, places: dict[tuple[str, int], _Place], loaded: Loaded) -> TopologyFinding:
    spot = places.get(("point", fault.node or 0)) or places.get(("line", fault.line or 0))
    thing = places.get(("line", fault.line or 0)) or spot
    if spot is None or thing is None:
        raise LookupError(f"finding {fault.key} is about nothing that exists")
    lon, lat = fault.facts.get("lon"), fault.facts.get("lat")
    about_points = fault.rule == "duplicate" and fault.line is None
    return TopologyFinding(
        key=fault.key, title=f"{label('topology_rule', fault.rule)}：{thing.name}"[:120], rule=fault.rule,
        severity=fault.severity, message=fault.message[:1000], kind=thing.kind, line_id=fault.line,
        point_id=fault.node if ("point", fault.node or 0) in places else None,
        other_id=None if about_points else fault.other, other_point_id=fault.other if about_points else None,
        geom=Point(float(lon), float(lat), srid=4490) if lon is not None and lat is not None else spot.at,
        facts=dict(fault.facts), affected=fault.affected, first_run=run, last_run=run, region_code=thing.region_code,
        parties=thing.parties, created_by=run.created_by, updated_at=timezone.now(),
    )  # fmt: skip


def open_of(line_id: int | None = None, point_id: int | None = None) -> list[TopologyFinding]:
    """Findings of one pipe or point that are not fixed, errors first."""
    about = Q(pk__in=())
    if line_id:
        about |= Q(line=line_id) | Q(other=line_id)
    if point_id:
        about |= Q(point=point_id) | Q(other_point=point_id)
    return list(TopologyFinding.objects.filter(about).exclude(state="fixed").order_by("severity", "rule", "id")[:50])
