"""Facilities as the map asks for them: by code, and which of them name a building that is not there."""

from __future__ import annotations

from collections.abc import Iterable

from zhujian.boards.urban_rural.municipal_assets.models import (
    Asset,
    Bridge,
    Facility,
    Gallery,
    Lamp,
    Manhole,
    PipeLine,
    PipePoint,
    Road,
    Tunnel,
)
from zhujian.foundation.cim import selectors as cim
from zhujian.foundation.cim.sources import Orphan
from zhujian.foundation.resources import registry

REGISTERS: tuple[type[Asset], ...] = (Facility, Manhole, Lamp, PipePoint, PipeLine, Bridge, Tunnel, Gallery, Road)


def named(codes: Iterable[str]) -> dict[str, str]:
    """Code → name of the visible facilities among `codes`."""
    wanted = set(codes)
    found: dict[str, str] = {}
    for model in REGISTERS:
        if rest := wanted - found.keys():
            rows = model._default_manager.filter(code__in=rest, valid_to=None).values_list("code", "name")
            found |= {code: name or str(model._meta.verbose_name) for code, name in rows}
    return found


def without_building(most: int) -> list[Orphan]:
    """Facilities tied to an element of the city model that is no building here; at most `most`."""
    found: list[Orphan] = []
    for model in REGISTERS:
        rows = list(model._default_manager.exclude(cim_feature_id=None).filter(valid_to=None).order_by("-pk")[: most * 4])
        known = cim.features_on_map(row.cim_feature_id for row in rows if row.cim_feature_id)
        found += [
            Orphan(
                row.code or f"{model._meta.verbose_name} {row.pk}", row.name or str(model._meta.verbose_name), "所属房屋的CIM要素标识没有登记",
                "核对CIM要素标识，或先登记所属的房屋", registry.url_for(row), row.region_code,
            )
            for row in rows if row.cim_feature_id not in known
        ]  # fmt: skip
        if len(found) >= most:
            break
    return found[:most]
