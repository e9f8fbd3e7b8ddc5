"""Tells the loop who is on duty and where: 核实 and 核查 go to the beat's inspector on duty, else to the nearest."""

from __future__ import annotations

from collections.abc import Iterable

from zhujian.boards.city_management.collection import selectors
from zhujian.boards.city_management.command.selectors.inspectors import OnDuty, register_duty
from zhujian.foundation.kernel import scope


def duty(region_code: str) -> Iterable[OnDuty]:
    """Inspectors on duty in the county of a region; a position too old to rely on is left out."""
    with scope.system("指派监督员"):
        people = selectors.on_duty(region_code[:6].ljust(12, "0"))
    return [OnDuty(one.account, *((one.lon, one.lat) if one.fresh else (None, None))) for one in people]


register_duty(duty)
