"""Changes of buildings, units and links; one transaction each, with event and evidence."""

from zhujian.foundation.cim.services.buildings import (
    check_building,
    check_level,
    new_version,
    register_building,
    retire,
    tell_imported,
)
from zhujian.foundation.cim.services.links import link, link_many
from zhujian.foundation.cim.services.units import add_units, check_rooms

__all__ = [
    "check_level",
    "add_units",
    "check_building",
    "check_rooms",
    "link",
    "link_many",
    "new_version",
    "register_building",
    "retire",
    "tell_imported",
]
