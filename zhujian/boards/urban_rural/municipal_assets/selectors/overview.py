"""The registers in numbers: how much there is, in which condition, and how far the three bodies are known."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from zhujian.boards.urban_rural.municipal_assets.rules.census import percent
from zhujian.boards.urban_rural.municipal_assets.selectors.census import REGISTERS
from zhujian.foundation.kernel import scope

KEPT_SECONDS = 300  # a province's registers hold millions of rows: the same scope counts them once in five minutes
LINES = frozenset({"road", "tunnel", "pipe_line", "gallery"})
KINDS = {"pipe_line": "kind", "pipe_point": "kind", "road": "grade", "facility": "kind", "manhole": "kind"}
GRADES = (1, 2, 3, 4, 5)


@dataclass
class Tally:
    """One register, or one kind of it: number, metres, conditions (0: not assessed), how many know each body, came by a census."""

    count: int = 0
    metres: Decimal = Decimal(0)
    conditions: dict[int, int] = field(default_factory=dict)
    owner: int = 0
    maintainer: int = 0
    regulator: int = 0
    surveyed: int = 0

    def add(self, row: tuple[Any, ...]) -> None:
        """One row of the aggregate: condition, count, metres, owner, maintainer, regulator, surveyed."""
        condition, count, metres, owner, maintainer, regulator, surveyed = row
        self.count += count
        self.metres += metres or Decimal(0)
        self.conditions[condition] = self.conditions.get(condition, 0) + count
        self.owner += owner
        self.maintainer += maintainer
        self.regulator += regulator
        self.surveyed += surveyed

    @property
    def km(self) -> Decimal:
        """Kilometres, two decimals."""
        return (self.metres / 1000).quantize(Decimal("0.01"))

    def share(self, number: int) -> Decimal | None:
        """`number` of all in percent."""
        return percent(Decimal(number), Decimal(self.count))


@dataclass
class Overview:
    """All registers of what the actor may see, and when it was counted."""

    at: datetime
    registers: dict[str, Tally]
    kinds: dict[str, dict[str, Tally]]
    covers: dict[str, int]  # covers by ownership

    @property
    def owned_share(self) -> Decimal | None:
        """确权率 of covers: owned or entrusted, of all (urban-rural-construction.md §10)."""
        return percent(Decimal(self.covers.get("owned", 0) + self.covers.get("entrusted", 0)), Decimal(sum(self.covers.values())))


_kept: dict[tuple[Any, ...], tuple[float, Overview]] = {}


def overview(*, fresh: bool = False) -> Overview:
    """Numbers of the actor's scope, counted at most every five minutes per scope and process."""
    who = scope.current()
    key = (connection.settings_dict["NAME"], who.region_lo, who.region_hi, *(who.keys if who.kind != "official" else ()))
    held = _kept.get(key)
    if held and not fresh and time.monotonic() - held[0] < KEPT_SECONDS:
        return held[1]
    found = _count()
    if len(_kept) > 500:
        _kept.clear()
    _kept[key] = time.monotonic(), found
    return found


def forget() -> None:
    """Count anew from now on (after a restore; in tests)."""
    _kept.clear()


def _count() -> Overview:
    today = timezone.localdate()
    registers: dict[str, Tally] = {}
    kinds: dict[str, dict[str, Tally]] = {}
    with connection.cursor() as cursor:
        for name, model in REGISTERS.items():
            kind = KINDS.get(name, "''::text")
            metres = "sum(length_m)" if name in LINES else "NULL::numeric"
            cursor.execute(
                f"SELECT {kind}, coalesce(condition, 0), count(*), {metres}, count(*) FILTER (WHERE owner_name <> ''), "  # noqa: S608
                "count(*) FILTER (WHERE maintainer_name <> ''), count(*) FILTER (WHERE regulator_name <> ''), "
                "count(*) FILTER (WHERE batch_id IS NOT NULL OR source IN ('census', 'as_built')) "
                f'FROM "{model._meta.db_table}" WHERE NOT planned AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s) GROUP BY 1, 2',
                [today, today],
            )
            for code, *row in cursor.fetchall():
                registers.setdefault(name, Tally()).add(tuple(row))
                kinds.setdefault(name, {}).setdefault(code, Tally()).add(tuple(row))
        cursor.execute(
            "SELECT ownership, count(*) FROM municipal_assets_manhole WHERE NOT planned AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s) GROUP BY 1",
            [today, today],
        )
        covers = dict(cursor.fetchall())
    return Overview(timezone.now(), registers, kinds, covers)
