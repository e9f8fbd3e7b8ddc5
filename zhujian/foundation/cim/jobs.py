"""Periodic work: CIM levels are checked again, links are looked up again."""

from django.utils import timezone

from zhujian.foundation.cim.services import levels, links
from zhujian.foundation.events import registry


@registry.every(seconds=3600, name="cim.verify_levels")
def verify_levels() -> int:
    """New and changed buildings every hour, each other one in its turn."""
    return levels.verify_due(timezone.localdate())


@registry.every(seconds=86400, name="cim.check_links")
def check_links() -> int:
    """Whether what buildings are linked with still exists."""
    return links.check_all()
