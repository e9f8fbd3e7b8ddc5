"""Tables of the module; import them from here."""

from zhujian.boards.urban_rural.municipal_assets.models.assets import Bridge, Facility, Gallery, Lamp, Manhole, Road, Tunnel
from zhujian.boards.urban_rural.municipal_assets.models.census import (
    AsBuilt,
    CensusBatch,
    CensusLedger,
    CensusSample,
    OwnerlessCase,
)
from zhujian.boards.urban_rural.municipal_assets.models.codes import ClassMapping, CodeScheme, CodeSequence
from zhujian.boards.urban_rural.municipal_assets.models.core import Asset, AssetFile
from zhujian.boards.urban_rural.municipal_assets.models.pipes import PipeLine, PipePoint

__all__ = [
    "AsBuilt",
    "Asset",
    "AssetFile",
    "Bridge",
    "CensusBatch",
    "CensusLedger",
    "CensusSample",
    "ClassMapping",
    "CodeScheme",
    "CodeSequence",
    "Facility",
    "Gallery",
    "Lamp",
    "Manhole",
    "OwnerlessCase",
    "PipeLine",
    "PipePoint",
    "Road",
    "Tunnel",
]
