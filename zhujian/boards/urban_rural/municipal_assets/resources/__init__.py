"""Declarations of the module's registers, by matter, with the panels on their pages."""

from zhujian.boards.urban_rural.municipal_assets.panels import upkeep as upkeep_panels
from zhujian.boards.urban_rural.municipal_assets.resources import census, network, registers, release, upkeep

__all__ = ["census", "network", "registers", "release", "upkeep", "upkeep_panels"]
