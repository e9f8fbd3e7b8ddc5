"""Pours a generated city into the registers, district by district: each one whole or not at all, so that a second run goes on where a
first one ended. One district is held at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from django.db import DatabaseError, connection, transaction

from zhujian.foundation.cim import generator
from zhujian.foundation.cim.models import GeneratedPart
from zhujian.foundation.cim.services import pouring
from zhujian.foundation.cim.services.bulk import bypasses_policies
from zhujian.foundation.cim.services.city import Writer
from zhujian.foundation.kernel import scope
from zhujian.foundation.kernel.errors import Refusal

WHY = "生成演示城市"
WORTH = 20_000  # buildings from which on it pays to leave out the indexes meanwhile
TOLD_EVERY = 10.0  # seconds
Known = dict[str, tuple[int, int]]  # module → buildings, rows


@dataclass
class Poured:
    """What stands after a run: buildings of the city altogether, rows by module that this run wrote, districts found and made."""

    buildings: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    found: int = 0
    made: int = 0


def pour(
    buildings: int,
    towns: Sequence[generator.Place],
    seed: int,
    writers: dict[str, Writer],
    tell: Callable[[str], None] = lambda _: None,
) -> Poured:
    """Write districts until the city of `seed` has `buildings` buildings.

    As the owner of the database rows are copied straight in, without the history of each and, for a large city, with the secondary
    indexes made at the end. Refusals: ``city.seed`` (another city stands here), ``city.taken`` (its codes are taken).
    """
    known = _known(seed)
    done = Poured(rows=dict.fromkeys(writers, 0))
    owner, tables = bypasses_policies(), pouring.tables(list(writers))
    standing = sum(map(_count, known.values()))
    if standing >= buildings and all(writers.keys() <= parts.keys() for parts in known.values()):
        if owner:
            pouring.restore(tables, tell)
        return Poured(standing, done.rows, found=len(known))
    if owner and buildings - standing >= WORTH and (gone := pouring.leave_out(tables)):
        tell(f"写入期间暂时不建 {gone} 个索引；如果中断，再执行一次本命令即可续写并恢复")
    began = told = time.monotonic()
    try:
        for plan in generator.plans(towns, seed):
            left = buildings - done.buildings
            if left <= 0:
                break
            done.buildings += _one(plan, known.get(plan.prefix, {}), left, seed, writers, tables if owner else [], done)
            if time.monotonic() - told > TOLD_EVERY:
                told = time.monotonic()
                tell(f"{done.buildings:,} / {buildings:,} 幢，{sum(done.rows.values()):,} 行，{told - began:.0f} 秒")
    finally:
        if owner:
            pouring.restore(tables, tell)
    if owner and done.made:
        tell("更新统计信息")
        with connection.cursor() as cursor:
            for model in tables:
                cursor.execute(f'ANALYZE "{model._meta.db_table}"')
    return done


def _count(parts: Known) -> int:
    """Buildings of a district in the city, whoever wrote it first."""
    return max(count for count, _ in parts.values())


def _known(seed: int) -> dict[str, Known]:
    found: dict[str, Known] = {}
    with transaction.atomic():
        other = GeneratedPart.objects.exclude(seed=seed).values_list("seed", flat=True).first()
        if other is not None:
            raise Refusal(
                "city.seed", f"库中已有种子 {other} 的生成城市，一个库只放一座。请用 --seed {other} 续写，或换一个空库。"
            )
        for part in GeneratedPart.objects.all():
            found.setdefault(part.prefix, {})[part.module] = (part.buildings, part.rows)
    return found


def _one(
    plan: generator.Plan,
    parts: Known,
    left: int,
    seed: int,
    writers: dict[str, Writer],
    tables: list[pouring.Model],
    done: Poured,
) -> int:
    """Write what is missing of one district; how many buildings it has in the city."""
    if writers.keys() <= parts.keys():
        done.found += 1
        return _count(parts)
    district = generator.district(plan)
    district.houses = district.houses[: _count(parts) if parts else left]
    count = len(district.houses)
    try:
        with transaction.atomic(), scope.system(WHY), pouring.without_history(tables) if tables else nullcontext():
            for name, write in writers.items():
                if name in parts:
                    continue
                rows = write(district)
                GeneratedPart.objects.create(
                    prefix=plan.prefix, module=name, seed=seed, region_code=plan.region_code, buildings=count, rows=rows
                )
                done.rows[name] += rows
    except DatabaseError as error:  # a code that is taken: two cities on one ground
        raise Refusal(
            "city.taken",
            f"“{plan.name}”一片没有写入，之前的已写入：这里可能已有别的城市。请在空库中运行，或只写其他模块（--only）。（{_first(error)}）",
        ) from error
    done.made += 1
    return count


def _first(error: BaseException) -> BaseException:
    """The failure that began it: what follows in a lost transaction only hides it."""
    while error.__context__ is not None:
        error = error.__context__
    return error


__all__ = ["Poured", "pour"]
