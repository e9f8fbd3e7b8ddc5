"""A facility of any register by its key and id, with what inspections and orders need to know of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.gis.geos import Point

from zhujian.boards.urban_rural.municipal_assets.models import Asset
from zhujian.foundation import resources
from zhujian.foundation.kernel.errors import NotFound

PREFIX = "municipal_assets."


@dataclass(frozen=True)
class About:
    """What a row about a facility keeps of it."""

    resource: str
    asset_id: int
    label: str
    region_code: str
    parties: tuple[str, ...]
    place: Point | None
    maintainer_org: str
    maintainer_name: str

    @property
    def columns(self) -> dict[str, object]:
        """Columns of an `AboutAsset` row."""
        return {
            "resource": self.resource, "asset_id": self.asset_id, "label": self.label, "region_code": self.region_code,
            "parties": list(self.parties),
        }  # fmt: skip


def asset(resource: str, pk: int) -> Asset:
    """The visible facility `pk` of a register of this module; NotFound otherwise."""
    try:
        model = resources.get(resource).model if resource.startswith(PREFIX) else None
    except KeyError:
        model = None
    found = model._default_manager.filter(pk=pk).first() if model and issubclass(model, Asset) else None
    if found is None:
        raise NotFound("asset.not_found", "没有找到这处设施，可能已被移走，或不在您的管辖范围内。")
    return found  # type: ignore[return-value]


def about(resource: str, pk: int) -> About:
    """What to keep of a facility."""
    return described(resource, asset(resource, pk))


def described(resource: str, one: Asset) -> About:
    """What to keep of a facility at hand."""
    name = resources.get(resource).title
    called = one.name or one.code or str(one.pk)
    label = f"{name} {called}" if called.isascii() else called  # a bare code does not say what it is
    geom = one.geom  # type: ignore[attr-defined]
    place = (
        geom
        if geom.geom_type == "Point"
        else (geom.interpolate_normalized(0.5) if geom.geom_type == "LineString" else geom.point_on_surface)
    )
    parties = tuple(dict.fromkeys([*one.parties, *([f"org:{one.maintainer_org}"] if one.maintainer_org else [])]))
    spot = Point(place.x, place.y, srid=4490)
    return About(resource, one.pk, label[:160], one.region_code, parties, spot, one.maintainer_org, one.maintainer_name)


def url_of(resource: str, pk: int) -> str:
    """Address of a facility's page; of its register without an id."""
    return f"/r/{resource.replace('.', '/', 1)}/{f'{pk}/' if pk else ''}"
