"""What the module does by the clock."""

from zhujian.boards.urban_rural.municipal_assets.services import asbuilt, inspections, topology
from zhujian.foundation.events.jobs import every


@every(seconds=5, name="municipal_assets.topology")
def check_networks() -> int:
    """Large topology checks that wait."""
    return topology.run_queued()


@every(seconds=3600, name="municipal_assets.dues")
def make_dues() -> int:
    """The next inspections of every plan."""
    return inspections.make_dues()


@every(seconds=3600, name="municipal_assets.overdue")
def remind() -> int:
    """Inspections that have just become overdue."""
    return inspections.remind()


@every(seconds=3600, name="municipal_assets.asbuilt_overdue")
def remind_builders() -> int:
    """As-built surveys that have just become overdue."""
    return asbuilt.remind()
