"""City and district: which centre does a step, and how long a district gives its departments.

Source: urban-management.md §2.4 (construction modes 一级监督一级指挥 / 一级监督两级指挥 / 两级监督两级指挥: a case may be handed down 市→区 and handed
back, with one clock per level and one total clock), §2.2 S4 (a return goes to whoever dispatched). The total clock is the case's own: the
district is the body that answers for it to the city. The district's clock is the one it sets its department.
"""

from __future__ import annotations

from zhujian.foundation.worktime.rules import Limit

ONE_ONE, ONE_TWO, TWO_TWO = "one_one", "one_two", "two_two"
MODES = ((ONE_ONE, "一级监督一级指挥"), (ONE_TWO, "一级监督两级指挥"), (TWO_TWO, "两级监督两级指挥"))
CITY, DISTRICT, NEAREST = "city", "district", ""
# Steps of supervision that a district with a centre of its own does itself; registering and closing stay with the city.
DISTRICT_SUPERVISION = frozenset({"verify", "send_check", "check"})
SUPERVISION = frozenset({"verify", "register", "approve_void", "send_check", "check", "close"})
COMMAND = frozenset({"dispatch", "district", "coordinate"})


def two_levels(mode: str) -> bool:
    """Whether a city hands cases down to its districts."""
    return mode in (ONE_TWO, TWO_TWO)


def level_of(node: str, mode: str, *, handed_down: bool) -> str:
    """Which level's centre does the step `node`: ``city``, ``district``, or empty (the nearest one, where there is one level only).

    `handed_down`: whether the case is with a district now. What the city dispatched to a department of its own is also checked by the city.
    """
    if not two_levels(mode):
        return NEAREST
    if node == "district" or (node == "coordinate" and handed_down):
        return DISTRICT
    if mode == TWO_TWO and (node == "verify" or (node in DISTRICT_SUPERVISION and handed_down)):
        return DISTRICT
    return CITY if node in SUPERVISION | COMMAND else NEAREST


def outcomes_of(codes: tuple[str, ...], node: str, mode: str) -> tuple[str, ...]:
    """The outcomes that a step has in a mode: handing down needs a second level."""
    return tuple(code for code in codes if not (node == "dispatch" and code == "down" and not two_levels(mode)))


def city_of(region_code: str) -> str:
    """12-digit code of the city a place belongs to; a county-level city under the province (xx90xx) is its own."""
    digits = 6 if region_code[2:4] == "90" else 4
    return region_code[:digits].ljust(12, "0")


def district_of(region_code: str) -> str:
    """12-digit code of the district or county of a place."""
    return region_code[:6].ljust(12, "0")


def department_limit(limit: Limit, share: float) -> Limit:
    """What a district gives its department out of the case's limit: `share` of it in whole units, at least one, never more than all."""
    return Limit(min(limit.amount, max(1, int(limit.amount * share))), limit.unit)


def return_goes(node: str, *, handed_down: bool, returns: int, most: int) -> str:
    """Where a return by ``department`` or ``district`` leads: ``meeting`` once `most` returns are used up, else one level up.

    `returns`: how often the case was returned before; ``district`` or ``dispatch`` (the city's, or the only, command centre) otherwise.
    """
    if returns >= most:
        return "meeting"
    return "district" if node == "department" and handed_down else "dispatch"
