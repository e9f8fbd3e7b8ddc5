"""Who has to act on a class of things in a place.

Source: urban-management.md §1.2 and pitfall 20: three different bodies. A case goes to the one that maintains (养护), else to the owner (权属),
else to the regulator (主管); where none is known, to the body of last resort (兜底), so that no case gets stuck.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ORDER = ("maintainer", "owner", "regulator", "last_resort")


@dataclass(frozen=True)
class Duty:
    """One body's duty: what for and where. `class_code`: a minor class (4 digits), a major one (2) or everything (empty)."""

    role: str
    class_code: str
    area: str
    org_code: str


def choose(duties: Iterable[Duty], class_code: str, area: str) -> Duty | None:
    """The duty that comes first for `class_code` in `area` (12 digits, or a 15-digit grid).

    The role decides first; among equals the nearer area, then the narrower class. None when nobody is named, not even as a last resort.
    """
    return next((duty for duty in rungs(duties, class_code, area).values() if duty), None)


def rungs(duties: Iterable[Duty], class_code: str, area: str) -> dict[str, Duty | None]:
    """The whole ladder in its order: for each role the duty that would be chosen, None where nobody is named.

    Among those of one role the nearer area comes first, then the narrower class, then the smaller organisation code.
    """
    fitting = [d for d in duties if class_code.startswith(d.class_code) and covers(d.area, area)]

    def near(duty: Duty) -> tuple[int, int, str]:
        return -len(duty.area.rstrip("0")) if len(duty.area) == 12 else -15, -len(duty.class_code), duty.org_code

    return {role: min((d for d in fitting if d.role == role), default=None, key=near) for role in ORDER}


def covers(duty_area: str, area: str) -> bool:
    """Whether a duty's area (a region code, or one grid) contains `area`."""
    if len(duty_area) == 15:
        return duty_area == area
    for size in (2, 4, 6, 9, 12):
        if set(duty_area[size:]) <= {"0"}:
            return area.startswith(duty_area[:size])
    return False
