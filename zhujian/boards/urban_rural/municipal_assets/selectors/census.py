"""What a census batch holds: its facilities, lengths by kind, samples and rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.contrib.gis.geos import Point
from django.db.models import Count, Sum
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.models import (
    Asset,
    Bridge,
    CensusBatch,
    Facility,
    Gallery,
    Lamp,
    Manhole,
    PipeLine,
    PipePoint,
    Road,
    Tunnel,
)
from zhujian.boards.urban_rural.municipal_assets.rules import census as rules
from zhujian.foundation.kernel.valid_time import present

REGISTERS: dict[str, type[Asset]] = {
    "road": Road, "bridge": Bridge, "tunnel": Tunnel, "pipe_point": PipePoint, "pipe_line": PipeLine, "gallery": Gallery,
    "facility": Facility, "lamp": Lamp, "manhole": Manhole,
}  # fmt: skip
LONG = {"road": Road, "tunnel": Tunnel, "gallery": Gallery}
COUNTED = {"bridge": Bridge, "lamp": Lamp, "manhole": Manhole, "facility": Facility}
KM = Decimal(1000)


def members(batch: CensusBatch) -> dict[str, list[str]]:
    """Register → feature ids of the present facilities that came with the batch."""
    today = timezone.localdate()
    found = {}
    for name, model in REGISTERS.items():
        ids = model._default_manager.filter(present(today), batch=batch).values_list("feature_id", flat=True)
        found[name] = [str(one) for one in ids]
    return found


def places(drawn: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, Point]]:
    """(register, feature id) → what people call the facility and a point to go to."""
    by_register: dict[str, list[str]] = defaultdict(list)
    for name, feature in drawn:
        by_register[name].append(feature)
    found: dict[tuple[str, str], tuple[str, Point]] = {}
    for name, features in by_register.items():
        model = REGISTERS[name]
        for row in model._default_manager.filter(present(timezone.localdate()), feature_id__in=features).only(
            "feature_id", "code", "name", "geom"
        ):
            shape = row.geom  # type: ignore[attr-defined]
            point = (
                shape
                if shape.geom_type == "Point"
                else Point(*shape.coords[0], srid=4490)
                if shape.geom_type == "LineString"
                else shape.centroid
            )
            found[name, str(row.feature_id)] = (row.name or row.code, point)
    return found


def surveyed_km(batch: CensusBatch) -> dict[str, Decimal]:
    """Kilometres in the batch by kind: pipes by their CJJ 61 kind, roads, tunnels, galleries by register."""
    today = timezone.localdate()
    found: dict[str, Decimal] = {}
    for kind, metres in (
        PipeLine.objects.filter(present(today), batch=batch).values_list("kind").annotate(m=Sum("length_m")).order_by("kind")
    ):
        found[kind] = (metres / KM).quantize(Decimal("0.001"))
    for name, model in LONG.items():
        metres = model._default_manager.filter(present(today), batch=batch).aggregate(m=Sum("length_m"))["m"]
        if metres:
            found[name] = (metres / KM).quantize(Decimal("0.001"))
    return found


def counted(batch: CensusBatch) -> dict[str, int]:
    """Number of facilities in the batch that are counted, not measured."""
    today = timezone.localdate()
    return {name: model._default_manager.filter(present(today), batch=batch).count() for name, model in COUNTED.items()}


def completeness(batch: CensusBatch) -> tuple[list[rules.Completeness], Decimal | None]:
    """Surveyed km ÷ ledger km by kind, and over all kinds of the ledger."""
    ledger = dict(batch.ledger.filter(ledger_km__gt=0).values_list("kind", "ledger_km"))
    return rules.completeness(surveyed_km(batch), ledger)


def rates(batch: CensusBatch) -> rules.Discrepancy:
    """Results of the running re-survey."""
    return rules.discrepancy(list(batch.samples.values_list("result", flat=True)))


def by_register(batch: CensusBatch) -> list[tuple[str, int, int]]:
    """(register, drawn, surveyed) of the running sample."""
    rows = batch.samples.values_list("resource").annotate(n=Count("id"), done=Count("id", filter=~_open())).order_by("resource")
    return [(name, n, done) for name, n, done in rows]


def _open():  # type: ignore[no-untyped-def]
    from django.db.models import Q

    return Q(result="")
