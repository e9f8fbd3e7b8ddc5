"""The Merkle tree: published vectors, then properties against the plain definition, then tiles against both."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhujian.foundation.evidence import rules, tiles
from zhujian.foundation.kernel.crypto import sm3


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def tree(leaves: list[bytes], h=sm3) -> tiles.Tree:
    grown = tiles.Tree(0, lambda key: None, h)
    grown.append(rules.leaf_hash(leaf, h) for leaf in leaves)
    return grown


def root(grown: tiles.Tree, size: int | None = None, h=sm3) -> bytes:
    return rules.fold([grown.node(node) for node in rules.cover(0, grown.size if size is None else size)], h)


def proof(grown: tiles.Tree, ranges: list[rules.Range], h=sm3) -> list[bytes]:
    return [rules.fold([grown.node(node) for node in rules.cover(lo, hi)], h) for lo, hi in ranges]


def test_foundation_17_11_published_roots_of_sha256_and_sm3_trees() -> None:
    abc = tree([b"a", b"b", b"c"], sha256)
    assert root(abc, h=sha256).hex() == "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1"
    public = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    eight = tree([bytes.fromhex(leaf) for leaf in public], sha256)
    assert root(eight, h=sha256).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert rules.leaf_hash(b"a", sm3).hex() == "c688f41bcd570f9651ccb215058a545f66f52ab4eac2968896e1637af9443d8c"
    domestic = tree([b"a", b"b", b"c", b"d"])
    assert root(domestic, 2).hex() == "2c537e31416ae684fd8a1552a3bcd5a452274e02a45d67c856405b3a1108ee90"
    assert root(domestic, 3).hex() == "2706e4e4d41c1ed9c3fe7f7822bf360a67abcc052cc2c00022c1313ec3ded965"
    assert root(domestic, 4).hex() == "0f89a82a10fb130d6e6095696f6ac64980252b730196457bc0d5e47aa3dc054c"


def test_rfc_6962_published_proofs() -> None:
    """The proofs of certificate-transparency's own test data for the eight public leaves."""
    public = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    eight = tree([bytes.fromhex(leaf) for leaf in public], sha256)
    path = [step.hex() for step in proof(eight, rules.inclusion_ranges(5, 8), sha256)]
    assert path == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    steps = [step.hex() for step in proof(eight, rules.consistency_ranges(6, 8), sha256)]
    assert steps == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_empty_tree_and_no_duplicated_last_leaf() -> None:
    assert rules.fold([], sm3) == rules.root_of([], sm3) == sm3(b"")
    assert root(tree([b"a", b"b", b"c"])) != root(tree([b"a", b"b", b"c", b"c"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=6), min_size=1, max_size=90), st.data())
def test_proofs_hold_and_nothing_else_does(leaves: list[bytes], data: st.DataObject) -> None:
    grown, hashes = tree(leaves), [rules.leaf_hash(leaf, sm3) for leaf in leaves]
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    top = root(grown, size)
    assert top == rules.root_of(hashes[:size], sm3)
    path = proof(grown, rules.inclusion_ranges(index, size))
    assert rules.verify_inclusion(hashes[index], index, size, path, top, sm3)
    assert not rules.verify_inclusion(sm3(b"other"), index, size, path, top, sm3)
    assert not rules.verify_inclusion(hashes[index], index, size, [*path, top], top, sm3)
    assert not rules.verify_inclusion(hashes[index], index, size + 1, path, sm3(b"x"), sm3)
    for at in range(len(path)):
        broken = [*path[:at], sm3(path[at]), *path[at + 1 :]]
        assert not rules.verify_inclusion(hashes[index], index, size, broken, top, sm3)
    whole = root(grown)
    steps = proof(grown, rules.consistency_ranges(size, len(leaves)))
    assert rules.verify_consistency(size, len(leaves), top, whole, steps, sm3)
    if size < len(leaves):
        assert not rules.verify_consistency(size, len(leaves), sm3(b"rewritten"), whole, steps, sm3)
        assert not rules.verify_consistency(size, len(leaves), top, sm3(b"rewritten"), steps, sm3)
        assert not rules.verify_consistency(size, len(leaves), top, whole, steps[:-1], sm3)


def test_proofs_across_tile_borders() -> None:
    leaves = [str(n).encode() for n in range(256 * 3 + 5)]
    grown, hashes = tree(leaves), [rules.leaf_hash(leaf, sm3) for leaf in leaves]
    for size in (255, 256, 257, 511, 512, 513, 768, 773):
        assert root(grown, size) == rules.root_of(hashes[:size], sm3)
        for index in {0, 1, 254, 255, 256, size - 1} & set(range(size)):
            path = proof(grown, rules.inclusion_ranges(index, size))
            assert rules.verify_inclusion(hashes[index], index, size, path, root(grown, size), sm3)


def test_every_node_has_one_place_and_a_tile_is_full() -> None:
    places = {tiles.place((level, index)) for level in range(8) for index in range(256 >> level)}
    assert len(places) == tiles.SLOTS == 510
    assert {key for key, _ in places} == {0}
    assert max(offset for _, offset in places) == tiles.SIZE - 32
    assert tiles.place((8, 0)) == (1 << 48, 0)
    assert tiles.place((0, 256)) == (1, 0)


@given(st.lists(st.integers(1, 300), max_size=6))
def test_growing_in_steps_from_stored_tiles_equals_growing_at_once(steps: list[int]) -> None:
    kept: dict[int, bytes] = {}
    size = 0
    for step in steps:
        grown = tiles.Tree(size, kept.get, sm3)
        grown.prefetch({key: kept[key] for key in tiles.frontier(size) if key in kept})
        grown.append(rules.leaf_hash(str(n).encode(), sm3) for n in range(size, size + step))
        kept.update({key: grown.tile(key) for key in grown.changed})
        size += step
    once = tree([str(n).encode() for n in range(size)])
    assert kept == {key: once.tile(key) for key in once.changed}


def test_head_layout_is_that_of_rfc_6962() -> None:
    head = rules.head_bytes(1_717_200_000_000, 5, b"\xaa" * 32)
    assert len(head) == 50
    assert head[:2] == b"\x00\x01"
    assert int.from_bytes(head[2:10], "big") == 1_717_200_000_000
    assert int.from_bytes(head[10:18], "big") == 5
    assert head[18:] == b"\xaa" * 32
    with pytest.raises(ValueError, match="32 bytes"):
        rules.head_bytes(1, 1, b"short")


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (1, 1), (0, 0)])
def test_positions_outside_the_tree_are_refused(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        rules.inclusion_ranges(index, size)
    assert not rules.verify_inclusion(b"", index, size, [], b"", sm3)
