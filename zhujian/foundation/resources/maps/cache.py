"""Tiles kept in the database: read by exactly those who would have got the same one, stale from the commit that changes them.

A tile is kept with the snapshot it was read in. Triggers on the drawn tables note every change with its transaction and its place
(`install`); a kept tile is good as long as no change of its table in its box is visible now and was not in that snapshot. So nobody waits for
anybody, nothing is shown late, and a change elsewhere or in another table leaves the tile alone. See docs/decisions/0031-tile-cache.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from zhujian.foundation.kernel import prepared, scope
from zhujian.foundation.kernel.guards import guarded
from zhujian.foundation.kernel.models import Guard

if TYPE_CHECKING:
    from zhujian.foundation.resources.declaration import Resource
    from zhujian.foundation.resources.maps.grids import Grid
    from zhujian.foundation.resources.maps.tiles import Tile

KEEP_MINUTES = 360
WORTH_MS = 4.0  # what takes less to make is not worth keeping
BIGGEST = 4 * 2**20

_READ = (
    "SELECT tag, CASE WHEN position(tag IN %s) > 0 THEN NULL ELSE data END FROM resources_maptile WHERE key = %s AND made_at > now() - make_interval(mins => %s) "
    "AND zj_tile_fresh(layer, snapshot::pg_snapshot, ST_MakeEnvelope(%s, %s, %s, %s, 4490))"
)
# Two readers may make the same tile at once: the second does not wait for the first. A lost tile is made again: its commit need not
# reach the disk before the answer leaves.
_KEEP = (
    "WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true), "
    "pg_try_advisory_xact_lock(hashtextextended(encode(%s::bytea, 'hex'), 31)) AS alone) "
    "INSERT INTO resources_maptile (key, layer, audience, snapshot, made_at, data, tag) "
    "SELECT %s::bytea, %s, %s, %s, now(), %s::bytea, %s FROM quick WHERE alone "
    "ON CONFLICT (key) DO UPDATE SET snapshot = excluded.snapshot, made_at = excluded.made_at, data = excluded.data, tag = excluded.tag"
)
_watched: dict[str, set[str]] = {}


def tag(data: bytes) -> str:
    """ETag of a tile."""
    return f'"{hashlib.sha256(data).hexdigest()[:24]}"'


def audience(resource: Resource) -> str:
    """Who gets the same tile: everybody, officials of one region range, or holders of exactly these party keys.

    The words are those of ``zj_audiences()``, by which the database itself lets a transaction read and write only its own.
    """
    if not guarded(resource.model):
        return "all"
    who = scope.current()
    if by_region(resource):
        return f"region:{who.region_lo}:{who.region_hi}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT (zj_audiences())[3]")
        return cursor.fetchone()[0]


def by_region(resource: Resource) -> bool:
    """Whether the reader's region range alone decides what a map shows."""
    who, guard = scope.current(), getattr(resource.model, "guard", None)  # public registers have none
    return who.kind in ("official", "system") and who.region_lo[:1].isdigit() and guard in (Guard.REGION, Guard.REGION_OR_PARTY)


@dataclass(frozen=True)
class Keeper:
    """One tile's place in the cache."""

    key: bytes
    layer: str
    audience: str
    box: tuple[float, float, float, float]

    @classmethod
    def of(cls, resource: Resource, grid: Grid, z: int, x: int, y: int, asked: str) -> Keeper | None:
        """The place of a tile; None when changes of its table are not noted (a declaration newer than the last migrate)."""
        table = resource.model._meta.db_table
        if table not in _noted():
            return None
        group = audience(resource)
        parts = (resource.key, grid.name, z, x, y, asked, group, timezone.localdate().isoformat())
        key = hashlib.blake2b("\n".join(map(str, parts)).encode(), digest_size=20).digest()
        return cls(key, table, group, grid.bounds(z, x, y))

    def read(self, known: str) -> tuple[str, bytes | None] | None:
        """Tag and bytes of the kept tile if it is still true; without the bytes when its tag stands in `known`."""
        with prepared.bytes_cursor() as cursor:
            cursor.execute(_READ, [known, self.key, KEEP_MINUTES, *self.box])
            return cursor.fetchone()

    def keep(self, made: Tile, mark: str, milliseconds: float) -> None:
        """Keep a tile that was worth its making. A failure only costs the next reader the making."""
        if milliseconds < WORTH_MS or len(made.data) > BIGGEST:
            return
        try:
            with transaction.atomic(), connection.cursor() as cursor, prepared.statements():
                cursor.execute(_KEEP, [self.key, self.key, self.layer, self.audience, made.snapshot, made.data, mark])
        except DatabaseError:
            return


def _noted() -> set[str]:
    """Tables whose changes are noted, looked up once per process and database."""
    name = connection.settings_dict["NAME"]
    if name not in _watched:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE g.tgname = 'zj_map_update' AND g.tgenabled <> 'D'"
            )
            _watched[name] = {row[0] for row in cursor.fetchall()}
    return _watched[name]


def prune(megabytes: int) -> int:
    """Forget tiles that are old or beyond `megabytes`, newest kept, and changes no tile can still need; returns how many tiles."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT zj_map_prune(%s, %s)", [megabytes * 2**20, KEEP_MINUTES])
        return cursor.fetchone()[0]
