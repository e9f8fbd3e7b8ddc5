"""Water network: leakage by CJJ 92-2016, service head, net leak of a metered district (urban-rural-construction.md §5). Pure.

Rates are per cent; nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

HUNDRED, ZERO = Decimal(100), Decimal(0)


@dataclass(frozen=True)
class Leakage:
    """综合漏损率, its four corrections and 漏损率 R_BL = R_WL − Rn; `grade` by R_BL alone (一级, 二级, 不达标)."""

    gross: Decimal
    corrections: tuple[Decimal, Decimal, Decimal, Decimal]
    net: Decimal
    grade: str

    @property
    def correction(self) -> Decimal:
        """Rn = R1 + R2 + R3 + R4."""
        return sum(self.corrections, ZERO)


def leakage(
    supplied: Decimal, billed: Decimal, *, household_share: Decimal, pipe_km: Decimal, pressure_mpa: Decimal,
    frozen_m: Decimal, rules: Mapping[str, Any],
) -> Leakage:  # fmt: skip
    """Leakage of a supply area in a year. `supplied` Qs and `billed` Qa in 万m³; `pipe_km`: pipes of DN ≥ 75; `pressure_mpa`: mean
    pressure at the works' outlet; `frozen_m`: greatest depth of frost.

    `rules`: ``household`` 0.08, ``length`` {slope 0.99, offset 0.0693, clamp 3}, ``pressure`` [[above, per cent] …] highest first,
    ``frost`` {above 1.4, percent 1}, ``grades`` [[most, grade] …, [null, grade]]. ValueError unless Qs > 0.
    """
    if supplied <= 0:
        raise ValueError("supply must be positive")
    gross = (supplied - billed) / supplied * HUNDRED
    r1 = Decimal(str(rules["household"])) * household_share * HUNDRED
    length = rules["length"]
    clamp = Decimal(str(length["clamp"]))
    r2 = Decimal(str(length["slope"])) * (pipe_km / supplied - Decimal(str(length["offset"]))) * HUNDRED
    r2 = max(-clamp, min(clamp, r2))
    r3 = next((Decimal(str(p)) for above, p in rules["pressure"] if pressure_mpa > Decimal(str(above))), ZERO)
    frost = rules["frost"]
    r4 = Decimal(str(frost["percent"])) if frozen_m > Decimal(str(frost["above"])) else ZERO
    net = gross - (r1 + r2 + r3 + r4)
    return Leakage(gross, (r1, r2, r3, r4), net, leakage_grade(net, rules["grades"]))


def leakage_grade(net: Decimal, grades: Sequence[Sequence[Any]]) -> str:
    """一级 up to 10 %, 二级 up to 12 %, both included; by R_BL, never by the gross rate (§21-5)."""
    return next(str(grade) for most, grade in grades if most is None or most == "" or net <= Decimal(str(most)))


def region_leakage(areas: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    """ΣR_BL,i·Qs,i ÷ ΣQs,i of (R_BL per cent, Qs) pairs; None without supply."""
    whole = sum((supplied for _, supplied in areas), ZERO)
    return sum((net * supplied for net, supplied in areas), ZERO) / whole if whole else None


def service_head(floors: int, rule: Mapping[str, Any]) -> Decimal:
    """Head in metres that a building of `floors` storeys needs at its inlet: ``first`` 10, ``second`` 12, ``each`` further 4."""
    if floors < 1:
        raise ValueError("a building has at least one floor")
    if floors == 1:
        return Decimal(str(rule["first"]))
    return Decimal(str(rule["second"])) + (floors - 2) * Decimal(str(rule["each"]))


@dataclass(frozen=True)
class NetLeak:
    """Leak of a metered district by its minimum night flow: m³ per hour, day and year (a year in 万m³)."""

    per_hour: Decimal
    per_day: Decimal
    per_year_wan: Decimal


def net_leak(night_flow: Decimal, households: int, litres_per_hour: Decimal) -> NetLeak:
    """MNF (m³/h) less what households rightly use at night (L per household and hour); never below zero."""
    leak = max(ZERO, night_flow - households * litres_per_hour / 1000)
    return NetLeak(leak, leak * 24, leak * 24 * 365 / 10_000)
