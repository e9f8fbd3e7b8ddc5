"""The Merkle tree of RFC 6962 over any 32-byte hash (SM3 at home, SHA-256 for the published vectors). Pure.

leaf = H(0x00 ‖ data), node = H(0x01 ‖ left ‖ right), split at the largest power of two below n, empty tree = H("").
A last leaf is never duplicated. A *complete* node (level, index) is the hash of leaves [index·2^level, (index+1)·2^level);
every other subtree hash is folded from complete ones, so that storing those is enough for every proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

Hasher = Callable[[bytes], bytes]
Range = tuple[int, int]
Node = tuple[int, int]  # (level, index)


def leaf_hash(data: bytes, h: Hasher) -> bytes:
    """Hash of one entry."""
    return h(b"\x00" + data)


def node_hash(left: bytes, right: bytes, h: Hasher) -> bytes:
    """Hash of an inner node."""
    return h(b"\x01" + left + right)


def split(n: int) -> int:
    """Largest power of two below n (n ≥ 2)."""
    return 1 << (n - 1).bit_length() - 1


def cover(lo: int, hi: int) -> list[Node]:
    """Complete nodes that make up leaves [lo, hi), left to right; [lo, hi) must be a subtree of an RFC 6962 tree."""
    nodes = []
    while lo < hi:
        level = (hi - lo).bit_length() - 1
        nodes.append((level, lo >> level))
        lo += 1 << level
    return nodes


def fold(hashes: Sequence[bytes], h: Hasher) -> bytes:
    """Hash of a subtree from its `cover`, right to left; of nothing: H("")."""
    if not hashes:
        return h(b"")
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found, h)
    return found


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Leaf ranges whose hashes make the audit path of leaf `index` in a tree of `size`, from the leaf upwards."""
    if not 0 <= index < size:
        raise ValueError("leaf outside the tree")
    path: list[Range] = []
    lo, hi = 0, size
    while hi - lo > 1:
        middle = lo + split(hi - lo)
        if index < middle:
            path.append((middle, hi))
            hi = middle
        else:
            path.append((lo, middle))
            lo = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """Leaf ranges whose hashes prove that the tree of `old` leaves is a prefix of the tree of `new` (RFC 6962 §2.1.2)."""
    if not 0 < old <= new:
        raise ValueError("sizes out of order")
    if old == new:
        return []
    path: list[Range] = []
    lo, hi, whole = 0, new, True
    while old != hi:
        middle = lo + split(hi - lo)
        if old <= middle:
            path.append((middle, hi))
            hi = middle
        else:
            path.append((lo, middle))
            lo, whole = middle, False
    if not whole:
        path.append((lo, hi))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes, h: Hasher) -> bool:
    """Does the audit path lead from the leaf's hash to the root? (RFC 9162 §2.1.3.2)"""
    if not 0 <= index < size:
        return False
    fn, sn, found = index, size - 1, leaf
    for step in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            found = node_hash(step, found, h)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, step, h)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes], h: Hasher) -> bool:
    """Is the old tree a prefix of the new one? (RFC 9162 §2.1.4.2)"""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = steps[0]
    for step in steps[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(step, fr, h), node_hash(step, sr, h)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, step, h)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


def root_of(leaves: Iterable[bytes], h: Hasher) -> bytes:
    """Root over leaf hashes, straight from the definition; for checks and tests."""
    hashes = list(leaves)
    if not hashes:
        return h(b"")
    if len(hashes) == 1:
        return hashes[0]
    middle = split(len(hashes))
    return node_hash(root_of(hashes[:middle], h), root_of(hashes[middle:], h), h)


# ---- signed tree head -------------------------------------------------------------------------------------------------

HEAD_SIZE = 50
COSIGN_PREFIX = b"zj-cosign-v1\n"


def head_bytes(timestamp_ms: int, tree_size: int, root: bytes) -> bytes:
    """What the log signs: 0x00 (version) ‖ 0x01 (tree_hash) ‖ u64 timestamp_ms ‖ u64 tree_size ‖ 32-byte root (RFC 6962 §3.5)."""
    if len(root) != 32:
        raise ValueError("a root has 32 bytes")
    return b"\x00\x01" + timestamp_ms.to_bytes(8, "big") + tree_size.to_bytes(8, "big") + root


def cosign_bytes(head: bytes, name: str, seen_ms: int) -> bytes:
    """What a witness signs: a prefix, its own name and a line feed, the time it saw the head, and the head's 50 bytes."""
    if len(head) != HEAD_SIZE:
        raise ValueError("a head has 50 bytes")
    return COSIGN_PREFIX + name.encode() + b"\n" + seen_ms.to_bytes(8, "big") + head
