"""Where complete nodes lie: tiles of eight levels, 510 nodes of 32 bytes (16 KB), one database row each. Pure.

Tile (t, i) holds levels 8t … 8t+7 over 256 nodes of level 8t. Appending touches only the right-most tile of each tile level;
a proof at ten million leaves reads three or four tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from zhujian.foundation.evidence.rules import Hasher, Node, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH = 32
BASES = tuple(sum(WIDTH >> below for below in range(level)) for level in range(HEIGHT))  # 0, 256, 384, …
SLOTS = BASES[-1] + 2  # 510
SIZE = SLOTS * HASH
KEY_SHIFT = 48


def place(node: Node) -> tuple[int, int]:
    """(tile key, byte offset) of a complete node. Key = tile level · 2^48 + tile index."""
    level, index = node
    tile_level, within = divmod(level, HEIGHT)
    slot = BASES[within] + (index & (WIDTH >> within) - 1)
    return tile_level << KEY_SHIFT | index >> HEIGHT - within, slot * HASH


class Tree:
    """A growing tree over tiles. `load` gives the bytes of a tile that exists already, or None."""

    def __init__(self, size: int, load: Callable[[int], bytes | None], h: Hasher) -> None:
        self.size = size
        self._load = load
        self._h = h
        self._tiles: dict[int, bytearray] = {}
        self.changed: set[int] = set()

    def prefetch(self, tiles: dict[int, bytes]) -> None:
        """Take tiles read in one go."""
        self._tiles.update({key: bytearray(data) for key, data in tiles.items()})

    def _tile(self, key: int) -> bytearray:
        tile = self._tiles.get(key)
        if tile is None:
            found = self._load(key)
            tile = self._tiles[key] = bytearray(found) if found else bytearray(SIZE)
        return tile

    def node(self, node: Node) -> bytes:
        """Hash of a complete node."""
        key, offset = place(node)
        return bytes(self._tile(key)[offset : offset + HASH])

    def _put(self, node: Node, value: bytes) -> None:
        key, offset = place(node)
        self._tile(key)[offset : offset + HASH] = value
        self.changed.add(key)

    def append(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes on the right, and every node they complete."""
        for leaf in leaves:
            level, index, value = 0, self.size, leaf
            self._put((0, index), value)
            while index & 1:
                value = node_hash(self.node((level, index - 1)), value, self._h)
                level, index = level + 1, index >> 1
                self._put((level, index), value)
            self.size += 1

    def forget(self, keys: Iterable[int]) -> None:
        """Drop tiles that were written out; they are loaded again when asked for."""
        for key in keys:
            self._tiles.pop(key, None)
            self.changed.discard(key)

    def tile(self, key: int) -> bytes:
        """A tile's bytes as they are now."""
        return bytes(self._tiles[key])


def frontier(size: int) -> list[int]:
    """Keys of the right-most tiles a tree of `size` will touch when it grows."""
    keys, tile_level, count = [], 0, size
    while count:
        keys.append(tile_level << KEY_SHIFT | count >> HEIGHT)
        count >>= HEIGHT
        tile_level += 1
    return keys
