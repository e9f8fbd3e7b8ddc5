"""Tables of the CIM base platform: buildings, their units, and what they are linked with."""

from zhujian.foundation.cim.models.building import Building, Unit
from zhujian.foundation.cim.models.generated import GeneratedPart
from zhujian.foundation.cim.models.link import Link
from zhujian.foundation.cim.models.scene import Viewpoint

__all__ = ["Building", "GeneratedPart", "Link", "Unit", "Viewpoint"]
