"""Tables of the module; import them from here."""

from zhujian.boards.urban_rural.municipal_assets.models.assets import Bridge, Facility, Gallery, Lamp, Manhole, Road, Tunnel
from zhujian.boards.urban_rural.municipal_assets.models.census import (
    AsBuilt,
    CensusBatch,
    CensusLedger,
    CensusSample,
    OwnerlessCase,
)
from zhujian.boards.urban_rural.municipal_assets.models.codes import CodeSequence
from zhujian.boards.urban_rural.municipal_assets.models.core import Asset, AssetFile
from zhujian.boards.urban_rural.municipal_assets.models.network import TopologyFinding, TopologyRun
from zhujian.boards.urban_rural.municipal_assets.models.pipes import PipeLine, PipePoint
from zhujian.boards.urban_rural.municipal_assets.models.release import ReleaseEntry, ReleaseGrant
from zhujian.boards.urban_rural.municipal_assets.models.upkeep import (
    BridgeDefect,
    BridgeInspection,
    ConditionRecord,
    InspectionDue,
    InspectionPlan,
    WorkOrder,
    WorkOrderNote,
    WorkOrderPhoto,
)

__all__ = [
    "AsBuilt",
    "Asset",
    "AssetFile",
    "Bridge",
    "BridgeDefect",
    "BridgeInspection",
    "CensusBatch",
    "CensusLedger",
    "CensusSample",
    "CodeSequence",
    "ConditionRecord",
    "Facility",
    "Gallery",
    "InspectionDue",
    "InspectionPlan",
    "Lamp",
    "Manhole",
    "OwnerlessCase",
    "PipeLine",
    "PipePoint",
    "ReleaseEntry",
    "ReleaseGrant",
    "Road",
    "TopologyFinding",
    "TopologyRun",
    "Tunnel",
    "WorkOrder",
    "WorkOrderNote",
    "WorkOrderPhoto",
]
