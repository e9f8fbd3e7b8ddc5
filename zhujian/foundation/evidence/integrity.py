"""The ledger checked against itself: every leaf from its entry, every head from its leaves, every signature."""

from __future__ import annotations

from django.db import connection

from zhujian.foundation.evidence import rules, services, tiles
from zhujian.foundation.evidence.models import Entry, Head, Leaf, Pending
from zhujian.foundation.kernel.crypto import sm2_verify, sm3

BATCH = 2000


def verify() -> tuple[list[str], int]:
    """(faults in Chinese, number of sealed entries). Reads everything once; call in a system scope."""
    faults: list[str] = []
    tree = tiles.Tree(0, lambda key: None, sm3)
    heads = list(Head.objects.order_by("timestamp_ms"))
    waiting = [head for head in heads if head.tree_size > 0]
    position = 0
    while rows := list(Leaf.objects.filter(leaf_index__gte=position).order_by("leaf_index")[:BATCH]):
        entries = Entry.objects.in_bulk([row.entry_id for row in rows])
        for row in rows:
            if row.leaf_index != position:
                return [*faults, f"叶序号 {position} 缺失"], position
            entry = entries.get(row.entry_id)
            if entry is None:
                return [*faults, f"第 {position} 条的存证记录 {row.entry_id} 缺失"], position
            leaf = rules.leaf_hash(entry.data.encode(), sm3)
            if leaf != bytes(entry.leaf_hash):
                faults.append(f"存证 {entry.pk}（第 {position} 条）的内容与哈希不符")
            tree.append([leaf])
            position += 1
            while waiting and waiting[0].tree_size == position:
                faults += _check_head(waiting.pop(0), tree)
    faults += [f"树头 {head.tree_size} 多于现有记录数 {position}" for head in waiting]
    faults += _check_tiles(tree) + _check_lost()
    sizes = [head.tree_size for head in heads]
    if sizes != sorted(sizes):
        faults.append("树头的记录数曾经变小")
    return faults, position


def _check_head(head: Head, tree: tiles.Tree) -> list[str]:
    root = rules.fold([tree.node(node) for node in rules.cover(0, tree.size)], sm3)
    faults = []
    if root != bytes(head.root):
        faults.append(f"树头 {head.tree_size} 的根与记录不符")
    if not sm2_verify(bytes(head.public_key), services.bytes_of(head), bytes(head.signature)):
        faults.append(f"树头 {head.tree_size} 的签名不正确")
    return faults


def _check_tiles(tree: tiles.Tree) -> list[str]:
    faults = []
    for key in sorted(tree.changed):
        if services.load_tile(key) != tree.tile(key):
            faults.append(f"树块 {key} 与记录不符")
    return faults


def _check_lost() -> list[str]:
    """Entries that are neither in the tree nor waiting for it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id FROM evidence_entry e WHERE NOT EXISTS (SELECT 1 FROM evidence_leaf l WHERE l.entry_id = e.id) "
            "AND NOT EXISTS (SELECT 1 FROM evidence_pending p WHERE p.entry_id = e.id) ORDER BY e.id LIMIT 100"
        )
        lost = [row[0] for row in cursor.fetchall()]
    known = Pending.objects.exclude(entry_id__in=Entry.objects.values("pk")).values_list("entry_id", flat=True)[:100]
    return [f"存证 {pk} 既不在账本中也不在待封存中" for pk in lost] + [f"待封存的存证 {pk} 没有记录" for pk in known]
