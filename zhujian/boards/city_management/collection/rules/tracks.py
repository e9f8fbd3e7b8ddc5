"""Which points of a patrol track count. GB/T 30428.7-2017; urban-management.md §1.5.

Thresholds are parameters. A track is judged in order of time, each point against the last one that counted; the farther away that
one lies in time, the farther off the next may be, so a wrong point never spoils the rest of a shift.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

EARTH = 6_371_008.8  # mean radius, metres
GOOD, INACCURATE, JUMP, OUTSIDE = 0, 1, 2, 3
WORDS = {GOOD: "有效", INACCURATE: "定位误差过大", JUMP: "跳点", OUTSIDE: "不在班次时间内"}


@dataclass(frozen=True, slots=True)
class Fix:
    """One position: `at` in epoch seconds, degrees CGCS2000, accuracy in metres (radius the device gave)."""

    at: float
    lon: float
    lat: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds of a region on a day: metres and metres per second."""

    accuracy: float
    speed: float


def metres(a: Fix, b: Fix) -> float:
    """Distance on the sphere; within half a percent of the ellipsoid, far below what a phone knows."""
    one, two = math.radians(a.lat), math.radians(b.lat)
    half = math.sin((two - one) / 2) ** 2 + math.cos(one) * math.cos(two) * math.sin(math.radians(b.lon - a.lon) / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


def possible(fix: Fix) -> bool:
    """Whether the numbers can be a position at all."""
    return (
        all(math.isfinite(value) for value in (fix.at, fix.lon, fix.lat, fix.accuracy))
        and -180 <= fix.lon <= 180
        and -90 <= fix.lat <= 90
        and fix.accuracy >= 0
    )


def clean(fixes: Iterable[Fix], limits: Limits, *, start: float, end: float | None = None, last: Fix | None = None) -> list[int]:
    """One verdict (`GOOD` …) per point of `fixes`, which are in order of time. `start` and `end` of the shift are included.

    `last`: the last point before these that counted; a track may so be judged in pieces with the same outcome as in one.
    """
    found = []
    for fix in fixes:
        verdict = GOOD
        if fix.at < start or (end is not None and fix.at > end):
            verdict = OUTSIDE
        elif not possible(fix) or fix.accuracy > limits.accuracy:
            verdict = INACCURATE
        elif last is not None and metres(last, fix) > limits.speed * max(0.0, fix.at - last.at) + last.accuracy + fix.accuracy:
            verdict = JUMP
        else:
            last = fix
        found.append(verdict)
    return found


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without a counting position, in epoch seconds: the phone was locked, or knew not where it was."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.end - self.start


def stretches(fixes: Sequence[Fix], most: float) -> list[list[Fix]]:
    """Counting points in order of time, cut wherever more than `most` seconds lie between two of them.

    What lies between two stretches was not seen: no line is drawn there, no metre walked and no grid visited. A web app gets no positions
    while the phone is locked, so a track may have such holes without anybody's fault; they are shown, never filled.
    """
    found: list[list[Fix]] = []
    for fix in fixes:
        if found and fix.at - found[-1][-1].at <= most:
            found[-1].append(fix)
        else:
            found.append([fix])
    return found


def gaps(fixes: Sequence[Fix], most: float, *, start: float, end: float | None = None) -> list[Gap]:
    """Times of more than `most` seconds without a counting point, from the shift's `start` to its `end` (to the last point while open)."""
    moments = [start, *(fix.at for fix in fixes), *([end] if end is not None else [])]
    return [Gap(one, two) for one, two in zip(moments, moments[1:], strict=False) if two - one > most]


def walked(fixes: Sequence[Fix], most: float) -> float:
    """Metres from point to point inside the stretches; nothing across a gap."""
    return sum(metres(one, two) for part in stretches(fixes, most) for one, two in zip(part, part[1:], strict=False))
