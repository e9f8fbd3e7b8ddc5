"""Periodic work: CIM levels are checked again, links are looked up again."""

from django.utils import timezone

from zhujian.foundation.cim.services import levels, links
from zhujian.foundation.events import registry

MOST = 50_000  # buildings that one run checks for the first time


@registry.every(seconds=600, name="cim.verify_new")
def verify_new() -> int:
    """Buildings that came in without a check (poured in by the thousand)."""
    return levels.verify_all(timezone.localdate(), MOST)


@registry.every(seconds=86400, name="cim.verify_turn")
def verify_turn() -> int:
    """Each building in its turn: a model may have been published or withdrawn, a limit changed."""
    return levels.verify_turn(timezone.localdate())


@registry.every(seconds=86400, name="cim.check_links")
def check_links() -> int:
    """Whether what buildings are linked with still exists."""
    return links.check_all()
