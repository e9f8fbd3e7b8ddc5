"""Changes of buildings, units and links; one transaction each, with event and evidence."""

from zhujian.foundation.cim.services.buildings import (
    check_building,
    new_version,
    register_building,
    retire,
)
from zhujian.foundation.cim.services.links import link
from zhujian.foundation.cim.services.units import add_units

__all__ = ["add_units", "check_building", "link", "new_version", "register_building", "retire"]
